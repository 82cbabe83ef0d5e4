// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/backoff.hpp"

#include <algorithm>

namespace sallyport::kube {
namespace {
using std::chrono::milliseconds;
constexpr milliseconds kFirst{800};
constexpr milliseconds kMost{30000};
constexpr std::chrono::minutes kHealthyAfter{2};
}  // namespace

milliseconds Backoff::next() {
  const SteadyTime now = clock_->steady();
  const bool healthy = !last_ || now - *last_ >= kHealthyAfter;
  base_ = healthy ? kFirst : std::min(base_ * 2, kMost);
  const milliseconds longer(static_cast<std::int64_t>(static_cast<double>(base_.count()) * (1.0 + random_->unit())));
  const milliseconds wait = std::min(longer, kMost);
  // The pause itself is not health.
  last_ = now + wait;
  return wait;
}

}  // namespace sallyport::kube
