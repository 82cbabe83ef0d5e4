// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "operator/schema/codec.hpp"
#include "tests/operator/schema/garden.hpp"

namespace sallyport::schema {
namespace {

using garden::Garden;
using garden::Soil;
using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

Read<Garden> read_garden(std::string_view text, Unknown unknown = Unknown::Refuse) {
  return read<Garden>(json::parse(text), "spec", unknown);
}

/// Errors as text, of a garden that is fine but for these members.
std::vector<std::string> errors_with(std::string_view members) {
  const auto read = read_garden(R"({"title": "Rose garden", )" + std::string(members) + "}");
  std::vector<std::string> texts;
  for (const FieldError& error : read.errors) texts.push_back(error.path + ": " + error.reason);
  return texts;
}

TEST(Read, KeepsDefaultsForWhatIsAbsentOrNull) {
  const auto read = read_garden(R"({"title": "Rose garden", "visitors": null, "note": null, "tags": null})");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value.visitors, 5);
  EXPECT_EQ(read.value.note, std::nullopt);
  EXPECT_THAT(read.value.tags, ElementsAre("green"));
  EXPECT_EQ(read.value.opening.from, std::chrono::hours(9));
}

TEST(Read, ReadsEveryType) {
  const auto read = read_garden(R"({"title": "Rose garden", "soil": "Clay", "bed": {"shape": "oval", "rows": 2},
      "open": false, "visitors": 0, "budget": 9007199254740993, "price": 2.25, "pause": "1m30s", "tags": ["red", "blue"],
      "path": ["a", "a"], "sizes": [1, 9], "soils": ["Sand", "Rock"], "bells": ["1s", "2s"],
      "plants": [{"kind": "tree", "name": "oak", "weight": 1e3}], "beds": [{"shape": "x"}], "labels": {"a": "b"},
      "rooms": {"r": {"shape": "y"}}, "note": "n", "opening": {"until": "20h"}, "networks": ["10.0.0.0/8"],
      "choice": {"right": {"depth": 4}}, "in": "w"})");
  ASSERT_TRUE(read.ok()) << read.errors[0].path << read.errors[0].reason;
  const Garden& g = read.value;
  EXPECT_EQ(g.soil, Soil::Clay);
  EXPECT_EQ(g.bed->rows, 2);
  EXPECT_FALSE(g.open);
  EXPECT_EQ(g.budget, 9007199254740993);
  EXPECT_EQ(g.price, 2.25);
  EXPECT_EQ(g.pause, std::chrono::seconds(90));
  EXPECT_THAT(g.tags, ElementsAre("red", "blue"));
  EXPECT_THAT(g.path, ElementsAre("a", "a"));
  EXPECT_THAT(g.sizes, ElementsAre(1, 9));
  EXPECT_THAT(g.soils, ElementsAre(Soil::Sand, Soil::Rock));
  EXPECT_THAT(g.bells, ElementsAre(std::chrono::seconds(1), std::chrono::seconds(2)));
  EXPECT_EQ(g.plants.at(0).weight, 1000);
  EXPECT_EQ(g.beds.at(0).rows, 3);
  EXPECT_EQ(g.labels.at("a"), "b");
  EXPECT_EQ(g.rooms.at("r").shape, "y");
  EXPECT_EQ(g.note, "n");
  EXPECT_EQ(g.opening.from, std::chrono::hours(9));
  EXPECT_EQ(g.opening.until, std::chrono::hours(20));
  EXPECT_EQ(g.choice->right->depth, 4);
  EXPECT_EQ(g.in, "w");
}

TEST(Read, AListReplacesItsDefault) {
  EXPECT_THAT(read_garden(R"({"title": "ab", "tags": []})").value.tags, IsEmpty());
}

TEST(Read, CollectsAllErrorsInTheOrderOfTheTable) {
  const auto read = read_garden(R"({"visitors": 101, "open": "yes", "plants": [{"kind": 1}, {}]})");
  std::vector<std::string> paths;
  for (const FieldError& error : read.errors) paths.push_back(error.path);
  EXPECT_THAT(paths, ElementsAre("spec.title", "spec.open", "spec.visitors", "spec.plants[0].kind",
                                 "spec.plants[0].name", "spec.plants[1].kind", "spec.plants[1].name"));
}

TEST(Read, NamesTheDocumentWhenItIsNoObject) {
  EXPECT_THAT(read_garden("[]").errors, ElementsAre(FieldError{"spec", "must be an object"}));
  EXPECT_THAT(read<garden::Bed>(json(), "", Unknown::Ignore).errors, ElementsAre(FieldError{"", "must be an object"}));
}

