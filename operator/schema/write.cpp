// SPDX-License-Identifier: Apache-2.0
// The writer, and comparing by shape. A field is written if it is required or differs from the default that the struct
// around it holds, so that what is read back is the same whatever the defaults are.
#include <nlohmann/json.hpp>

#include "operator/schema/codec.hpp"
#include "operator/schema/duration.hpp"
#include "operator/schema/path.hpp"

namespace sallyport::schema {

namespace {

template <class T>
const T& as(const void* value) {
  return *static_cast<const T*>(value);
}

std::string_view enum_text(const Shape& shape, const void* value) {
  for (const EnumName& name : shape.names) {
    if (name.value == shape.enum_value(value)) return name.text;
  }
  return {};
}

template <class Json>
Json write_with(const Shape& shape, const void* value, const void* defaults);

template <class Json>
Json write_struct(const Shape& shape, const void* value, const void* defaults) {
  Json object = Json::object();
  for (const FieldShape& field : shape.fields) {
    const void* member = field.get(value);
    if (!member) continue;
    const void* initial = field.get(defaults);
    if (!field.options.required && initial && same(*field.shape, member, initial)) continue;
    object[std::string(field.name)] = write_with<Json>(*field.shape, member, initial);
  }
  return object;
}

/// `defaults`: what a struct starts from; nullptr: its type's own defaults.
template <class Json>
Json write_with(const Shape& shape, const void* value, const void* defaults) {
  switch (shape.form) {
    case Form::Text:
      return as<std::string>(value);
    case Form::Boolean:
      return as<bool>(value);
    case Form::Integer:
      return shape.bits == 64 ? as<std::int64_t>(value) : as<int>(value);
    case Form::Number:
      return as<double>(value);
    case Form::Duration:
      return write_duration(as<std::chrono::milliseconds>(value));
    case Form::Enum:
      return std::string(enum_text(shape, value));
    case Form::Struct:
      return write_struct<Json>(shape, value, defaults ? defaults : shape.initial());
    case Form::List: {
      Json list = Json::array();
      for (std::size_t i = 0; i < shape.size(value); ++i) {
        list.push_back(write_with<Json>(*shape.element, shape.at(value, i), nullptr));
      }
      return list;
    }
    case Form::Map: {
      Json map = Json::object();
      for (const auto& [key, item] : shape.entries(value)) map[*key] = write_with<Json>(*shape.element, item, nullptr);
      return map;
    }
  }
  return nullptr;
}

bool same_struct(const Shape& shape, const void* a, const void* b) {
  for (const FieldShape& field : shape.fields) {
    const void* left = field.get(a);
    const void* right = field.get(b);
    if ((left == nullptr) != (right == nullptr)) return false;
    if (left && !same(*field.shape, left, right)) return false;
  }
  return true;
}

bool same_list(const Shape& shape, const void* a, const void* b) {
  if (shape.size(a) != shape.size(b)) return false;
  for (std::size_t i = 0; i < shape.size(a); ++i) {
    if (!same(*shape.element, shape.at(a, i), shape.at(b, i))) return false;
  }
  return true;
}

bool same_map(const Shape& shape, const void* a, const void* b) {
  const MapEntries left = shape.entries(a);
  const MapEntries right = shape.entries(b);
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (*left[i].first != *right[i].first || !same(*shape.element, left[i].second, right[i].second)) return false;
  }
  return true;
}

void check_field(const FieldShape& field, const void* before, const void* now, const Path& path,
                 std::vector<FieldError>& errors);

void check_struct(const Shape& shape, const void* before, const void* now, const Path& path,
                  std::vector<FieldError>& errors) {
  for (const FieldShape& field : shape.fields) {
    check_field(field, field.get(before), field.get(now), path.field(field.name), errors);
  }
}

/// Items of list-maps are told apart by their keys; other lists have no memory, and so no immutable parts.
void check_items(const FieldShape& field, const void* before, const void* now, const Path& path,
                 std::vector<FieldError>& errors) {
  const Shape& list = *field.shape;
  const auto same_keys = [&](const void* a, const void* b) {
    for (const FieldShape& part : list.element->fields) {
      const bool key = part.name == field.options.keys[0] || part.name == field.options.keys[1];
      if (key && !same(*part.shape, part.get(a), part.get(b))) return false;
    }
    return true;
  };
  for (std::size_t i = 0; i < list.size(now); ++i) {
    for (std::size_t j = 0; j < list.size(before); ++j) {
      if (!same_keys(list.at(before, j), list.at(now, i))) continue;
      check_struct(*list.element, list.at(before, j), list.at(now, i), path.index(i), errors);
    }
  }
}

bool have_one_in_common(const Shape& list, const void* before, const void* now) {
  for (std::size_t i = 0; i < list.size(now); ++i) {
    for (std::size_t j = 0; j < list.size(before); ++j) {
      if (same(*list.element, list.at(now, i), list.at(before, j))) return true;
    }
  }
  return false;
}

void check_field(const FieldShape& field, const void* before, const void* now, const Path& path,
                 std::vector<FieldError>& errors) {
  const bool both = before && now;
  if (field.options.immutable && (before || now) && !(both && same(*field.shape, before, now))) {
    errors.push_back({path.text(), std::string(kMustNotChange)});
  } else if (both && field.options.keeps_one && !have_one_in_common(*field.shape, before, now)) {
    errors.push_back({path.text(), std::string(kMustKeepOne)});
  } else if (both && field.shape->form == Form::Struct) {
    check_struct(*field.shape, before, now, path, errors);
  } else if (both && field.options.list == ListType::Map) {
    check_items(field, before, now, path, errors);
  }
}

}  // namespace

bool same(const Shape& shape, const void* a, const void* b) {
  switch (shape.form) {
    case Form::Text:
      return as<std::string>(a) == as<std::string>(b);
    case Form::Boolean:
      return as<bool>(a) == as<bool>(b);
    case Form::Integer:
      return shape.bits == 64 ? as<std::int64_t>(a) == as<std::int64_t>(b) : as<int>(a) == as<int>(b);
    case Form::Number:
      return as<double>(a) == as<double>(b);
    case Form::Duration:
      return as<std::chrono::milliseconds>(a) == as<std::chrono::milliseconds>(b);
    case Form::Enum:
      return shape.enum_value(a) == shape.enum_value(b);
    case Form::Struct:
      return same_struct(shape, a, b);
    case Form::List:
      return same_list(shape, a, b);
    case Form::Map:
      return same_map(shape, a, b);
  }
  return false;
}

nlohmann::json write_value(const Shape& shape, const void* object) {
  return write_with<nlohmann::json>(shape, object, nullptr);
}

nlohmann::ordered_json write_value_ordered(const Shape& shape, const void* object) {
  return write_with<nlohmann::ordered_json>(shape, object, nullptr);
}

void check_update(const Shape& shape, const void* before, const void* now, std::string_view path,
                  std::vector<FieldError>& errors) {
  check_struct(shape, before, now, Path(path), errors);
}

}  // namespace sallyport::schema
