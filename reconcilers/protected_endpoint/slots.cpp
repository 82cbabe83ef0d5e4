// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/slots.hpp"

#include <algorithm>

#include "reconcilers/shared/addresses.hpp"

namespace sallyport::protected_endpoint {

Result<Slot> Slots::reserve(const EndpointPtr& object, const api::F5GatewaySpec& gateway, const OnDevice& on_device) {
  const std::string& name = object->spec.gateway_ref.name;
  const std::lock_guard lock(mutex_);
  drop_settled();
  if (const auto found = reserved_.find(object->meta.uid); found != reserved_.end() && found->second.gateway == name)
    return found->second.slot;
  const std::optional<std::string> address = free_address(search_on(name, gateway, on_device));
  if (!address) {
    return Error{
        Code::NotFound,
        "every address of the pool of F5Gateway '" + name + "' is taken; add a network to its spec.addressPool",
        "spec.gatewayRef",
        {}};
  }
  const std::string& ns = object->meta.ns;
  const Slot slot{{choose_tenant(instance_, ns, [&](const std::string& tenant) { return applications_in(ns, tenant); }),
                   application_name(instance_, name, ns, object->meta.name)},
                  *address};
  reserved_[object->meta.uid] = {ns, object->meta.name, name, slot};
  return slot;
}

void Slots::release(const Uid& owner) {
  const std::lock_guard lock(mutex_);
  reserved_.erase(owner);
}

/// What the cache shows by now, or whose object is gone, is not reserved any more.
void Slots::drop_settled() {
  std::erase_if(reserved_, [&](const auto& entry) {
    const auto object = caches_.endpoints.get(entry.second.ns, entry.second.name);
    return !object || object->meta.uid != entry.first || kept_slot(object->status, entry.second.gateway);
  });
}

Slots::Search& Slots::search_on(const std::string& name, const api::F5GatewaySpec& gateway, const OnDevice& on_device) {
  Search& search = searches_[name];
  if (search.pool != gateway.address_pool) {
    search.pool = gateway.address_pool;
    search.place = 0;
  }
  if (search.look != on_device) {
    search.look = on_device;
    search.on_device.clear();
    for (const std::string& address : *on_device) search.on_device.insert(shared::canonical_address(address));
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

bool Slots::is_taken(const std::string& address, const Search& search) const {
  if (search.on_device.contains(address)) return true;
  const auto is_it = [&](const std::string& other) { return shared::canonical_address(other) == address; };
  for (const EndpointPtr& endpoint : caches_.endpoints.find(shared::address_word(address))) {
    const auto& placements = endpoint->status.placements;
    if (std::any_of(placements.begin(), placements.end(), [&](const auto& p) { return is_it(p.address); })) return true;
  }
  return std::any_of(reserved_.begin(), reserved_.end(),
                     [&](const auto& entry) { return is_it(entry.second.slot.address); });
}

/// A tenant holds applications of one namespace only.
int Slots::applications_in(const std::string& ns, const std::string& tenant) const {
  int count = 0;
  for (const EndpointPtr& endpoint : caches_.endpoints.list(ns)) {
    if (reserved_.contains(endpoint->meta.uid)) continue;
    for (const api::Placement& placement : endpoint->status.placements) {
      const auto place = parse_edge_placement(placement.id);
      if (placement.system == api::PlacementSystem::F5 && place && place->tenant == tenant) ++count;
    }
  }
  for (const auto& [uid, reserved] : reserved_) count += reserved.slot.place.tenant == tenant ? 1 : 0;
  return count;
}

}  // namespace sallyport::protected_endpoint
