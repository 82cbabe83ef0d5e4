// SPDX-License-Identifier: Apache-2.0
#include "operator/runtime/outcome.hpp"

#include <algorithm>
#include <array>

#include "operator/base/check.hpp"

namespace sallyport::runtime {
namespace {

// clang-format off
constexpr auto kOutcomes = std::to_array<Outcome>({
  // code                requeue            reason            notice            label
  {Code::InvalidSpec,  Requeue::Never,   "Invalid",       Notice::Warning, "invalid_spec"},
  {Code::NotFound,     Requeue::Slow,    "NotFound",      Notice::Warning, "not_found"},
  {Code::Conflict,     Requeue::Soon,    "Conflicted",    Notice::Silent,  "conflict"},
  {Code::Unauthorized, Requeue::Slow,    "Unauthorized",  Notice::Warning, "unauthorized"},
  {Code::Refused,      Requeue::Slow,    "Refused",       Notice::Warning, "refused"},
  {Code::RateLimited,  Requeue::BackOff, "RateLimited",   Notice::Silent,  "rate_limited"},
  {Code::Unavailable,  Requeue::BackOff, "Unavailable",   Notice::Warning, "unavailable"},
  // A lease that was in doubt for a moment may be sure again; a queue that was shut down ignores the retry.
  {Code::ShuttingDown, Requeue::BackOff, "ShuttingDown",  Notice::Silent,  "shutting_down"},
  {Code::Unaudited,    Requeue::BackOff, "AuditLogFailed", Notice::Warning, "unaudited"},
  {Code::Internal,     Requeue::BackOff, "InternalError", Notice::Warning, "internal"},
});
// clang-format on

std::chrono::milliseconds floor_of(Requeue requeue) {
  switch (requeue) {
    case Requeue::BackOff:
      return std::chrono::seconds(1);
    case Requeue::Slow:
      return std::chrono::minutes(1);
    case Requeue::Soon:
    case Requeue::Never:
      break;
  }
  return std::chrono::milliseconds{0};
}

}  // namespace

const Outcome& outcome_of(Code code) {
  const auto row = std::ranges::find(kOutcomes, code, &Outcome::code);
  SALLYPORT_CHECK(row != kOutcomes.end(), "every code has a row");
  return *row;
}

std::chrono::milliseconds shortest_wait(const Error& error) {
  return std::max(floor_of(outcome_of(error.code).requeue), error.retry_after.value_or(std::chrono::milliseconds{0}));
}

}  // namespace sallyport::runtime
