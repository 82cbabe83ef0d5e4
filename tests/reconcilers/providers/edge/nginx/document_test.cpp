// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/nginx/document.hpp"

#include <gmock/gmock.h>

#include <functional>

#include "tests/reconcilers/providers/edge/nginx/publication_stage.hpp"

namespace sallyport::edge::nginx {
namespace {

using testing::fragment;

const std::string kName(64, 'a');

TEST(Document, SaysWhatTheFragmentSays) {
  ir::EdgeFragment one = fragment();
  one.check->groups = {"risk-analysts"};
  one.check->rate_limit = {50, 100};
  one.check->admitted = {{"Group", "risk-analysts", ""}, {"User", "bob@example.com", "2026-12-24T18:00:00Z"}};
  one.check->profile = "Keycloak";
  one.check->backends[0].authorization_details = "[]";
  one.check->backends.push_back({"us", {"adb-2.example.com", 8443}, "/other", 30, 1, "https://adb-2.example.com/t"});
  one.allowed_networks = {"10.20.0.0/16"};
  one.max_concurrent = 40;
  one.check->log_passes = true;

  const publication::Endpoint endpoint = document(one, {kName, "b", {"c", ""}});

  EXPECT_EQ(endpoint.id, "fraud_0a1b2c3d");
  EXPECT_EQ(endpoint.owner, "ProtectedEndpoint risk/fraud");
  EXPECT_EQ(endpoint.generation, 3);
  EXPECT_EQ(endpoint.tenant, one.place.tenant);
  EXPECT_EQ(endpoint.revision, one.hash());
  EXPECT_EQ(endpoint.path, "/serving-endpoints/fraud/invocations");
  EXPECT_EQ(endpoint.certificate, kName);
  EXPECT_EQ(endpoint.token.issuer.trust, "b");
  EXPECT_EQ(endpoint.token.profile, token::Profile::Keycloak);
  EXPECT_EQ(endpoint.token.scopes, one.check->scopes);
  EXPECT_EQ(endpoint.token.groups, one.check->groups);
  ASSERT_EQ(endpoint.backends.size(), 2U);
  EXPECT_EQ(endpoint.backends[0].name, "eu");
  EXPECT_EQ(endpoint.backends[0].host, one.upstream.host);
  EXPECT_EQ(endpoint.backends[0].path, endpoint.path);
  EXPECT_EQ(endpoint.backends[0].trust, "c");
  EXPECT_EQ(endpoint.backends[0].token_endpoint, one.check->backends[0].token_endpoint);
  EXPECT_EQ(endpoint.backends[0].authorization_details, "[]");
  EXPECT_EQ(endpoint.backends[1].name, "us");
  EXPECT_EQ(endpoint.backends[1].host, "adb-2.example.com");
  EXPECT_EQ(endpoint.backends[1].port, 8443);
  EXPECT_EQ(endpoint.backends[1].path, "/other");
  EXPECT_EQ(endpoint.backends[1].weight, 30);
  EXPECT_EQ(endpoint.backends[1].priority, 1);
  EXPECT_EQ(endpoint.backends[1].trust, "");
  EXPECT_EQ(endpoint.backends[1].token_endpoint, "https://adb-2.example.com/t");
  ASSERT_EQ(endpoint.grants.size(), 2U);
  EXPECT_EQ(endpoint.grants[0].principal_type, publication::PrincipalType::Group);
  EXPECT_FALSE(endpoint.grants[0].until.has_value());
  EXPECT_EQ(endpoint.grants[1].until, "2026-12-24T18:00:00Z");
  EXPECT_EQ(endpoint.traffic.rate_limit->burst, 100);
  EXPECT_EQ(endpoint.traffic.max_concurrent, 40);
  EXPECT_EQ(endpoint.traffic.allowed_networks, one.allowed_networks);
  EXPECT_TRUE(endpoint.log_passes);
}

TEST(Document, IsReadAsItWasWritten) {
  const publication::Endpoint endpoint = document(fragment(), {kName, kName, {kName}});
  const std::string text = publication::write_endpoint(endpoint);

  const auto read = publication::read_endpoint(text);

  ASSERT_TRUE(read.has_value()) << read.error().text();
  EXPECT_EQ(publication::write_endpoint(*read), text);
}

TEST(Document, IsNotMadeOfWhatAgentsWouldRefuse) {
  EXPECT_EQ(refuse(fragment()), std::nullopt);
  struct Case {
    std::function<void(ir::EdgeFragment&)> spoil;
    std::string field;
  };
  const std::vector<Case> cases{
      {[](auto& f) { f.check.reset(); }, "spec.identity.enforcement"},
      {[](auto& f) { f.check->audience.clear(); }, "spec.identity.audience"},
      {[](auto& f) { f.check->issuer.jwks_uri = "ftp://x"; }, "spec.identity.providerRef"},
      {[](auto& f) { f.host = "fraud;ml"; }, "spec.host"},
      {[](auto& f) { f.allowed_paths = {"/a/../b"}; }, "spec.backends[0].serving.endpoint"},
      {[](auto& f) { f.check->backends[0].host.host = "a b"; }, "spec.backends"},
      {[](auto& f) { f.check->backends.clear(); }, "spec.backends"},
      {[](auto& f) { f.check->groups = {"a\nb"}; }, "spec.identity.requiredGroups"},
      {[](auto& f) { f.check->scopes = {"a\nb"}; }, "spec.identity.requiredScopes"},
      {[](auto& f) {
         f.check->admitted = {{"Group", "a\nb", ""}};
       },
       "spec.access.grants"},
      {[](auto& f) {
         f.check->admitted = {{"Group", "a", "tomorrow"}};
       },
       "spec.access.grants"},
      {[](auto& f) { f.check->cache_window = std::chrono::hours(1); }, "spec.identity.cacheWindow"},
      {[](auto& f) { f.allowed_networks = {"10.0.0.0/99"}; }, "spec.security.allowedNetworks"},
      {[](auto& f) { f.response_timeout = std::chrono::hours(9); }, "spec.traffic"},
      {[](auto& f) { f.place.application = "UPPER"; }, "metadata.name"},
  };
  for (const Case& one : cases) {
    ir::EdgeFragment spoilt = fragment();
    one.spoil(spoilt);
    const auto error = refuse(spoilt);
    ASSERT_TRUE(error.has_value()) << one.field;
    EXPECT_EQ(error->where, one.field) << error->text();
    EXPECT_EQ(error->code, Code::InvalidSpec);
  }
}

}  // namespace
}  // namespace sallyport::edge::nginx
