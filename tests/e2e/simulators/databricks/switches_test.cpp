// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/switches.hpp"

#include <gtest/gtest.h>

namespace sallyport::simulators::databricks {
namespace {

TEST(SimulatedSwitches, AreReadAsTheyAreWritten) {
  Switches switches;
  ASSERT_TRUE(
      apply_switches(Json::parse(R"({"stale_reads":"alternate","stale_read_count":3,"partial_write":"others_applied",
      "update_window_ms":5,"creator_on_put":"kept"})"),
                     switches));
  Switches copy;
  ASSERT_TRUE(apply_switches(to_json(switches), copy));
  EXPECT_EQ(to_json(copy), to_json(switches));
  EXPECT_EQ(copy.stale_reads.mode, StaleReads::Mode::Alternate);
  EXPECT_EQ(copy.update_window, std::chrono::milliseconds(5));
}

TEST(SimulatedSwitches, AMistakeChangesNothing) {
  Switches switches;
  const auto read = apply_switches(Json::parse(R"({"creator_on_put":"kept","stale_reads":"often"})"), switches);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().where, "switches.stale_reads");
  EXPECT_EQ(switches.creator_on_put, CreatorOnPut::Removed);
  EXPECT_FALSE(apply_switches(Json::parse(R"({"update_window_ms":-1})"), switches));
  EXPECT_FALSE(apply_switches(Json::array(), switches));
}

}  // namespace
}  // namespace sallyport::simulators::databricks
