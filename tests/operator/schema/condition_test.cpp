// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/condition.hpp"

#include <gtest/gtest.h>

#include "operator/schema/codec.hpp"

namespace sallyport::schema {
namespace {

const SystemTime kNoon{std::chrono::seconds(1700000000)};
const SystemTime kLater = kNoon + std::chrono::hours(1);

Condition ready(ConditionStatus status, std::string reason = "AsExpected") {
  return {"Ready", status, 1, "", std::move(reason), "all is well"};
}

TEST(SetCondition, AddsAtTheEndWithTheTimeOfNow) {
  std::vector<Condition> conditions{{"Accepted", ConditionStatus::True, 1, "x", "Valid", ""}};

  EXPECT_TRUE(set_condition(conditions, ready(ConditionStatus::True), kNoon));

  ASSERT_EQ(conditions.size(), 2U);
  EXPECT_EQ(conditions[1].type, "Ready");
  EXPECT_EQ(conditions[1].last_transition_time, to_rfc3339(kNoon));
}

TEST(SetCondition, KeepsTheTimeWhenOnlyReasonMessageOrGenerationChange) {
  std::vector<Condition> conditions;
  set_condition(conditions, ready(ConditionStatus::True), kNoon);
  Condition other = ready(ConditionStatus::True, "Other");
  other.observed_generation = 2;
  other.message = "still well";

  EXPECT_TRUE(set_condition(conditions, other, kLater));

  EXPECT_EQ(conditions[0].last_transition_time, to_rfc3339(kNoon));
  EXPECT_EQ(conditions[0].reason, "Other");
  EXPECT_EQ(conditions[0].observed_generation, 2);
}

TEST(SetCondition, MovesTheTimeWhenTheStatusFlips) {
  std::vector<Condition> conditions;
  set_condition(conditions, ready(ConditionStatus::True), kNoon);

  EXPECT_TRUE(set_condition(conditions, ready(ConditionStatus::Unknown), kLater));

  EXPECT_EQ(conditions[0].last_transition_time, to_rfc3339(kLater));
}

TEST(SetCondition, SaysThatNothingChanged) {
  std::vector<Condition> conditions;
  set_condition(conditions, ready(ConditionStatus::True), kNoon);

  EXPECT_FALSE(set_condition(conditions, ready(ConditionStatus::True), kLater));
}

TEST(SetCondition, MakesTheMessageFitForTheApiServer) {
  std::vector<Condition> conditions;
  Condition long_winded = ready(ConditionStatus::False);
  long_winded.message = "first\nsecond " + std::string(40000, 'x');

  set_condition(conditions, long_winded, kNoon);

  EXPECT_LE(conditions[0].message.size(), 32768U);
  EXPECT_EQ(conditions[0].message.find('\n'), std::string::npos);
}

TEST(SetConditionDeathTest, WantsAReason) {
  std::vector<Condition> conditions;
  EXPECT_DEATH(set_condition(conditions, ready(ConditionStatus::True, ""), kNoon), "needs a type and a reason");
}

TEST(FindCondition, FindsByTypeOrNot) {
  const std::vector<Condition> conditions{ready(ConditionStatus::False)};
  EXPECT_EQ(find_condition(conditions, "Ready"), &conditions[0]);
  EXPECT_EQ(find_condition(conditions, "Paused"), nullptr);
}

TEST(RemoveCondition, SaysWhetherItWasThere) {
  std::vector<Condition> conditions{ready(ConditionStatus::False)};
  EXPECT_FALSE(remove_condition(conditions, "Paused"));
  EXPECT_TRUE(remove_condition(conditions, "Ready"));
  EXPECT_TRUE(conditions.empty());
}

TEST(Condition, IsWrittenWithAllThatMetav1Requires) {
  const nlohmann::json written =
      write(Condition{"Ready", ConditionStatus::True, 3, "2026-01-31T10:20:30Z", "Fine", ""});
  EXPECT_EQ(written, nlohmann::json::parse(R"({"type": "Ready", "status": "True", "observedGeneration": 3,
      "lastTransitionTime": "2026-01-31T10:20:30Z", "reason": "Fine", "message": ""})"));
}

TEST(Condition, PrintsItsStatusAsKubernetesWritesIt) {
  EXPECT_EQ(to_string(ConditionStatus::True), "True");
  EXPECT_EQ(to_string(ConditionStatus::False), "False");
  EXPECT_EQ(to_string(ConditionStatus::Unknown), "Unknown");
}

}  // namespace
}  // namespace sallyport::schema
