// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/default_text.hpp"

#include <gtest/gtest.h>

#include "operator/schema/shape_of.hpp"
#include "operator/schema/union_check.hpp"
#include "tests/operator/schema/garden.hpp"

namespace sallyport::schema {
namespace {

std::string of(std::string_view name) {
  const Shape& shape = shape_of<garden::Garden>();
  return default_text(field_of(shape, name), shape.initial());
}

TEST(DefaultText, ComesFromTheInitialiser) {
  EXPECT_EQ(of("soil"), "Rock");
  EXPECT_EQ(of("open"), "true");
  EXPECT_EQ(of("visitors"), "5");
  EXPECT_EQ(of("price"), "1.5");
  EXPECT_EQ(of("pause"), "5m");
  EXPECT_EQ(of("tags"), "green");
}

TEST(DefaultText, ComesFromTheObjectThatTheReaderStartsFrom) {
  const Shape& shape = shape_of<garden::Garden>();
  const FieldShape& opening = field_of(shape, "opening");
  const FieldShape& from = field_of(*opening.shape, "from");
  EXPECT_EQ(default_text(from, opening.shape->initial()), "8h");
  EXPECT_EQ(default_text(from, initial_below(opening, shape.initial())), "9h");
  EXPECT_EQ(initial_below(field_of(shape, "bed"), shape.initial()), shape_of<garden::Bed>().initial());
  EXPECT_EQ(initial_below(field_of(shape, "rooms"), shape.initial()), shape_of<garden::Bed>().initial());
}

TEST(DefaultText, IsWhatTheTableSaysFirst) {
  EXPECT_EQ(of("note"), "the title");
}

TEST(DefaultText, IsEmptyWhereThereIsNothingToSay) {
  EXPECT_EQ(of("title"), "");
  EXPECT_EQ(of("bed"), "");
  EXPECT_EQ(of("opening"), "");
  EXPECT_EQ(of("path"), "");
  EXPECT_EQ(of("labels"), "");
  EXPECT_EQ(of("in"), "");
}

}  // namespace
}  // namespace sallyport::schema
