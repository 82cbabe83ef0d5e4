// SPDX-License-Identifier: Apache-2.0
// The workers' inside, apart from their header so that the header can be read.
#pragma once

#include <exception>

#include "operator/runtime/workers.hpp"

namespace sallyport::runtime {

template <QueueKey K>
Workers<K>::Workers(WorkQueue<K>& queue, Work work, WorkersOptions options, const Clock& clock,
                    metrics::Metrics& metrics)
    : queue_(queue),
      work_(std::move(work)),
      clock_(clock),
      metrics_(metrics),
      deadlines_(options.deadline, clock),
      running_(options.threads) {
  metrics_.set(metrics::Metric::ReconcileMaxConcurrent, {queue_.name()}, options.threads);
  scrape_ = metrics_.on_scrape(
      [this](metrics::Metrics& into) { into.set(metrics::Metric::ReconcileActive, {queue_.name()}, busy_); });
  for (int i = 0; i < options.threads; ++i) {
    threads_.emplace_back([this](std::stop_token stop) { run(std::move(stop)); });
  }
}

template <QueueKey K>
void Workers<K>::stop(std::chrono::milliseconds grace) {
  queue_.shut_down(ShutDown::Stop);
  {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, grace, [this] { return running_ == 0; });
  }
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

template <QueueKey K>
void Workers<K>::run(std::stop_token stop) {
  while (const auto taken = queue_.get(stop)) visit(*taken, stop);
  const std::lock_guard lock(mutex_);
  --running_;
  ended_.notify_all();
}

template <QueueKey K>
void Workers<K>::visit(const typename WorkQueue<K>::Taken& taken, std::stop_token stop) {
  const std::string& name = queue_.name();
  ++busy_;
  const SteadyTime begin = clock_.steady();
  Next next;
  {
    const Deadlines::Watch watch(deadlines_, std::move(stop));
    next = guarded(taken.key, watch.token());
    if (watch.expired()) {
      metrics_.count(metrics::Metric::ReconcileTimeouts, {name});
      // Work that was cut off says ShuttingDown; nobody is shutting down.
      if (next.error && next.error->code == Code::ShuttingDown) next.error->code = Code::Unavailable;
    }
  }
  metrics_.observe(metrics::Metric::ReconcileSeconds, {name}, clock_.steady() - begin);
  metrics_.count(metrics::Metric::ReconcileTotal, {name, settle(taken, next)});
  // After settling, so that a retry asked for now is merged with what was added meanwhile.
  queue_.done(taken.key);
  --busy_;
}

template <QueueKey K>
Next Workers<K>::guarded(const K& key, std::stop_token stop) {
  // Work ends its exceptions itself; one that comes here is a fault of ours, and must not stop the other keys.
  std::string what = "unknown exception";
  try {
    return work_(key, std::move(stop));
  } catch (const std::exception& e) {
    what = e.what();
  } catch (...) {  // NOLINT(bugprone-empty-catch): told below
  }
  metrics_.count(metrics::Metric::ReconcilePanics, {queue_.name()});
  log::error("work threw an exception", {{"queue", queue_.name()}, {"key", key.text()}, {"what", what}});
  return Next{.error = Error{Code::Internal, "unexpected exception: " + what, {}, {}}};
}

template <QueueKey K>
std::string_view Workers<K>::settle(const typename WorkQueue<K>::Taken& taken, const Next& next) {
  const std::string& name = queue_.name();
  if (next.error) {
    metrics_.count(metrics::Metric::ReconcileErrors, {name});
    if (outcome_of(next.error->code).requeue != Requeue::Never) {
      queue_.add_rate_limited(taken.key, taken.priority, shortest_wait(*next.error));
      return "error";
    }
    metrics_.count(metrics::Metric::ReconcileTerminalErrors, {name});
  }
  queue_.forget(taken.key);
  if (next.again_after) queue_.add_after(taken.key, *next.again_after, next.again_priority);
  if (next.error) return "error";
  const auto now = std::chrono::duration<double>(clock_.now().time_since_epoch());
  metrics_.set(metrics::Metric::LastConverged, {name}, now.count());
  return next.again_after ? "requeue_after" : "success";
}

}  // namespace sallyport::runtime
