// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reconcilers/authorizer/policies.hpp"

namespace sallyport::authorizer {
namespace {

using publication::Grant;
using publication::PrincipalType;
using ::testing::HasSubstr;

Policy with_grants(std::vector<Grant> grants, bool one_principal = false) {
  return sample_policy([&](publication::Endpoint& endpoint) {
    endpoint.grants = std::move(grants);
    if (!one_principal) return;
    endpoint.upstream.type = publication::UpstreamType::ServicePrincipal;
    endpoint.upstream.credentials = std::string(64, 'e');
  });
}

/// "let in", or the code of the refusal.
std::string verdict(const Policy& policy, const token::Claims& claims, SystemTime now = token::kNow) {
  const GrantVerdict verdict = judge_grants(policy, claims, now);
  return verdict.refused ? std::string(row(*verdict.refused).code) : "let in";
}

TEST(Policy, DemandsWhatTheDocumentSays) {
  const Policy policy = sample_policy([](publication::Endpoint& endpoint) {
    endpoint.token.profile = token::Profile::Okta;
    endpoint.token.clock_skew = std::chrono::milliseconds(1500);
    endpoint.token.groups = {"risk"};
    endpoint.port = 8443;
  });
  EXPECT_EQ(policy.demand.issuer, "https://login.example.com");
  EXPECT_EQ(policy.demand.profile, token::Profile::Okta);
  EXPECT_EQ(policy.demand.clock_skew, std::chrono::seconds(2)) << "never shorter than written";
  EXPECT_THAT(policy.demand.algorithms, ::testing::ElementsAre(token::Algorithm::RS256, token::Algorithm::ES256));
  EXPECT_THAT(policy.demand.groups, ::testing::ElementsAre("risk"));
  EXPECT_EQ(policy.metadata_url,
            "https://fraud.ml.example.com:8443/.well-known/oauth-protected-resource/serving-endpoints/fraud-scoring/"
            "invocations");
}

std::string key_with(const std::string& host) {
  publication::Backend backend = publication::sample_endpoint().backends[0];
  backend.host = host;
  return publication::key_of(backend);
}

TEST(Policy, KnowsEachBackendsSignIn) {
  const Policy policy = sample_policy();
  const std::string key = publication::sample_backend_key();
  ASSERT_NE(policy.exchange_of(key), nullptr);
  EXPECT_EQ(policy.exchange_of(key)->token_endpoint, "https://adb-1.7.azuredatabricks.net/oidc/v1/token");
  EXPECT_EQ(policy.exchange_of("eu"), nullptr);
  EXPECT_EQ(policy.exchange_of(key_with("other.example.com")), nullptr);
}

TEST(Policy, KnowsBackendsOfBeforeForWhoHasNotReadTheNewFile) {
  Policy policy = sample_policy();
  const std::string first = policy.exchanges[0].key;
  const auto moved_to = [&](const std::string& host) {
    publication::Endpoint moved = publication::sample_endpoint();
    moved.backends[0].host = host;
    return *make_policy(moved, std::string(64, 'f'), &policy);
  };
  policy = moved_to("two.example.com");
  EXPECT_NE(policy.exchange_of(first), nullptr);
  EXPECT_NE(policy.exchange_of(key_with("two.example.com")), nullptr);
  for (int i = 0; i < 30; ++i) policy = moved_to("host" + std::to_string(i) + ".example.com");
  EXPECT_EQ(policy.exchange_of(first), nullptr) << "not for ever";
  EXPECT_LE(policy.exchanges.size(), 20U);
  publication::Endpoint anew = publication::sample_endpoint();
  anew.uid = "another-life";
  EXPECT_EQ(make_policy(anew, std::string(64, 'e'), &policy)->exchanges.size(), 1U);
}

TEST(Grants, LeaveWhomTheyDoNotNameToDatabricks) {
  EXPECT_EQ(verdict(with_grants({}), claims_of("alice")), "let in");
  EXPECT_EQ(verdict(with_grants({{PrincipalType::User, "bob", {}}}), claims_of("alice")), "let in");
}

TEST(Grants, HaveToNameTheCallerWhereAllBecomeOnePrincipal) {
  const Policy policy = with_grants({{PrincipalType::User, "bob", {}},
                                     {PrincipalType::Group, "risk", {}},
                                     {PrincipalType::ServicePrincipal, "app", {}}},
                                    true);
  EXPECT_EQ(verdict(policy, claims_of("bob")), "let in");
  EXPECT_EQ(verdict(policy, claims_of("alice")), "not_granted");
  EXPECT_EQ(verdict(policy, claims_of("alice", {"risk"})), "let in");
  EXPECT_EQ(verdict(policy, claims_of("alice", {"ris", "risky"})), "not_granted");
  EXPECT_EQ(verdict(policy, claims_of("app", {}, "app")), "let in");
  EXPECT_EQ(verdict(policy, claims_of("alice", {}, "app")), "not_granted") << "a person who uses it is a person";
  EXPECT_EQ(verdict(policy, claims_of("bob", {}, "bob")), "not_granted") << "and a client of a person's name is none";
}

TEST(Grants, EndToTheSecond) {
  const Policy policy = with_grants({{PrincipalType::User, "alice", to_rfc3339(token::kNow)}});
  EXPECT_EQ(verdict(policy, claims_of("alice"), token::kNow - std::chrono::seconds(1)), "let in");
  EXPECT_EQ(verdict(policy, claims_of("alice"), token::kNow), "grant_ended");
  EXPECT_EQ(judge_grants(policy, claims_of("alice"), token::kNow - std::chrono::seconds(1)).holds_until, token::kNow)
      << "what is remembered ends with them";
}

TEST(Grants, HoldAsLongAsTheLastOfThem) {
  const Policy policy = with_grants({{PrincipalType::User, "alice", to_rfc3339(token::kNow - std::chrono::hours(1))},
                                     {PrincipalType::Group, "risk", to_rfc3339(token::kNow + std::chrono::hours(1))}});
  EXPECT_EQ(verdict(policy, claims_of("alice")), "grant_ended");
  EXPECT_EQ(verdict(policy, claims_of("alice", {"risk"})), "let in");
  EXPECT_EQ(judge_grants(policy, claims_of("alice", {"risk"}), token::kNow).holds_until,
            token::kNow + std::chrono::hours(1));
}

}  // namespace
}  // namespace sallyport::authorizer
