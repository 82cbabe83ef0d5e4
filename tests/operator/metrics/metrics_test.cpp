// SPDX-License-Identifier: Apache-2.0
#include "operator/metrics/metrics.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <thread>

#include "operator/base/secret.hpp"

namespace sallyport::metrics {
namespace {

TEST(Metrics, CountsSetsAndObserves) {
  Metrics metrics;
  metrics.count(Metric::ReconcileTotal, {"gateway", "success"});
  metrics.count(Metric::ReconcileTotal, {"gateway", "success"}, 2);
  metrics.count(Metric::ReconcileTotal, {"gateway", "error"});
  metrics.set(Metric::LeaderMaster, {"sallyport"}, 1);
  metrics.observe(Metric::OutsideSeconds, {"bigip", "POST"}, std::chrono::milliseconds(700));

  EXPECT_EQ(metrics.value(Metric::ReconcileTotal, {"gateway", "success"}), 3);
  EXPECT_EQ(metrics.value(Metric::ReconcileTotal, {"gateway", "error"}), 1);
  EXPECT_EQ(metrics.value(Metric::LeaderMaster, {"sallyport"}), 1);
  EXPECT_EQ(metrics.value(Metric::OutsideSeconds, {"bigip", "POST"}), 1);
  EXPECT_EQ(metrics.value(Metric::OutsideSeconds, {"bigip", "GET"}), 0);
}

TEST(Metrics, SpeaksTheTextFormat) {
  Metrics metrics;
  metrics.count(Metric::ReconcileTotal, {"gateway", "success"});
  metrics.observe(Metric::OutsideSeconds, {"big\"ip\n", "POST"}, std::chrono::milliseconds(700));
  const std::string text = metrics.text();
  EXPECT_NE(text.find("# TYPE controller_runtime_reconcile_total counter\n"), std::string::npos);
  EXPECT_NE(text.find("controller_runtime_reconcile_total{controller=\"gateway\",result=\"success\"} 1\n"),
            std::string::npos)
      << text;
  EXPECT_NE(
      text.find("sallyport_outside_request_duration_seconds_bucket{method=\"POST\",system=\"big\\\"ip\",le=\"1\"} 1\n"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("sallyport_build_info{"), std::string::npos);
}

TEST(Metrics, DoesNotTakeASecretForALabel) {
  EXPECT_FALSE((std::convertible_to<Secret, std::string_view>));
  EXPECT_FALSE((std::constructible_from<std::string_view, Secret>));
}

TEST(Metrics, CutsLongLabels) {
  Metrics metrics;
  metrics.count(Metric::ReconcileErrors, {std::string(5000, 'x')});
  EXPECT_EQ(metrics.text().find(std::string(kMaxLabelBytes + 1, 'x')), std::string::npos);
}

TEST(Metrics, StopsGrowingAtItsLimitAndCountsTheRestTogether) {
  Metrics metrics;
  for (std::size_t i = 0; i < kMaxSeries + 50; ++i)
    metrics.count(Metric::ReconcileErrors, {"controller-" + std::to_string(i)});
  EXPECT_EQ(metrics.value(Metric::ReconcileErrors, {"other"}), 50);
  EXPECT_EQ(metrics.value(Metric::ReconcileErrors, {"controller-7"}), 1);
}

TEST(MetricsDeathTest, DiesOfAWrongUseRatherThanCountWrongly) {
  Metrics metrics;
  EXPECT_DEATH(metrics.count(Metric::ReconcileTotal, {"only one"}), "labels of its row");
  EXPECT_DEATH(metrics.set(Metric::ReconcileErrors, {"a counter"}, 1), "with its type");
}

TEST(Metrics, RefreshesBeforeEachScrapeUntilTheHandleGoes) {
  Metrics metrics;
  int calls = 0;
  auto handle = metrics.on_scrape([&](Metrics& into) { into.set(Metric::LeaderMaster, {"Secret"}, ++calls); });
  EXPECT_NE(metrics.text().find("leader_election_master_status{name=\"Secret\"} 1\n"), std::string::npos);
  EXPECT_NE(metrics.text().find("leader_election_master_status{name=\"Secret\"} 2\n"), std::string::npos);
  handle.reset();
  EXPECT_FALSE(metrics.text().empty());
  EXPECT_EQ(calls, 2);
}

TEST(Metrics, MayGoBeforeTheHandlesItGave) {
  std::shared_ptr<void> handle;
  {
    Metrics metrics;
    handle = metrics.on_scrape([](Metrics&) {});
  }
  handle.reset();
  EXPECT_EQ(handle, nullptr);
}

TEST(Metrics, CountsExactlyUnderManyThreads) {
  Metrics metrics;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 500; ++i) {
          metrics.count(Metric::DriftRepairs, {i % 2 == 0 ? "shared" : "own-" + std::to_string(t)});
          if (i % 100 == 0) {
            EXPECT_FALSE(metrics.text().empty());
          }
        }
      });
    }
  }
  EXPECT_EQ(metrics.value(Metric::DriftRepairs, {"shared"}), 1000);
  EXPECT_EQ(metrics.value(Metric::DriftRepairs, {"own-3"}), 250);
}

}  // namespace
}  // namespace sallyport::metrics
