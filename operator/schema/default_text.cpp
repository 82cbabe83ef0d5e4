// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/default_text.hpp"

#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"
#include "operator/schema/codec.hpp"

namespace sallyport::schema {

std::string default_text(const Shape& shape, const FieldShape& field) {
  if (!field.options.default_text.empty()) return std::string(field.options.default_text);
  const void* initial = field.get(shape.initial());
  if (field.options.required || !initial || field.shape->form == Form::Struct) return {};
  const nlohmann::json value = write_value(*field.shape, initial);
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.is_object() ? "" : value.dump();
  std::vector<std::string> items;
  for (const auto& item : value) items.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  return join(items, ", ");
}

}  // namespace sallyport::schema
