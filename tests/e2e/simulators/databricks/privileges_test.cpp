// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/privileges.hpp"

#include <gtest/gtest.h>

namespace sallyport::simulators::databricks {
namespace {

TEST(SimulatedPrivileges, AreThoseOfTheType) {
  EXPECT_EQ(privileges_of("function"), (Privileges{"ALL_PRIVILEGES", "APPLY_TAG", "EXECUTE", "MANAGE"}));
  EXPECT_TRUE(privileges_of("catalog").contains("USE_CATALOG"));
  EXPECT_TRUE(privileges_of("model").empty());
}

TEST(SimulatedPrivileges, MayBeWrittenWithSpacesAndInLowerCase) {
  EXPECT_EQ(normal_privilege("all privileges"), "ALL_PRIVILEGES");
  EXPECT_EQ(normal_privilege("EXECUTE"), "EXECUTE");
}

TEST(SimulatedPrivileges, TakingAllAwayTakesWhatItImpliesAndNothingElse) {
  Privileges held{"ALL_PRIVILEGES", "SELECT", "MANAGE", "READ_METADATA", "EXTERNAL_USE_SCHEMA"};
  apply_change("schema", {.remove = {"ALL_PRIVILEGES"}}, held);
  EXPECT_EQ(held, (Privileges{"MANAGE", "READ_METADATA", "EXTERNAL_USE_SCHEMA"}));
  apply_change("schema", {.add = {"SELECT"}, .remove = {"MANAGE"}}, held);
  EXPECT_EQ(held, (Privileges{"SELECT", "READ_METADATA", "EXTERNAL_USE_SCHEMA"}));
}

TEST(SimulatedPrivileges, AllIsToldInThreeWays) {
  const Privileges held{"ALL_PRIVILEGES"};
  EXPECT_EQ(told_privileges("function", held, AllPrivileges::Alone), held);
  EXPECT_EQ(told_privileges("function", held, AllPrivileges::WithImplied),
            (Privileges{"ALL_PRIVILEGES", "APPLY_TAG", "EXECUTE"}));
  EXPECT_EQ(told_privileges("function", held, AllPrivileges::Expanded), (Privileges{"APPLY_TAG", "EXECUTE"}));
  EXPECT_EQ(told_privileges("function", {"EXECUTE"}, AllPrivileges::Expanded), Privileges{"EXECUTE"});
}

}  // namespace
}  // namespace sallyport::simulators::databricks
