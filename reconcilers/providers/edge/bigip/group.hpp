// SPDX-License-Identifier: Apache-2.0
// The units of one device group, and which of them takes writes now.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "reconcilers/providers/edge/bigip/device.hpp"

namespace sallyport::edge::bigip {

/// What becomes of a unit that was silent less than half a minute ago.
enum class Silent {
  LeftAlone,  ///< it is not asked
  Asked,      ///< it is, for a second: behind a partition it may have become ACTIVE, and nothing may be written then
};

class Group {
 public:
  Group(std::vector<std::unique_ptr<Device>> units, const Clock& clock) : clock_(clock) {
    for (auto& unit : units) units_.push_back({std::move(unit)});
  }

  /// GET /mgmt/tm/cm/failover-status of every unit, each time anew: a failover may have happened since. The ACTIVE one.
  /// A unit that is silent is given some seconds and then left alone for half a minute, so that a dead peer holds up
  /// no reader; only while no other is ACTIVE is it waited for. Conflict when two are ACTIVE (nobody can say whose
  /// configuration will win), Unavailable when none is.
  [[nodiscard]] Result<Device*> active(std::stop_token stop, Silent silent = Silent::LeftAlone);

  /// What the last `active` saw besides: a unit that does not answer, a sign-in without a token.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  [[nodiscard]] std::vector<Device*> others(const Device& than) const;
  [[nodiscard]] std::size_t size() const { return units_.size(); }
  void sign_out(std::stop_token stop);

 private:
  struct Unit {
    std::unique_ptr<Device> device;
    SteadyTime left_alone_until{};
    std::optional<Error> silence{};  ///< what was last heard instead of an answer
  };
  /// One round of questions.
  struct Round {
    std::vector<Device*> active{};
    std::optional<Error> trouble{};
  };
  [[nodiscard]] Result<void> ask(Unit& unit, std::chrono::milliseconds patience, Round& round, std::stop_token stop);

  const Clock& clock_;
  std::vector<Unit> units_;
  std::vector<std::string> notes_;
};

/// The text of `name` in a tmstats answer ({"entries": {<url>: {"nestedStats": {"entries": {name:
/// {"description"}}}}}}), the shape of failover-status, sync-status and version. Unavailable when it is not there.
[[nodiscard]] Result<std::string> read_stat(const http::Response& response, const std::string& name);

}  // namespace sallyport::edge::bigip
