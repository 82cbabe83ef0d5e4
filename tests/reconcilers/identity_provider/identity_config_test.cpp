// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/identity_provider/identity_config.hpp"

#include <gmock/gmock.h>

namespace sallyport::identity_provider {
namespace {

using schema::ConditionStatus;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const SystemTime kThen = std::chrono::sys_days{std::chrono::year(2026) / 11 / 22};
const SystemTime kLater = kThen + std::chrono::hours(1);

using Look = std::optional<Result<idp::Discovery>>;

Look look(Result<std::vector<idp::SigningKey>> keys) {
  idp::Discovery discovery{"https://login.example.com", "t", "r", "j", "h", std::move(keys)};
  return Result<idp::Discovery>(std::move(discovery));
}

Look failed(Code code, const std::string& why) {
  return Result<idp::Discovery>(Error{code, why, {}, {}});
}

idp::SigningKey key(const std::string& id, const std::string& thumbprint) {
  return {id, thumbprint, {"RS256"}};
}

struct Told {
  api::IdentityProviderSpec spec;
  api::IdentityProviderStatus status;

  const schema::Condition& tell(const Look& health, SystemTime now = kThen) {
    static const schema::Condition kNone;
    tell_identity_config(health, spec, now, status);
    const schema::Condition* found = schema::find_condition(status.conditions, "IdentityConfigCurrent");
    return found == nullptr ? kNone : *found;
  }
};

TEST(IdentityConfig, IsCurrentWithKeysWhoseAgeIsKnown) {
  Told told;
  told.tell(look(std::vector{key("k1", "aa")}));

  const schema::Condition& condition = told.tell(look(std::vector{key("k1", "aa"), key("k2", "bb")}), kLater);

  EXPECT_EQ(condition.status, ConditionStatus::True);
  EXPECT_EQ(condition.message, "issuer, endpoints and 2 signing keys are current");
  ASSERT_THAT(told.status.keys, SizeIs(2));
  EXPECT_EQ(told.status.keys[0], (api::SigningKeyStatus{"aa", "k1", {"RS256"}, "2026-11-22T00:00:00Z"}));
  EXPECT_EQ(told.status.keys[1].since, "2026-11-22T01:00:00Z");
}

TEST(IdentityConfig, TakesAKeyOfTheSameIdForAnotherWhenItIsAnother) {
  Told told;
  told.tell(look(std::vector{key("k1", "aa")}));

  told.tell(look(std::vector{key("k1", "bb")}), kLater);

  ASSERT_THAT(told.status.keys, SizeIs(1));
  EXPECT_EQ(told.status.keys[0].since, "2026-11-22T01:00:00Z");
}

TEST(IdentityConfig, KeepsTheKeysOfAnIssuerThatIsSilentAndTheTimeSinceWhenItIs) {
  Told told;
  told.tell(look(std::vector{key("k1", "aa")}));

  const schema::Condition silent = told.tell(failed(Code::Unavailable, "refused"), kLater);
  const schema::Condition still =
      told.tell(look(Error{Code::Unavailable, "HTTP 503", "GET j", {}}), kLater + std::chrono::hours(1));

  EXPECT_EQ(silent.status, ConditionStatus::False);
  EXPECT_EQ(silent.reason, api::kIssuerUnreachable);
  EXPECT_EQ(still.reason, api::kKeysUnreachable);
  EXPECT_EQ(still.message, "GET j: HTTP 503");
  EXPECT_EQ(still.last_transition_time, "2026-11-22T01:00:00Z");
  EXPECT_THAT(told.status.keys, SizeIs(1));
}

TEST(IdentityConfig, TellsAnIssuerThatIsAnother) {
  Told told;

  EXPECT_EQ(told.tell(failed(Code::Conflict, "the metadata is that of issuer 'x'")).reason, "IssuerChanged");
}

TEST(IdentityConfig, WantsAKeyForAnAlgorithmThatIsAccepted) {
  Told told;
  told.spec.tokens = api::TokenSettings{.audience = "", .algorithms = {api::TokenAlgorithm::ES256}};

  EXPECT_EQ(told.tell(look(std::vector{key("k1", "aa")})).reason, "NoUsableKey");
  EXPECT_THAT(told.tell(look(std::vector<idp::SigningKey>{})).message, HasSubstr("none of its 0 signing keys"));
  told.spec.tokens->algorithms = {api::TokenAlgorithm::RS256};
  EXPECT_EQ(told.tell(look(std::vector{key("k1", "aa")})).reason, "Current");
}

TEST(IdentityConfig, SaysNothingBeforeTheFirstLook) {
  Told told;

  EXPECT_EQ(told.tell(std::nullopt).type, "");
}

}  // namespace
}  // namespace sallyport::identity_provider
