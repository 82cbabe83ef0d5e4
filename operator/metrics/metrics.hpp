// SPDX-License-Identifier: Apache-2.0
// The program's numbers. One object, made in the composition root and handed to whoever counts; prometheus-cpp behind
// it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "operator/metrics/table.hpp"

namespace sallyport::metrics {

/// Label values in the table's order. They come from code (names of controllers, connections, verbs, statuses), never
/// from an outside answer and never per custom resource: a Secret does not convert, long ones are cut, and a metric
/// that has grown to kMaxSeries label sets counts all further ones under "other".
using Labels = std::initializer_list<std::string_view>;

inline constexpr std::size_t kMaxSeries = 2000;
inline constexpr std::size_t kMaxLabelBytes = 100;

/// Thread-safe. A wrong number of labels or the wrong type for a metric is a fault of ours and aborts.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void count(Metric metric, Labels labels, double by = 1);                            ///< counters
  void set(Metric metric, Labels labels, double value);                               ///< gauges
  void observe(Metric metric, Labels labels, std::chrono::duration<double> seconds);  ///< histograms

  /// A counter's or gauge's value; a histogram's number of observations. 0 for what was never touched. For tests and
  /// the debug page.
  [[nodiscard]] double value(Metric metric, Labels labels) const;

  using Refresh = std::function<void(Metrics&)>;
  /// Called before every exposition, for gauges that are cheaper to compute than to follow. Ends when the handle goes:
  /// its destructor waits for a call in progress, so a component may hold the handle as its last member and be safe.
  [[nodiscard]] std::shared_ptr<void> on_scrape(Refresh refresh);

  /// The text exposition format, version 0.0.4.
  [[nodiscard]] std::string text();

 private:
  struct Registry;
  std::shared_ptr<Registry> registry_;
};

}  // namespace sallyport::metrics
