// SPDX-License-Identifier: Apache-2.0
// Every metric there is, once: name, type, labels and help. The registry, the exposition, the reference page and the
// test that no label may hold anything per object or secret all read this table. A new metric is a row here and a call.
//
// The first three groups carry the names of controller-runtime and client-go, so that existing dashboards and alerts
// work.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace sallyport::metrics {

enum class Type { Counter, Gauge, Histogram };

/// Which upper bounds a histogram has, in seconds.
enum class Buckets {
  None,
  Fast,  ///< 1 ms to 60 s: reconciles, queues, API calls
  Slow,  ///< 50 ms to 30 min: outside systems, which take seconds to minutes
};

enum class Metric {
  ReconcileTotal,
  ReconcileErrors,
  ReconcileTerminalErrors,
  ReconcilePanics,
  ReconcileTimeouts,
  ReconcileSeconds,
  ReconcileMaxConcurrent,
  ReconcileActive,
  QueueDepth,
  QueueAdds,
  QueueSeconds,
  QueueWorkSeconds,
  QueueUnfinished,
  QueueLongestRunning,
  QueueRetries,
  KubeRequests,
  KubeRequestSeconds,
  KubeRequestRetries,
  LeaderMaster,
  LeaderSlowPath,
  StaleSyncSkips,
  StoreSynced,
  WatchRestarts,
  QueueOldestAge,
  OutsideRequests,
  OutsideSeconds,
  OutsideWrites,
  OutsideThrottled,
  Verdicts,
  DriftRepairs,
  StatusWrites,
  AuditLines,
  AuditFailures,
  LastConverged,
  AuthorizerDecisions,
  BuildInfo,
};

inline constexpr std::size_t kMaxLabels = 3;

struct Row {
  Metric metric;
  std::string_view name;
  Type type;
  std::array<std::string_view, kMaxLabels> labels;  ///< unused ones are empty
  std::string_view help;
  Buckets buckets = Buckets::None;
};

