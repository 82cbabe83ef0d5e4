// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/ir/edge.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace sallyport::ir {
namespace {

EdgeFragment fragment() {
  EdgeFragment one;
  one.owner = {"ProtectedEndpoint", "risk", "fraud", Uid("u1"), "41", 3};
  one.place = {"sp_i_1", "fraud_1"};
  one.host = "fraud.ml.example.com";
  one.address = "192.0.2.33";
  one.certificate = {"risk", "fraud-tls", "s1", "7"};
  one.policy = {"/Common/a", "/Common/b"};
  one.upstream = {"adb-1.7.azuredatabricks.net", 443};
  one.allowed_paths = {"/serving-endpoints/a/invocations", "/serving-endpoints/b/invocations"};
  one.allowed_networks = {"10.0.0.0/8", "192.0.2.0/24"};
  return one;
}

TEST(EdgeFragmentHash, StaysTheSameOverReleasesUnlessItsVersionIsRaised) {
  EXPECT_EQ(fragment().hash(), fragment().hash());
  EXPECT_EQ(fragment().hash().size(), 64U);
}

TEST(EdgeFragmentHash, ChangesWithEverythingThatReachesTheDevice) {
  const std::vector<std::function<void(EdgeFragment&)>> edits = {
      [](EdgeFragment& f) { f.owner.uid = Uid("u2"); },
      [](EdgeFragment& f) { f.owner.name = "other"; },
      [](EdgeFragment& f) { f.place.tenant = "sp_i_2"; },
      [](EdgeFragment& f) { f.place.application = "x"; },
      [](EdgeFragment& f) { f.host = "x.example.com"; },
      [](EdgeFragment& f) { f.address = "192.0.2.34"; },
      [](EdgeFragment& f) { f.port = 8443; },
      [](EdgeFragment& f) { f.certificate.resource_version = "8"; },
      [](EdgeFragment& f) { f.certificate.uid = "s2"; },
      [](EdgeFragment& f) { f.policy.access_profile = "/Common/c"; },
      [](EdgeFragment& f) { f.policy.per_request_policy = "/Common/c"; },
      [](EdgeFragment& f) { f.upstream.host = "adb-2.7.azuredatabricks.net"; },
      [](EdgeFragment& f) { f.upstream.port = 8443; },
      [](EdgeFragment& f) { f.allowed_paths.pop_back(); },
      [](EdgeFragment& f) { f.allowed_networks.pop_back(); },
      [](EdgeFragment& f) { f.waf_policy = ""; },
      [](EdgeFragment& f) { f.waf_policy = "/Common/waf"; },
      [](EdgeFragment& f) { f.log_pool = "/Common/waf"; },
      [](EdgeFragment& f) { f.connect_timeout = std::chrono::milliseconds(1); },
      [](EdgeFragment& f) { f.response_timeout = std::chrono::milliseconds(1); },
      [](EdgeFragment& f) { f.idle_timeout = std::chrono::milliseconds(1); },
      [](EdgeFragment& f) { f.max_concurrent = 4; },
      [](EdgeFragment& f) { f.load_balancing = LoadBalancing::RoundRobin; },
  };
  std::set<std::string> hashes{fragment().hash()};
  for (const auto& edit : edits) {
    EdgeFragment edited = fragment();
    edit(edited);
    hashes.insert(edited.hash());
  }
  EXPECT_EQ(hashes.size(), edits.size() + 1);
}

EdgeFragment checked() {
  EdgeFragment one = fragment();
  one.check.emplace();
  one.check->issuer.issuer = "https://login.example.com";
  one.check->algorithms = {"RS256", "ES256"};
  one.check->admitted = {{"Group", "risk", ""}};
  one.check->backends = {{"eu", {"adb-1.example.net"}, "/eu", 1, 0, "https://adb-1.example.net/token"}};
  return one;
}

TEST(EdgeFragmentHash, ChangesWithEverythingOfATokenCheck) {
  using std::chrono::milliseconds;
  const std::vector<std::function<void(TokenCheck&)>> edits = {
      [](TokenCheck& c) { c.issuer.issuer = "https://other.example.com"; },
      [](TokenCheck& c) { c.issuer.jwks_uri = "x"; },
      [](TokenCheck& c) { c.issuer.ca_bundle = "x"; },
      [](TokenCheck& c) { c.issuer.refresh = milliseconds(1); },
      [](TokenCheck& c) { c.issuer.cool_down = milliseconds(1); },
      [](TokenCheck& c) { c.issuer.stale_after = milliseconds(1); },
      [](TokenCheck& c) { c.profile = "Okta"; },
      [](TokenCheck& c) { c.algorithms = {"RS256"}; },
      [](TokenCheck& c) { c.audience = "x"; },
      [](TokenCheck& c) { c.clock_skew = milliseconds(1); },
      [](TokenCheck& c) { c.max_lifetime = milliseconds(1); },
      [](TokenCheck& c) { c.scopes = {"x"}; },
      [](TokenCheck& c) { c.groups = {"x"}; },
      [](TokenCheck& c) { c.admitted = {}; },
      [](TokenCheck& c) { c.admitted[0].principal_type = "User"; },
      [](TokenCheck& c) { c.admitted[0].principal = "x"; },
      [](TokenCheck& c) { c.admitted[0].until = "2026-12-24T18:00:00Z"; },
      [](TokenCheck& c) { c.cache_window = milliseconds(1); },
      [](TokenCheck& c) {
        c.rate_limit = {1, 1};
      },
      [](TokenCheck& c) {
        c.rate_limit = {1, 2};
      },
      [](TokenCheck& c) {
        c.rate_limit = {2, 1};
      },
      [](TokenCheck& c) { c.backends.clear(); },
      [](TokenCheck& c) { c.backends[0].name = "x"; },
      [](TokenCheck& c) { c.backends[0].host.host = "x"; },
      [](TokenCheck& c) { c.backends[0].host.port = 8443; },
      [](TokenCheck& c) { c.backends[0].path = "/x"; },
      [](TokenCheck& c) { c.backends[0].weight = 2; },
      [](TokenCheck& c) { c.backends[0].priority = 1; },
      [](TokenCheck& c) { c.backends[0].token_endpoint = "x"; },
      [](TokenCheck& c) { c.backends[0].authorization_details = "x"; },
      [](TokenCheck& c) { c.backends[0].ca_bundle = "x"; },
      [](TokenCheck& c) { c.backends.push_back(c.backends[0]); },
      [](TokenCheck& c) { c.log_passes = true; },
  };
  std::set<std::string> hashes{checked().hash(), fragment().hash()};
  for (const auto& edit : edits) {
    EdgeFragment edited = checked();
    edit(*edited.check);
    hashes.insert(edited.hash());
  }
  EXPECT_EQ(hashes.size(), edits.size() + 2);

  EdgeFragment turned = checked();
  std::swap(turned.check->algorithms[0], turned.check->algorithms[1]);
  EXPECT_EQ(turned.hash(), checked().hash());
}

TEST(EdgeFragmentPath, IsWhatItsGatewayCallsIt) {
  EXPECT_EQ(path_of(fragment()), "/sp_i_1/fraud_1/vs");
  EXPECT_EQ(path_of(checked()), "fraud_1");
}

TEST(EdgeFragmentHash, IgnoresWhatDoesNotReachTheDevice) {
  EdgeFragment later = fragment();
  later.owner.generation = 9;
  later.owner.resource_version = "99";

  EXPECT_EQ(later.hash(), fragment().hash());
}

TEST(EdgeFragmentHash, IgnoresTheOrderOfPathsAndNetworks) {
  EdgeFragment turned = fragment();
  std::swap(turned.allowed_paths[0], turned.allowed_paths[1]);
  std::swap(turned.allowed_networks[0], turned.allowed_networks[1]);

  EXPECT_EQ(turned.hash(), fragment().hash());
}

TEST(EdgeFragmentHash, DoesNotMistakeOneValueForTwo) {
  EdgeFragment one = fragment();
  EdgeFragment two = fragment();
  one.allowed_paths = {"/a;paths=2:/b"};
  two.allowed_paths = {"/a", "/b"};

  EXPECT_NE(one.hash(), two.hash());
}

}  // namespace
}  // namespace sallyport::ir
