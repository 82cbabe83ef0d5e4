// SPDX-License-Identifier: Apache-2.0
#include "operator/metrics/table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace sallyport::metrics {
namespace {

TEST(Table, NamesEachMetricOnceAndByPrometheusRules) {
  std::set<std::string_view> names;
  for (const Row& row : kTable) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789"), std::string_view::npos) << row.name;
    EXPECT_TRUE(row.help.ends_with('.')) << row.name;
    EXPECT_EQ(row.type == Type::Counter, row.name.ends_with("_total")) << row.name;
    EXPECT_EQ(row.type == Type::Histogram, row.buckets != Buckets::None) << row.name;
    if (row.type == Type::Histogram) {
      EXPECT_TRUE(row.name.ends_with("_seconds")) << row.name;
    }
  }
}

TEST(Table, HasTheNamesThatDashboardsForControllerRuntimeAskFor) {
  for (const std::string_view wanted :
       {"controller_runtime_reconcile_total", "controller_runtime_reconcile_errors_total",
        "controller_runtime_reconcile_time_seconds", "controller_runtime_active_workers",
        "controller_runtime_max_concurrent_reconciles", "workqueue_depth", "workqueue_adds_total",
        "workqueue_queue_duration_seconds", "workqueue_work_duration_seconds", "workqueue_unfinished_work_seconds",
        "workqueue_longest_running_processor_seconds", "workqueue_retries_total", "rest_client_requests_total",
        "leader_election_master_status", "stale_sync_skips_total"}) {
    EXPECT_TRUE(std::ranges::any_of(kTable, [&](const Row& row) { return row.name == wanted; })) << wanted;
  }
}

TEST(Table, HasNoLabelThatCouldHoldAnObjectOrASecret) {
  static const std::set<std::string_view> allowed{"controller", "result", "name",    "priority", "code",   "method",
                                                  "host",       "verb",   "kind",    "reason",   "system", "action",
                                                  "outcome",    "phase",  "version", "compiler"};
  for (const Row& row : kTable) {
    for (std::size_t i = 0; i < label_count(row); ++i) {
      // Whoever is refused asks about one endpoint, and a gateway has those that its operator gave it.
      const bool endpoint = row.metric == Metric::AuthorizerDecisions && row.labels.at(i) == "endpoint";
      EXPECT_TRUE(endpoint || allowed.contains(row.labels.at(i))) << row.name << " " << row.labels.at(i);
    }
  }
}

}  // namespace
}  // namespace sallyport::metrics
