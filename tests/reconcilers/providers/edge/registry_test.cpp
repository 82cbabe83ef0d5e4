// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "reconcilers/providers/edge/edge_provider.hpp"
#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"
#include "tests/testing/fake_clock.hpp"
#include "tests/testing/fake_http.hpp"

namespace sallyport::edge {
namespace {

using bigip::testing::connection;

class MakeEdgeProvider : public ::testing::Test {
 protected:
  Result<std::unique_ptr<EdgeProvider>> make(const ir::EdgeConnection& wanted) {
    return make_edge_provider(wanted,
                              {[this](http::ClientOptions options) -> Result<std::unique_ptr<http::Client>> {
                                 asked.push_back(options);
                                 return std::make_unique<sallyport::testing::FakeHttp>(
                                     [](const http::Request&) -> Result<http::Response> { return http::Response{}; });
                               },
                               secrets, clock, random});
  }

  std::vector<http::ClientOptions> asked;
  bigip::testing::MemorySecrets secrets;
  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
};

TEST_F(MakeEdgeProvider, ConnectsToEveryUnitWithTheGatewaysTrust) {
  ir::EdgeConnection wanted = connection({"https://bigip-a.example.com", "https://bigip-b.example.com:8443"});
  wanted.pinned_sha256 = "ab";

  ASSERT_TRUE(make(wanted).has_value());

  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[1].base_url, "https://bigip-b.example.com:8443");
  EXPECT_EQ(asked[0].tls.pinned_sha256, "ab");
  EXPECT_FALSE(asked[0].tls.insecure_skip_verify);
}

TEST_F(MakeEdgeProvider, RefusesUnitsThatCannotBeUsed) {
  for (const std::vector<std::string>& units : {std::vector<std::string>{},
                                                {"bigip-a"},
                                                {"http://bigip-a.example.com"},
                                                {"https://bigip-a.example.com/mgmt"},
                                                {"https://bigip-a.example.com", "https://BIGIP-A.example.com:443"}}) {
    const auto made = make(connection(units));
    ASSERT_FALSE(made.has_value()) << (units.empty() ? "none" : units[0]);
    EXPECT_EQ(made.error().code, Code::InvalidSpec);
    EXPECT_EQ(made.error().where, "spec.bigip.units");
  }
}

TEST_F(MakeEdgeProvider, SpeaksWithoutTlsOnlyToItsOwnMachine) {
  EXPECT_TRUE(make(connection({"http://127.0.0.1:8443"})).has_value());
}

TEST_F(MakeEdgeProvider, PublishesInADirectoryForAnNginx) {
  ir::EdgeConnection wanted = connection({});
  wanted.publication = ir::PublicationPlace{"/var/lib/sallyport/edge", std::chrono::hours(24)};

  const auto made = make(wanted);

  ASSERT_TRUE(made.has_value());
  EXPECT_FALSE((*made)->needs_saving());
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].base_url, "file:///var/lib/sallyport/edge");
}

TEST(NewCredentials, AreASigningKeyForAnNginxAndNothingForABigIp) {
  EXPECT_FALSE(new_credentials(connection()).has_value());
  ir::EdgeConnection nginx = connection({});
  nginx.publication.emplace();
  const auto made = new_credentials(nginx);
  ASSERT_TRUE(made && *made);
  EXPECT_NE((*made)->at("signing.key").reveal().find("PRIVATE KEY"), std::string::npos);
}

}  // namespace
}  // namespace sallyport::edge
