// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/field.hpp"

#include <gtest/gtest.h>

#include "tests/operator/schema/garden.hpp"

namespace sallyport::schema {
namespace {

struct Nothing {};
struct One {
  std::optional<std::vector<std::string>> only{};
};
struct Two {
  std::map<std::string, One> first{};
  One second{};
};

struct Pair {
  int x = 0;
  int y = 0;
};

}  // namespace

template <>
struct Describe<Pair> {
  static constexpr std::string_view doc = "A table in which y was forgotten, though it has two rows.";
  static constexpr auto fields = std::tuple{field("a", &Pair::x, "First."), field("b", &Pair::x, "Second.")};
};

namespace {

/// How many members we count.
template <class T, std::size_t N>
constexpr bool has =
    detail::takes<T>(std::make_index_sequence<N>{}) && !detail::takes<T>(std::make_index_sequence<N + 1>{});

TEST(Complete, CountsMembersOfEveryType) {
  EXPECT_TRUE((has<Nothing, 0>));
  EXPECT_TRUE((has<One, 1>));
  EXPECT_TRUE((has<Two, 2>));
  EXPECT_FALSE((has<Two, 1>));
  EXPECT_FALSE((has<Two, 3>));
  EXPECT_TRUE(complete<garden::Garden>);
  EXPECT_TRUE(complete<Condition>);
}

TEST(Complete, WantsARowForEachMemberAndNotTwoForOne) {
  EXPECT_TRUE((has<Pair, 2>));
  EXPECT_FALSE(complete<Pair>);
}

TEST(ExactlyOne, IsAUnionWithoutATag) {
  constexpr auto choice = exactly_one("left", "right");
  EXPECT_TRUE(choice.tag.empty());
  EXPECT_EQ(choice.arms[1].member, "right");
}

}  // namespace
}  // namespace sallyport::schema
