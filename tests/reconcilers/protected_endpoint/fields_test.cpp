// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/fields.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/protected_endpoint/world.hpp"

namespace sallyport::protected_endpoint {
namespace {

using namespace std::chrono_literals;
using ir::Outcome;
using testing::World;

const SystemTime kNow = std::chrono::sys_days{std::chrono::year(2026) / 11 / 22};

class NextTry : public ::testing::Test {
 protected:
  /// What status tells of the next try once this has failed; nothing: there is none.
  std::string after(Code code, const std::string& message, SystemTime now,
                    std::optional<std::chrono::milliseconds> retry_after = {}) {
    ir::Verdict verdict;
    verdict.outcome = Outcome::Unknown;
    verdict.error = Error{code, message, "", retry_after};
    tell_fields(world.validated(), world.fragments(), {{}, {}, {verdict}, std::nullopt}, now, status);
    return status.retry ? status.retry->at : "";
  }

  World world;
  api::ProtectedEndpointStatus status;
};

TEST_F(NextTry, IsDueAsSoonAsTheErrorLets) {
  EXPECT_EQ(after(Code::Unavailable, "reset", kNow), "2026-11-22T00:00:01Z");
  EXPECT_EQ(after(Code::Refused, "no", kNow), "2026-11-22T00:01:00Z");
  EXPECT_EQ(after(Code::RateLimited, "busy", kNow, 20s), "2026-11-22T00:00:20Z");
  EXPECT_EQ(after(Code::InvalidSpec, "never", kNow), "");
}

TEST_F(NextTry, IsToldAnewWhenItsTimeHasPassedAndNotBefore) {
  EXPECT_EQ(after(Code::Unavailable, "reset", kNow), "2026-11-22T00:00:01Z");
  EXPECT_EQ(after(Code::Unavailable, "reset", kNow + 999ms), "2026-11-22T00:00:01Z");

  EXPECT_EQ(after(Code::Unavailable, "reset", kNow + 1s), "2026-11-22T00:06:01Z") << "by then at the latest";
  EXPECT_EQ(after(Code::Unavailable, "reset", kNow + 6min), "2026-11-22T00:06:01Z");
  EXPECT_EQ(after(Code::Unavailable, "reset", kNow + 1h), "2026-11-22T01:06:00Z");
  EXPECT_EQ(after(Code::Unavailable, "reset", kNow + 2h, 30min), "2026-11-22T02:30:00Z");
}

TEST_F(NextTry, OfAnotherTroubleIsToldAtOnce) {
  (void)after(Code::Unavailable, "reset", kNow);
  (void)after(Code::Unavailable, "reset", kNow + 1s);
  EXPECT_EQ(after(Code::Unavailable, "timed out", kNow + 2s), "2026-11-22T00:00:03Z");
}

TEST_F(NextTry, IsOverWhenNothingFails) {
  (void)after(Code::Unavailable, "reset", kNow);
  tell_fields(world.validated(), world.fragments(), {{}, {}, {}, std::nullopt}, kNow, status);
  EXPECT_FALSE(status.retry);
}

TEST(EndpointFields, EchoTheLookThatWasAskedFor) {
  World world;
  api::ProtectedEndpointStatus status;
  world.endpoint.meta.annotations["sallyport.dev/reconcile-at"] = "monday";
  tell_fields(world.validated(), world.fragments(), {}, kNow, status);
  EXPECT_EQ(status.last_handled_reconcile_at, "monday");

  world.endpoint.meta.annotations.clear();
  tell_fields(world.validated(), world.fragments(), {}, kNow, status);
  EXPECT_EQ(status.last_handled_reconcile_at, "");
}

}  // namespace
}  // namespace sallyport::protected_endpoint
