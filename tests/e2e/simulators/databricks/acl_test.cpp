// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/acl.hpp"

#include <gtest/gtest.h>

namespace sallyport::simulators::databricks {
namespace {

const Entries kOld{{"1", Level::CanView}};
const Entries kNew{{"1", Level::CanManage}};

AclBook book(StaleReads stale) {
  AclBook out;
  out.set_stale_reads(stale);
  out.write("e", kOld);
  return out;
}

TEST(SimulatedAcl, LevelsRise) {
  EXPECT_LT(Level::CanView, Level::CanQuery);
  EXPECT_LT(Level::CanQuery, Level::CanManage);
  EXPECT_EQ(parse_level("CAN_QUERY"), Level::CanQuery);
  EXPECT_FALSE(parse_level(""));
}

TEST(SimulatedAcl, CreatingAListIsNeverStale) {
  AclBook acls = book({StaleReads::Mode::Lag, 3});
  EXPECT_EQ(acls.observed("e"), kOld);
}

TEST(SimulatedAcl, ASecondWriteWithinTheLagStillShowsTheOldestPicture) {
  AclBook acls = book({StaleReads::Mode::Lag, 1});
  acls.write("e", {{"1", Level::CanQuery}});
  acls.write("e", kNew);
  EXPECT_EQ(acls.actual("e"), kNew);
  EXPECT_EQ(acls.observed("e"), kOld);
  EXPECT_EQ(acls.observed("e"), kNew);
}

TEST(SimulatedAcl, AlternatingReadsAreNewFirst) {
  AclBook acls = book({StaleReads::Mode::Alternate, 2});
  acls.write("e", kNew);
  for (const auto& expected : {kNew, kOld, kNew, kOld, kNew}) EXPECT_EQ(acls.observed("e"), expected);
}

TEST(SimulatedAcl, ReadsRelapseLongAfterAWrite) {
  AclBook acls = book({});
  acls.write("e", kNew);
  EXPECT_EQ(acls.observed("e"), kNew);
  acls.set_stale_reads({StaleReads::Mode::Relapse, 2});
  for (const auto& expected : {kOld, kOld, kNew, kNew}) EXPECT_EQ(acls.observed("e"), expected);
  EXPECT_EQ(acls.actual("e"), kNew);
}

TEST(SimulatedAcl, AListThatWasWrittenOnceHasNoOlderPicture) {
  AclBook acls = book({});
  acls.set_stale_reads({StaleReads::Mode::Relapse, 1});
  EXPECT_EQ(acls.observed("e"), kOld);
}

TEST(SimulatedAcl, AForgottenPrincipalIsInNoList) {
  AclBook acls = book({});
  acls.forget("1");
  EXPECT_TRUE(acls.actual("e").empty());
  EXPECT_FALSE(acls.knows("f"));
}

}  // namespace
}  // namespace sallyport::simulators::databricks
