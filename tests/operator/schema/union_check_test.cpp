// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/union_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/schema/shape_of.hpp"
#include "tests/operator/schema/garden.hpp"

namespace sallyport::schema {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(UnionMembers, GathersTheTagsOfEachMember) {
  const auto members = union_members(shape_of<garden::Garden>());
  ASSERT_EQ(members.size(), 2U);
  EXPECT_EQ(members[0].member, "bed");
  EXPECT_THAT(members[0].must, ElementsAre("Clay", "Sand"));
  EXPECT_THAT(members[0].allowed, ElementsAre("Clay", "Sand"));
  EXPECT_EQ(members[1].member, "pond");
  EXPECT_THAT(members[1].must, IsEmpty());
  EXPECT_THAT(members[1].allowed, ElementsAre("Water"));
}

TEST(UnionMembers, HaveNoTagsWhereThereIsNone) {
  const auto members = union_members(shape_of<garden::Choice>());
  ASSERT_EQ(members.size(), 2U);
  EXPECT_THAT(members[1].allowed, IsEmpty());
}

TEST(TagOf, IsTheTextOfTheTag) {
  const garden::Garden sandy{.soil = garden::Soil::Sand};
  EXPECT_EQ(tag_of(shape_of<garden::Garden>(), &sandy), "Sand");
}

TEST(CheckUnion, SaysNothingOfStructsThatAreNone) {
  const garden::Bed bed;
  check_union(shape_of<garden::Bed>(), &bed, [](std::string_view, const std::string& why) { ADD_FAILURE() << why; });
}

TEST(CheckUnion, NamesEachMemberTooMany) {
  const garden::Choice both{.left = garden::Bed{}, .right = garden::Pond{}};
  std::vector<std::string> members;
  check_union(shape_of<garden::Choice>(), &both,
              [&](std::string_view at, const std::string&) { members.emplace_back(at); });
  EXPECT_THAT(members, ElementsAre("right"));
}

TEST(FieldOfDeathTest, DiesOfANameThatNoTableHas) {
  EXPECT_DEATH(static_cast<void>(field_of(shape_of<garden::Bed>(), "nobody")), "tables name only fields");
}

}  // namespace
}  // namespace sallyport::schema
