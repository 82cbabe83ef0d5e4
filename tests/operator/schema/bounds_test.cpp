// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/bounds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "operator/schema/text_rules.hpp"
#include "tests/operator/schema/garden.hpp"

namespace sallyport::schema {
namespace {

using garden::Garden;
using testing::ElementsAre;

TEST(Bounds, LeaveAloneWhatIsWithinThem) {
  Garden garden{.title = "ab"};
  garden.tags = {"eight ch", "of", "three"};
  garden.beds = {{.shape = "round"}};
  EXPECT_EQ(write_within_bounds(garden), write(garden));
}

TEST(Bounds, EndAListOfTextsWhereItMustEnd) {
  Garden garden{.title = "ab"};
  garden.tags = {"a", "b", "c", "d"};
  EXPECT_THAT(write_within_bounds(garden).at("tags"), ElementsAre("a", "b", "c"));
}

TEST(Bounds, CutATextOfAListVisiblyAndNeverWithinACharacter) {
  Garden garden{.title = "ab"};
  garden.tags = {"123456789", "ääääääää", "ääääääääü"};

  const nlohmann::json tags = write_within_bounds(garden).at("tags");

  EXPECT_THAT(tags, ElementsAre("12345...", "ääääääää", "äääää..."));
  for (const nlohmann::json& tag : tags) EXPECT_LE(count_characters(tag.get<std::string>()), 8U);
}

TEST(Bounds, LeaveOutATextOfWhichHalfWouldNameSomethingElse) {
  Garden garden{.title = "ab"};
  garden.in = std::string(kDefaultMaxLength, 'x');
  EXPECT_TRUE(write_within_bounds(garden).contains("in"));
  garden.in += "x";
  EXPECT_FALSE(write_within_bounds(garden).contains("in"));
}

TEST(Bounds, ReachIntoStructsAndNeverIntoRecords) {
  Garden garden{.title = "ab"};
  garden.bed = {.shape = std::string(11, 'x')};
  garden.plants = {{.kind = std::string(30, 'k'), .name = "a"}, {.kind = "k", .name = "b"}, {.kind = "k", .name = "c"}};

  const nlohmann::json written = write_within_bounds(garden);

  EXPECT_FALSE(written.at("bed").contains("shape"));
  EXPECT_EQ(written.at("plants"), write(garden).at("plants"));
}

TEST(Bounds, AreKnownToWhoFillsAList) {
  static_assert(most_items(&Garden::plants) == 2);
  static_assert(most_items(&Garden::tags) == 3);
  static_assert(most_items(&Garden::path) == kDefaultMaxItems);
  EXPECT_EQ(most_items(&garden::GardenStatus::conditions), 32U);
}

}  // namespace
}  // namespace sallyport::schema
