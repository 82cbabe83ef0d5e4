// SPDX-License-Identifier: Apache-2.0
#include "operator/http/exchange.hpp"

#include <utility>

namespace sallyport::http {
namespace {

/// Enough to keep both sides busy, little enough to hold for every watch.
constexpr std::size_t kHighWater = 256UL << 10U;

}  // namespace

/// With the lock held.
void Exchange::wake_if(bool worth_it) {
  if (!worth_it) return;
  fresh_ = true;
  changed_.notify_all();
}

void Exchange::mark_sent() {
  const std::lock_guard lock(mutex_);
  news_.sent = true;  // matters only to who looks whether the time is over
}

void Exchange::mark_answered(int status, Headers headers) {
  const std::lock_guard lock(mutex_);
  news_.status = status;
  headers_ = std::move(headers);
  wake_if(wakes_ == Wakes::WithEveryByte || resume_);  // a sender may stand since before there was a status
}

void Exchange::mark_finished(std::optional<Failure> failure) {
  const std::lock_guard lock(mutex_);
  news_.finished = true;
  news_.failure = std::move(failure);
  wake_if(released_ || news_.failure || wakes_ == Wakes::WithEveryByte);
}

void Exchange::mark_released() {
  const std::lock_guard lock(mutex_);
  released_ = true;
  wake_if(true);
}

Exchange::Room Exchange::add(std::string_view bytes, Resume resume) {
  const std::lock_guard lock(mutex_);
  if (abandoned_) return Room::Refused;
  received_ += bytes.size();
  news_.bytes.append(bytes);
  const bool full = news_.bytes.size() >= kHighWater;
  wake_if(full || wakes_ == Wakes::WithEveryByte);
  if (!full) return Room::Enough;
  resume_ = std::move(resume);
  return Room::Full;
}

void Exchange::wait(SteadyTime until, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, stop, until, [&] { return fresh_; });
}

Exchange::News Exchange::take() {
  News news;
  Resume resume;
  {
    const std::lock_guard lock(mutex_);
    news.sent = news_.sent;
    news.status = news_.status;
    news.finished = news_.finished;
    news.failure = news_.failure;
    fresh_ = false;
    // The body can overtake the task that reports the header; it waits here for its status.
    if (news_.status != 0) {
      news.bytes = std::exchange(news_.bytes, {});
      resume = std::exchange(resume_, {});
    }
  }
  if (resume) resume(true);
  return news;
}

Headers Exchange::headers() const {
  const std::lock_guard lock(mutex_);
  return headers_;
}

void Exchange::abandon() {
  Resume resume;
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    resume = std::exchange(resume_, {});
  }
  if (resume) resume(false);
}

bool Exchange::await_release(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return released_; });
}

std::size_t Exchange::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

}  // namespace sallyport::http
