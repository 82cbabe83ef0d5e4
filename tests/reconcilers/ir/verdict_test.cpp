// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/ir/verdict.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sallyport::ir {
namespace {

TEST(Verdict, HasAWordOfItsOwnForEachOutcome) {
  std::set<std::string_view> words;
  for (const Outcome outcome :
       {Outcome::Pending, Outcome::Applied, Outcome::Gone, Outcome::Rejected, Outcome::Unknown}) {
    EXPECT_TRUE(words.insert(to_string(outcome)).second) << to_string(outcome);
  }
  EXPECT_EQ(to_string(Outcome::Applied), "Applied");
}

TEST(Verdict, IsAnotherOneWhenAnythingAPersonCouldReadOfItChanges) {
  const Verdict one{.outcome = Outcome::Applied, .hash = "h", .facts = {{"client_id", "a"}}, .notes = {"n"}};
  EXPECT_EQ(one, Verdict(one));
  Verdict other = one;
  other.facts["client_id"] = "b";
  EXPECT_NE(one, other);
  other = one;
  other.missing = {"group:a"};
  EXPECT_NE(one, other);
  other = one;
  other.error = Error{Code::Refused, "no", {}, {}};
  EXPECT_NE(one, other);
}

}  // namespace
}  // namespace sallyport::ir
