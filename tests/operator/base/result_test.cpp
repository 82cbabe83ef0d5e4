// SPDX-License-Identifier: Apache-2.0
#include "operator/base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

namespace sallyport {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error{Code::InvalidSpec, "is odd", std::to_string(number), {}};
  return number / 2;
}

Result<void> expect_even(int number) {
  TRY(half(number));
  return {};
}

Result<int> quarter(int number) {
  const int once = TRY(half(number));
  TRY(expect_even(once));
  return TRY(half(TRY(half(number))));
}

TEST(Try, HandsTheValueOn) {
  EXPECT_EQ(quarter(12), Result<int>(3));
}

TEST(Try, ReturnsTheFirstErrorFromTheCallingFunction) {
  EXPECT_EQ(quarter(7).error().where, "7");
  EXPECT_EQ(quarter(6).error().where, "3");
}

TEST(Try, WorksWithValuesThatCanOnlyBeMoved) {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(5); };
  const auto use = [&]() -> Result<int> {
    const std::unique_ptr<int> owned = TRY(make());
    return *owned;
  };
  EXPECT_EQ(use(), Result<int>(5));
}

TEST(Try, EvaluatesItsExpressionOnce) {
  int calls = 0;
  const auto count = [&]() -> Result<int> { return ++calls; };
  const auto use = [&]() -> Result<int> { return TRY(count()); };
  EXPECT_EQ(use(), Result<int>(1));
}

TEST(Guard, TurnsAnExceptionIntoAnErrorThatSaysWhatWasBeingDone) {
  const Result<int> result =
      guard(Code::Unavailable, "read answer", []() -> int { throw std::runtime_error("bad token"); });
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, Code::Unavailable);
  EXPECT_EQ(result.error().message, "read answer: bad token");
}

TEST(Guard, PassesValuesResultsAndVoidThrough) {
  EXPECT_EQ(guard(Code::Internal, "x", [] { return 3; }), Result<int>(3));
  EXPECT_EQ(guard(Code::Internal, "x", [] { return half(3); }).error().code, Code::InvalidSpec);
  EXPECT_TRUE(guard(Code::Internal, "x", [] {}).has_value());
}

}  // namespace
}  // namespace sallyport
