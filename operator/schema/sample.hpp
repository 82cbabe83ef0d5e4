// SPDX-License-Identifier: Apache-2.0
// Documents made from the tables alone: valid ones, and ones with one thing wrong. They let one test visit every field
// of every kind, and follow the tables by themselves.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "operator/schema/leaves.hpp"
#include "operator/schema/shape_of.hpp"

namespace sallyport::schema {

enum class Extent {
  Minimal,  ///< Required fields only.
  Full,     ///< Every field that may be there, lists with one item.
};

/// A whole object with apiVersion, kind, metadata and spec. Values are the tables' examples, else defaults, else the
/// simplest that fits. A document can hold one member of each union; `choice` 0, 1, 2... walks through them all.
[[nodiscard]] nlohmann::ordered_json sample(const KindShape& kind, Extent extent, std::size_t choice = 0);

/// So many choices show every member of every union.
[[nodiscard]] std::size_t sample_choices(const KindShape& kind);

/// As above for a bare struct, and for its status.
[[nodiscard]] nlohmann::ordered_json sample_of(const Shape& shape, Extent extent, std::size_t choice = 0);
[[nodiscard]] std::size_t sample_choices_of(const Shape& shape);

template <class K>
auto sample(Extent extent, std::size_t choice = 0) {
  return sample(kind_of<K>(), extent, choice);
}

/// A full sample with one thing changed.
struct Trial {
  std::string path;      ///< The field that an error must name: `spec.access.grants[0].level`.
  std::string what;      ///< "a wrong type", "too long", "above its maximum", "missing", ...
  std::string document;  ///< JSON
};

/// Documents that must be refused: for every field of that side a wrong type; each bound passed by one; a value outside
/// its enum, format or pattern; required fields missing; duplicates in sets and list-maps; a union without its member
/// and with one too many. The documents for Side::Status have a spec as well.
[[nodiscard]] std::vector<Trial> trials(const KindShape& kind, Side side = Side::Spec);

template <class K>
std::vector<Trial> trials(Side side = Side::Spec) {
  return trials(kind_of<K>(), side);
}

/// A full sample without one field that may be missing.
struct Omission : Trial {
  std::string pointer;  ///< JSON pointer of the field
};

/// Documents that must be accepted, each of them with the field's default: without every field in turn that is neither
/// required nor part of a union. The documents for Side::Status have a spec as well.
[[nodiscard]] std::vector<Omission> omissions(const KindShape& kind, Side side = Side::Spec);

/// A full sample with one of `hostile_texts()` for a value, or for a key of a map.
struct HostileTrial : Trial {
  std::string pointer;  ///< JSON pointer of the value that it became, or of the entry whose key it became
  std::string text;
  Form form = Form::Text;  ///< what the table wants there
  bool is_key = false;     ///< `path` is then the map's
};

/// Documents with each of `hostile_texts()` in the place of each scalar, whatever its type, and of a key of each map.
/// A text or a key must be refused at `path`, or come through every later stage as data; any other scalar must be
/// refused there. As for the side.
[[nodiscard]] std::vector<HostileTrial> hostile_trials(const KindShape& kind, Side side = Side::Spec);

/// Quotes, braces, line ends, `$`, `[`, `;`, `..`, `%0a`, right-to-left marks.
[[nodiscard]] const std::vector<std::string>& hostile_texts();

}  // namespace sallyport::schema
