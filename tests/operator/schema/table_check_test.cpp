// SPDX-License-Identifier: Apache-2.0
// Each of these tables would not compile; here the same checks run, so that we see their words.
#include "operator/schema/table_check.hpp"

#include <gtest/gtest.h>

#include "operator/schema/shape_of.hpp"
#include "tests/operator/schema/garden.hpp"

namespace sallyport::schema {
namespace {

/// What is wrong with a struct of these fields; empty if nothing.
std::string fault(const Shape& shape) {
  try {
    detail::check_table(shape);
  } catch (const char* why) {
    return why;
  }
  return {};
}

FieldShape row(std::string_view name, const Shape& shape, Options options = {}) {
  return {name, "doc", options, &shape, false, nullptr, nullptr};
}

std::string fault(const FieldShape& field) {
  const std::array fields{field};
  return fault(Shape{.form = Form::Struct, .doc = "doc", .fields = fields});
}

const Shape& kText = detail::kShape<std::string>;
const Shape& kNumber = detail::kShape<int>;
const Shape& kDuration = detail::kShape<std::chrono::milliseconds>;
const Shape& kTexts = detail::kShape<std::vector<std::string>>;
const Shape& kPlants = detail::kShape<std::vector<garden::Plant>>;
const Shape& kMap = detail::kShape<std::map<std::string, std::string>>;

TEST(CheckTable, WantsNamesAndDocs) {
  EXPECT_EQ(fault(Shape{.form = Form::Struct}), "a table wants a doc");
  EXPECT_EQ(fault(row("", kText)), "a field wants a name and a doc");
  const std::array twice{row("a", kText), row("a", kText)};
  EXPECT_EQ(fault(Shape{.form = Form::Struct, .doc = "doc", .fields = twice}), "two fields of one name");
}

TEST(CheckTable, RefusesRequiredOptionals) {
  FieldShape field = row("a", kText, {.required = true});
  field.optional = true;
  EXPECT_EQ(fault(field), "a std::optional member cannot be required");
}

TEST(CheckTable, KnowsWhichOptionsBelongToText) {
  EXPECT_EQ(fault(row("a", kNumber, {.max_length = 3})), "length and pattern are for text");
  EXPECT_EQ(fault(row("a", kText, {.min_length = 4, .max_length = 3})), "min_length above max_length");
  EXPECT_EQ(fault(row("a", kText, {.item_max_length = 3})), "item_... is for lists and maps of text");
  EXPECT_EQ(fault(row("a", kNumber, {.format = "cidr"})), "no such format, or not text");
  EXPECT_EQ(fault(row("a", kText, {.format = "hostname"})), "no such format, or not text");
  EXPECT_EQ(fault(row("a", kTexts, {.format = "cidr"})), "");
  EXPECT_EQ(fault(row("a", kMap, {.item_max_length = 3})), "");
}

TEST(CheckTable, WantsPatternsWithAnchorsWordsAndExamples) {
  EXPECT_EQ(fault(row("a", kText, {.pattern = "a", .pattern_says = "a", .example = "a"})), "a pattern reads ^...$");
  EXPECT_EQ(fault(row("a", kText, {.pattern = "^(?=a)$", .pattern_says = "a", .example = "a"})),
            "RE2 has no look-around");
  EXPECT_EQ(fault(row("a", kText, {.pattern = "^a$", .example = "a"})), "a pattern wants pattern_says, for people");
  EXPECT_EQ(fault(row("a", kText, {.pattern = "^a$", .pattern_says = "a"})), "a pattern wants an example");
}

TEST(CheckTable, KnowsWhichBoundsBelongToWhat) {
  EXPECT_EQ(fault(row("a", kText, {.minimum = 1})), "minimum and maximum are for numbers");
  EXPECT_EQ(fault(row("a", kNumber, {.minimum = 2, .maximum = 1})), "minimum above maximum");
  EXPECT_EQ(fault(row("a", kNumber, {.at_least = std::chrono::seconds(1)})), "at_least and at_most are for durations");
  EXPECT_EQ(fault(row("a", kDuration, {.at_least = std::chrono::seconds(2), .at_most = std::chrono::seconds(1)})),
            "at_least above at_most");
  EXPECT_EQ(fault(row("a", kText, {.min_items = 1})), "min_items and max_items are for lists and maps");
  EXPECT_EQ(fault(row("a", kTexts, {.min_items = 2, .max_items = 1})), "min_items above max_items");
}

TEST(CheckTable, KnowsHowListsMerge) {
  EXPECT_EQ(fault(row("a", kText, {.list = ListType::Set})), "list and keys are for lists");
  EXPECT_EQ(fault(row("a", kPlants, {.list = ListType::Set})), "a set is made of scalars");
  EXPECT_EQ(fault(row("a", kPlants, {.list = ListType::Map})), "ListType::Map and keys go together");
  EXPECT_EQ(fault(row("a", kPlants, {.keys = {"name"}})), "ListType::Map and keys go together");
  EXPECT_EQ(fault(row("a", kPlants, {.list = ListType::Map, .keys = {"nobody"}})), "a key is a required scalar field");
  EXPECT_EQ(fault(row("a", kPlants, {.list = ListType::Map, .keys = {"watering"}})),
            "a key is a required scalar field");
  EXPECT_EQ(fault(row("a", kPlants, {.list = ListType::Map, .keys = {"kind", "name"}})), "");
}

TEST(CheckTable, KnowsWhatAChangeCanKeep) {
  const char* why = "keeps_one is for required lists of scalars with min_items";
  EXPECT_EQ(fault(row("a", kText, {.required = true, .keeps_one = true})), why);
  EXPECT_EQ(fault(row("a", kTexts, {.required = true, .keeps_one = true})), why);
  EXPECT_EQ(fault(row("a", kTexts, {.min_items = 1, .keeps_one = true})), why);
  EXPECT_EQ(fault(row("a", kPlants, {.required = true, .min_items = 1, .keeps_one = true})), why);
  EXPECT_EQ(fault(row("a", kTexts, {.required = true, .min_items = 1, .immutable = true, .keeps_one = true})),
            "immutable keeps all");
  EXPECT_EQ(fault(row("a", kTexts, {.required = true, .min_items = 1, .keeps_one = true})), "");
}

TEST(CheckTable, WantsRulesThatSayWhatAndWhere) {
  const std::array fields{row("a", kText)};
  Shape shape{.form = Form::Struct, .doc = "doc", .fields = fields};
  const std::array silent{RuleShape{"true", "", "", nullptr}};
  shape.rules = silent;
  EXPECT_EQ(fault(shape), "a rule wants CEL and a message");
  const std::array lost{RuleShape{"true", "must be", "b.c", nullptr}};
  shape.rules = lost;
  EXPECT_EQ(fault(shape), "a rule's `at` is a field");
  const std::array deep{RuleShape{"true", "must be", "a.c", nullptr}};
  shape.rules = deep;
  EXPECT_EQ(fault(shape), "");
}

TEST(CheckTable, WantsUnionsThatCoverTheirTag) {
  FieldShape member = row("sun", detail::kShape<garden::Bed>);
  member.optional = true;
  const std::array fields{row("soil", detail::kShape<garden::Soil>), member, row("rain", kText)};
  Shape shape{.form = Form::Struct, .doc = "doc", .fields = fields};
  const auto with = [&](std::string_view tag, std::vector<Arm> arms) {
    shape.tag = tag;
    shape.arms = arms;
    return fault(shape);
  };
  EXPECT_EQ(with("soil", {arm("Clay", "rain")}), "an arm's member is a std::optional field");
  EXPECT_EQ(with("", {arm("", "")}), "exactly_one names fields");
  EXPECT_EQ(with("rain", {arm("Clay", "sun")}), "a union's tag is an enum field, not optional");
  EXPECT_EQ(with("soil", {arm("Mud", "sun")}), "an arm's tag is none of the enum's texts");
  EXPECT_EQ(with("soil", {arm("Clay", "sun")}), "every value of the tag wants an arm, with \"\" if it needs no member");
  EXPECT_EQ(with("soil", {arm("Clay", "sun"), arm("Sand", ""), arm("Water", ""), arm("Rock", "")}), "");
}

}  // namespace
}  // namespace sallyport::schema
