// SPDX-License-Identifier: Apache-2.0
// AS3 on one unit: reads of what it stores, and writes that are followed to their end.
#pragma once

#include <functional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "operator/base/clock.hpp"
#include "reconcilers/providers/edge/bigip/answer.hpp"
#include "reconcilers/providers/edge/bigip/device.hpp"
#include "reconcilers/providers/edge/bigip/tenant.hpp"

namespace sallyport::edge::bigip {

enum class Mode { Deploy, DryRun };

/// How often a busy device is tried before it is given up for now.
inline constexpr int kBusyTries = 6;

/// An error once another unit takes writes than the one that an operation began with.
using StillActive = std::function<Result<void>(std::stop_token)>;

[[nodiscard]] Error in_the_making(const std::string& tenant);

/// Made for one operation, on the unit that is ACTIVE then. An operation can last for minutes, so `still_active` is
/// asked before each write, but for one that follows at once.
class As3 {
 public:
  As3(Device& unit, const Clock& clock, Random& random, StillActive still_active = {})
      : unit_(unit),
        clock_(clock),
        random_(random),
        still_active_(std::move(still_active)),
        active_at_(clock.steady()) {}

  /// GET /mgmt/shared/appsvcs/declare/<tenant>?showHash=true. 204, 404 "specified Tenant(s) ... not found in
  /// declaration" and 404 "declaration in specified path not found" mean that it is not there; every other failure is
  /// an Error (I9).
  [[nodiscard]] Result<StoredTenant> read(const std::string& tenant, std::stop_token stop);

  struct Look {
    StoredTenant stored;
    bool in_the_making = false;  ///< not there, while something runs on the device that may be making it
  };
  /// As `read`, and for a tenant that is not there a look at the tasks: one of a former process may still run. What ran
  /// until a moment ago shows only in a read that comes after.
  [[nodiscard]] Result<Look> look(const std::string& tenant, std::stop_token stop);
  /// As `look`; RateLimited while the tenant may be in the making: then nothing of it is gone yet.
  [[nodiscard]] Result<StoredTenant> read_settled(const std::string& tenant, std::stop_token stop);

  /// POST or PATCH /mgmt/shared/appsvcs/declare/<tenant>?async=true, never with AS3's own save of the whole
  /// configuration after it: that is EdgeProvider::persist, once for many writes. Then GET /task/<id> from 1 s to 5 s
  /// apart until it is over. Never Accepted or Running. A write whose answer was lost is Unclear and is not sent again.
  /// Busy is for the caller to come back from, with a write made from another look: what held the device may have
  /// changed the tenant. Only a dry run, which changes nothing, is sent again as it is, a few times.
  [[nodiscard]] Answer write(const std::string& tenant, const Write& write, Mode mode, std::stop_token stop);

  /// What a busy device is left alone for: 5 to 30 s. ShuttingDown when told to stop meanwhile.
  [[nodiscard]] Result<void> wait_while_busy(std::stop_token stop);

  /// GET /mgmt/shared/appsvcs/task/<id>: is that write under way? Without an id: GET /task, is any on this unit?
  [[nodiscard]] Result<bool> is_running(const std::string& task, std::stop_token stop);

 private:
  [[nodiscard]] Result<void> confirm_active(std::stop_token stop);
  [[nodiscard]] Answer write_once(const std::string& tenant, const Write& write, Mode mode, std::stop_token stop);
  [[nodiscard]] Answer submit(const std::string& tenant, const Write& write, Mode mode, std::stop_token stop);
  [[nodiscard]] Answer follow(const std::string& task, const std::string& tenant, std::stop_token stop);

  Device& unit_;
  const Clock& clock_;
  Random& random_;
  StillActive still_active_;
  SteadyTime active_at_;  ///< when the unit was last known to be ACTIVE
};

}  // namespace sallyport::edge::bigip
