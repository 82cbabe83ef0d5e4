// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/default_text.hpp"

#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"
#include "operator/schema/codec.hpp"

namespace sallyport::schema {

std::string default_text(const FieldShape& field, const void* initial) {
  if (!field.options.default_text.empty()) return std::string(field.options.default_text);
  const void* member = field.get(initial);
  if (field.options.required || !member || field.shape->form == Form::Struct) return {};
  const nlohmann::json value = write_value(*field.shape, member);
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.is_object() ? "" : value.dump();
  std::vector<std::string> items;
  for (const auto& item : value) items.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  return join(items, ", ");
}

const void* initial_below(const FieldShape& field, const void* initial) {
  if (field.shape->element) return field.shape->element->initial();
  const void* member = field.get(initial);
  return member ? member : field.shape->initial();
}

}  // namespace sallyport::schema
