// SPDX-License-Identifier: Apache-2.0
// What the cluster asks of the program: /metrics for Prometheus, /healthz and /readyz for the kubelet.
//
// Ready: everything has been read that must be known before acting. Live: no worker hangs. Neither depends on an
// outside system, nor live on the API server: restarting us cures neither.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "operator/base/result.hpp"
#include "operator/http/listener.hpp"
#include "operator/metrics/metrics.hpp"

namespace sallyport::metrics {

/// A named check, run for every probe: it must be quick and must not wait. The error's message is shown to whoever asks
/// with `?verbose`.
struct Check {
  std::string name;
  std::function<Result<void>()> run;
};

/// Fails until `filled` says yes. For readiness.
[[nodiscard]] Check caches_synced(std::function<bool()> filled);
/// Fails when `longest_running` (WorkQueue has one) exceeds `limit`, which must be well above the work's own deadline:
/// such a worker heeds no stop token and will not come back. For liveness.
[[nodiscard]] Check not_wedged(std::string name, std::function<std::chrono::milliseconds()> longest_running,
                               std::chrono::milliseconds limit);

struct Endpoint {
  std::vector<Check> live;
  std::vector<Check> ready;
  /// Who may read /metrics. Unauthorized gives 401, any other error 403. Empty: everybody that reaches the port.
  std::function<Result<void>(const http::Incoming&)> may_scrape{};
};

/// Answers one request: GET and HEAD of /metrics, /healthz, /livez (the same) and /readyz; `?verbose` lists the checks,
/// and a failed probe (503) always does.
[[nodiscard]] http::Outgoing answer(const http::Incoming& request, const Endpoint& endpoint, Metrics& metrics);

/// Serves until the listener is destroyed. `metrics` and all that the checks use must outlive it.
[[nodiscard]] Result<std::unique_ptr<http::Listener>> serve(http::ListenerOptions options, Endpoint endpoint,
                                                            Metrics& metrics);

}  // namespace sallyport::metrics
