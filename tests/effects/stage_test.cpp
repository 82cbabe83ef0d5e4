// SPDX-License-Identifier: Apache-2.0
// What the stage itself has to be before anything may be concluded from it.
#include "tests/effects/stage.hpp"

#include <gmock/gmock.h>

#include "tests/effects/changes.hpp"

namespace sallyport::testing {
namespace {

TEST(Stage, BringsAnEndpointToReady) {
  Stage stage;
  stage.apply(base_objects());
  stage.settle();
  const Outcome seen = stage.outcome();

  EXPECT_EQ(seen.at("ProtectedEndpoint:status.conditions[Ready].status"), "True")
      << seen.at("ProtectedEndpoint:status.conditions[Ready].message");
  EXPECT_EQ(seen.at("databricks:access_control_list/fraud-scoring/group:risk-analysts"), "CAN_QUERY");
  EXPECT_EQ(seen.at("oidc:client/scope"), "fraud:score");
  EXPECT_TRUE(seen.contains("bigip:vs/virtualAddresses/0"));
}

TEST(Stage, ShowsTheSameForTheSameObjects) {
  const auto run = [] {
    Stage stage;
    stage.apply(base_objects());
    stage.settle();
    return stage.outcome();
  };
  EXPECT_THAT(differences(run(), run()), ::testing::IsEmpty());
}

TEST(Stage, GivesBackByTheNameInTheLedgerWhatWasThereBefore) {
  const auto level_afterwards = [](const std::string& name) {
    Stage stage;
    Json objects = base_objects();
    objects["AccessLedger"] = base_ledger(stage.serving_id("fraud-scoring"));
    objects["AccessLedger"]["spec"]["endpointName"] = name;
    stage.workspace_control("PATCH", "/serving-endpoints/fraud-scoring/permissions",
                            {{"group:risk-analysts", "CAN_QUERY"}});
    stage.apply(objects);
    stage.settle();
    stage.remove_endpoint();
    stage.settle();
    return stage.outcome()["databricks:access_control_list/fraud-scoring/group:risk-analysts"];
  };
  EXPECT_EQ(level_afterwards("fraud-scoring"), "CAN_VIEW");
  EXPECT_EQ(level_afterwards("another"), "CAN_QUERY");
}

TEST(Stage, LeavesNothingBehindWhenTheEndpointGoes) {
  Stage stage;
  stage.apply(base_objects());
  stage.settle();
  stage.remove_endpoint();
  stage.settle();
  const Outcome seen = stage.outcome();

  EXPECT_EQ(stage.caches.endpoints.size(), 0U);
  EXPECT_EQ(stage.caches.ledgers.size(), 0U);
  EXPECT_FALSE(seen.contains("bigip:vs/virtualAddresses/0"));
  EXPECT_FALSE(seen.contains("oidc:client/scope"));
  EXPECT_FALSE(seen.contains("databricks:access_control_list/fraud-scoring/group:risk-analysts"));
}

}  // namespace
}  // namespace sallyport::testing
