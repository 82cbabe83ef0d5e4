// SPDX-License-Identifier: Apache-2.0
// The store that the operator works on, and the licence to write: a Kubernetes API server with its Lease, or a
// directory with its lock.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include "operator/kube/pods.hpp"
#include "operator/metrics/metrics.hpp"
#include "operator/program/settings.hpp"
#include "operator/store/store.hpp"

namespace sallyport::program {

class Backend {
 public:
  virtual ~Backend() = default;
  [[nodiscard]] virtual store::Store& store() = 0;
  /// Who knows of pods; null where there are none.
  [[nodiscard]] virtual kube::Pods* pods() { return nullptr; }
  /// The fence (I5): asked right before every write. Thread-safe, never waits.
  [[nodiscard]] virtual Result<void> may_write() const = 0;
  /// Waits until this instance may write, or `stop`. ShuttingDown when stopped first. The store is synced() only when
  /// it shows everything that was written before.
  [[nodiscard]] virtual Result<void> acquire(std::stop_token stop) = 0;
  /// Called when the licence is lost: the process must end at once.
  virtual void on_lost(std::function<void()> lost) = 0;
  /// Ends the writes in progress that wait for an answer; none is begun any more.
  virtual void break_off() = 0;
  /// Last of all: lets another instance take over.
  virtual void release() = 0;
};

[[nodiscard]] Result<std::unique_ptr<Backend>> open_backend(const Settings& settings, metrics::Metrics& metrics);

}  // namespace sallyport::program
