// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/databricks_workspace/connection.hpp"

#include <gtest/gtest.h>

#include "tests/reconcilers/memory_store.hpp"

namespace sallyport::databricks_workspace {
namespace {

using nlohmann::json;

api::DatabricksWorkspaceSpec spec(const std::string& host = "https://adb-1.example.net") {
  api::DatabricksWorkspaceSpec one;
  one.host = host;
  one.auth = {api::WorkspaceAuthType::OAuthM2M, "dbx-prod"};
  return one;
}

ir::DataConnection build(const api::DatabricksWorkspaceSpec& one) {
  return Traits::build("prod-eu", one, {"sallyport-system", "dbx-prod", "u", "1"}, InstanceId("inst0001"));
}

TEST(WorkspaceConnection, IsTheSameWithAndWithoutASlashAtTheEndOfItsHost) {
  EXPECT_EQ(build(spec("https://adb-1.example.net/")), build(spec()));
  EXPECT_EQ(build(spec()).host, "https://adb-1.example.net");
}

TEST(WorkspaceConnection, IsAnotherWithAnotherWayToSignIn) {
  api::DatabricksWorkspaceSpec edited = spec();
  edited.auth.type = api::WorkspaceAuthType::PersonalAccessToken;
  EXPECT_EQ(build(edited).auth, "PersonalAccessToken");
  EXPECT_FALSE(build(edited) == build(spec()));
  edited = spec();
  edited.ca_bundle = "PEM";
  EXPECT_FALSE(build(edited) == build(spec()));
}

TEST(WorkspaceConnection, IsRefusedWhereAnOlderOneSpeaksForTheSameWorkspace) {
  shared::Caches caches;
  sallyport::testing::MemoryStore store(caches);
  const auto declare = [&](const std::string& name, const std::string& host, const std::string& created) {
    store.apply({{"kind", "DatabricksWorkspace"},
                 {"metadata", {{"name", name}, {"creationTimestamp", created}}},
                 {"spec", {{"host", host}, {"auth", {{"type", "OAuthM2M"}, {"credentialsSecret", "dbx"}}}}}});
  };
  declare("first", "https://adb-1.example.net", "2026-11-02T00:00:00Z");
  declare("second", "https://ADB-1.example.net:443/", "2026-11-03T00:00:00Z");
  declare("other", "https://adb-2.example.net", "2026-11-03T00:00:00Z");
  const auto refused = [&](const char* name) { return Traits::refuse(*caches.workspaces.get("", name), caches); };

  EXPECT_EQ(refused("first"), std::nullopt);
  EXPECT_EQ(refused("other"), std::nullopt);
  ASSERT_NE(refused("second"), std::nullopt);
  EXPECT_EQ(refused("second")->code, Code::Conflict);
  EXPECT_EQ(refused("second")->where, "spec.host");
  EXPECT_NE(refused("second")->message.find("'first' is older"), std::string::npos);
}

TEST(WorkspaceConnection, TellsWhoTheOperatorIsAndHowManyUseIt) {
  shared::Caches caches;
  sallyport::testing::MemoryStore store(caches);
  store.apply(
      {{"kind", "ProtectedEndpoint"},
       {"metadata", {{"name", "a"}, {"namespace", "risk"}}},
       {"spec", json::object()},
       {"status",
        {{"placements", {{{"system", "Databricks"}, {"connection", "prod-eu"}, {"id", "serving-endpoints/a"}}}}}}});
  api::DatabricksWorkspaceStatus status;
  Traits::tell(Result<std::string>("5a11"), spec(), caches, "prod-eu", status, {});
  EXPECT_EQ(status.users, 1);
  EXPECT_EQ(status.identity, "5a11");

  Traits::tell(Result<std::string>(Error{Code::Unauthorized, "no", {}, {}}), spec(), caches, "prod-eu", status, {});
  EXPECT_EQ(status.identity, "5a11");
}

}  // namespace
}  // namespace sallyport::databricks_workspace