TEST(Read, ChecksText) {
  EXPECT_THAT(errors_with(R"("note": 5)"), ElementsAre("spec.note: must be a string"));
  EXPECT_THAT(read_garden(R"({"title": "a"})").errors,
              ElementsAre(FieldError{"spec.title", "must have at least 2 characters"}));
  EXPECT_THAT(read_garden(R"({"title": "a1"})").errors,
              ElementsAre(FieldError{"spec.title", "must be letters and spaces"}));
  EXPECT_THAT(read_garden(R"({"title": "abcdefghijklmnopqrstu"})").errors,
              ElementsAre(FieldError{"spec.title", "must have at most 20 characters, has 21"}));
}

TEST(Read, ChecksNumbers) {
  EXPECT_THAT(errors_with(R"("visitors": -1)"), ElementsAre("spec.visitors: must be at least 0"));
  EXPECT_THAT(errors_with(R"("visitors": 101)"), ElementsAre("spec.visitors: must be at most 100"));
  EXPECT_THAT(errors_with(R"("visitors": 1.5)"), ElementsAre("spec.visitors: must be a whole number"));
  EXPECT_THAT(errors_with(R"("visitors": "1")"), ElementsAre("spec.visitors: must be a whole number"));
  EXPECT_THAT(errors_with(R"("visitors": true)"), ElementsAre("spec.visitors: must be a whole number"));
  EXPECT_THAT(errors_with(R"("visitors": 3.0)"), IsEmpty());
  EXPECT_THAT(errors_with(R"("budget": 18446744073709551615)"), ElementsAre("spec.budget: must be a whole number"));
  EXPECT_THAT(errors_with(R"("price": 0.25)"), ElementsAre("spec.price: must be at least 0.5"));
  EXPECT_THAT(errors_with(R"("price": "1")"), ElementsAre("spec.price: must be a number"));
  EXPECT_THAT(errors_with(R"("price": 99)"), IsEmpty());
  EXPECT_THAT(errors_with(R"("beds": [{"shape": "x", "rows": 99999999999}])"),
              ElementsAre("spec.beds[0].rows: must be at most 9"));
  EXPECT_THAT(errors_with(R"("sizes": [0, 5, 10])"),
              ElementsAre("spec.sizes[0]: must be at least 1", "spec.sizes[2]: must be at most 9"));
}

TEST(Read, RefusesWhatDoesNotFitIn32Bits) {
  const auto read = schema::read<garden::GardenStatus>(json{{"guests", 3000000000}}, "status", Unknown::Ignore);
  EXPECT_THAT(read.errors, ElementsAre(FieldError{"status.guests", "must fit in 32 bits"}));
}

TEST(Read, ChecksBooleansEnumsAndDurations) {
  EXPECT_THAT(errors_with(R"("open": 1)"), ElementsAre("spec.open: must be true or false"));
  EXPECT_THAT(errors_with(R"("soil": "clay")"), ElementsAre("spec.soil: must be one of Clay, Sand, Water, Rock"));
  EXPECT_THAT(errors_with(R"("soil": 1)"), ElementsAre("spec.soil: must be one of Clay, Sand, Water, Rock"));
  EXPECT_THAT(errors_with(R"("pause": 5)"), ElementsAre("spec.pause: must be a duration such as 300s, 1h30m or 500ms"));
  EXPECT_THAT(errors_with(R"("pause": "999ms")"), ElementsAre("spec.pause: must be at least 1s"));
  EXPECT_THAT(errors_with(R"("pause": "1h1ms")"), ElementsAre("spec.pause: must be at most 1h"));
  EXPECT_THAT(errors_with(R"("bells": ["2h"])"), ElementsAre("spec.bells[0]: must be at most 1h"));
}

TEST(Read, ChecksLists) {
  EXPECT_THAT(errors_with(R"("tags": "red")"), ElementsAre("spec.tags: must be a list"));
  EXPECT_THAT(errors_with(R"("tags": ["a", "b", "c", "d"])"),
              ElementsAre("spec.tags: must have at most 3 items, has 4"));
  EXPECT_THAT(errors_with(R"("plants": [])"), ElementsAre("spec.plants: must have at least 1 items, has 0"));
  EXPECT_THAT(errors_with(R"("tags": ["a", "A"])"), ElementsAre("spec.tags[1]: must be lower-case letters"));
  EXPECT_THAT(errors_with(R"("tags": ["aaaaaaaaa"])"),
              ElementsAre("spec.tags[0]: must have at most 8 characters, has 9"));
  EXPECT_THAT(errors_with(R"("tags": [""])"), ElementsAre("spec.tags[0]: must not be empty"));
  EXPECT_THAT(errors_with(R"("tags": [null])"), ElementsAre("spec.tags[0]: must not be null"));
  EXPECT_THAT(errors_with(R"("networks": ["10.0.0.0"])"), ElementsAre("spec.networks[0]: must have the format cidr"));
}

