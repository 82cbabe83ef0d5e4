// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/reference.hpp"

#include "operator/base/text.hpp"
#include "operator/schema/default_text.hpp"
#include "operator/schema/duration.hpp"
#include "operator/schema/number.hpp"
#include "operator/schema/text_rules.hpp"
#include "operator/schema/union_check.hpp"

namespace sallyport::schema {

namespace {

/// Text for a table's cell: a bar would end it, an angle bracket be taken for HTML.
std::string cell(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '|') {
      safe += "\\|";
    } else if (c == '<') {
      safe += "&lt;";
    } else {
      safe += c == '\n' ? ' ' : c;
    }
  }
  return safe;
}

/// In a cell a bar needs its backslash inside code, too.
std::string code(std::string_view text) {
  if (text.empty()) return {};
  std::string safe = "`";
  for (const char c : text) safe += c == '|' ? std::string("\\|") : std::string(1, c == '`' ? '\'' : c);
  return safe + "`";
}

std::string scalar_name(const Shape& shape) {
  switch (shape.form) {
    case Form::Text:
      return "string";
    case Form::Boolean:
      return "boolean";
    case Form::Integer:
      return "integer";
    case Form::Number:
      return "number";
    case Form::Duration:
      return "duration";
    case Form::Enum:
      return "enum";
    case Form::List:
    case Form::Map:
    case Form::Struct:
      return "object";
  }
  return {};
}

std::string type_name(const FieldShape& field) {
  const Shape& shape = *field.shape;
  if (shape.form == Form::Map) return "map of " + scalar_name(*shape.element);
  if (shape.form != Form::List) return scalar_name(shape);
  const bool set = field.options.list == ListType::Set ||
                   (field.options.list == ListType::ByElement && shape.element->form != Form::Struct);
  return (set ? "set of " : "list of ") + scalar_name(*shape.element);
}

void add_number_bounds(const Options& options, std::vector<std::string>& parts) {
  if (options.minimum && options.maximum) {
    parts.push_back(number_text(*options.minimum) + " to " + number_text(*options.maximum));
  } else if (options.minimum) {
    parts.push_back("at least " + number_text(*options.minimum));
  } else if (options.maximum) {
    parts.push_back("at most " + number_text(*options.maximum));
  }
  if (options.at_least && options.at_most) {
    parts.push_back(write_duration(*options.at_least) + " to " + write_duration(*options.at_most));
  } else if (options.at_least) {
    parts.push_back("at least " + write_duration(*options.at_least));
  } else if (options.at_most) {
    parts.push_back("at most " + write_duration(*options.at_most));
  }
}

void add_text_bounds(const Shape& shape, const Options& options, std::vector<std::string>& parts) {
  if (shape.form == Form::Enum) {
    std::vector<std::string> names;
    for (const EnumName& name : shape.names) names.push_back(code(name.text));
    parts.push_back(join(names, ", "));
  }
  if (shape.form != Form::Text) return;
  if (!options.pattern_says.empty()) parts.push_back(cell(options.pattern_says));
  if (!options.format.empty()) parts.push_back("format " + std::string(options.format));
  const std::string most = std::to_string(max_length(options)) + " characters";
  parts.push_back(options.min_length ? std::to_string(options.min_length) + " to " + most : "at most " + most);
}

std::string constraints(const FieldShape& field) {
  std::vector<std::string> parts;
  const Shape& shape = *field.shape;
  const Options& options = field.options;
  add_number_bounds(options, parts);
  if (shape.form == Form::List || shape.form == Form::Map) {
    const std::string most = std::to_string(max_items(options)) + (shape.form == Form::List ? " items" : " entries");
    parts.push_back(options.min_items ? std::to_string(options.min_items) + " to " + most : "at most " + most);
    std::vector<std::string> keys;
    for (const std::string_view key : options.keys) {
      if (!key.empty()) keys.push_back(code(key));
    }
    if (!keys.empty()) parts.push_back("told apart by " + join(keys, " and "));
    std::vector<std::string> item;
    add_text_bounds(*shape.element, shape.form == Form::List ? list_item_options(options) : map_value_options(options),
                    item);
    if (!item.empty()) parts.push_back("each: " + join(item, ", "));
  } else {
    add_text_bounds(shape, options, parts);
  }
  if (options.immutable) parts.emplace_back("fixed at creation");
  if (options.keeps_one) parts.emplace_back("a change keeps at least one of the former");
  return join(parts, "; ");
}

