// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/issuers.hpp"

#include <gtest/gtest.h>

#include "tests/reconcilers/authorizer/policies.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::authorizer {
namespace {

using namespace std::chrono_literals;

class IssuersOf : public ::testing::Test {
 protected:
  static Snapshot snapshot_of(const std::vector<Policy>& policies) {
    Snapshot snapshot;
    for (std::size_t i = 0; i < policies.size(); ++i)
      snapshot.policies.emplace(std::to_string(i), std::make_shared<const Policy>(policies[i]));
    return snapshot;
  }
  static Policy issued_by(const std::string& issuer) {
    return sample_policy([&](publication::Endpoint& endpoint) { endpoint.token.issuer.issuer = issuer; });
  }

  testing::FakeClock clock_;
  int made_ = 0;
  token::TokenIssuer issuer_;
  Issuers issuers_{[this](const publication::Issuer&) {
                     ++made_;
                     return [this]() -> Result<std::string> { return issuer_.key_set(); };
                   },
                   clock_};
};

TEST_F(IssuersOf, EndpointsThatSayTheSameShareTheirKeys) {
  issuers_.follow(snapshot_of({issued_by("a"), issued_by("a"), issued_by("b")}));
  EXPECT_EQ(made_, 2);
  EXPECT_EQ(issuers_.all().size(), 2U);
  EXPECT_EQ(issuers_.keys_of(issued_by("a").issuer), issuers_.keys_of(issued_by("a").issuer));
}

TEST_F(IssuersOf, ASnapshotAreKeptAndTheOthersForgotten) {
  issuers_.follow(snapshot_of({issued_by("a"), issued_by("b")}));
  const auto kept = issuers_.keys_of(issued_by("a").issuer);
  issuers_.follow(snapshot_of({issued_by("a")}));
  EXPECT_EQ(issuers_.keys_of(issued_by("a").issuer), kept);
  EXPECT_EQ(issuers_.all().size(), 1U);
}

TEST_F(IssuersOf, ASnapshotAreDueUntilTheyWereFetched) {
  issuers_.follow(snapshot_of({issued_by("a"), issued_by("b")}));
  ASSERT_EQ(issuers_.due().size(), 2U);
  issuers_.due()[0].keys->refresh();
  EXPECT_EQ(issuers_.due().size(), 1U);
  clock_.advance(5min);
  EXPECT_EQ(issuers_.due().size(), 2U) << "the keys' refresh window";
}

}  // namespace
}  // namespace sallyport::authorizer
