// SPDX-License-Identifier: Apache-2.0
// What was changed lives in memory until it is saved, and on one unit until it is synced: both are asked for and seen
// to their end here, once for many writes (f5.md 1.2, 4.6, 9.6).
#pragma once

#include <stop_token>

#include "operator/base/clock.hpp"
#include "reconcilers/ir/owner.hpp"
#include "reconcilers/providers/edge/bigip/device.hpp"

namespace sallyport::edge::bigip {

class Persistence {
 public:
  /// `gateway`: the F5Gateway in whose name the unit saves, for the audit trail.
  Persistence(Device& unit, const Clock& clock, ir::Owner gateway)
      : unit_(unit), clock_(clock), gateway_(std::move(gateway)) {}

  /// POST /mgmt/tm/task/sys/config {"command":"save"}, started by a PUT and polled.
  [[nodiscard]] Result<void> save(std::stop_token stop);

  /// POST /mgmt/tm/task/cm/config-sync to the sync-failover group, unless that syncs by itself; then
  /// GET /mgmt/tm/cm/sync-status until it says "In Sync". Nothing to do for a standalone device that is alone in
  /// `units`.
  [[nodiscard]] Result<void> sync(std::size_t units, std::stop_token stop);

 private:
  /// What a task does, as the audit trail calls it: "saved configuration", "configuration of device group dg".
  struct Task {
    std::string target;
    std::string body;
    std::string what;
  };
  [[nodiscard]] Result<void> run_task(const Task& task, std::stop_token stop);
  [[nodiscard]] Result<void> follow(const std::string& path, const std::string& where, std::stop_token stop);
  [[nodiscard]] Result<http::Response> change(http::Request request, const std::string& what, std::stop_token stop);
  [[nodiscard]] Result<std::string> task_state(const std::string& target, std::stop_token stop);
  [[nodiscard]] Result<std::string> sync_status(std::stop_token stop);
  [[nodiscard]] Result<void> ask_for_sync(std::stop_token stop);

  Device& unit_;
  const Clock& clock_;
  ir::Owner gateway_;
};

}  // namespace sallyport::edge::bigip
