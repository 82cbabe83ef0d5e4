// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/refusal.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sallyport::token {
namespace {

TEST(Refusal, EachReasonHasItsOwnCode) {
  std::set<std::string_view> codes;
  for (int i = 0; i <= static_cast<int>(Reason::ActorNotAllowed); ++i) codes.insert(to_string(static_cast<Reason>(i)));
  EXPECT_EQ(codes.size(), static_cast<std::size_t>(Reason::ActorNotAllowed) + 1);
}

TEST(Refusal, AnotherTokenHelpsAgainst401AndNotAgainst403) {  // RFC 6750 section 3.1
  EXPECT_EQ(row(Reason::Expired).status, 401);
  EXPECT_EQ(row(Reason::Expired).error, "invalid_token");
  EXPECT_EQ(row(Reason::ScopeMissing).status, 403);
  EXPECT_EQ(row(Reason::ScopeMissing).error, "insufficient_scope");
}

TEST(Refusal, QuotesAClaimOnOneLineAndCut) {
  EXPECT_EQ(quote("a\nb"), "'a b'");
  EXPECT_LT(quote(std::string(1000, 'x')).size(), 70U);
}

TEST(Refusal, IsHandedOnByTry) {
  const auto inner = [](bool good) -> Checked<int> {
    if (good) return 7;
    return Refusal{Reason::Expired, "long ago"};
  };
  const auto outer = [&](bool good) -> Checked<std::string> { return std::to_string(TRY(inner(good))); };
  EXPECT_EQ(*outer(true), "7");
  EXPECT_EQ(outer(false).error(), (Refusal{Reason::Expired, "long ago"}));
}

}  // namespace
}  // namespace sallyport::token
