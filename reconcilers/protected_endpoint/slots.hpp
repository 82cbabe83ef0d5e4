// SPDX-License-Identifier: Apache-2.0
// Hands out places and addresses on gateways: none twice, though the caches show what was handed out only a little
// later.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "operator/base/result.hpp"
#include "reconcilers/protected_endpoint/place.hpp"
#include "reconcilers/shared/caches.hpp"

namespace sallyport::protected_endpoint {

/// Thread-safe. References outlive it.
class Slots {
 public:
  Slots(const shared::Caches& caches, const InstanceId& instance) : caches_(caches), instance_(instance) {}

  /// Every address that a device has, ours and foreign, as its last look found them.
  using OnDevice = std::shared_ptr<const std::set<std::string>>;
  /// Every application on it that bears our name ("tenant/application"), as that look found them: what was left behind
  /// on purpose takes room in a tenant, too, though no ledger names it.
  using Applications = std::shared_ptr<const std::vector<std::string>>;

  /// The object's slot on its gateway, the same one until it is released or somebody else has taken its address, on the
  /// device or out of the pool. NotFound when the pool is exhausted.
  [[nodiscard]] Result<Slot> reserve(const EndpointPtr& object, const api::F5GatewaySpec& gateway,
                                     const OnDevice& on_device, const Applications& applications = {});
  /// Nothing of the object is left anywhere.
  void release(const Uid& owner);

 private:
  struct Reserved {
    std::string ns;
    std::string name;
    std::string gateway;
    Slot slot;
  };
  /// Where on a gateway the search for an address goes on: everything before was taken when it was last looked at.
  struct Search {
    std::vector<std::string> pool;
    std::uint64_t place = 0;
    OnDevice look;
    std::set<std::string> on_device;  ///< of that look, in canonical text
    Applications seen;
    std::set<std::string> applications;    ///< of that look
    std::map<std::string, int> by_tenant;  ///< how many of them
  };

  void drop_settled();
  void release_held(const Uid& owner);
  [[nodiscard]] Search& search_on(const std::string& name, const api::F5GatewaySpec& gateway, const OnDevice& on_device,
                                  const Applications& applications);
  [[nodiscard]] std::optional<std::string> free_address(Search& search) const;
  [[nodiscard]] static bool is_still_free(const Slot& slot, const EndpointPtr& object, const Search& search);
  [[nodiscard]] bool is_taken(const std::string& address, const Search& search) const;
  [[nodiscard]] static int seen_in(const std::string& tenant, const Search& search);
  [[nodiscard]] std::map<std::string, int> unseen_in(const std::string& ns, const Search& search) const;

  const shared::Caches& caches_;
  const InstanceId& instance_;
  std::mutex mutex_;
  std::map<Uid, Reserved> reserved_;           ///< decided here, and not in the cache yet
  std::map<std::string, int> held_addresses_;  ///< of `reserved_`, in canonical text; gateways may share a pool
  int since_sweep_ = 0;
  std::map<std::string, Search> searches_;  ///< by gateway
};

}  // namespace sallyport::protected_endpoint
