// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/open_api.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"
#include "operator/schema/codec.hpp"
#include "operator/schema/default_text.hpp"
#include "operator/schema/duration.hpp"
#include "operator/schema/text_rules.hpp"
#include "operator/schema/union_check.hpp"

namespace sallyport::schema {

namespace {

using Json = nlohmann::ordered_json;

Json validation(std::string cel, std::string_view message, std::string_view field_path = {}) {
  Json rule{{"rule", std::move(cel)}, {"message", std::string(message)}};
  if (!field_path.empty()) rule["fieldPath"] = "." + std::string(field_path);
  return rule;
}

/// A bound on a number: whole where it can be, so that no `1.0` appears.
Json number(double value) {
  const bool whole = value == static_cast<double>(static_cast<std::int64_t>(value));
  return whole ? Json(static_cast<std::int64_t>(value)) : Json(value);
}

std::string in_list(const std::vector<std::string_view>& tags) {
  std::vector<std::string> texts;
  for (const std::string_view tag : tags) texts.push_back(cel_text(tag));
  return "[" + join(texts, ", ") + "]";
}

/// Rules of a tagged union, one or two a member.
void add_union_rules(const Shape& shape, const void* initial, Json& rules) {
  const FieldShape& field = field_of(shape, shape.tag);
  const std::string self = "self." + cel_name(shape.tag);
  const std::string usual = cel_text(tag_of(shape, initial));
  const std::string tag = field.options.required ? self : "(has(" + self + ") ? " + self + " : " + usual + ")";
  const auto words = [&](const std::vector<std::string_view>& tags) {
    return std::string(shape.tag) + " " + join({tags.begin(), tags.end()}, " or ");
  };
  for (const MemberUse& use : union_members(shape)) {
    const std::string has = "has(self." + cel_name(use.member) + ")";
    rules.push_back(validation("!" + has + " || " + tag + " in " + in_list(use.allowed),
                               "must not be set unless with " + words(use.allowed), use.member));
    rules.back()["reason"] = "FieldValueForbidden";
    if (use.must.empty()) continue;
    rules.push_back(validation("!(" + tag + " in " + in_list(use.must) + ") || " + has,
                               "is required with " + words(use.must), use.member));
    rules.back()["reason"] = "FieldValueRequired";
  }
}

void add_exactly_one_rule(const Shape& shape, Json& rules) {
  std::vector<std::string> terms;
  std::vector<std::string> names;
  for (const Arm& arm : shape.arms) {
    terms.push_back("(has(self." + cel_name(arm.member) + ") ? 1 : 0)");
    names.emplace_back(arm.member);
  }
  if (names.size() > 1) {
    rules.push_back(validation(join(terms, " + ") + " == 1", "must have exactly one of " + join(names, ", ")));
    return;
  }
  rules.push_back(validation("has(self." + cel_name(names[0]) + ")", "is required", names[0]));
  rules.back()["reason"] = "FieldValueRequired";
}

Json struct_rules(const Shape& shape, const void* initial) {
  Json rules = Json::array();
  for (const RuleShape& rule : shape.rules) rules.push_back(validation(std::string(rule.cel), rule.message, rule.at));
  if (!shape.arms.empty())
    shape.tag.empty() ? add_exactly_one_rule(shape, rules) : add_union_rules(shape, initial, rules);
  for (const FieldShape& field : shape.fields) {
    if (!field.options.immutable || field.options.required) continue;
    const std::string name = cel_name(field.name);
    rules.push_back(validation("has(self." + name + ") == has(oldSelf." + name + ")",
                               "must not be added or removed later", field.name));
  }
  return rules;
}

/// `initial`: of a struct, or of the structs in a list or map, what a reader starts from.
Json property(const Shape& shape, const Options& options, std::string description, const void* initial);

void add_struct(const Shape& shape, const void* initial, Json& schema) {
  schema["type"] = "object";
  Json required = Json::array();
  Json properties = Json::object();
  for (const FieldShape& field : shape.fields) {
    if (field.options.required) required.push_back(std::string(field.name));
    std::string description(field.doc);
    const std::string usual = default_text(field, initial);
    if (!usual.empty()) description += " Default: " + usual + ".";
    const Shape& item = field.shape->element ? *field.shape->element : *field.shape;
    const void* below = item.form == Form::Struct ? initial_below(field, initial) : nullptr;
    properties[std::string(field.name)] = property(*field.shape, field.options, std::move(description), below);
  }
  if (!required.empty()) schema["required"] = std::move(required);
  if (!properties.empty()) schema["properties"] = std::move(properties);
}

void add_text(const Options& options, Json& schema, Json& rules) {
  schema["type"] = "string";
  if (options.min_length) schema["minLength"] = options.min_length;
  schema["maxLength"] = max_length(options);
  if (!options.pattern.empty()) schema["pattern"] = std::string(options.pattern);
  if (options.format.empty()) return;
  schema["format"] = std::string(options.format);
  // With a format the API server (1.36) no longer sees that the value is a list; a rule about its type does. CEL knows
  // two formats by types of their own.
  const std::string type = options.format == "date-time" ? "google.protobuf.Timestamp"
                           : options.format == "byte"    ? "bytes"
                                                         : "string";
  rules.push_back(validation("type(self) == " + type, "must be a string"));
}

void add_number(const Shape& shape, const Options& options, Json& schema) {
  schema["type"] = shape.form == Form::Integer ? "integer" : "number";
  if (shape.form == Form::Integer) schema["format"] = shape.bits == 64 ? "int64" : "int32";
  if (options.minimum) schema["minimum"] = number(*options.minimum);
  if (options.maximum) schema["maximum"] = number(*options.maximum);
}

void add_duration(const Options& options, Json& schema, Json& rules) {
  schema["type"] = "string";
  schema["minLength"] = 2;
  schema["maxLength"] = kDurationMaxLength;
  schema["pattern"] = std::string(kDurationPattern);
  const auto bound = [&](std::string_view compare, std::string_view words, std::chrono::milliseconds limit) {
    const std::string text = write_duration(limit);
    rules.push_back(validation("duration(self) " + std::string(compare) + " duration('" + text + "')",
                               "must be " + std::string(words) + " " + text));
  };
  if (options.at_least) bound(">=", "at least", *options.at_least);
  if (options.at_most) bound("<=", "at most", *options.at_most);
}

void add_list(const Shape& shape, const Options& options, const void* initial, Json& schema) {
  schema["type"] = "array";
  if (options.min_items) schema["minItems"] = options.min_items;
  schema["maxItems"] = max_items(options);
  const bool scalars = shape.element->form != Form::Struct;
  if (options.list == ListType::Map) {
    schema["x-kubernetes-list-type"] = "map";
    for (const std::string_view key : options.keys) {
      if (!key.empty()) schema["x-kubernetes-list-map-keys"].push_back(std::string(key));
    }
  } else {
    const bool set = options.list == ListType::Set || (options.list == ListType::ByElement && scalars);
    schema["x-kubernetes-list-type"] = set ? "set" : "atomic";
  }
  schema["items"] = property(*shape.element, list_item_options(options), std::string(shape.element->doc), initial);
}

void add_map(const Shape& shape, const Options& options, const void* initial, Json& schema) {
  schema["type"] = "object";
  if (options.min_items) schema["minProperties"] = options.min_items;
  schema["maxProperties"] = max_items(options);
  const std::string longest = std::to_string(kDefaultItemMaxLength);
  schema["x-kubernetes-validations"].push_back(
      validation("self.all(key, size(key) > 0 && size(key) <= " + longest + ")",
                 "must have keys of 1 to " + longest + " characters"));
  schema["additionalProperties"] =
      property(*shape.element, map_value_options(options), std::string(shape.element->doc), initial);
}

void add_enum(const Shape& shape, Json& schema, std::string& description) {
  schema["type"] = "string";
  for (const EnumName& name : shape.names) {
    schema["enum"].push_back(std::string(name.text));
    if (name.doc.empty()) continue;
    description += (description.empty() ? "" : " ") + std::string(name.text) + ": " + std::string(name.doc);
  }
}

Json property(const Shape& shape, const Options& options, std::string description, const void* initial) {
  Json schema{{"description", ""}};
  Json rules = Json::array();
  switch (shape.form) {
    case Form::Text:
      add_text(options, schema, rules);
      break;
    case Form::Boolean:
      schema["type"] = "boolean";
      break;
    case Form::Integer:
    case Form::Number:
      add_number(shape, options, schema);
      break;
    case Form::Duration:
      add_duration(options, schema, rules);
      break;
    case Form::Enum:
      add_enum(shape, schema, description);
      break;
    case Form::List:
      add_list(shape, options, initial, schema);
      break;
    case Form::Map:
      add_map(shape, options, initial, schema);
      break;
    case Form::Struct:
      add_struct(shape, initial, schema);
      rules = struct_rules(shape, initial);
      break;
  }
  if (options.immutable) rules.push_back(validation("self == oldSelf", kMustNotChange));
  if (options.keeps_one) rules.push_back(validation("self.exists(item, item in oldSelf)", kMustKeepOne));
  for (Json& rule : rules) schema["x-kubernetes-validations"].push_back(std::move(rule));
  description.empty() ? void(schema.erase("description")) : void(schema["description"] = description);
  return schema;
}

}  // namespace

Json open_api_of(const Shape& shape) {
  return property(shape, {}, std::string(shape.doc), shape.initial());
}

std::string cel_name(std::string_view property) {
  static constexpr std::array<std::string_view, 19> kReserved{
      "true",     "false", "null",   "in",  "as",   "break",   "const",     "continue", "else", "for",
      "function", "if",    "import", "let", "loop", "package", "namespace", "return",   "void"};
  if (std::ranges::find(kReserved, property) != kReserved.end()) return "__" + std::string(property) + "__";
  std::string name;
  for (std::size_t i = 0; i < property.size(); ++i) {
    if (property.substr(i, 2) == "__") {
      name += "__underscores__";
      ++i;
    } else if (property[i] == '.') {
      name += "__dot__";
    } else if (property[i] == '-') {
      name += "__dash__";
    } else if (property[i] == '/') {
      name += "__slash__";
    } else {
      name += property[i];
    }
  }
  return name;
}

std::string cel_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

}  // namespace sallyport::schema
