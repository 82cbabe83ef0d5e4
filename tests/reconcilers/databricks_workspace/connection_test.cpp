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
  Traits::tell(Result<std::string>("5a11"), spec(), caches, "prod-eu", status);
  EXPECT_EQ(status.users, 1);
  EXPECT_EQ(status.identity, "5a11");

  Traits::tell(Result<std::string>(Error{Code::Unauthorized, "no", {}, {}}), spec(), caches, "prod-eu", status);
  EXPECT_EQ(status.identity, "5a11");
}

}  // namespace
}  // namespace sallyport::databricks_workspace
