// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/publication/endpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/reconcilers/publication/sample.hpp"

namespace sallyport::publication {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// What is said of the sample's document with one member at a JSON pointer replaced.
std::string refusal_of(const std::string& pointer, json value) {
  json document = json::parse(write_endpoint(sample_endpoint()));
  document[json::json_pointer(pointer)] = std::move(value);
  const auto endpoint = read_endpoint(document.dump());
  return endpoint ? "taken" : endpoint.error().text();
}

TEST(Endpoint, ComesBackAsItWasWritten) {
  Endpoint endpoint = sample_endpoint();
  endpoint.grants = {{PrincipalType::Group, "risk-analysts", "2026-12-24T18:00:00Z"}, {PrincipalType::User, "a@b", {}}};
  endpoint.traffic.rate_limit = RateLimit{7, 9};
  endpoint.traffic.response_timeout = std::chrono::seconds(310);
  endpoint.log_passes = true;
  const std::string text = write_endpoint(endpoint);
  const auto again = read_endpoint(text);
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(write_endpoint(*again), text);
  EXPECT_EQ(again->grants[0].until, "2026-12-24T18:00:00Z");
  EXPECT_EQ(again->traffic.response_timeout, std::chrono::seconds(310));
  EXPECT_EQ(again->traffic.rate_limit->burst, 9);
}

TEST(Endpoint, RefusesWhatNginxCouldReadAsCode) {
  for (const char* host : {"a.b;", "a.b\n", "a b", "$host", "a.b{", "\"a.b\"", "*.b", "A.b", "..", "~a.b"}) {
    EXPECT_THAT(refusal_of("/host", host), HasSubstr("endpoint.host")) << host;
    EXPECT_THAT(refusal_of("/backends/0/host", host), HasSubstr("endpoint.backends[0].host")) << host;
  }
  for (const char* path :
       {"", "/", "a", "/a/", "/..", "/a/../b", "//a", "/a%2e", "/a;b", "/a?b", "/a b", "/$a", "/a\"", "/.a"})
    EXPECT_THAT(refusal_of("/path", path), HasSubstr("endpoint.path")) << path;
  for (const char* id : {"", "A", "a-b", "a.b", "../a", "a/b", "a\n"})
    EXPECT_THAT(refusal_of("/id", id), HasSubstr("endpoint.id")) << id;
  for (const char* object : {"", "x", "../../etc/passwd"})
    EXPECT_THAT(refusal_of("/certificate", object), HasSubstr("endpoint.certificate")) << object;
  EXPECT_THAT(refusal_of("/owner", "a\nb"), HasSubstr("endpoint.owner"));
}

TEST(Endpoint, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(refusal_of("/hots", "x"), HasSubstr("endpoint.hots"));
  EXPECT_THAT(refusal_of("/token/audiences", json::array()), HasSubstr("endpoint.token.audiences"));
}

TEST(Endpoint, RefusesASharedSecretAlgorithmAndNone) {
  for (const char* name : {"HS256", "none", "RS1", "rs256"})
    EXPECT_THAT(refusal_of("/token/algorithms", {name}), HasSubstr("endpoint.token.algorithms[0]")) << name;
  EXPECT_THAT(refusal_of("/token/algorithms", json::array()), HasSubstr("endpoint.token.algorithms"));
}

TEST(Endpoint, HasToSayForWhomATokenIs) {
  EXPECT_THAT(refusal_of("/token/audience", ""), HasSubstr("endpoint.token.audience"));
  EXPECT_THAT(refusal_of("/token/audience", nullptr), HasSubstr("endpoint.token.audience"));
}

TEST(Endpoint, NeedsCredentialsForAServicePrincipal) {
  EXPECT_THAT(refusal_of("/upstream/type", "ServicePrincipal"), HasSubstr("endpoint.upstream.credentials"));
}

TEST(Endpoint, IsNoDeeplyNestedOrHugeText) {
  EXPECT_FALSE(read_endpoint(std::string(100, '[')));
  EXPECT_FALSE(read_endpoint(std::string(kMaxDocumentSize + 1, ' ')));
  EXPECT_FALSE(read_endpoint(""));
}

TEST(Endpoint, TellsTheObjectsThatItNeedsOnce) {
  Endpoint endpoint = sample_endpoint();
  EXPECT_THAT(objects_of(endpoint), ElementsAre(std::string(64, 'c')));
  endpoint.backends[0].trust = endpoint.token.issuer.trust = std::string(64, 'a');
  endpoint.client_ca = std::string(64, 'b');
  EXPECT_THAT(objects_of(endpoint), ElementsAre(std::string(64, 'a'), std::string(64, 'b'), std::string(64, 'c')));
}

}  // namespace
}  // namespace sallyport::publication
