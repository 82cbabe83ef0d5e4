// SPDX-License-Identifier: Apache-2.0
// JSON to structs and back, by their field tables. For .cpp files.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "operator/base/result.hpp"
#include "operator/schema/field_error.hpp"
#include "operator/schema/shape_of.hpp"

namespace sallyport::schema {

/// What to make of a key that no table knows.
enum class Unknown {
  Ignore,  ///< For objects from the API server: it has pruned them, and a newer CRD must not break us.
  Refuse,  ///< For what people hand to us as files; the nearest known name is suggested.
};

/// The value as far as it could be read: fields with an error keep their default. `value` is whole only if `ok()`.
template <class T>
struct [[nodiscard]] Read {
  T value{};
  std::vector<FieldError> errors{};
  [[nodiscard]] bool ok() const { return errors.empty(); }
  /// The value, or all errors as one (InvalidSpec).
  [[nodiscard]] Result<T> result() && {
    if (!ok()) return to_error(errors);
    return std::move(value);
  }
};

/// At most this many errors are collected from one document.
inline constexpr std::size_t kMaxErrors = 64;

/// What `read` does, types erased. `object` is a default-constructed struct of that shape.
void read_into(const Shape& shape, void* object, const nlohmann::json& json, std::string_view path, Unknown unknown,
               std::vector<FieldError>& errors);

/// Reads and checks a document; null and absent are one thing. `path` is where `json` stands in its document: "spec".
/// Collects every error. Never throws.
template <class T>
Read<T> read(const nlohmann::json& json, std::string_view path, Unknown unknown) {
  Read<T> read;
  read_into(shape_of<T>(), &read.value, json, path, unknown, read.errors);
  return read;
}

/// Whether two values are the same, field by field.
[[nodiscard]] bool same(const Shape& shape, const void* a, const void* b);

[[nodiscard]] nlohmann::json write_value(const Shape& shape, const void* object);
[[nodiscard]] nlohmann::ordered_json write_value_ordered(const Shape& shape, const void* object);

/// Writes required fields and those that differ from their default, so that unset optionals and empty lists do not
/// appear and server-side apply owns nothing by accident. `read(write(x))` is x. Keys in alphabetical order.
template <class T>
auto write(const T& value) {
  return write_value(shape_of<T>(), &value);
}

/// As `write`, keys in the order of the table: for people.
template <class T>
auto write_ordered(const T& value) {
  return write_value_ordered(shape_of<T>(), &value);
}

/// What a change of an `immutable` field hears, here and from the API server.
inline constexpr std::string_view kMustNotChange =
    "must not be changed: make another object and move what refers to this one";
/// The same for one that `keeps_one`.
inline constexpr std::string_view kMustKeepOne =
    "must keep at least one of its former items: for others make another object and move what refers to this one";

/// Fields that are `immutable` and yet differ, or lost what they must keep: what the API server checks by transition
/// rules, for standalone mode.
void check_update(const Shape& shape, const void* before, const void* now, std::string_view path,
                  std::vector<FieldError>& errors);

template <class T>
std::vector<FieldError> check_update(const T& before, const T& now, std::string_view path) {
  std::vector<FieldError> errors;
  check_update(shape_of<T>(), &before, &now, path, errors);
  return errors;
}

}  // namespace sallyport::schema
