// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/federation.hpp"

#include "tests/e2e/simulators/databricks/signer.hpp"
#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

constexpr auto kSubject = "system:serviceaccount:sallyport:operator";

/// A workspace that trusts a signer's service account tokens for the operator.
struct Federated {
  Federated() { EXPECT_EQ(stage.control("PUT", "/federation-policies", Json::array({policy()})).status, 200); }

  Json policy() const {
    return {{"id", "cluster"},     {"service_principal", kClient},      {"issuer", "https://k8s.example.com"},
            {"subject", kSubject}, {"audiences", Json::array({"dbx"})}, {"jwks_json", signer.jwks().dump()}};
  }
  Json claims() const {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(stage.clock.now().time_since_epoch()).count();
    return {{"iss", "https://k8s.example.com"}, {"sub", kSubject}, {"aud", Json::array({"dbx"})}, {"exp", now + 600}};
  }
  Heard exchange(const std::string& jwt, const std::string& client = kClient) {
    return stage.form(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&scope=all-apis&subject_token_type="
        "urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt&subject_token=" +
        jwt + (client.empty() ? "" : "&client_id=" + client));
  }

  Stage stage;
  Signer signer;
};

TEST(SimulatedFederation, ExchangesATokenForOneThatDiesWithIt) {
  Federated world;
  const auto heard = world.exchange(world.signer.sign(world.claims()));
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.json["expires_in"], 600);
  EXPECT_EQ(heard.json["issued_token_type"], "urn:ietf:params:oauth:token-type:access_token");
  const auto token = heard.json["access_token"].get<std::string>();
  EXPECT_EQ(world.stage.call("GET", "/api/2.0/preview/scim/v2/Me", nullptr, token).json["applicationId"], kClient);
  world.stage.clock.advance(std::chrono::seconds(600));
  EXPECT_EQ(world.stage.call("GET", "/api/2.0/preview/scim/v2/Me", nullptr, token).status, 403);
}

TEST(SimulatedFederation, AnotherAudienceIsAnInvalidGrant) {
  Federated world;
  Json claims = world.claims();
  claims["aud"] = "other";
  const auto heard = world.exchange(world.signer.sign(claims));
  EXPECT_EQ(heard.status, 400);
  EXPECT_EQ(heard.json["error"], "invalid_grant");
}

TEST(SimulatedFederation, AnotherSubjectIssuerOrClientMatchesNoPolicy) {
  Federated world;
  Json subject = world.claims();
  subject["sub"] = "system:serviceaccount:other:operator";
  Json issuer = world.claims();
  issuer["iss"] = "https://other.example.com";
  for (const auto& heard : {world.exchange(world.signer.sign(subject)), world.exchange(world.signer.sign(issuer)),
                            world.exchange(world.signer.sign(world.claims()), kBatch),
                            world.exchange(world.signer.sign(world.claims()), "")}) {
    EXPECT_EQ(heard.status, 401);
    EXPECT_EQ(heard.json["error"], "TOKEN_INVALID");
  }
}

TEST(SimulatedFederation, AForeignSignatureAndAnOldTokenAreRefused) {
  Federated world;
  EXPECT_EQ(world.exchange(Signer().sign(world.claims())).json["error"], "invalid_grant");
  const auto jwt = world.signer.sign(world.claims());
  world.stage.clock.advance(std::chrono::seconds(600));
  EXPECT_EQ(world.exchange(jwt).json["error_description"], "The subject token has expired");
}

TEST(SimulatedFederation, ANewPolicyTakesAWhile) {
  Federated world;
  world.stage.set_switch("policy_propagation_ms", 90000);
  EXPECT_EQ(world.stage.control("PUT", "/federation-policies", Json::array({world.policy()})).status, 200);
  const auto jwt = world.signer.sign(world.claims());
  EXPECT_EQ(world.exchange(jwt).status, 401);
  world.stage.clock.advance(std::chrono::seconds(90));
  EXPECT_EQ(world.exchange(jwt).status, 200);
}

TEST(SimulatedFederation, AccountPoliciesTakeTheSubjectForAName) {
  Federated world;
  Json policy = world.policy();
  policy.erase("service_principal");
  policy.erase("subject");
  EXPECT_EQ(world.stage.control("PUT", "/federation-policies", Json::array({policy})).status, 200);
  Json claims = world.claims();
  claims["sub"] = "alice@example.com";
  const auto heard = world.exchange(world.signer.sign(claims), "");
  EXPECT_EQ(heard.status, 200);
  const auto token = heard.json["access_token"].get<std::string>();
  EXPECT_EQ(world.stage.call("GET", "/api/2.0/preview/scim/v2/Me", nullptr, token).json["userName"],
            "alice@example.com");
}

TEST(SimulatedFederation, SubjectsAreRequiredForServicePrincipalsAndForbiddenForAccounts) {
  Federated world;
  Json without = world.policy();
  without.erase("subject");
  EXPECT_FALSE(read_policy(without));
  Json with = world.policy();
  with.erase("service_principal");
  EXPECT_FALSE(read_policy(with));
}

}  // namespace
}  // namespace sallyport::simulators::databricks
