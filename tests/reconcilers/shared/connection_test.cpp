// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/shared/connection.hpp"

#include <gmock/gmock.h>

#include "operator/schema/bounds.hpp"
#include "tests/reconcilers/memory_store.hpp"

namespace sallyport::shared {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Connections : public ::testing::Test {
 protected:
  void endpoint(const std::string& name, json placements) {
    store.apply({{"kind", "ProtectedEndpoint"},
                 {"metadata", {{"name", name}, {"namespace", "risk"}}},
                 {"spec", json::object()},
                 {"status", {{"placements", std::move(placements)}}}});
  }
  static json placement(const std::string& system, const std::string& connection, const std::string& id) {
    return {{"system", system}, {"connection", connection}, {"id", id}};
  }
  /// Ready as it would be told.
  schema::Condition ready() {
    std::vector<schema::Condition> conditions;
    judge_connection(conditions, state, {});
    return *schema::find_condition(conditions, "Ready");
  }

  Caches caches;
  sallyport::testing::MemoryStore store{caches};
  schema::Metadata meta;
  std::vector<schema::FieldError> errors;
  ConnectionState state{meta, errors, {}, {}, {}, false, {}};
};

TEST_F(Connections, CountUsersByTheirLedgersAndNotByTheirWishes) {
  endpoint("a", {placement("F5", "edge", "t/a"), placement("OIDC", "edge", "client/1")});
  endpoint("b", {placement("F5", "other", "t/b")});
  endpoint("c", json::array());

  const auto users = users_of(caches, api::PlacementSystem::F5, "edge");

  ASSERT_EQ(users.size(), 1U);
  EXPECT_EQ(users[0].name, "risk/a");
  EXPECT_EQ(users[0].id, "t/a");
}

TEST_F(Connections, ReadCredentialsFromTheOperatorsNamespaceOnly) {
  store.put_secret("risk", "bigip", {});
  EXPECT_EQ(credentials_handle(store, "bigip"), ir::SecretHandle{});
  store.put_secret(store.operator_namespace(), "bigip", {});
  EXPECT_EQ(credentials_handle(store, "bigip").ns, store.operator_namespace());
  EXPECT_FALSE(credentials_handle(store, "bigip").resource_version.empty());
  EXPECT_EQ(credentials_handle(store, ""), ir::SecretHandle{});
}

TEST_F(Connections, AreUnknownUntilTheFirstLookAndReadyAfterAGoodOne) {
  EXPECT_EQ(ready().status, schema::ConditionStatus::Unknown);
  state.looked = true;
  EXPECT_EQ(ready().status, schema::ConditionStatus::True);
}

TEST_F(Connections, SayWhatIsMissingBeforeTheySayThatNothingAnswers) {
  state.looked = true;
  state.unreachable = Error{Code::Unavailable, "connection refused", {}, {}};
  EXPECT_THAT(ready().message, HasSubstr("connection refused; see that it runs"));
  state.unusable = Error{Code::InvalidSpec, "no such unit", {}, {}};
  EXPECT_THAT(ready().message, HasSubstr("no such unit"));
  state.no_credentials = missing_credentials(store, "bigip-edge", "spec.bigip.credentialsSecret");
  EXPECT_EQ(ready().reason, "SecretNotFound");
  EXPECT_EQ(ready().message,
            "spec.bigip.credentialsSecret: there is no Secret 'sallyport-system/bigip-edge'; create it with the "
            "credentials, in the operator's namespace");
  errors = {{"spec.bigip.units", "is required"}};
  EXPECT_EQ(ready().reason, "InvalidSpec");
  EXPECT_THAT(ready().message, HasSubstr("spec.bigip.units is required"));
}

TEST_F(Connections, NameWhoKeepsThemFromBeingDeletedAndTheWayOut) {
  meta.name = "edge";
  meta.deletion_timestamp = "2026-11-22T10:00:00Z";
  for (int i = 0; i < 12; ++i) state.users.push_back({"risk/e" + std::to_string(100 + i), "id"});

  const schema::Condition told = ready();

  EXPECT_EQ(told.reason, "InUse");
  EXPECT_THAT(told.message, HasSubstr("risk/e100, "));
  EXPECT_THAT(told.message, HasSubstr("and 2 more"));
  EXPECT_THAT(told.message, HasSubstr("sallyport.dev/force-release: edge"));
}

TEST_F(Connections, RememberOrphansOnlyWhenForceReleaseNamesThemselves) {
  meta.name = "edge";
  std::vector<api::Orphan> orphans;
  const std::vector<User> users{{"risk/a", "t/a"}, {"risk/b", "t/b"}};
  EXPECT_FALSE(remember_orphans(meta, users, orphans));
  meta.annotations["sallyport.dev/force-release"] = "another";
  EXPECT_FALSE(remember_orphans(meta, users, orphans));
  EXPECT_THAT(orphans, IsEmpty());

  meta.annotations["sallyport.dev/force-release"] = "edge";
  EXPECT_TRUE(remember_orphans(meta, users, orphans));
  EXPECT_FALSE(remember_orphans(meta, users, orphans));
  ASSERT_EQ(orphans.size(), 2U);
  EXPECT_EQ(orphans[1].id, "t/b");
}

TEST_F(Connections, FreeMoreUsersThanTheirListHasRoomForInRounds) {
  constexpr std::size_t kMost = schema::most_items(&api::F5GatewayStatus::orphans);
  meta.name = "edge";
  meta.annotations["sallyport.dev/force-release"] = "edge";
  std::vector<User> users;
  for (std::size_t i = 0; i < 2 * kMost + 76; ++i) users.push_back({"risk/e" + std::to_string(10000 + i), "t/a"});
  std::vector<api::Orphan> orphans;
  std::vector<std::size_t> left;
  while (!users.empty()) {
    ASSERT_TRUE(remember_orphans(meta, users, orphans)) << "each round frees somebody";
    EXPECT_FALSE(remember_orphans(meta, users, orphans)) << "nobody is free yet: nobody leaves the list";
    ASSERT_LE(orphans.size(), kMost);
    std::erase_if(users, [&](const User& user) {
      return std::any_of(orphans.begin(), orphans.end(), [&](const auto& orphan) { return orphan.owner == user.name; });
    });
    left.push_back(users.size());
  }
  EXPECT_THAT(left, ElementsAre(kMost + 76, 76, 0));
  EXPECT_EQ(orphans.size(), kMost) << "those who were freed last";
  EXPECT_EQ(orphans.back().owner, "risk/e" + std::to_string(10000 + 2 * kMost + 75));
}

TEST_F(Connections, AreLookedAtWhenTheirSecretChanges) {
  store.apply({{"kind", "F5Gateway"},
               {"metadata", {{"name", "edge"}}},
               {"spec",
                {{"type", "BIGIP"},
                 {"bigip", {{"units", {"https://b.example.com"}}, {"credentialsSecret", "bigip-edge"}}},
                 {"addressPool", {"192.0.2.0/28"}}}}});
  EXPECT_THAT(dependents({"Secret", store.operator_namespace(), "bigip-edge"}, caches, store),
              ElementsAre(Key{"F5Gateway", "", "edge"}));
  EXPECT_THAT(dependents({"Secret", "risk", "bigip-edge"}, caches, store), IsEmpty());
}

TEST(Dependents, OfAWorkspaceAreItsRivalsToo) {
  Caches caches;
  sallyport::testing::MemoryStore store(caches);
  for (const char* name : {"first", "second"}) {
    store.apply(
        {{"kind", "DatabricksWorkspace"},
         {"metadata", {{"name", name}}},
         {"spec",
          {{"host", "https://adb-1.example.net"}, {"auth", {{"type", "OAuthM2M"}, {"credentialsSecret", "dbx"}}}}}});
  }
  EXPECT_THAT(dependents({"DatabricksWorkspace", "", "first"}, caches, store),
              ElementsAre(Key{"DatabricksWorkspace", "", "second"}));
}

}  // namespace
}  // namespace sallyport::shared
