// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/f5_gateway/connection.hpp"

#include <set>

#include "reconcilers/delivery/gateways.hpp"
#include "reconcilers/shared/addresses.hpp"

namespace sallyport::f5_gateway {
namespace {

constexpr std::chrono::seconds kPause{1};        ///< after which asking for the note begins anew
constexpr std::chrono::seconds kLongestWait{3};  ///< for the note that something is unsaved
constexpr std::size_t kNotes = 32;               ///< then they are counted; the CRD allows 64

/// One device group, in whatever order its units are named.
std::vector<std::string> sorted(std::vector<std::string> units) {
  std::sort(units.begin(), units.end());
  return units;
}

}  // namespace

shared::CredentialsName Traits::credentials(const std::string& name, const api::F5GatewaySpec& spec) {
  return {shared::credentials_secret_name(name, spec),
          spec.nginx ? "spec.nginx.signingKeySecret" : "spec.bigip.credentialsSecret"};
}

std::optional<Error> Traits::refuse(const store::Object<Kind>& object, const shared::Caches& caches) {
  if (!object.spec.nginx || object.spec.nginx->directory.empty()) return std::nullopt;
  for (const auto& other : caches.gateways.list()) {
    const bool same = other->spec.nginx && other->spec.nginx->directory == object.spec.nginx->directory;
    if (!same || !shared::older(other->meta, object.meta)) continue;
    return Error{Code::Conflict,
                 "F5Gateway '" + other->meta.name + "' is older and publishes in the same directory; name another one",
                 "spec.nginx.directory",
                 {}};
  }
  return std::nullopt;
}

std::optional<Result<ir::SecretBytes>> Traits::new_credentials(const Description& connection) {
  return edge::new_credentials(connection);
}

ir::EdgeConnection Traits::build(const std::string& name, const api::F5GatewaySpec& spec,
                                 const ir::SecretHandle& credentials, const InstanceId& instance) {
  ir::EdgeConnection connection;
  connection.name = name;
  connection.instance = instance;
  connection.credentials = credentials;
  if (spec.nginx) {
    const std::string& directory = spec.nginx->directory;
    connection.publication = ir::PublicationPlace{directory, spec.nginx->use_for, directory.empty()};
  }
  if (!spec.bigip) return connection;
  connection.units = sorted(spec.bigip->units);
  connection.ca_bundle = spec.bigip->ca_bundle;
  connection.pinned_sha256 = spec.bigip->pinned_sha256;
  connection.insecure_skip_verify = spec.bigip->insecure_skip_verify;
  return connection;
}

Result<std::unique_ptr<edge::EdgeProvider>> Traits::make(const Description& connection, shared::World& world) {
  ir::EdgeConnection placed = connection;
  const bool delivered = placed.publication && placed.publication->delivered;
  if (delivered && !world.publications.empty())
    placed.publication->directory = delivery::directory_of(world.publications, placed.name);
  edge::Surroundings around{world.connect,
                            world.secrets,
                            world.around.clock,
                            world.around.random,
                            current_owner(world.caches, connection.name),
                            placed_on(world.caches, connection.name)};
  if (delivered && world.delivery_notes)
    around.notes = [tell = world.delivery_notes, name = connection.name] { return tell(name); };
  return edge::make_edge_provider(placed, std::move(around));
}

shared::GatewayLink::Step Traits::step(const Description& connection, shared::World& world) {
  const auto turn = [&world, made_with = connection] {
    const auto gateway = world.caches.gateways.get("", made_with.name);
    const bool known = gateway && gateway->spec.bigip;
    return world.turn_at(known ? gateway->spec.bigip->units : made_with.units);
  };
  return edge_step(turn, stored_note(world.store, world.caches, connection.name, world.around.clock));
}

std::function<ir::Owner()> current_owner(const shared::Caches& caches, const std::string& name) {
  return [&caches, name] {
    const auto gateway = caches.gateways.get("", name);
    const schema::Metadata meta = gateway ? gateway->meta : schema::Metadata{};
    return ir::Owner{std::string(Traits::kKind), "", name, meta.uid, meta.resource_version, meta.generation};
  };
}

std::function<edge::Placed()> placed_on(const shared::Caches& caches, const std::string& name) {
  return [&caches, name] {
    edge::Placed applications;
    for (const auto& endpoint : caches.endpoints.list()) {
      if (endpoint->meta.deletion_timestamp) continue;
      for (const api::Placement& placement : endpoint->status.placements) {
        const bool here = placement.system == api::PlacementSystem::F5 && placement.connection == name;
        if (!here || placement.hash.empty()) continue;
        applications.emplace(placement.id.substr(placement.id.find('/') + 1),
                             endpoint->meta.ns + "/" + endpoint->meta.name);
      }
    }
    return applications;
  };
}

SaysUnsaved stored_note(const store::Store& store, const shared::Caches& caches, const std::string& name,
                        const Clock& clock) {
  const auto asked = std::make_shared<std::pair<SteadyTime, SteadyTime>>();  // first and last, of asking in vain
  return [&store, &caches, &clock, name, asked] {
    const auto gateway = caches.gateways.get("", name);
    // A cache that lags behind our own last write may still show the note of a change that has long been saved.
    if (gateway && gateway->status.unsaved && store.fresh({std::string(Traits::kKind), "", name})) return true;
    const SteadyTime now = clock.steady();
    if (now - asked->second > kPause) asked->first = now;
    asked->second = now;
    return now - asked->first >= kLongestWait;
  };
}

void Traits::tell(const std::optional<Result<Health>>& health, const api::F5GatewaySpec& spec,
                  const shared::Caches& caches, const std::string& name, api::F5GatewayStatus& status, SystemTime) {
  std::set<std::string> users;
  std::set<std::string> addresses;
  std::set<std::string> claimed;
  for (const auto& endpoint : caches.endpoints.list()) {
    for (const api::Placement& placement : endpoint->status.placements) {
      if (placement.system != api::PlacementSystem::F5) continue;
      claimed.insert(placement.id);  // also through another connection to the same device
      if (placement.connection != name) continue;
      users.insert(endpoint->meta.ns + "/" + endpoint->meta.name);
      if (!placement.address.empty()) addresses.insert(placement.address);
    }
  }
  status.users = static_cast<int>(users.size());
  status.addresses_used = static_cast<int>(addresses.size());
  status.addresses_total = shared::count_addresses(spec.address_pool.value_or(std::vector<std::string>{}));
  if (!health || !*health) return;
  status.active_unit = (*health)->active_unit;
  status.version = (*health)->version;
  status.notes = (*health)->notes;
  status.unsaved = (*health)->unsaved;
  std::size_t more = 0;
  for (const std::string& place : (*health)->unclaimed) {
    if (claimed.contains(place)) continue;
    if (status.notes.size() < kNotes) {
      status.notes.push_back("bears our name, but no object claims it: " + place);
    } else {
      ++more;
    }
  }
  if (more > 0) status.notes.push_back("and " + std::to_string(more) + " more that no object claims");
}

}  // namespace sallyport::f5_gateway
