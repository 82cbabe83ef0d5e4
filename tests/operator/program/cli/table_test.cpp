// SPDX-License-Identifier: Apache-2.0
#include "operator/program/cli/table.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace sallyport::program::cli {
namespace {

std::string printed(const Table& table, std::size_t indent = 0) {
  std::ostringstream out;
  table.print(out, indent);
  return out.str();
}

TEST(Table, AlignsColumnsAndLeavesNothingBehindTheLast) {
  Table table({"NAME", "READY", "WHY"});
  table.add({"a", "True", "fine"});
  table.add({"longer-name", {"False", Tone::Bad}, "x"});
  EXPECT_EQ(printed(table),
            "NAME         READY  WHY\n"
            "a            True   fine\n"
            "longer-name  False  x\n");
}

TEST(Table, CountsCharactersAndNotBytes) {
  Table table({"A", "B"});
  table.add({"\xc3\xa4\xc3\xb6", "x"});
  table.add({"abc", "y"});
  EXPECT_EQ(printed(table), "A    B\n\xc3\xa4\xc3\xb6   x\nabc  y\n");
}

TEST(Table, ShowsAnEmptyCellAndAMissingOne) {
  Table table({"A", "B", "C"});
  table.add({"", "x"});
  EXPECT_EQ(printed(table, 2), "  A  B  C\n  -  x  -\n");
}

TEST(Table, LetsNoTextSteerTheTerminal) {
  Table table({"A"});
  table.add({"one\ntwo\033[31mred"});
  const std::string text = printed(table);
  EXPECT_EQ(text.find('\033'), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST(Table, ColoursOnlyATerminal) {
  std::ostringstream out;
  EXPECT_FALSE(may_colour(out));
  EXPECT_EQ(paint("x", Tone::Bad, false), "x");
  EXPECT_EQ(paint("x", Tone::Bad, true), "\033[31mx\033[0m");
  EXPECT_EQ(paint("x", Tone::Plain, true), "x");
}

}  // namespace
}  // namespace sallyport::program::cli