// clang-format off
inline constexpr auto kTable = std::to_array<Row>({
  // Controllers.
  {Metric::ReconcileTotal, "controller_runtime_reconcile_total", Type::Counter, {"controller", "result"}, "Reconciliations by result: success, error, requeue or requeue_after."},
  {Metric::ReconcileErrors, "controller_runtime_reconcile_errors_total", Type::Counter, {"controller"}, "Reconciliations that ended in an error."},
  {Metric::ReconcileTerminalErrors, "controller_runtime_terminal_reconcile_errors_total", Type::Counter, {"controller"}, "Reconciliations whose error only a change of the object can cure."},
  {Metric::ReconcilePanics, "controller_runtime_reconcile_panics_total", Type::Counter, {"controller"}, "Exceptions that were caught at the worker's edge: each is a fault of ours."},
  {Metric::ReconcileTimeouts, "controller_runtime_reconcile_timeouts_total", Type::Counter, {"controller"}, "Reconciliations that were told to stop because they reached their deadline."},
  {Metric::ReconcileSeconds, "controller_runtime_reconcile_time_seconds", Type::Histogram, {"controller"}, "Length of a reconciliation.", Buckets::Fast},
  {Metric::ReconcileMaxConcurrent, "controller_runtime_max_concurrent_reconciles", Type::Gauge, {"controller"}, "Workers of a controller."},
  {Metric::ReconcileActive, "controller_runtime_active_workers", Type::Gauge, {"controller"}, "Workers that are busy."},
  // Queues. Label `controller` repeats `name`, as in controller-runtime.
  {Metric::QueueDepth, "workqueue_depth", Type::Gauge, {"name", "controller", "priority"}, "Keys that wait for a worker; delayed ones do not count."},
  {Metric::QueueAdds, "workqueue_adds_total", Type::Counter, {"name", "controller"}, "Adds, those merged into a waiting key included."},
  {Metric::QueueSeconds, "workqueue_queue_duration_seconds", Type::Histogram, {"name", "controller"}, "How long a key that was due waited for a worker.", Buckets::Fast},
  {Metric::QueueWorkSeconds, "workqueue_work_duration_seconds", Type::Histogram, {"name", "controller"}, "How long a worker was busy with a key.", Buckets::Fast},
  {Metric::QueueUnfinished, "workqueue_unfinished_work_seconds", Type::Gauge, {"name", "controller"}, "Seconds of work in progress, summed over the busy workers."},
  {Metric::QueueLongestRunning, "workqueue_longest_running_processor_seconds", Type::Gauge, {"name", "controller"}, "Age of the oldest work in progress."},
  {Metric::QueueRetries, "workqueue_retries_total", Type::Counter, {"name", "controller"}, "Adds that wait out a back-off."},
  // Kubernetes.
  {Metric::KubeRequests, "rest_client_requests_total", Type::Counter, {"code", "method", "host"}, "Requests to the API server by status; code <error> when there was no answer."},
  {Metric::KubeRequestSeconds, "rest_client_request_duration_seconds", Type::Histogram, {"verb", "host"}, "Length of a request to the API server.", Buckets::Fast},
  {Metric::KubeRequestRetries, "rest_client_request_retries_total", Type::Counter, {"code", "verb", "host"}, "Requests to the API server that were sent again."},
  {Metric::LeaderMaster, "leader_election_master_status", Type::Gauge, {"name"}, "1 while this instance holds the lease."},
  {Metric::LeaderSlowPath, "leader_election_slowpath_total", Type::Counter, {"name"}, "Lease renewals that had to read the lease again first."},
  {Metric::StaleSyncSkips, "stale_sync_skips_total", Type::Counter, {"controller"}, "Visits put off because the cache did not yet show our own last write."},
  {Metric::StoreSynced, "sallyport_store_synced", Type::Gauge, {}, "1 when every cache has been filled once."},
  {Metric::WatchRestarts, "sallyport_watch_restarts_total", Type::Counter, {"kind", "reason"}, "Watches that were opened again."},
  // The outside.
  {Metric::QueueOldestAge, "sallyport_queue_oldest_age_seconds", Type::Gauge, {"name"}, "How long the first key in line has been waiting."},
  {Metric::OutsideRequests, "sallyport_outside_requests_total", Type::Counter, {"system", "method", "code"}, "Requests to outside systems by status; code <error> when there was no answer."},
  {Metric::OutsideSeconds, "sallyport_outside_request_duration_seconds", Type::Histogram, {"system", "method"}, "Length of a request to an outside system.", Buckets::Slow},
  {Metric::OutsideWrites, "sallyport_outside_writes_total", Type::Counter, {"system", "action", "result"}, "Changes to outside systems: ok, accepted, partial, rejected, unknown or not_sent."},
  {Metric::OutsideThrottled, "sallyport_outside_throttled_total", Type::Counter, {"system"}, "Times that an outside system asked us to slow down."},
  {Metric::Verdicts, "sallyport_verdicts_total", Type::Counter, {"system", "outcome"}, "What became of what objects want of a connection's system: Applied, Gone, Rejected, Unknown or Pending."},
  {Metric::DriftRepairs, "sallyport_drift_repairs_total", Type::Counter, {"system"}, "Looks at a connection's system that found an object changed by somebody else and put it right."},
  {Metric::StatusWrites, "sallyport_status_writes_total", Type::Counter, {"kind", "result"}, "Statuses that were due: written, unchanged or failed."},
  {Metric::AuditLines, "sallyport_audit_lines_total", Type::Counter, {"phase"}, "Lines of the audit trail."},
  {Metric::AuditFailures, "sallyport_audit_failures_total", Type::Counter, {"phase"}, "Audit records that could not be written. After a failed intent nothing was sent."},
  {Metric::LastConverged, "sallyport_last_converged_timestamp_seconds", Type::Gauge, {"controller"}, "When a reconciliation last ended without an error and with nothing left to do."},
  // The authorizer, a process of its own. An endpoint is named here, for whoever is refused asks about one.
  {Metric::AuthorizerDecisions, "sallyport_authorizer_decisions_total", Type::Counter, {"endpoint", "reason"}, "Requests by what was decided: allowed, or why not."},
  {Metric::BuildInfo, "sallyport_build_info", Type::Gauge, {"version", "compiler"}, "Always 1; the build is in the labels."},
});
// clang-format on

/// The row of a metric: the table is in the enum's order, which `metrics.cpp` asserts.
[[nodiscard]] constexpr const Row& row_of(Metric metric) {
  return kTable.at(static_cast<std::size_t>(metric));
}

[[nodiscard]] constexpr std::size_t label_count(const Row& row) {
  std::size_t count = 0;
  while (count < row.labels.size() && !row.labels.at(count).empty()) ++count;
  return count;
}

}  // namespace sallyport::metrics
