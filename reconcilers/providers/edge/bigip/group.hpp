// SPDX-License-Identifier: Apache-2.0
// The units of one device group, and which of them takes writes now.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "reconcilers/providers/edge/bigip/device.hpp"

namespace sallyport::edge::bigip {

class Group {
 public:
  explicit Group(std::vector<std::unique_ptr<Device>> units) : units_(std::move(units)) {}

  /// GET /mgmt/tm/cm/failover-status of every unit, each time anew: a failover may have happened since. The ACTIVE one.
  /// Conflict when two are ACTIVE (nobody can say whose configuration will win), Unavailable when none is.
  [[nodiscard]] Result<Device*> active(std::stop_token stop);

  /// What the last `active` saw besides: a unit that does not answer, a sign-in without a token.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  [[nodiscard]] std::size_t size() const { return units_.size(); }
  void sign_out(std::stop_token stop);

 private:
  std::vector<std::unique_ptr<Device>> units_;
  std::vector<std::string> notes_;
};

/// The text of `name` in a tmstats answer ({"entries": {<url>: {"nestedStats": {"entries": {name:
/// {"description"}}}}}}), the shape of failover-status, sync-status and version. Unavailable when it is not there.
[[nodiscard]] Result<std::string> read_stat(const http::Response& response, const std::string& name);

}  // namespace sallyport::edge::bigip
