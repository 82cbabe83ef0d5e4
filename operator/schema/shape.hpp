// SPDX-License-Identifier: Apache-2.0
// A field table with its types erased: a tree of constants that plain functions walk. It is why reading, writing,
// OpenAPI and documentation are compiled once instead of once a kind. Void pointers stay between these headers and the
// sources of this folder.
#pragma once

#include <span>
#include <utility>

#include "operator/schema/field.hpp"

namespace sallyport::schema {

enum class Form { Text, Boolean, Integer, Number, Duration, Enum, List, Map, Struct };

struct EnumName {
  std::int64_t value;
  std::string_view text;
  std::string_view doc;
};

struct FieldShape {
  std::string_view name;
  std::string_view doc;
  Options options;
  const Shape* shape;  ///< Of the value; for std::optional, of the value inside.
  bool optional;
  const void* (*get)(const void* object);  ///< The value; nullptr where a std::optional is unset.
  void* (*set)(void* object);              ///< The value to write into; a std::optional is set first.
};

struct RuleShape {
  std::string_view cel;
  std::string_view message;
  std::string_view at;
  bool (*holds)(const void* object);
};

using MapEntries = std::vector<std::pair<const std::string*, const void*>>;

/// One type. Which members are filled depends on `form`.
struct Shape {
  Form form;
  std::string_view doc{};  ///< Struct.
  int bits = 0;            ///< Integer: 32 (int) or 64 (std::int64_t).

  std::span<const EnumName> names{};  ///< Enum.
  std::int64_t (*enum_value)(const void*) = nullptr;
  void (*set_enum)(void*, std::int64_t) = nullptr;

  const Shape* element = nullptr;                         ///< List, Map.
  void (*clear)(void*) = nullptr;                         ///< List, Map.
  std::size_t (*size)(const void*) = nullptr;             ///< List, Map.
  const void* (*at)(const void*, std::size_t) = nullptr;  ///< List.
  void* (*append)(void*) = nullptr;                       ///< List: a new default element; valid until the next call.
  void* (*insert)(void*, const std::string& key) = nullptr;  ///< Map: a new default value, or the one of this key.
  MapEntries (*entries)(const void*) = nullptr;              ///< Map: in order of keys.

  std::span<const FieldShape> fields{};  ///< Struct.
  std::span<const RuleShape> rules{};    ///< Struct.
  std::string_view tag{};                ///< Struct that is a tagged union.
  std::span<const Arm> arms{};           ///< Struct that is a union; with an empty `tag`, exactly one is set.
  const void* (*initial)() = nullptr;    ///< Struct: a default-constructed one, which holds the defaults.
};

/// A kind with its types erased.
struct KindShape {
  KindName name;
  std::span<const Column> columns;
  const Shape* spec;
  const Shape* status;
};

}  // namespace sallyport::schema