void add_row(const FieldShape& field, const void* initial, std::string& page) {
  page += "| " + code(field.name) + " | " + type_name(field) + " | " + (field.options.required ? "yes" : "") + " | " +
          cell(default_text(field, initial)) + " | " + constraints(field) + " | " + cell(field.doc) + " | " +
          code(field.options.effect) + " | " + code(field.options.example) + " |\n";
}

void add_union(const Shape& shape, std::string& page) {
  if (shape.arms.empty()) return;
  if (shape.tag.empty()) {
    std::vector<std::string> names;
    for (const Arm& arm : shape.arms) names.push_back(code(arm.member));
    page += "- Exactly one of " + join(names, ", ") + " is set.\n";
    return;
  }
  for (const MemberUse& use : union_members(shape)) {
    std::vector<std::string> tags;
    for (const std::string_view tag : use.allowed) tags.push_back(code(tag));
    const bool always = use.must.size() == use.allowed.size();
    page += "- " + code(use.member) + (always ? " is set exactly if " : " may be set only if ") + code(shape.tag) +
            " is " + join(tags, " or ") + ".\n";
  }
}

void add_enums(const Shape& shape, std::string& page) {
  for (const FieldShape& field : shape.fields) {
    const Shape& item = field.shape->element ? *field.shape->element : *field.shape;
    for (const EnumName& name : item.names) {
      if (!name.doc.empty()) page += "- " + code(field.name) + " " + code(name.text) + ": " + cell(name.doc) + "\n";
    }
  }
}

void add_struct(const Shape& shape, const void* initial, const std::string& path, std::string& page) {
  page += "\n### " + code(path) + "\n\n" + cell(shape.doc) + "\n";
  if (!shape.fields.empty()) {
    page += "\n| field | type | required | default | constraints | meaning | effect | example |\n";
    page += "|---|---|---|---|---|---|---|---|\n";
  }
  for (const FieldShape& field : shape.fields) add_row(field, initial, page);
  std::string rules;
  add_enums(shape, rules);
  add_union(shape, rules);
  for (const RuleShape& rule : shape.rules) {
    rules += "- " + (rule.at.empty() ? "It" : code(rule.at)) + " " + cell(rule.message) + ".\n";
  }
  if (!rules.empty()) page += "\n" + rules;
  for (const FieldShape& field : shape.fields) {
    const std::string at = path + "." + std::string(field.name);
    if (field.shape->form == Form::Struct) add_struct(*field.shape, initial_below(field, initial), at, page);
    if (field.shape->element && field.shape->element->form == Form::Struct) {
      add_struct(*field.shape->element, initial_below(field, initial),
                 at + (field.shape->form == Form::List ? "[]" : "{}"), page);
    }
  }
}

}  // namespace

std::string reference_page(const KindShape& kind) {
  const KindName& name = kind.name;
  std::string page = "# " + std::string(name.kind) + "\n\n" + cell(name.doc) + "\n\n";
  page += "- apiVersion: " + code(std::string(name.group) + "/" + std::string(name.version)) + "\n";
  page += "- scope: " + std::string(name.scope == Scope::Cluster ? "cluster" : "namespace") + "\n";
  page += "- `kubectl get " + std::string(name.short_name.empty() ? name.plural : name.short_name) + "` shows: ";
  std::vector<std::string> columns;
  for (const Column& column : kind.columns) {
    columns.push_back(std::string(column.name) + (column.priority != 0 ? " (with `-o wide`)" : ""));
  }
  columns.emplace_back("Age");
  page += join(columns, ", ") + "\n\n## Spec\n";
  add_struct(*kind.spec, kind.spec->initial(), "spec", page);
  page += "\n## Status\n\nWritten by the operator.\n";
  add_struct(*kind.status, kind.status->initial(), "status", page);
  return page;
}

}  // namespace sallyport::schema
