// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/shared/allow.hpp"

#include <gtest/gtest.h>

namespace sallyport::shared {
namespace {

const store::Namespace kRisk{"risk", {{"ml-edge", "true"}, {"team", "risk"}}, false};

TEST(Allow, AnEmptySelectorMatchesNobody) {
  EXPECT_FALSE(selects({}, kRisk));
}

TEST(Allow, EverythingThatASelectorGivesMustMatch) {
  EXPECT_TRUE(selects({{{"ml-edge", "true"}}, {}}, kRisk));
  EXPECT_TRUE(selects({{{"ml-edge", "true"}}, {"risk", "other"}}, kRisk));
  EXPECT_FALSE(selects({{{"ml-edge", "true"}}, {"other"}}, kRisk));
  EXPECT_FALSE(selects({{{"ml-edge", "false"}}, {}}, kRisk));
}

TEST(Allow, AHostWildcardCoversOneLabelOnly) {
  api::F5GatewaySpec gateway;
  gateway.allow = {{"a", {{}, {"risk"}}, {"*.ml.example.com"}, {}, false}};

  EXPECT_TRUE(rights(gateway, kRisk).host("fraud.ml.example.com"));
  EXPECT_FALSE(rights(gateway, kRisk).host("a.b.ml.example.com"));
  EXPECT_FALSE(rights(gateway, kRisk).host("ml.example.com"));
  EXPECT_FALSE(rights(gateway, kRisk).host("fraud.ml.example.com.evil.net"));
}

TEST(Allow, EntriesAddUpButEachStandsForItself) {
  api::DatabricksWorkspaceSpec workspace;
  workspace.allow = {{"query", {{}, {"risk"}}, {"fraud-*"}, {"risk-*"}, api::AccessLevel::CanQuery, {}, false},
                     {"manage", {{}, {"risk"}}, {"fraud-*"}, {"risk-leads"}, api::AccessLevel::CanManage, {}, false}};
  const WorkspaceRights risk = rights(workspace, kRisk, "fraud-scoring");

  EXPECT_TRUE(risk.grant({api::GrantPrincipalType::Group, "risk-leads", api::AccessLevel::CanManage}));
  EXPECT_FALSE(risk.grant({api::GrantPrincipalType::Group, "risk-analysts", api::AccessLevel::CanManage}));
  EXPECT_TRUE(risk.grant({api::GrantPrincipalType::Group, "risk-analysts", api::AccessLevel::CanQuery}));
}

TEST(Allow, ReferencesAreComparedExactly) {
  api::F5GatewaySpec gateway;
  gateway.allow = {{"a", {{}, {"risk"}}, {"x.example.com"}, {"/Common/corp_oauth"}, false}};

  EXPECT_TRUE(rights(gateway, kRisk).reference("/Common/corp_oauth"));
  EXPECT_FALSE(rights(gateway, kRisk).reference("/Common/corp_oauth2"));
}

}  // namespace
}  // namespace sallyport::shared
