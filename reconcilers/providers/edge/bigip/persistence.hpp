// SPDX-License-Identifier: Apache-2.0
// What was changed lives in memory until it is saved, and on one unit until it is synced: both are asked for and seen
// to their end here, once for many writes (f5.md 1.2, 4.6, 9.6).
#pragma once

#include <stop_token>

#include "operator/base/clock.hpp"
#include "reconcilers/providers/edge/bigip/device.hpp"

namespace sallyport::edge::bigip {

class Persistence {
 public:
  Persistence(Device& unit, const Clock& clock) : unit_(unit), clock_(clock) {}

  /// POST /mgmt/tm/task/sys/config {"command":"save"}, started by a PUT and polled.
  [[nodiscard]] Result<void> save(std::stop_token stop);

  /// POST /mgmt/tm/task/cm/config-sync to the sync-failover group, unless that syncs by itself; then
  /// GET /mgmt/tm/cm/sync-status until it says "In Sync". Nothing to do for a standalone device that is alone in
  /// `units`.
  [[nodiscard]] Result<void> sync(std::size_t units, std::stop_token stop);

 private:
  [[nodiscard]] Result<void> run_task(const std::string& target, const std::string& body, std::stop_token stop);
  [[nodiscard]] Result<std::string> task_state(const std::string& target, std::stop_token stop);
  [[nodiscard]] Result<std::string> sync_status(std::stop_token stop);
  [[nodiscard]] Result<void> ask_for_sync(std::stop_token stop);

  Device& unit_;
  const Clock& clock_;
};

}  // namespace sallyport::edge::bigip
