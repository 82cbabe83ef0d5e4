// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/reason.hpp"

#include <gtest/gtest.h>

#include <set>

#include "reconcilers/token/refusal.hpp"

namespace sallyport::authorizer {
namespace {

TEST(Reasons, HaveCodesOfTheirOwn) {
  std::set<std::string_view> codes{"allowed"};
  for (int i = 0; i <= static_cast<int>(token::Reason::ActorNotAllowed); ++i)
    EXPECT_TRUE(codes.insert(token::row(static_cast<token::Reason>(i)).code).second);
  for (int i = 0; i <= static_cast<int>(Reason::UpstreamUnavailable); ++i) {
    const ReasonRow& r = row(static_cast<Reason>(i));
    EXPECT_TRUE(codes.insert(r.code).second) << r.code;
    EXPECT_EQ(r.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos) << r.code;
    EXPECT_TRUE(r.status == 401 || r.status == 403 || r.status == 429 || r.status == 503) << r.code;
  }
}

TEST(Reasons, ThatAreNoFaultOfTheTokenAskForNoOther) {
  EXPECT_EQ(row(Reason::PolicyExpired).status, 503);
  EXPECT_EQ(row(Reason::KeysUnavailable).status, 503);
  EXPECT_EQ(row(Reason::RateLimited).status, 429);
  EXPECT_EQ(row(Reason::TokenMissing).error, "") << "RFC 6750 section 3.1: no error for a request without a token";
}

}  // namespace
}  // namespace sallyport::authorizer
