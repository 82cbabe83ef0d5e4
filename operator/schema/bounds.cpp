// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/bounds.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/schema/text_rules.hpp"

namespace sallyport::schema {
namespace {

bool starts_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

/// At most `limit` characters, the mark among them.
std::string cut(const std::string& text, std::size_t limit) {
  static constexpr std::string_view kMark = "...";
  const std::size_t kept = limit - std::min(limit, kMark.size());
  std::size_t end = 0;
  for (std::size_t characters = 0; end < text.size(); ++end) {
    if (starts_character(text[end]) && characters++ == kept) break;
  }
  return text.substr(0, end) + std::string(kMark.substr(0, limit));
}

void fit_list(const FieldShape& field, nlohmann::json& list);

/// Of a record, only what is for people.
void fit_record(const Shape& shape, nlohmann::json& record) {
  for (const FieldShape& field : shape.fields) {
    const auto value = record.find(field.name);
    if (value == record.end()) continue;
    if (field.shape->form == Form::Struct) fit_record(*field.shape, *value);
    if (field.shape->form == Form::List) fit_list(field, *value);
  }
}

void fit_list(const FieldShape& field, nlohmann::json& list) {
  if (field.shape->element->form == Form::Struct) {
    for (nlohmann::json& record : list) fit_record(*field.shape->element, record);
    return;
  }
  const std::size_t most = max_items(field.options);
  if (list.size() > most) list.erase(list.begin() + static_cast<std::ptrdiff_t>(most), list.end());
  if (field.shape->element->form != Form::Text) return;
  const std::size_t limit = max_length(list_item_options(field.options));
  for (nlohmann::json& item : list) {
    const auto& text = item.get_ref<const std::string&>();
    if (count_characters(text) > limit) item = cut(text, limit);
  }
}

bool is_too_long(const FieldShape& field, const nlohmann::json& value) {
  return field.shape->form == Form::Text &&
         count_characters(value.get_ref<const std::string&>()) > max_length(field.options);
}

}  // namespace

void fit_to_bounds(const Shape& shape, nlohmann::json& object) {
  for (const FieldShape& field : shape.fields) {
    const auto value = object.find(field.name);
    if (value == object.end()) continue;
    if (field.shape->form == Form::Struct) fit_to_bounds(*field.shape, *value);
    if (field.shape->form == Form::List) fit_list(field, *value);
    if (is_too_long(field, *value)) object.erase(value);
  }
}

}  // namespace sallyport::schema
