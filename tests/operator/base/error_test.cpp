// SPDX-License-Identifier: Apache-2.0
#include "operator/base/error.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sallyport {
namespace {

TEST(Error, PutsWhatWasBeingDoneInFrontOfTheMessageAndKeepsTheRest) {
  const Error error{Code::RateLimited, "too many requests", "POST https://idp/register", std::chrono::seconds(7)};

  const Error wider = error.context("register client");

  EXPECT_EQ(wider.message, "register client: too many requests");
  EXPECT_EQ(wider.code, Code::RateLimited);
  EXPECT_EQ(wider.where, "POST https://idp/register");
  EXPECT_EQ(wider.retry_after, std::chrono::seconds(7));
}

TEST(Error, NamesThePlaceInItsTextOnlyWhenItHasOne) {
  EXPECT_EQ((Error{Code::InvalidSpec, "must be set", "spec.host", {}}).text(), "spec.host: must be set");
  EXPECT_EQ((Error{Code::Internal, "must be set", "", {}}).text(), "must be set");
}

TEST(Error, HasADifferentNameForEachCode) {
  std::set<std::string_view> names;
  for (const Code code : {Code::InvalidSpec, Code::NotFound, Code::Conflict, Code::Unauthorized, Code::Refused,
                          Code::RateLimited, Code::Unavailable, Code::ShuttingDown, Code::Unaudited, Code::Internal}) {
    names.insert(to_string(code));
  }
  EXPECT_EQ(names.size(), 10U);
}

}  // namespace
}  // namespace sallyport