TEST(Read, FindsDuplicates) {
  EXPECT_THAT(errors_with(R"("tags": ["a", "b", "a"])"), ElementsAre("spec.tags[2]: duplicate 'a'"));
  EXPECT_THAT(errors_with(R"("sizes": [3, 3])"), ElementsAre("spec.sizes[1]: duplicate '3'"));
  EXPECT_THAT(errors_with(R"("plants": [{"kind": "k", "name": "n"}, {"kind": "k", "name": "n"}])"),
              ElementsAre("spec.plants[1]: duplicate kind and name 'k', 'n'"));
  EXPECT_THAT(errors_with(R"("plants": [{"kind": "k", "name": "n"}, {"kind": "k", "name": "m"}])"), IsEmpty());
  EXPECT_THAT(errors_with(R"("path": ["a", "a"])"), IsEmpty());
  EXPECT_THAT(errors_with(R"("beds": [{"shape": "a"}, {"shape": "a"}])"), IsEmpty());
}

TEST(Read, KeepsAValueThatHoldsABarApartFromTwoValues) {
  EXPECT_THAT(errors_with(R"("plants": [{"kind": "a,b", "name": "c"}, {"kind": "a", "name": "b,c"}])"), IsEmpty());
}

TEST(Read, NamesTheSingleKeyOfADuplicate) {
  const json twice = json::parse(R"({"conditions": [
      {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-31T10:20:30Z", "reason": "A", "message": ""},
      {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-31T10:20:30Z", "reason": "A", "message": ""}]})");
  EXPECT_THAT(schema::read<garden::GardenStatus>(twice, "status", Unknown::Ignore).errors,
              ElementsAre(FieldError{"status.conditions[1]", "duplicate type 'Ready'"}));
}

TEST(Read, ChecksMaps) {
  EXPECT_THAT(errors_with(R"("labels": [])"), ElementsAre("spec.labels: must be an object"));
  EXPECT_THAT(errors_with(R"("labels": {"a": 1})"), ElementsAre("spec.labels[a]: must be a string"));
  EXPECT_THAT(errors_with(R"("labels": {"a": "123456"})"),
              ElementsAre("spec.labels[a]: must have at most 5 characters, has 6"));
  EXPECT_THAT(errors_with(R"("labels": {"a": null})"), ElementsAre("spec.labels[a]: must not be null"));
  EXPECT_THAT(errors_with(R"("labels": {"a": "", "b": "", "c": ""})"),
              ElementsAre("spec.labels: must have at most 2 entries, has 3"));
  EXPECT_THAT(errors_with(R"("labels": {"": "x"})"), ElementsAre("spec.labels: must have keys of 1 to 253 characters"));
  EXPECT_THAT(errors_with(R"("rooms": {"a.b": {"rows": 0}})"),
              ElementsAre("spec.rooms[a.b].shape: is required", "spec.rooms[a.b].rows: must be at least 1"));
}

TEST(Read, ChecksTaggedUnions) {
  EXPECT_THAT(errors_with(R"("soil": "Clay")"), ElementsAre("spec.bed: is required with soil Clay"));
  EXPECT_THAT(errors_with(R"("soil": "Sand", "bed": {"shape": "x"})"), IsEmpty());
  EXPECT_THAT(errors_with(R"("soil": "Water")"), IsEmpty());
  EXPECT_THAT(errors_with(R"("soil": "Water", "pond": {}, "bed": {"shape": "x"})"),
              ElementsAre("spec.bed: must not be set with soil Water"));
  EXPECT_THAT(errors_with(R"("pond": {})"), ElementsAre("spec.pond: must not be set with soil Rock"));
  EXPECT_THAT(errors_with(R"("soil": "Clay", "pond": {})"),
              ElementsAre("spec.bed: is required with soil Clay", "spec.pond: must not be set with soil Clay"));
}

TEST(Read, ChecksAUnionThoughAnotherFieldIsWrongButNotWhenTheTagIs) {
  EXPECT_THAT(errors_with(R"("soil": "Clay", "open": 1)"),
              ElementsAre("spec.open: must be true or false", "spec.bed: is required with soil Clay"));
  EXPECT_THAT(errors_with(R"("soil": "Mud", "pond": {})"),
              ElementsAre("spec.soil: must be one of Clay, Sand, Water, Rock"));
}

TEST(Read, ChecksUnionsWithoutATag) {
  EXPECT_THAT(errors_with(R"("choice": {})"), ElementsAre("spec.choice: must have exactly one of left, right"));
  EXPECT_THAT(errors_with(R"("choice": {"left": {"shape": "x"}, "right": {}})"),
              ElementsAre("spec.choice.right: must not be set together with left"));
}

TEST(Read, AsksRulesOnlyOfStructsThatAreFineOtherwise) {
  EXPECT_THAT(errors_with(R"("opening": {"until": "3h"})"), ElementsAre("spec.opening.until: must be after from"));
  EXPECT_THAT(errors_with(R"("opening": {"until": "3h", "from": 1})"),
              ElementsAre("spec.opening.from: must be a duration such as 300s, 1h30m or 500ms"));
  EXPECT_THAT(errors_with(R"("budget": -1)"), ElementsAre("spec.open: must be false without money"));
  EXPECT_THAT(errors_with(R"("price": 13)"), ElementsAre("spec: must not cost 13"));
  EXPECT_THAT(errors_with(R"("price": 13, "note": 1)"), ElementsAre("spec.note: must be a string"));
  EXPECT_THAT(errors_with(R"("price": 13, "opening": {"until": "3h"})"),
              ElementsAre("spec.opening.until: must be after from"));
}

TEST(Read, RefusesUnknownFieldsAndSuggestsTheNearest) {
  EXPECT_THAT(errors_with(R"("visitor": 1)"), ElementsAre("spec.visitor: is no known field; did you mean 'visitors'?"));
  EXPECT_THAT(errors_with(R"("Price": 1)"), ElementsAre("spec.Price: is no known field; did you mean 'price'?"));
  EXPECT_THAT(errors_with(R"("pricey": 1)"), ElementsAre("spec.pricey: is no known field; did you mean 'price'?"));
  EXPECT_THAT(errors_with(R"("brine": 1)"), ElementsAre("spec.brine: is no known field")) << "another word";
  EXPECT_THAT(errors_with(R"("entirelyDifferent": 1)"), ElementsAre("spec.entirelyDifferent: is no known field"));
  EXPECT_THAT(errors_with(R"("beds": [{"shape": "x", "foo": 1}])"), ElementsAre("spec.beds[0].foo: is no known field"));
  EXPECT_TRUE(read_garden(R"({"title": "ab", "visitor": 1})", Unknown::Ignore).ok());
}

TEST(Read, KeepsWhatCouldBeReadBesideAnError) {
  const auto read = read_garden(R"({"title": "Rose garden", "visitors": 7, "price": "x"})");
  EXPECT_FALSE(read.ok());
  EXPECT_EQ(read.value.visitors, 7);
  EXPECT_EQ(read.value.price, 1.5);
}

TEST(Read, CollectsNoMoreThanItsLimit) {
  json many = {{"title", "ab"}};
  for (int i = 0; i < 1000; ++i) many["unknown" + std::to_string(i)] = i;
  EXPECT_EQ(read<Garden>(many, "spec", Unknown::Refuse).errors.size(), kMaxErrors);
}

TEST(Read, PutsHostileKeysIntoOneLine) {
  const auto read = read_garden("{\"title\": \"ab\", \"a\\nb\": 1}");
  ASSERT_EQ(read.errors.size(), 1U);
  EXPECT_EQ(read.errors[0].path.find('\n'), std::string::npos);
}

TEST(ReadResult, IsTheValueOrTheFirstErrorAndHowManyMore) {
  EXPECT_EQ(read_garden(R"({"title": "ab"})").result()->title, "ab");
  const auto one = read_garden("{}").result();
  ASSERT_FALSE(one.has_value());
  EXPECT_EQ(one.error(), (Error{Code::InvalidSpec, "is required", "spec.title", {}}));
  EXPECT_EQ(read_garden(R"({"open": 1})").result().error().message, "is required (and 1 more error)");
  EXPECT_EQ(read_garden(R"({"open": 1, "note": 1})").result().error().message, "is required (and 2 more errors)");
}

}  // namespace
}  // namespace sallyport::schema
