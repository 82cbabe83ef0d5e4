// SPDX-License-Identifier: Apache-2.0
#include "operator/metrics/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <sstream>
#include <vector>

#include "operator/base/check.hpp"
#include "operator/base/enum_rows.hpp"
#include "operator/base/text.hpp"

namespace sallyport::metrics {
namespace {

static_assert(is_in_order(kTable, &Row::metric, Metric::BuildInfo),
              "kTable must list the metrics in the order of the enum");

std::size_t index_of(Metric metric) {
  return static_cast<std::size_t>(metric);
}

const std::vector<double>& bounds_of(Buckets buckets) {
  static const std::vector<double> fast{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60};
  static const std::vector<double> slow{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800};
  return buckets == Buckets::Slow ? slow : fast;
}

template <class T>
prometheus::Family<T>& family(prometheus::Registry& registry, const Row& row) {
  const std::string name(row.name), help(row.help);
  if constexpr (std::is_same_v<T, prometheus::Counter>) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  } else if constexpr (std::is_same_v<T, prometheus::Gauge>) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  } else {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }
}

}  // namespace

/// One family a row, and in it one series per label set. The series are kept here as well, since looking one up in
/// prometheus-cpp builds a map of strings each time; a lookup here copies nothing, and waits only for the same metric.
struct Metrics::Registry {
  using LabelValues = std::vector<std::string>;

  struct LessLabels {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                          [](std::string_view x, std::string_view y) { return x < y; });
    }
  };

  template <class T>
  struct Known {
    std::mutex mutex;
    prometheus::Family<T>* family = nullptr;  ///< null for metrics of another type
    std::map<LabelValues, T*, LessLabels> series;

    /// Null when there is none yet.
    template <class L>
    T* find(const L& labels) {
      const std::lock_guard lock(mutex);
      const auto found = series.find(labels);
      return found == series.end() ? nullptr : found->second;
    }

    template <class... Args>
    T& at(const Row& row, Labels labels, const Args&... args) {
      SALLYPORT_CHECK(family != nullptr, "a metric is used with its type");
      if (T* known = find(labels)) return *known;  // as a rule
      LabelValues values = values_of(row, labels);
      const std::lock_guard lock(mutex);
      if (const auto found = series.find(values); found != series.end()) return *found->second;
      if (series.size() >= kMaxSeries) values.assign(values.size(), "other");
      T& made = family->Add(named(row, values), args...);
      series.emplace(std::move(values), &made);
      return made;
    }
  };
  template <class T>
  using AllKnown = std::array<Known<T>, kTable.size()>;

  prometheus::Registry registry;
  AllKnown<prometheus::Counter> counters;
  AllKnown<prometheus::Gauge> gauges;
  AllKnown<prometheus::Histogram> histograms;

  std::mutex scrape_mutex;  ///< held while refreshing, so that a handle's end waits for it
  std::map<std::uint64_t, Refresh> refreshes;
  std::uint64_t next_refresh = 0;

  static LabelValues values_of(const Row& row, Labels labels) {
    SALLYPORT_CHECK(labels.size() == label_count(row), "a metric needs the labels of its row");
    LabelValues values;
    for (const std::string_view label : labels) values.push_back(one_line(label, kMaxLabelBytes));
    return values;
  }

  static prometheus::Labels named(const Row& row, const LabelValues& values) {
    prometheus::Labels labels;
    for (std::size_t i = 0; i < values.size(); ++i) labels.emplace(row.labels.at(i), values[i]);
    return labels;
  }
};

Metrics::Metrics() : registry_(std::make_shared<Registry>()) {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    const Row& row = kTable.at(i);
    switch (row.type) {
      case Type::Counter:
        registry_->counters.at(i).family = &family<prometheus::Counter>(registry_->registry, row);
        break;
      case Type::Gauge:
        registry_->gauges.at(i).family = &family<prometheus::Gauge>(registry_->registry, row);
        break;
      case Type::Histogram:
        registry_->histograms.at(i).family = &family<prometheus::Histogram>(registry_->registry, row);
        break;
    }
  }
  set(Metric::BuildInfo, {SALLYPORT_VERSION, "g++ " __VERSION__}, 1);
}

Metrics::~Metrics() = default;

void Metrics::count(Metric metric, Labels labels, double by) {
  registry_->counters.at(index_of(metric)).at(row_of(metric), labels).Increment(by);
}

void Metrics::set(Metric metric, Labels labels, double value) {
  registry_->gauges.at(index_of(metric)).at(row_of(metric), labels).Set(value);
}

void Metrics::observe(Metric metric, Labels labels, std::chrono::duration<double> seconds) {
  const Row& row = row_of(metric);
  registry_->histograms.at(index_of(metric)).at(row, labels, bounds_of(row.buckets)).Observe(seconds.count());
}

double Metrics::value(Metric metric, Labels labels) const {
  const Registry::LabelValues values = Registry::values_of(row_of(metric), labels);
  const std::size_t i = index_of(metric);
  if (const auto* counter = registry_->counters.at(i).find(values)) return counter->Value();
  if (const auto* gauge = registry_->gauges.at(i).find(values)) return gauge->Value();
  if (const auto* histogram = registry_->histograms.at(i).find(values))
    return static_cast<double>(histogram->Collect().histogram.sample_count);
  return 0;
}

std::shared_ptr<void> Metrics::on_scrape(Refresh refresh) {
  const std::lock_guard lock(registry_->scrape_mutex);
  const std::uint64_t id = registry_->next_refresh++;
  registry_->refreshes.emplace(id, std::move(refresh));
  // The handle keeps the registry alive, so that the order in which metrics and components go does not matter.
  return {nullptr, [registry = registry_, id](void*) {
            const std::lock_guard held(registry->scrape_mutex);
            registry->refreshes.erase(id);
          }};
}

std::string Metrics::text() {
  {
    const std::lock_guard lock(registry_->scrape_mutex);
    for (const auto& [id, refresh] : registry_->refreshes) refresh(*this);
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, registry_->registry.Collect());
  return out.str();
}

}  // namespace sallyport::metrics
