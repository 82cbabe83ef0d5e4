// SPDX-License-Identifier: Apache-2.0
#include "operator/base/enum_rows.hpp"

#include <gtest/gtest.h>

#include <array>

namespace sallyport {
namespace {

enum class Fruit { Apple, Pear };
struct Row {
  Fruit fruit;
};

TEST(EnumRows, AreInOrderWhenEachValueHasItsRow) {
  EXPECT_TRUE(is_in_order(std::array{Row{Fruit::Apple}, Row{Fruit::Pear}}, &Row::fruit, Fruit::Pear));
  EXPECT_FALSE(is_in_order(std::array{Row{Fruit::Pear}, Row{Fruit::Apple}}, &Row::fruit, Fruit::Pear)) << "swapped";
  EXPECT_FALSE(is_in_order(std::array{Row{Fruit::Apple}}, &Row::fruit, Fruit::Pear)) << "one is missing";
  EXPECT_FALSE(is_in_order(std::array{Row{Fruit::Apple}, Row{Fruit::Apple}}, &Row::fruit, Fruit::Pear)) << "one twice";
}

}  // namespace
}  // namespace sallyport
