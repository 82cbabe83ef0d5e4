// SPDX-License-Identifier: Apache-2.0
// Mistakes in a field table that would otherwise show at run time or in the API server: found while compiling. A
// `throw` that is reached in a constant expression does not compile, and the compiler shows its text.
#pragma once

#include <algorithm>

#include "operator/schema/shape.hpp"

namespace sallyport::schema::detail {

constexpr bool is_scalar(Form form) {
  return form != Form::List && form != Form::Map && form != Form::Struct;
}

/// The field's index, or fields.size(). No pointer: g++ 12 with -fsanitize=undefined cannot compare one with null in a
/// constant expression.
constexpr std::size_t index_of(std::span<const FieldShape> fields, std::string_view name) {
  std::size_t at = 0;
  while (at < fields.size() && fields[at].name != name) ++at;
  return at;
}

constexpr void check_pattern(std::string_view pattern, std::string_view says, std::string_view example) {
  if (pattern.empty()) return;
  if (pattern.size() < 2 || pattern.front() != '^' || pattern.back() != '$') throw "a pattern reads ^...$";
  if (pattern.find("(?=") != pattern.npos || pattern.find("(?!") != pattern.npos || pattern.find("(?<") != pattern.npos)
    throw "RE2 has no look-around";
  if (says.empty()) throw "a pattern wants pattern_says, for people";
  if (example.empty()) throw "a pattern wants an example";
}

constexpr void check_text(Form self, Form item, const Options& o) {
  const bool many = self == Form::List || self == Form::Map;
  if (self != Form::Text && (o.min_length || o.max_length || !o.pattern.empty()))
    throw "length and pattern are for text";
  if (o.max_length && o.min_length > o.max_length) throw "min_length above max_length";
  if (!(many && item == Form::Text) && (o.item_max_length || !o.item_pattern.empty()))
    throw "item_... is for lists and maps of text";
  check_pattern(o.pattern, o.pattern_says, o.example);
  check_pattern(o.item_pattern, o.item_pattern_says, o.example);
  constexpr std::array<std::string_view, 6> known{"date-time", "cidr", "ipv4", "ipv6", "uuid", "byte"};
  if (!o.format.empty() && (item != Form::Text || std::ranges::find(known, o.format) == known.end()))
    throw "no such format, or not text";
}

constexpr void check_bounds(Form self, Form item, const Options& o) {
  const bool many = self == Form::List || self == Form::Map;
  const bool number = item == Form::Integer || item == Form::Number;
  if (!number && (o.minimum || o.maximum)) throw "minimum and maximum are for numbers";
  if (o.minimum && o.maximum && *o.minimum > *o.maximum) throw "minimum above maximum";
  if (item != Form::Duration && (o.at_least || o.at_most)) throw "at_least and at_most are for durations";
  if (o.at_least && o.at_most && *o.at_least > *o.at_most) throw "at_least above at_most";
  if (!many && (o.min_items || o.max_items)) throw "min_items and max_items are for lists and maps";
  if (o.max_items && o.min_items > o.max_items) throw "min_items above max_items";
}

/// Required and never empty: so there is always something to keep, and CEL sees both lists.
constexpr void check_change(const FieldShape& field) {
  const Options& o = field.options;
  if (!o.keeps_one) return;
  const bool scalars = field.shape->form == Form::List && is_scalar(field.shape->element->form);
  if (!scalars || !o.required || o.min_items == 0) throw "keeps_one is for required lists of scalars with min_items";
  if (o.immutable) throw "immutable keeps all";
}

constexpr void check_list(const FieldShape& field) {
  const Options& o = field.options;
  if (o.list == ListType::ByElement && o.keys[0].empty()) return;
  if (field.shape->form != Form::List) throw "list and keys are for lists";
  const Shape& element = *field.shape->element;
  if (o.list == ListType::Set && !is_scalar(element.form)) throw "a set is made of scalars";
  if ((o.list == ListType::Map) == o.keys[0].empty()) throw "ListType::Map and keys go together";
  for (const std::string_view key : o.keys) {
    if (key.empty()) continue;
    const std::size_t at = index_of(element.fields, key);
    const bool is_key =
        at != element.fields.size() && element.fields[at].options.required && is_scalar(element.fields[at].shape->form);
    if (!is_key) throw "a key is a required scalar field";
  }
}

constexpr void check_union(const Shape& shape) {
  for (const Arm& arm : shape.arms) {
    const std::size_t member = index_of(shape.fields, arm.member);
    const bool is_optional = member != shape.fields.size() && shape.fields[member].optional;
    if (!arm.member.empty() && !is_optional) throw "an arm's member is a std::optional field";
    if (arm.member.empty() && shape.tag.empty()) throw "exactly_one names fields";
  }
  if (shape.tag.empty()) return;
  const std::size_t tag = index_of(shape.fields, shape.tag);
  if (tag == shape.fields.size() || shape.fields[tag].optional || shape.fields[tag].shape->form != Form::Enum)
    throw "a union's tag is an enum field, not optional";
  const auto& names = shape.fields[tag].shape->names;
  for (const Arm& arm : shape.arms) {
    if (std::ranges::none_of(names, [&](const EnumName& n) { return n.text == arm.tag; }))
      throw "an arm's tag is none of the enum's texts";
  }
  for (const EnumName& name : names) {
    if (std::ranges::none_of(shape.arms, [&](const Arm& a) { return a.tag == name.text; }))
      throw "every value of the tag wants an arm, with \"\" if it needs no member";
  }
}

/// Checks one struct's table; its parts have been checked when their own shapes were made.
constexpr bool check_table(const Shape& shape) {
  if (shape.doc.empty()) throw "a table wants a doc";
  for (std::size_t i = 0; i < shape.fields.size(); ++i) {
    const FieldShape& field = shape.fields[i];
    if (field.name.empty() || field.doc.empty()) throw "a field wants a name and a doc";
    if (field.optional && field.options.required) throw "a std::optional member cannot be required";
    for (std::size_t j = 0; j < i; ++j) {
      if (shape.fields[j].name == field.name) throw "two fields of one name";
    }
    const Form self = field.shape->form;
    const Form item = self == Form::List || self == Form::Map ? field.shape->element->form : self;
    check_text(self, item, field.options);
    check_bounds(self, item, field.options);
    check_list(field);
    check_change(field);
  }
  for (const RuleShape& rule : shape.rules) {
    if (rule.cel.empty() || rule.message.empty()) throw "a rule wants CEL and a message";
    if (!rule.at.empty() && index_of(shape.fields, rule.at.substr(0, rule.at.find('.'))) == shape.fields.size())
      throw "a rule's `at` is a field";
  }
  check_union(shape);
  return true;
}

}  // namespace sallyport::schema::detail
