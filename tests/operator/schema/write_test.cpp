// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "operator/schema/codec.hpp"
#include "tests/operator/schema/garden.hpp"

namespace sallyport::schema {
namespace {

using garden::Garden;
using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

Garden read_back(const json& written) {
  auto read = schema::read<Garden>(written, "spec", Unknown::Refuse);
  EXPECT_THAT(read.errors, IsEmpty());
  return read.value;
}

TEST(Write, LeavesDefaultsAndUnsetFieldsOut) {
  EXPECT_EQ(write(Garden{}), json::parse(R"({"title": ""})"));
}

TEST(Write, WritesRequiredFieldsAlways) {
  Garden garden{.title = "ab"};
  garden.beds = {{.shape = ""}};
  EXPECT_EQ(write(garden), json::parse(R"({"title": "ab", "beds": [{"shape": ""}]})"));
}

TEST(Write, WritesAnEmptyListWhereTheDefaultIsAnother) {
  Garden garden{.title = "ab"};
  garden.tags.clear();
  const json written = write(garden);
  EXPECT_EQ(written, json::parse(R"({"title": "ab", "tags": []})"));
  EXPECT_THAT(read_back(written).tags, IsEmpty());
}

TEST(Write, ComparesANestedStructWithWhatItStartsFrom) {
  Garden garden{.title = "ab"};
  garden.opening.from = std::chrono::hours(8);  // the type's own default, but not the garden's
  const json written = write(garden);
  EXPECT_EQ(written, json::parse(R"({"title": "ab", "opening": {"from": "8h"}})"));
  EXPECT_EQ(read_back(written).opening.from, std::chrono::hours(8));
}

TEST(Write, WritesAnOptionalThatHoldsADefault) {
  Garden garden{.title = "ab", .soil = garden::Soil::Water, .pond = garden::Pond{}};
  EXPECT_EQ(write(garden), json::parse(R"({"title": "ab", "soil": "Water", "pond": {}})"));
}

TEST(Write, RoundTripsEveryType) {
  const json document = json::parse(R"({"title": "Rose garden", "soil": "Clay", "bed": {"shape": "oval", "rows": 2},
      "open": false, "visitors": 0, "budget": 9007199254740993, "price": 2.25, "pause": "1m30s", "tags": ["red", "blue"],
      "path": ["a", "a"], "sizes": [1, 9], "soils": ["Sand", "Rock"], "bells": ["1s", "2s"],
      "plants": [{"kind": "tree", "name": "oak", "weight": 1000.0}], "beds": [{"shape": "x"}], "labels": {"a": "b"},
      "rooms": {"r": {"shape": "y"}}, "note": "n", "opening": {"until": "20h"}, "networks": ["10.0.0.0/8"],
      "choice": {"right": {"depth": 4}}, "in": "w"})");
  EXPECT_EQ(write(read_back(document)), document);
}

TEST(WriteOrdered, KeepsTheOrderOfTheTable) {
  Garden garden{.title = "ab", .open = false};
  garden.note = "n";
  garden.in = "w";
  EXPECT_EQ(write_ordered(garden).dump(), R"({"title":"ab","open":false,"note":"n","in":"w"})");
}

TEST(Same, SeesEveryDifference) {
  const Shape& shape = shape_of<Garden>();
  const Garden plain{.title = "ab"};
  const auto differs = [&](auto change) {
    Garden other = plain;
    change(other);
    return !same(shape, &plain, &other);
  };
  EXPECT_TRUE(same(shape, &plain, &plain));
  EXPECT_TRUE(differs([](Garden& g) { g.title = "x"; }));
  EXPECT_TRUE(differs([](Garden& g) { g.soil = garden::Soil::Sand; }));
  EXPECT_TRUE(differs([](Garden& g) { g.bed = garden::Bed{}; }));
  EXPECT_TRUE(differs([](Garden& g) { g.open = false; }));
  EXPECT_TRUE(differs([](Garden& g) { g.visitors = 1; }));
  EXPECT_TRUE(differs([](Garden& g) { g.budget = 1; }));
  EXPECT_TRUE(differs([](Garden& g) { g.price = 1; }));
  EXPECT_TRUE(differs([](Garden& g) { g.pause = {}; }));
  EXPECT_TRUE(differs([](Garden& g) { g.tags = {"blue"}; }));
  EXPECT_TRUE(differs([](Garden& g) { g.tags = {}; }));
  EXPECT_TRUE(differs([](Garden& g) { g.labels = {{"a", "b"}}; }));
  EXPECT_TRUE(differs([](Garden& g) { g.opening.until = {}; }));
}

TEST(Same, ComparesMapsByKeyAndValue) {
  const Shape& shape = detail::kShape<std::map<std::string, std::string>>;
  const std::map<std::string, std::string> a{{"k", "1"}}, b{{"k", "2"}}, c{{"l", "1"}};
  EXPECT_TRUE(same(shape, &a, &a));
  EXPECT_FALSE(same(shape, &a, &b));
  EXPECT_FALSE(same(shape, &a, &c));
}

std::vector<std::string> refused(std::string_view before, std::string_view now) {
  std::vector<std::string> paths;
  for (const FieldError& error : check_update(read_back(json::parse(before)), read_back(json::parse(now)), "spec")) {
    EXPECT_EQ(error.reason, kMustNotChange);
    paths.push_back(error.path);
  }
  return paths;
}

TEST(CheckUpdate, RefusesAChangeOfAnImmutableField) {
  EXPECT_THAT(refused(R"({"title": "ab"})", R"({"title": "ac"})"), ElementsAre("spec.title"));
  EXPECT_THAT(refused(R"({"title": "ab", "open": true})", R"({"title": "ab", "open": false})"), IsEmpty());
}

TEST(CheckUpdate, RefusesAddingAndRemovingIt) {
  EXPECT_THAT(refused(R"({"title": "ab"})", R"({"title": "ab", "note": "x"})"), ElementsAre("spec.note"));
  EXPECT_THAT(refused(R"({"title": "ab", "note": "x"})", R"({"title": "ab"})"), ElementsAre("spec.note"));
}

TEST(CheckUpdate, WantsOneOfTheFormerItemsWhereOneIsKept) {
  const auto paths = [](std::vector<std::string> before, std::vector<std::string> now) {
    std::vector<std::string> refused;
    for (const FieldError& error :
         check_update(garden::Tour{std::move(before)}, garden::Tour{std::move(now)}, "spec")) {
      EXPECT_EQ(error.reason, kMustKeepOne);
      refused.push_back(error.path);
    }
    return refused;
  };
  EXPECT_THAT(paths({"a"}, {"b"}), ElementsAre("spec.stops"));
  EXPECT_THAT(paths({"a", "b"}, {"c", "d"}), ElementsAre("spec.stops"));
  EXPECT_THAT(paths({"a"}, {"b", "a"}), IsEmpty());
  EXPECT_THAT(paths({"a", "b"}, {"b"}), IsEmpty());
  EXPECT_THAT(paths({"a", "b"}, {"b", "a"}), IsEmpty());
}

TEST(CheckUpdate, LooksIntoStructsThatAreThereBothTimes) {
  EXPECT_THAT(refused(R"({"title": "ab", "choice": {"right": {"depth": 1}}})",
                      R"({"title": "ab", "choice": {"right": {"depth": 2}}})"),
              ElementsAre("spec.choice.right.depth"));
  EXPECT_THAT(refused(R"({"title": "ab"})", R"({"title": "ab", "choice": {"right": {"depth": 2}}})"), IsEmpty());
}

TEST(CheckUpdate, FindsItemsOfListMapsByTheirKeys) {
  const char* before =
      R"({"title": "ab", "plants": [{"kind": "k", "name": "a", "weight": 1}, {"kind": "k", "name": "b", "weight": 2}]})";
  EXPECT_THAT(refused(before, R"({"title": "ab", "plants": [{"kind": "k", "name": "b", "weight": 2}]})"), IsEmpty());
  EXPECT_THAT(refused(before, R"({"title": "ab", "plants": [{"kind": "k", "name": "b", "weight": 3}]})"),
              ElementsAre("spec.plants[0].weight"));
}

}  // namespace
}  // namespace sallyport::schema
