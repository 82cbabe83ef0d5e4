// SPDX-License-Identifier: Apache-2.0
// What the stage itself has to be before anything may be concluded from it.
#include "tests/effects/stage.hpp"

#include <gmock/gmock.h>

#include "operator/schema/duration.hpp"
#include "operator/schema/leaves.hpp"
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

TEST(Stage, BringsAnEndpointBehindAnNginxToReadyAndTakesItAwayAgain) {
  Stage stage;
  Json objects = base_objects();
  for (const Edit& edit : behind_nginx()) make(edit, objects);
  stage.apply(objects);
  stage.settle();
  const Outcome seen = stage.outcome();

  EXPECT_EQ(seen.at("ProtectedEndpoint:status.conditions[Ready].status"), "True")
      << seen.at("ProtectedEndpoint:status.conditions[Ready].message");
  EXPECT_EQ(seen.at("nginx:endpoint/token/audience"), "https://ml.example.com");
  EXPECT_EQ(seen.at("nginx:endpoint/backends/0/tokenEndpoint"), "https://adb-1.example.net/oidc/v1/token");
  EXPECT_EQ(seen.at("databricks:access_control_list/fraud-scoring/group:risk-analysts"), "CAN_QUERY");

  stage.remove_endpoint();
  stage.settle();
  EXPECT_TRUE(stage.caches.endpoints.list().empty());
  EXPECT_FALSE(stage.outcome().contains("nginx:endpoint/host"));
}

TEST(Stage, BringsTheShortestAndTheLongestTimeoutsToTheDevice) {
  using std::chrono::milliseconds;
  const std::string timeouts = "spec.traffic.timeouts.";
  for (const bool longest : {false, true}) {
    Stage stage;
    Json objects = base_objects();
    milliseconds connect{};
    for (const schema::Leaf& leaf : schema::leaves<api::ProtectedEndpoint>()) {
      if (!leaf.path.starts_with(timeouts)) continue;
      const milliseconds bound = longest ? leaf.options.at_most.value() : leaf.options.at_least.value();
      if (leaf.path == timeouts + "connect") connect = bound;
      make({"/ProtectedEndpoint/spec/traffic/timeouts/" + leaf.path.substr(timeouts.size()),
            schema::write_duration(bound)},
           objects);
    }
    ASSERT_GT(connect, milliseconds(0));
    stage.apply(objects);
    stage.settle();
    const Outcome seen = stage.outcome();

    EXPECT_EQ(seen.at("ProtectedEndpoint:status.conditions[RouteProgrammed].status"), "True")
        << seen.at("ProtectedEndpoint:status.conditions[RouteProgrammed].message");
    // Two retransmissions, each with twice the timer of the one before.
    ASSERT_EQ(seen.at("bigip:tcp_server/synMaxRetrans"), "2");
    const milliseconds waits = milliseconds(std::stoll(seen.at("bigip:tcp_server/synRtoBase"))) * (1 + 2 + 4);
    EXPECT_LE(waits, connect);
    EXPECT_GT(waits, connect - milliseconds(1 + 2 + 4));
  }
}

TEST(Stage, WearsTheConditionsThatWatchWhatChangesByItself) {
  Stage stage;
  stage.apply(base_objects());
  stage.settle();
  const Outcome seen = stage.outcome();
  const auto wears = [&](const std::string& type) {
    return seen.contains("ProtectedEndpoint:status.conditions[" + type + "].status");
  };
  for (const char* type : {"RouteProgrammed", "TrustChainValid", "IdentityConfigCurrent", "TrafficWithinLimits"})
    EXPECT_TRUE(wears(type)) << type;
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
