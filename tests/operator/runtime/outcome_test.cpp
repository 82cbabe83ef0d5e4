// SPDX-License-Identifier: Apache-2.0
#include "operator/runtime/outcome.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace sallyport::runtime {
namespace {
using std::chrono::milliseconds;

constexpr std::array kCodes{Code::InvalidSpec, Code::NotFound,    Code::Conflict,    Code::Unauthorized,
                            Code::Refused,     Code::RateLimited, Code::Unavailable, Code::ShuttingDown,
                            Code::Unaudited,   Code::Internal};

TEST(Outcome, HasARowForEachCodeWithAReasonAndALabelOfItsOwn) {
  std::set<std::string_view> reasons, labels;
  for (const Code code : kCodes) {
    const Outcome& outcome = outcome_of(code);
    EXPECT_EQ(outcome.code, code);
    reasons.insert(outcome.reason);
    labels.insert(outcome.label);
    EXPECT_TRUE(std::isupper(static_cast<unsigned char>(outcome.reason.front()))) << outcome.reason;
    EXPECT_TRUE(std::ranges::all_of(outcome.reason, [](unsigned char c) { return std::isalnum(c); })) << outcome.reason;
    EXPECT_TRUE(std::ranges::all_of(outcome.label, [](unsigned char c) { return std::islower(c) || c == '_'; }));
  }
  EXPECT_EQ(reasons.size(), kCodes.size());
  EXPECT_EQ(labels.size(), kCodes.size());
}

TEST(Outcome, NeverRetriesOnlyWhatTheUserMustChange) {
  for (const Code code : kCodes) {
    EXPECT_EQ(outcome_of(code).requeue == Requeue::Never, code == Code::InvalidSpec) << to_string(code);
  }
}

TEST(Outcome, DoesNotHammerASystemThatRefusesOurCredential) {
  EXPECT_EQ(shortest_wait({Code::Unauthorized, "", "", {}}), std::chrono::minutes(1));
  EXPECT_EQ(shortest_wait({Code::Refused, "", "", {}}), std::chrono::minutes(1));
}

TEST(Outcome, KeepsTheLongerOfItsOwnWaitAndTheOneAskedFor) {
  EXPECT_EQ(shortest_wait({Code::Unavailable, "", "", {}}), milliseconds(1000));
  EXPECT_EQ(shortest_wait({Code::RateLimited, "", "", milliseconds(7000)}), milliseconds(7000));
  EXPECT_EQ(shortest_wait({Code::RateLimited, "", "", milliseconds(10)}), milliseconds(1000));
  EXPECT_EQ(shortest_wait({Code::Conflict, "", "", {}}), milliseconds(0));
}

}  // namespace
}  // namespace sallyport::runtime
