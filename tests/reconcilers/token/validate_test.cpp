// SPDX-License-Identifier: Apache-2.0
// The families of tokens that have to be refused (BEHAVIOUR.md, "What is refused") for what they say; for how they are
// written: validate_form_test.cpp. All are correctly signed unless the signature is the point.
#include "reconcilers/token/validate.hpp"

#include <gtest/gtest.h>

#include "tests/reconcilers/token/token_issuer.hpp"

namespace sallyport::token {
namespace {

using std::chrono::minutes, std::chrono::seconds;

TEST_F(Validate, AcceptsATokenThatIsRightInEveryPointAndSaysWhoseItIs) {
  const auto keys = KeySet::read(issuer_.key_set());
  ASSERT_TRUE(keys);
  const auto claims = validate(issuer_.token(), *keys, TokenIssuer::demand(), kNow);
  ASSERT_TRUE(claims) << claims.error().detail;
  EXPECT_EQ(claims->subject, "alice");
  EXPECT_EQ(claims->client, "fraud-app");
  EXPECT_EQ(claims->scopes, (std::vector<std::string>{"fraud:read", "fraud:score"}));
  EXPECT_EQ(claims->expires, kNow + minutes(9));
}

TEST(ValidateAlgorithms, EachAsymmetricOneIsVerifiedWhereTheIssuerHasIt) {
  for (const auto algorithm :
       {Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384, Algorithm::PS512,
        Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::Ed25519}) {
    const TokenIssuer issuer{std::string(to_string(algorithm))};
    Demand demand = TokenIssuer::demand();
    demand.algorithms = {algorithm};
    EXPECT_EQ(verdict(issuer.token(), issuer.key_set(), demand), "accept") << to_string(algorithm);
    demand.algorithms = {algorithm == Algorithm::RS256 ? Algorithm::ES256 : Algorithm::RS256};
    EXPECT_EQ(verdict(issuer.token(), issuer.key_set(), demand), "algorithm_not_allowed") << to_string(algorithm);
  }
}

TEST_F(Validate, RefusesUnsignedTokens) {
  std::vector<Case> cases;
  for (const char* name : {"none", "None", "NONE", "nOnE", " none", "none "}) {
    const std::string token = with_header("alg", name);
    cases.push_back({std::string(name) + " with a signature", token, "algorithm_not_allowed"});
    cases.push_back({std::string(name) + " without", token.substr(0, token.rfind('.') + 1), "algorithm_not_allowed"});
  }
  expect(cases);
}

TEST_F(Validate, RefusesHmacKeyedWithWhatIsPublic) {
  const std::string input = base64url_encode(R"({"alg":"HS256","kid":"key-1","typ":"at+jwt"})") + "." +
                            base64url_encode(TokenIssuer::payload().dump());
  std::vector<Case> cases;
  for (const std::string& secret :
       {issuer_.key_set(), issuer_.jwk().dump(), issuer_.key().public_pem(), std::string()}) {
    const std::string mac = base64url_encode(testing::hmac_sha256(secret, input));
    cases.push_back({"keyed with '" + secret + "'", input + "." + mac, "algorithm_not_allowed"});
  }
  expect(cases);
  json keys = json::parse(issuer_.key_set());
  keys["keys"].push_back({{"kty", "oct"}, {"kid", "left"}, {"alg", "HS256"}, {"k", base64url_encode("left behind")}});
  const std::string left = input + "." + base64url_encode(testing::hmac_sha256("left behind", input));
  EXPECT_EQ(verdict(left, keys.dump()), "algorithm_not_allowed");
}

TEST_F(Validate, RefusesAnAlgorithmThatIsNotTheKeys) {
  expect({{"RS256 on a key for ES256", with_header("alg", "RS256"), "key_unfit"},
          {"ES384, which the issuer does not use", with_header("alg", "ES384"), "algorithm_not_allowed"},
          {"EdDSA, which the issuer does not use", with_header("alg", "EdDSA"), "algorithm_not_allowed"}});
  const TokenIssuer rsa("RS256");
  Demand demand = TokenIssuer::demand();
  demand.algorithms = {Algorithm::RS256, Algorithm::RS512, Algorithm::PS256, Algorithm::ES256};
  expect_verdicts({{"PS256 on a key pinned to RS256", rsa.token(set("alg", "PS256")), "key_unfit"},
                   {"RS512 on a key pinned to RS256", rsa.token(set("alg", "RS512")), "key_unfit"},
                   {"ES256 on an RSA key", rsa.token(set("alg", "ES256")), "key_unfit"}},
                  rsa.key_set(), demand);
}

TEST_F(Validate, RefusesHeadersOfTheWrongTypes) {
  const std::string payload = TokenIssuer::payload().dump();
  expect({{"no alg", with_header("alg", nullptr), "header_invalid"},
          {"alg a number", with_header("alg", 256), "header_invalid"},
          {"alg a list", with_header("alg", {"ES256"}), "header_invalid"},
          {"kid a number", with_header("kid", 1), "header_invalid"},
          {"typ a list", with_header("typ", {"at+jwt"}), "header_invalid"},
          {"a list", issuer_.raw(R"(["ES256"])", payload), "malformed"},
          {"no JSON", issuer_.raw("ES256", payload), "malformed"}});
}

TEST_F(Validate, NeverTakesAKeyFromTheToken) {
  const testing::SigningKey attacker("P-256", issuer_.key().id());
  const std::string payload = TokenIssuer::payload().dump();
  const auto forged = [&](const TokenIssuer::Edit& edit) {
    json header = issuer_.header();
    edit(header);
    return attacker.token_of("ES256", header.dump(), payload);
  };
  expect({{"another key under the same id", forged([](json&) {}), "signature_invalid"},
          {"jwk", forged(set("jwk", attacker.jwk())), "signature_invalid"},
          {"jku", forged(set("jku", "https://attacker.example/keys")), "signature_invalid"},
          {"x5u", forged(set("x5u", "https://attacker.example/chain")), "signature_invalid"},
          {"x5c", forged(set("x5c", {"MIIB"})), "signature_invalid"},
          {"jwk without kid", forged([&](json& header) {
             header.erase("kid");
             header["jwk"] = attacker.jwk();
           }),
           "signature_invalid"}});
}

TEST_F(Validate, RefusesKeyIdsThatNameNoKey) {
  expect({{"unknown", with_header("kid", "key-2"), "key_unknown"},
          {"empty", with_header("kid", ""), "header_invalid"},
          {"a path", with_header("kid", "../../dev/null"), "key_unknown"},
          {"longer than any", with_header("kid", std::string(300, 'k')), "header_invalid"},
          {"64 KiB", with_header("kid", std::string(65536, 'k')), "too_large"}});
  json second = TokenIssuer().jwk();
  second["kid"] = "key-2";
  const std::string two = json{{"keys", json::array({issuer_.jwk(), second})}}.dump();
  EXPECT_EQ(verdict(with_header("kid", nullptr), two), "key_unknown");
  EXPECT_EQ(verdict(with_header("kid", nullptr), issuer_.key_set()), "accept");
}

TEST_F(Validate, RefusesTokensOfKeysThatAreNotFit) {
  json encryption = issuer_.jwk();
  encryption["use"] = "enc";
  EXPECT_EQ(verdict(issuer_.token(), json{{"keys", json::array({encryption})}}.dump()), "key_unknown");
  const testing::SigningKey weak("RSA", "weak", 1024);
  const std::string token =
      weak.token_of("RS256", R"({"alg":"RS256","kid":"weak","typ":"at+jwt"})", TokenIssuer::payload().dump());
  EXPECT_EQ(verdict(token, json{{"keys", json::array({weak.jwk()})}}.dump()), "key_unknown");
}

TEST_F(Validate, RefusesWhatChangesHowATokenIsRead) {
  expect({{"crit of an unknown name", issuer_.token([](json& h) {
             h["crit"] = {"x"};
             h["x"] = 1;
           }),
           "header_invalid"},
          {"crit, empty", with_header("crit", json::array()), "header_invalid"},
          {"crit, a text", with_header("crit", "exp"), "header_invalid"},
          {"crit of an absent name", with_header("crit", {"x"}), "header_invalid"},
          {"b64", issuer_.token([](json& h) {
             h["crit"] = {"b64"};
             h["b64"] = false;
           }),
           "header_invalid"},
          {"zip", with_header("zip", "DEF"), "header_invalid"},
          {"enc", with_header("enc", "A256GCM"), "header_invalid"}});
}

TEST_F(Validate, AcceptsTheTokensOfEachProfile) {
  const auto token = [&](const char* type, const json& more) {
    return issuer_.token(set("typ", type), [&](json& payload) {
      payload.erase("client_id");
      payload.erase("scope");
      payload.update(more);
    });
  };
  const auto verdict_by = [&](Profile profile, const std::string& text) {
    Demand demand = TokenIssuer::demand();
    demand.profile = profile;
    return verdict(text, issuer_.key_set(), demand);
  };
  const json list = {"fraud:score", "openid"};
  EXPECT_EQ(verdict_by(Profile::Keycloak, token("JWT", {{"typ", "Bearer"}, {"azp", "app"}, {"scope", "fraud:score"}})),
            "accept");
  EXPECT_EQ(verdict_by(Profile::Okta, token("JWT", {{"cid", "app"}, {"scp", list}})), "accept");
  EXPECT_EQ(verdict_by(Profile::Entra, token("JWT", {{"azp", "app"}, {"roles", list}})), "accept");
  EXPECT_EQ(verdict_by(Profile::Hydra, token("JWT", {{"client_id", "app"}, {"scp", list}})), "accept");
  EXPECT_EQ(verdict_by(Profile::Hydra, issuer_.token()), "type_wrong");
}

TEST_F(Validate, RefusesOtherKindsOfTokens) {
  std::vector<Case> cases{{"application/at+jwt, in capitals", with_header("typ", "application/AT+JWT"), "accept"},
                          {"no typ", with_header("typ", nullptr), "type_wrong"}};
  for (const char* type : {"JWT", "id_token", "logout+jwt", "dpop+jwt", "client-authentication+jwt", ""}) {
    cases.push_back({type, with_header("typ", type), "type_wrong"});
  }
  expect(cases);
}

TEST_F(Validate, HoldsTheTokenToItsTime) {
  const auto at = [](seconds from_now) { return json(seconds_at(from_now)); };
  expect({{"expired", with_claim("exp", at(seconds(-31))), "expired"},
          {"expired, at the edge of the skew", with_claim("exp", at(seconds(-30))), "expired"},
          {"expired, within the skew", with_claim("exp", at(seconds(-29))), "accept"},
          {"with a fraction", with_claim("exp", static_cast<double>(seconds_at(seconds(-30))) + 0.5), "accept"},
          {"no exp", with_claim("exp", nullptr), "claim_missing"},
          {"exp a text", with_claim("exp", "2030-01-01"), "claim_invalid"},
          {"exp null", issuer_.with_payload([](json& p) { p["exp"] = nullptr; }), "claim_invalid"},
          {"exp true", with_claim("exp", true), "claim_invalid"},
          {"exp beyond all time", with_claim("exp", 1e308), "claim_invalid"},
          {"exp where the clock ends", with_claim("exp", 9214646401), "claim_invalid"},
          {"exp that would wrap around to now", with_claim("exp", 20242049673), "claim_invalid"},
          {"nbf that would wrap around to 1970", with_claim("nbf", 18446744074), "claim_invalid"},
          {"exp negative", with_claim("exp", -1), "claim_invalid"},
          {"a year ahead", with_claim("exp", at(std::chrono::hours(24 * 365))), "lifetime_too_long"},
          {"nbf to come", with_claim("nbf", at(seconds(31))), "not_yet_valid"},
          {"nbf to come, within the skew", with_claim("nbf", at(seconds(30))), "accept"},
          {"nbf a text", with_claim("nbf", "now"), "claim_invalid"},
          {"no iat", with_claim("iat", nullptr), "claim_missing"},
          {"iat to come", with_claim("iat", at(seconds(31))), "issued_in_future"},
          {"iat thirty days ago", with_claim("iat", at(-std::chrono::hours(24 * 30))), "lifetime_too_long"},
          {"an hour and a rounded second", with_claim("iat", at(minutes(9) - seconds(3601))), "accept"},
          {"an hour and two seconds", with_claim("iat", at(minutes(9) - seconds(3602))), "lifetime_too_long"},
          {"exp before iat", issuer_.with_payload([&](json& p) {
             p["iat"] = at(seconds(20));
             p["exp"] = at(seconds(10));
           }),
           "claim_invalid"}});
  EXPECT_EQ(verdict(issuer_.raw(issuer_.header().dump(), R"({"exp":1e999})"), issuer_.key_set()), "malformed");
}

TEST_F(Validate, ComparesTheIssuerByteByByte) {
  const std::string ours = "https://login.example.com";
  expect({{"absent", with_claim("iss", nullptr), "claim_missing"},
          {"another", with_claim("iss", "https://login.example.org"), "issuer_wrong"},
          {"a slash more", with_claim("iss", ours + "/"), "issuer_wrong"},
          {"another case", with_claim("iss", "https://Login.example.com"), "issuer_wrong"},
          {"longer", with_claim("iss", ours + ".attacker.example"), "issuer_wrong"},
          {"a list", with_claim("iss", {ours}), "claim_invalid"},
          {"a NUL byte more", with_claim("iss", ours + std::string(1, '\0')), "issuer_wrong"}});
}

TEST_F(Validate, NeedsItsAudienceAmongTheTokens) {
  const std::string ours = "https://ml.example.com";
  expect({{"in a list", with_claim("aud", {"https://other.example.com", ours}), "accept"},
          {"absent", with_claim("aud", nullptr), "claim_missing"},
          {"an empty list", with_claim("aud", json::array()), "audience_wrong"},
          {"another endpoint's", with_claim("aud", "https://other.example.com"), "audience_wrong"},
          {"longer", with_claim("aud", ours + "/fraud"), "audience_wrong"},
          {"shorter", with_claim("aud", "https://ml.example"), "audience_wrong"},
          {"mixed types", with_claim("aud", {ours, 1}), "claim_invalid"},
          {"an object", with_claim("aud", {{"aud", ours}}), "claim_invalid"},
          {"empty", with_claim("aud", ""), "audience_wrong"},
          {"joined by spaces", with_claim("aud", "https://other.example.com " + ours), "audience_wrong"}});
}

TEST_F(Validate, AnEndpointWithoutAnAudienceTakesNoToken) {
  Demand demand = TokenIssuer::demand();
  demand.audience = "";
  EXPECT_EQ(verdict(with_claim("aud", ""), issuer_.key_set(), demand), "audience_wrong");
}

TEST_F(Validate, NeedsTheClaimsOfAnAccessToken) {
  std::vector<Case> cases;
  for (const char* name : {"sub", "client_id", "jti"}) {
    cases.push_back({std::string("no ") + name, with_claim(name, nullptr), "claim_missing"});
    cases.push_back({std::string(name) + " a number", with_claim(name, 7), "claim_invalid"});
    cases.push_back({std::string(name) + " empty", with_claim(name, ""), "claim_invalid"});
  }
  expect(cases);
}

TEST_F(Validate, MatchesScopesAndGroupsAsWholeWords) {
  expect({{"scope among others", with_claim("scope", "a fraud:score b"), "accept"},
          {"scope in a list", with_claim("scope", {"a", "fraud:score"}), "accept"},
          {"no scope", with_claim("scope", nullptr), "scope_missing"},
          {"another", with_claim("scope", "fraud:read"), "scope_missing"},
          {"longer", with_claim("scope", "fraud:scores xfraud:score"), "scope_missing"},
          {"another case", with_claim("scope", "FRAUD:SCORE"), "scope_missing"},
          {"with a comma", with_claim("scope", "fraud:read,fraud:score"), "scope_missing"},
          {"a list with a space in an item", with_claim("scope", {"a fraud:score"}), "claim_invalid"},
          {"a number", with_claim("scope", 1), "claim_invalid"},
          {"no group", with_claim("groups", nullptr), "group_missing"},
          {"another group", with_claim("groups", {"riskless"}), "group_missing"},
          {"groups as one text", with_claim("groups", "risk all"), "group_missing"},
          {"groups with a number among them", with_claim("groups", {"risk", 1}), "group_missing"}});
}

TEST_F(Validate, AllowsOnlyTheClientsAndActorsThatAreNamed) {
  Demand demand = TokenIssuer::demand();
  demand.clients = {"fraud-app-2", "copilot"};
  EXPECT_EQ(verdict(issuer_.token(), issuer_.key_set(), demand), "client_not_allowed");
  demand.clients = {"copilot", "fraud-app"};
  EXPECT_EQ(verdict(issuer_.token(), issuer_.key_set(), demand), "accept");

  const std::string delegated = with_claim("act", {{"sub", "copilot"}, {"act", {{"sub", "gateway"}}}});
  EXPECT_EQ(verdict(delegated, issuer_.key_set(), demand), "actor_not_allowed");
  demand.actors = {"gateway"};
  EXPECT_EQ(verdict(delegated, issuer_.key_set(), demand), "actor_not_allowed") << "who acted before does not count";
  demand.actors = {"copilot"};
  EXPECT_EQ(verdict(delegated, issuer_.key_set(), demand), "accept");
  expect({{"act a text", with_claim("act", "copilot"), "claim_invalid"},
          {"act of nobody", with_claim("act", {{"iss", "x"}}), "claim_invalid"}});
}

TEST_F(Validate, RefusesATokenThatIsBoundToAKey) {
  expect({{"DPoP", with_claim("cnf", {{"jkt", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}), "sender_constrained"},
          {"mTLS", with_claim("cnf", {{"x5t#S256", "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}}),
           "sender_constrained"}});
}

TEST_F(Validate, NamesWhatIsWrongAndNeverTheToken) {
  const std::string token = with_claim("aud", "https://other.example.com");
  const auto keys = KeySet::read(issuer_.key_set());
  ASSERT_TRUE(keys);
  const auto refused = validate(token, *keys, TokenIssuer::demand(), kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail, "audience is https://other.example.com; needed: https://ml.example.com");
  EXPECT_EQ(refused.error().detail.find(token.substr(token.rfind('.'))), std::string::npos);
}

TEST_F(Validate, NamesTheCallerWhereTheSignatureIsRight) {
  const auto keys = KeySet::read(issuer_.key_set());
  ASSERT_TRUE(keys);
  const auto refused = validate(with_claim("scope", "x"), *keys, TokenIssuer::demand(), kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().caller, (Caller{"https://login.example.com", "alice", "fraud-app"}));
  const auto forged = validate(TokenIssuer().token(), *keys, TokenIssuer::demand(), kNow);
  ASSERT_FALSE(forged);
  EXPECT_EQ(forged.error().caller, Caller{});
}

}  // namespace
}  // namespace sallyport::token
