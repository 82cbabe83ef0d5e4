// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/watch.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/protected_endpoint/told_status.hpp"

namespace sallyport::protected_endpoint {
namespace {

using namespace std::chrono_literals;
using schema::ConditionStatus;
using std::chrono::days;
using testing::all_applied;
using testing::applied;
using testing::condition;
using ::testing::HasSubstr;
using testing::kNow;
using testing::World;

constexpr const char* kChain = "TrustChainValid";
constexpr const char* kIssuer = "IdentityConfigCurrent";
constexpr const char* kLimits = "TrafficWithinLimits";

/// Everything is applied; the gateway and the serving host have shown these.
Verdicts showing(ir::Facts gateway, ir::Facts serving_host) {
  Verdicts verdicts = all_applied();
  verdicts.edges = {applied(std::move(gateway))};
  verdicts.grants.front()->facts.merge(serving_host);
  return verdicts;
}

ir::Facts valid_for(std::chrono::seconds left) {
  return {{"certificate_until", to_rfc3339(kNow + left)}};
}

ir::Facts refused_for(const std::string& why) {
  return {{"certificate_until", to_rfc3339(kNow + days(90))}, {"certificate_problem", why}};
}

api::ProtectedEndpointStatus status_after(const World& world, const Verdicts& verdicts, SystemTime now = kNow) {
  return status_of(world.validated(), world.fragments(), verdicts, now);
}

/// The gateway checks tokens itself, by what its connections say; and this process has looked at the issuer.
World on_nginx() {
  World world;
  world.use_nginx();
  world.issuer_seen = true;
  return world;
}

/// All of it is in the ledger and in status, as after a former look.
void remember(World& world, const Verdicts& verdicts) {
  world.endpoint.status.placements = places_of(world.fragments());
  world.endpoint.status = status_after(world, verdicts);
}

void say_of_issuer(World& world, ConditionStatus status, const std::string& reason, SystemTime since) {
  world.provider.status.conditions = {{kIssuer, status, 1, to_rfc3339(since), reason, "as it said"}};
}

TEST(Watch, TellsHowLongBothCertificatesAreValid) {
  const auto status = status_after(World(), showing(valid_for(days(60)), valid_for(days(90))));

  EXPECT_EQ(condition(status, kChain).status, ConditionStatus::True);
  EXPECT_EQ(condition(status, kChain).reason, "Valid");
  EXPECT_EQ(condition(status, kChain).message,
            "the gateway's certificate is valid until 2027-01-21T00:00:00Z; the serving host's certificate is valid "
            "until 2027-02-20T00:00:00Z");
}

TEST(Watch, NamesTheBackendWhoseCertificateIsNotToBeTrusted) {
  World world = on_nginx();
  world.use_second_backend();
  Verdicts verdicts = showing(valid_for(days(60)), valid_for(days(90)));
  verdicts.grants.push_back(applied(refused_for("it is for another name")));

  const auto status = status_after(world, verdicts);

  EXPECT_EQ(condition(status, kChain).status, ConditionStatus::False);
  EXPECT_THAT(condition(status, kChain).message,
              HasSubstr("the serving host's certificate of backend 'us' is not to be trusted: it is for another name"));
}

TEST(Watch, DoesNotKnowTheChainThatNobodyHasSeenAndStandsInNothingsWay) {
  const auto status = status_after(World(), all_applied());

  EXPECT_EQ(condition(status, kChain).status, ConditionStatus::Unknown);
  EXPECT_EQ(condition(status, "Ready").status, ConditionStatus::True);
}

TEST(Watch, GoesByTheOneSideThatWasSeen) {
  const auto status = status_after(World(), showing(valid_for(days(60)), {}));

  EXPECT_EQ(condition(status, kChain).status, ConditionStatus::True);
  EXPECT_THAT(condition(status, kChain).message, HasSubstr("the serving host's certificate has not been seen yet"));
}

TEST(Watch, CountsTheDaysBeforeACertificateExpires) {
  const auto soon = status_after(World(), showing(valid_for(days(3) + 1h), valid_for(days(90))));
  const auto today = status_after(World(), showing(valid_for(1h), valid_for(days(90))));

  EXPECT_EQ(condition(soon, kChain).reason, "ExpiresSoon");
  EXPECT_EQ(condition(soon, kChain).status, ConditionStatus::True);
  EXPECT_THAT(condition(soon, kChain).message, HasSubstr("2026-11-25T01:00:00Z, 3 days from now"));
  EXPECT_THAT(condition(today, kChain).message, HasSubstr("less than a day from now"));
}

TEST(Watch, CallsARouteDownWhoseCertificateHasExpired) {
  World world;
  remember(world, showing(valid_for(1h), valid_for(days(90))));

  const auto status = status_after(world, all_applied(), kNow + 1h);

  EXPECT_EQ(condition(status, kChain).status, ConditionStatus::False);
  EXPECT_EQ(condition(status, kChain).reason, "Expired");
  EXPECT_EQ(condition(status, "Ready").status, ConditionStatus::False);
  EXPECT_EQ(condition(status, "Ready").message,
            "TrustChainValid: the gateway's certificate has expired at 2026-11-22T01:00:00Z; renew the Secret of "
            "spec.tls");
}

TEST(Watch, CallsARouteDownWhoseServingHostIsNotTrustedAnyMore) {
  const auto status = status_after(on_nginx(), showing(valid_for(days(60)), refused_for("unknown CA")));

  EXPECT_EQ(condition(status, kChain).reason, "Untrusted");
  EXPECT_THAT(condition(status, kChain).message, HasSubstr("the serving host's certificate is not to be trusted: "));
  EXPECT_THAT(condition(status, kChain).message, HasSubstr("spec.caBundle"));
  EXPECT_EQ(condition(status, "Ready").status, ConditionStatus::False);
}

TEST(Watch, DoesNotJudgeByItsOwnTrustWhatABigIpTrustsByAnother) {
  const auto unknown = status_after(World(), showing(valid_for(days(60)), refused_for("unknown CA: x")));
  const auto other =
      status_after(World(), showing(valid_for(days(60)), refused_for("certificate is for another name")));

  EXPECT_EQ(condition(unknown, kChain).status, ConditionStatus::True);
  EXPECT_THAT(condition(unknown, kChain).message, HasSubstr("an authority that only the gateway may know"));
  EXPECT_EQ(condition(other, kChain).status, ConditionStatus::False);
}

TEST(Watch, DoesNotCallAServingHostDownByTheClockAlone) {
  World world = on_nginx();
  remember(world, showing(valid_for(days(60)), valid_for(1h)));

  const auto status = status_after(world, all_applied(), kNow + 2h);

  EXPECT_EQ(condition(status, kChain).status, ConditionStatus::True);
  EXPECT_THAT(condition(status, kChain).message, HasSubstr("was last seen with one that ended at"));
}

TEST(Watch, ForgetsTheCertificateThatAnotherHasReplacedUnseen) {
  World world;
  remember(world, showing(valid_for(days(60)), {}));
  world.tls.handle.resource_version = "8";

  const auto status = status_after(world, all_applied());

  EXPECT_EQ(status.virtual_server->certificate, std::nullopt);
}

TEST(Watch, KeepsWhatItSawWhileNobodyAnswers) {
  World world = on_nginx();
  remember(world, showing(valid_for(days(60)), refused_for("unknown CA")));

  const auto silent = status_after(world, all_applied());
  const auto mended = status_after(world, showing({}, valid_for(days(90))));

  EXPECT_EQ(condition(silent, kChain).reason, "Untrusted");
  EXPECT_EQ(condition(mended, kChain).reason, "Valid");
}

TEST(Watch, ForgetsTheCertificateOfAnotherHost) {
  World world;
  remember(world, showing({}, refused_for("unknown CA")));
  Verdicts moved = all_applied();
  moved.grants.front()->facts["invocations_url"] = "https://serving.example.com/x/invocations";

  const auto status = status_after(world, moved);

  EXPECT_EQ(status.databricks.front().certificate, std::nullopt);
}

TEST(Watch, ComesBackWhenACertificateExpiresAndForEachDayOfTheLastTwoWeeks) {
  const World world;
  const auto turn_after = [&](std::chrono::seconds left) {
    const auto status = status_after(world, showing(valid_for(left), {}));
    return next_turn(world.validated(), status, kNow).value_or(SystemTime{}) - kNow;
  };

  EXPECT_EQ(turn_after(days(60)), days(46));
  EXPECT_EQ(turn_after(days(3) + 1h), 1h + 1s);
  EXPECT_EQ(turn_after(1h), 1h);
  EXPECT_EQ(next_turn(world.validated(), status_after(world, all_applied()), kNow), std::nullopt);
}

TEST(Watch, SaysThatTheIssuerIsCurrentWithoutRepeatingItsKeys) {
  World world;
  say_of_issuer(world, ConditionStatus::True, "Current", kNow);

  const auto status = status_after(world, all_applied());

  EXPECT_EQ(condition(status, kIssuer).status, ConditionStatus::True);
  EXPECT_EQ(condition(status, kIssuer).message,
            "issuer, endpoints and keys of IdentityProvider 'corporate' are current");
}

TEST(Watch, DoesNotKnowAnIssuerThatWasNotLookedAt) {
  const auto status = status_after(World(), all_applied());

  EXPECT_EQ(condition(status, kIssuer).status, ConditionStatus::Unknown);
  EXPECT_EQ(condition(status, "Ready").status, ConditionStatus::True);
}

TEST(Watch, BelievesTheKeysOfASilentIssuerForAsLongAsItsSpecSays) {
  World world = on_nginx();
  world.provider.spec.keys = api::KeySettings{.stale_after = 2h};
  for (const std::string_view reason : {api::kIssuerUnreachable, api::kKeysUnreachable}) {
    say_of_issuer(world, ConditionStatus::False, std::string(reason), kNow);

    const auto meanwhile = status_after(world, all_applied(), kNow + 1h);
    const auto too_long = status_after(world, all_applied(), kNow + 2h);

    EXPECT_EQ(condition(meanwhile, kIssuer).status, ConditionStatus::True) << reason;
    EXPECT_EQ(condition(meanwhile, kIssuer).reason, "Stale") << reason;
    EXPECT_THAT(condition(meanwhile, kIssuer).message, HasSubstr("known until 2026-11-22T02:00:00Z")) << reason;
    EXPECT_EQ(condition(too_long, kIssuer).status, ConditionStatus::False) << reason;
    EXPECT_EQ(condition(too_long, "Ready").reason, reason);
    EXPECT_EQ(next_turn(world.validated(), meanwhile, kNow + 1h), kNow + 2h);
  }
}

TEST(Watch, KnowsNothingBetterAfterARestartBeforeItHasLookedItself) {
  World world = on_nginx();
  world.issuer_seen = false;
  say_of_issuer(world, ConditionStatus::False, std::string(api::kIssuerUnreachable), kNow - days(9));

  const auto status = status_after(world, all_applied());

  EXPECT_EQ(condition(status, kIssuer).status, ConditionStatus::Unknown);
  EXPECT_EQ(condition(status, "Ready").status, ConditionStatus::True);
}

TEST(Watch, DoesNotKnowByWhichKeysAReferencedPolicyChecks) {
  World world;
  world.issuer_seen = true;
  for (const char* reason : {"NoUsableKey", "KeysUnreachable", "IssuerUnreachable"}) {
    say_of_issuer(world, ConditionStatus::False, reason, kNow - days(9));

    const auto status = status_after(world, all_applied());

    EXPECT_EQ(condition(status, kIssuer).status, ConditionStatus::Unknown) << reason;
    EXPECT_EQ(condition(status, "Ready").status, ConditionStatus::True) << reason;
  }
}

TEST(Watch, CallsARouteDownAtOnceWhoseIssuerIsAnother) {
  World world;
  say_of_issuer(world, ConditionStatus::False, "IssuerChanged", kNow);

  const auto status = status_after(world, all_applied());

  EXPECT_EQ(condition(status, kIssuer).status, ConditionStatus::False);
  EXPECT_EQ(condition(status, kIssuer).message, "IdentityProvider 'corporate': as it said");
  EXPECT_EQ(condition(status, "Ready").reason, "IssuerChanged");
}

TEST(Watch, SaysWhatAServingEndpointBears) {
  Verdicts verdicts = all_applied();
  const auto own = status_after(World(), verdicts);
  verdicts.grants.front()->facts["task"] = "llm/v1/chat";
  verdicts.grants.front()->facts["scales_to_zero"] = "true";
  const auto chat = status_after(World(), verdicts);

  EXPECT_EQ(condition(own, kLimits).status, ConditionStatus::True);
  EXPECT_EQ(condition(own, kLimits).message, "answers may take 297s and the gateway waits 5m; bodies may have 16 MB");
  EXPECT_THAT(condition(chat, kLimits).message, HasSubstr("4 MB (the gateway passes 16); it scales to zero"));
}

TEST(Watch, NamesATimeOutThatIsShorterThanTheModelAndLeavesTheRouteReady) {
  World world;
  world.endpoint.spec.traffic = api::Traffic{};
  world.endpoint.spec.traffic->timeouts = api::Timeouts{5s, 60s, 330s};

  const auto status = status_after(world, all_applied());

  EXPECT_EQ(condition(status, kLimits).status, ConditionStatus::False);
  EXPECT_EQ(condition(status, kLimits).reason, "ResponseTimeoutTooShort");
  EXPECT_THAT(condition(status, kLimits).message, HasSubstr("after 1m the gateway gives up"));
  EXPECT_EQ(condition(status, "Ready").status, ConditionStatus::True);
}

TEST(Watch, NamesARateThatNoWorkspaceAnswersUnlessItIsRouteOptimised) {
  World world;
  world.use_nginx();
  world.endpoint.spec.traffic = api::Traffic{};
  world.endpoint.spec.traffic->rate_limit = api::RateLimit{500, 500};
  Verdicts optimised = all_applied();
  optimised.grants.front()->facts["authorization_details"] = "[]";

  EXPECT_EQ(condition(status_after(world, all_applied()), kLimits).reason, "RateAboveLimit");
  EXPECT_EQ(condition(status_after(world, optimised), kLimits).reason, "WithinLimits");
}

TEST(Watch, SaysNothingOfARouteThatIsNotWanted) {
  World world;
  remember(world, showing(valid_for(days(60)), {}));
  world.endpoint.spec.host = "other.example.com";  // not allowed

  const auto status = status_after(world, all_applied());

  for (const char* type : {kChain, kIssuer, kLimits})
    EXPECT_EQ(schema::find_condition(status.conditions, type), nullptr) << type;
  EXPECT_EQ(next_turn(world.validated(), status, kNow), std::nullopt);
}

}  // namespace
}  // namespace sallyport::protected_endpoint
