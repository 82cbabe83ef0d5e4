// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/world.hpp"

#include <algorithm>
#include <utility>

#include "e2e/simulators/latency.hpp"

namespace sallyport::simulators::databricks {

namespace {

std::int64_t milliseconds_since_1970(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock.now().time_since_epoch()).count();
}

}  // namespace

Endpoint* World::endpoint(const std::string& name) {
  const auto found = endpoints.find(name);
  if (found == endpoints.end()) return nullptr;
  Endpoint& it = found->second;
  if (it.update == Update::InProgress && clock->steady() >= it.settles_at) {
    if (switches.update_outcome == UpdateOutcome::Fails) {
      it.update = Update::Failed;
    } else {
      it.config = std::exchange(it.pending, Json());
      it.update = Update::None;
      it.ready = true;
    }
  }
  return &it;
}

Endpoint& World::open_endpoint(Endpoint endpoint, const std::string& creator_id) {
  endpoint.created = endpoint.updated = milliseconds_since_1970(*clock);
  if (endpoint.route_optimized && endpoint.endpoint_url.empty())
    endpoint.endpoint_url = "https://" + endpoint.id.substr(0, 16) + ".serving.cloud.databricks.com/" + workspace_id +
                            "/serving-endpoints/" + endpoint.name + "/invocations";
  if (!endpoint.id.empty()) {
    Entries entries;
    if (directory.by_id(creator_id) != nullptr) entries[creator_id] = Level::CanManage;
    acls.write(endpoint.id, std::move(entries));
  }
  const std::string name = endpoint.name;
  return endpoints[name] = std::move(endpoint);
}

bool World::close_endpoint(const std::string& name) {
  return endpoints.erase(name) > 0;
}

void World::roll_out(Endpoint& endpoint, Json config) const {
  const Json& last = endpoint.config.is_null() ? endpoint.pending : endpoint.config;
  const Json& version = member(last, "config_version");
  config["config_version"] = version.is_number() ? version.get<int>() + 1 : 1;
  endpoint.pending = std::move(config);
  endpoint.update = Update::InProgress;
  endpoint.settles_at = clock->steady() + scaled_duration(switches.update_window);
  endpoint.updated = milliseconds_since_1970(*clock);
}

Entries World::inherited_entries() const {
  Entries out = inherited;
  if (const Principal* admins = directory.find(PrincipalKind::Group, "admins")) out[admins->id] = Level::CanManage;
  return out;
}

Level World::level_on(const std::string& endpoint_id, const std::string& principal_id) const {
  Level highest = Level::None;
  const Entries from_above = inherited_entries();
  const Entries& direct = acls.actual(endpoint_id);
  for (const auto& identity : directory.identities(principal_id)) {
    if (const auto found = from_above.find(identity); found != from_above.end())
      highest = std::max(highest, found->second);
    if (const auto found = direct.find(identity); found != direct.end()) highest = std::max(highest, found->second);
  }
  return highest;
}

Level World::level_of(const Endpoint& endpoint, const std::string& principal_id) const {
  return endpoint.foundation_model() ? Level::CanQuery : level_on(endpoint.id, principal_id);
}

std::string World::name_of(const std::string& principal_id) const {
  const Principal* principal = directory.by_id(principal_id);
  return principal ? principal->name : principal_id;
}

Json World::entries_json(const Entries& entries) const {
  Json out = Json::object();
  for (const auto& [id, level] : entries) out[directory.reference(id)] = to_string(level);
  return out;
}

std::chrono::milliseconds World::scaled_duration(std::chrono::milliseconds duration) const {
  return scaled(duration, time_scale);
}

}  // namespace sallyport::simulators::databricks
