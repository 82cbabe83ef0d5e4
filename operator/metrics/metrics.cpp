// SPDX-License-Identifier: Apache-2.0
#include "operator/metrics/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>
#include <sstream>
#include <vector>

#include "operator/base/check.hpp"
#include "operator/base/text.hpp"

namespace sallyport::metrics {
namespace {

constexpr bool table_is_in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable.at(i).metric) != i) return false;
  }
  return static_cast<std::size_t>(Metric::BuildInfo) + 1 == kTable.size();
}
static_assert(table_is_in_order(), "kTable must list the metrics in the order of the enum");

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
/// prometheus-cpp builds a map of strings each time.
struct Metrics::Registry {
  using LabelValues = std::vector<std::string>;
  template <class T>
  using Series = std::map<std::pair<Metric, LabelValues>, T*>;

  std::mutex mutex;
  prometheus::Registry registry;
  std::map<Metric, prometheus::Family<prometheus::Counter>*> counter_families;
  std::map<Metric, prometheus::Family<prometheus::Gauge>*> gauge_families;
  std::map<Metric, prometheus::Family<prometheus::Histogram>*> histogram_families;
  Series<prometheus::Counter> counters;
  Series<prometheus::Gauge> gauges;
  Series<prometheus::Histogram> histograms;
  std::map<Metric, std::size_t> series_count;

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

  template <class T, class... Args>
  T& series(Series<T>& known, const std::map<Metric, prometheus::Family<T>*>& families, const Row& row,
            LabelValues values, const Args&... args) {
    const std::lock_guard lock(mutex);
    const auto in_use = families.find(row.metric);
    SALLYPORT_CHECK(in_use != families.end(), "a metric is used with its type");
    if (const auto found = known.find({row.metric, values}); found != known.end()) return *found->second;
    if (series_count[row.metric] >= kMaxSeries) values.assign(values.size(), "other");
    T& made = in_use->second->Add(named(row, values), args...);
    if (known.emplace(std::pair{row.metric, std::move(values)}, &made).second) ++series_count[row.metric];
    return made;
  }
};

Metrics::Metrics() : registry_(std::make_shared<Registry>()) {
  for (const Row& row : kTable) {
    switch (row.type) {
      case Type::Counter:
        registry_->counter_families[row.metric] = &family<prometheus::Counter>(registry_->registry, row);
        break;
      case Type::Gauge:
        registry_->gauge_families[row.metric] = &family<prometheus::Gauge>(registry_->registry, row);
        break;
      case Type::Histogram:
        registry_->histogram_families[row.metric] = &family<prometheus::Histogram>(registry_->registry, row);
        break;
    }
  }
  set(Metric::BuildInfo, {SALLYPORT_VERSION, "g++ " __VERSION__}, 1);
}

Metrics::~Metrics() = default;

void Metrics::count(Metric metric, Labels labels, double by) {
  const Row& row = row_of(metric);
  registry_->series(registry_->counters, registry_->counter_families, row, Registry::values_of(row, labels))
      .Increment(by);
}

void Metrics::set(Metric metric, Labels labels, double value) {
  const Row& row = row_of(metric);
  registry_->series(registry_->gauges, registry_->gauge_families, row, Registry::values_of(row, labels)).Set(value);
}

void Metrics::observe(Metric metric, Labels labels, std::chrono::duration<double> seconds) {
  const Row& row = row_of(metric);
  registry_
      ->series(registry_->histograms, registry_->histogram_families, row, Registry::values_of(row, labels),
               bounds_of(row.buckets))
      .Observe(seconds.count());
}

double Metrics::value(Metric metric, Labels labels) const {
  const std::pair key{metric, Registry::values_of(row_of(metric), labels)};
  const std::lock_guard lock(registry_->mutex);
  if (const auto counter = registry_->counters.find(key); counter != registry_->counters.end()) {
    return counter->second->Value();
  }
  if (const auto gauge = registry_->gauges.find(key); gauge != registry_->gauges.end()) return gauge->second->Value();
  if (const auto histogram = registry_->histograms.find(key); histogram != registry_->histograms.end()) {
    return static_cast<double>(histogram->second->Collect().histogram.sample_count);
  }
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
