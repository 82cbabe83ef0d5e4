// SPDX-License-Identifier: Apache-2.0
// Every place in a kind's document where a person writes a value, so that a test can visit them all, and nobody has to
// remember to add a new field to it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "operator/schema/shape_of.hpp"

namespace sallyport::schema {

enum class Side { Spec, Status };

/// A field that is no struct (nor a list or a map of structs: their fields are leaves of their own).
struct Leaf {
  std::string path;  ///< `spec.access.grants[].level`; a map of structs: `spec.routes{}.host`.
  Side side = Side::Spec;
  Form form = Form::Text;  ///< List and Map only where the items are scalars.
  Form item = Form::Text;  ///< Of the items of a list or map, else as `form`.
  int bits = 0;            ///< Of an integer or integer items.
  Options options;         ///< As in the table.
  std::string_view doc;
  std::string_view effect;
  std::string default_text;                   ///< As on the reference page.
  std::vector<std::string_view> enum_values;  ///< Of an enum or enum items.
  /// Key fields of each list-map around the leaf, outermost first.
  std::vector<std::vector<std::string_view>> keys;
  bool is_key = false;  ///< Itself a key of the innermost list-map.
  bool is_tag = false;  ///< Chooses the member of a union.
  bool is_arm = false;  ///< Has to be set with some tag of its union.
};

/// In the order of the tables, spec before status.
[[nodiscard]] std::vector<Leaf> leaves(const KindShape& kind);

template <class K>
std::vector<Leaf> leaves() {
  return leaves(kind_of<K>());
}

}  // namespace sallyport::schema
