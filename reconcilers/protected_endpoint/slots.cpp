// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/slots.hpp"

#include <algorithm>

#include "reconcilers/shared/addresses.hpp"

namespace sallyport::protected_endpoint {
namespace {

/// Reservations between two looks for those that the cache shows by now.
constexpr int kSweep = 256;

}  // namespace

Result<Slot> Slots::reserve(const EndpointPtr& object, const api::F5GatewaySpec& gateway, const OnDevice& on_device,
                            const Applications& applications) {
  const std::string& name = object->spec.gateway_ref.name;
  const std::lock_guard lock(mutex_);
  Search& search = search_on(name, gateway, on_device, applications);
  if (const auto found = reserved_.find(object->meta.uid); found != reserved_.end() && found->second.gateway == name) {
    if (is_still_free(found->second.slot, object, search)) return found->second.slot;
    release_held(object->meta.uid);
  }
  if (++since_sweep_ >= kSweep) drop_settled();
  const bool needs_address = gateway.type == api::GatewayType::BigIp;  // an NGINX tells its endpoints apart by name
  std::optional<std::string> address = needs_address ? free_address(search) : std::string();
  if (!address) {
    drop_settled();  // one that is held for an object that is gone will do
    address = free_address(search);
  }
  if (!address) {
    return Error{
        Code::NotFound,
        "every address of the pool of F5Gateway '" + name + "' is taken; add a network to its spec.addressPool",
        "spec.gatewayRef",
        {}};
  }
  const std::string& ns = object->meta.ns;
  const std::string application = application_name(instance_, name, ns, object->meta.name);
  const std::map<std::string, int> unseen = unseen_in(ns, search);
  const auto count = [&](const std::string& tenant) {
    const auto found = unseen.find(tenant);
    // Its own, after its status was lost, takes no room of another's: it has to be found where it is.
    const int own = search.applications.contains(edge_placement_id({tenant, application})) ? 1 : 0;
    return seen_in(tenant, search) - own + (found == unseen.end() ? 0 : found->second);
  };
  const Slot slot{{choose_tenant(instance_, ns, count), application}, *address};
  release_held(object->meta.uid);
  if (needs_address) ++held_addresses_[shared::canonical_address(*address)];
  reserved_[object->meta.uid] = {ns, object->meta.name, name, slot};
  return slot;
}

void Slots::release(const Uid& owner) {
  const std::lock_guard lock(mutex_);
  release_held(owner);
}

void Slots::release_held(const Uid& owner) {
  const auto reserved = reserved_.extract(owner);
  if (!reserved) return;
  if (reserved.mapped().slot.address.empty()) return;
  const auto held = held_addresses_.find(shared::canonical_address(reserved.mapped().slot.address));
  if (--held->second == 0) held_addresses_.erase(held);
}

/// What the cache shows by now, or whose object is gone, is not reserved any more.
void Slots::drop_settled() {
  since_sweep_ = 0;
  std::vector<Uid> settled;
  for (const auto& [uid, reserved] : reserved_) {
    const auto object = caches_.endpoints.get(reserved.ns, reserved.name);
    if (!object || object->meta.uid != uid || kept_slot(object->status, reserved.gateway)) settled.push_back(uid);
  }
  for (const Uid& uid : settled) release_held(uid);
}

Slots::Search& Slots::search_on(const std::string& name, const api::F5GatewaySpec& gateway, const OnDevice& on_device,
                                const Applications& applications) {
  Search& search = searches_[name];
  const std::vector<std::string> pool = gateway.address_pool.value_or(std::vector<std::string>{});
  if (search.pool != pool) {
    search.pool = pool;
    search.place = 0;
  }
  if (search.look != on_device) {
    search.look = on_device;
    search.on_device.clear();
    for (const std::string& address : *on_device) search.on_device.insert(shared::canonical_address(address));
  }
  if (search.seen != applications) {
    search.seen = applications;
    search.applications.clear();
    search.by_tenant.clear();
    if (applications) search.applications.insert(applications->begin(), applications->end());
    for (const std::string& id : search.applications) {
      if (const auto place = parse_edge_placement(id)) ++search.by_tenant[place->tenant];
    }
  }
  return search;
}

std::optional<std::string> Slots::free_address(Search& search) const {
  const auto taken = [&](const std::string& address) { return is_taken(address, search); };
  auto found = shared::first_free(search.pool, taken, search.place);
  if (!found && search.place > 0) found = shared::first_free(search.pool, taken);  // some may be free again
  if (!found) return std::nullopt;
  search.place = found->place + 1;
  return found->text;
}

/// Of an address that is reserved and not placed yet: nobody else has come to use it, and it may still be handed out.
bool Slots::is_still_free(const Slot& slot, const EndpointPtr& object, const Search& search) {
  if (slot.address.empty()) return true;
  const std::string address = shared::canonical_address(slot.address);
  const auto& placements = object->status.placements;
  const bool ours = std::any_of(placements.begin(), placements.end(),
                                [&](const auto& p) { return shared::canonical_address(p.address) == address; });
  return shared::hands_out(search.pool, address) && (ours || !search.on_device.contains(address));
}

bool Slots::is_taken(const std::string& address, const Search& search) const {
  if (search.on_device.contains(address) || held_addresses_.contains(address)) return true;
  const auto is_it = [&](const std::string& other) { return shared::canonical_address(other) == address; };
  for (const EndpointPtr& endpoint : caches_.endpoints.find(shared::address_word(address))) {
    const auto& placements = endpoint->status.placements;
    if (std::any_of(placements.begin(), placements.end(), [&](const auto& p) { return is_it(p.address); })) return true;
  }
  return false;
}

int Slots::seen_in(const std::string& tenant, const Search& search) {
  const auto found = search.by_tenant.find(tenant);
  return found == search.by_tenant.end() ? 0 : found->second;
}

/// By tenant, what the last look did not show yet: each holds applications of one namespace only. An object on its way
/// to another gateway has two.
std::map<std::string, int> Slots::unseen_in(const std::string& ns, const Search& search) const {
  std::map<std::string, int> count;
  for (const EndpointPtr& endpoint : caches_.endpoints.list(ns)) {
    const auto found = reserved_.find(endpoint->meta.uid);
    const std::string reserved = found == reserved_.end() ? "" : edge_placement_id(found->second.slot.place);
    if (found != reserved_.end() && !search.applications.contains(reserved)) ++count[found->second.slot.place.tenant];
    for (const api::Placement& placement : endpoint->status.placements) {
      if (placement.system != api::PlacementSystem::F5 || placement.id == reserved) continue;
      if (search.applications.contains(placement.id)) continue;
      if (const auto place = parse_edge_placement(placement.id)) ++count[place->tenant];
    }
  }
  return count;
}

}  // namespace sallyport::protected_endpoint
