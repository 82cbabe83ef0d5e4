// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/endpoint.hpp"

#include <algorithm>

#include "operator/base/digest.hpp"

namespace sallyport::simulators::databricks {

namespace {

std::string_view word(Update update) {
  switch (update) {
    case Update::None:
      return "NOT_UPDATING";
    case Update::InProgress:
      return "IN_PROGRESS";
    case Update::Failed:
      return "UPDATE_FAILED";
  }
  return "";
}

/// Each entity under its old name too: served_models is what it was called before.
Json served_models(const Json& entities) {
  Json out = Json::array();
  for (const auto& entity : entities) {
    Json model = entity;
    model.erase("entity_name");
    model.erase("entity_version");
    model["model_name"] = member(entity, "entity_name");
    model["model_version"] = member(entity, "entity_version");
    out.push_back(std::move(model));
  }
  return out;
}

Json with_state(const Json& config, std::string_view deployment) {
  Json out = config;
  for (auto& entity : out["served_entities"])
    entity["state"] = {{"deployment", deployment}, {"deployment_state_message", ""}};
  out["served_models"] = served_models(out["served_entities"]);
  return out;
}

Json summary(const Json& config) {
  Json entities = Json::array();
  for (const auto& entity : member(config, "served_entities")) {
    Json item = Json::object();
    for (const auto* name : {"name", "entity_name", "entity_version", "external_model", "foundation_model"})
      if (entity.contains(name)) item[name] = entity[name];
    entities.push_back(std::move(item));
  }
  return {{"served_entities", entities}, {"served_models", served_models(entities)}};
}

Json common(const Endpoint& endpoint) {
  Json out = {{"name", endpoint.name},
              {"creation_timestamp", endpoint.created},
              {"last_updated_timestamp", endpoint.updated},
              {"state", {{"ready", endpoint.ready ? "READY" : "NOT_READY"}, {"config_update", word(endpoint.update)}}}};
  if (!endpoint.id.empty()) out["id"] = endpoint.id;
  if (!endpoint.creator.empty()) out["creator"] = endpoint.creator;
  if (!endpoint.tags.empty()) out["tags"] = tag_list(endpoint.tags);
  if (!endpoint.task.empty()) out["task"] = endpoint.task;
  if (!endpoint.description.empty()) out["description"] = endpoint.description;
  // budget_policy_id and the old rate_limits are taken and never told again.
  for (const auto* name : {"ai_gateway", "telemetry_config", "usage_policy_id"})
    if (endpoint.settings.contains(name)) out[name] = endpoint.settings[name];
  return out;
}

/// What a client must ask a token for before it may query the route-optimised URL.
Json data_plane(const Endpoint& endpoint) {
  const Json details = Json::array({{{"type", "workspace_permission"},
                                     {"object_type", "serving-endpoints"},
                                     {"object_path", "/serving-endpoints/" + endpoint.id},
                                     {"actions", {"query_inference_endpoint"}}}});
  return {{"query_info", {{"authorization_details", details.dump()}, {"endpoint_url", endpoint.endpoint_url}}}};
}

}  // namespace

std::string new_endpoint_id() {
  std::string id = uuid_v4();
  std::erase(id, '-');
  return id;
}

Json tag_list(const std::map<std::string, std::string>& tags) {
  Json out = Json::array();
  for (auto tag = tags.rbegin(); tag != tags.rend(); ++tag) {
    Json item = {{"key", tag->first}};
    // A tag without a value comes back without the member.
    if (!tag->second.empty()) item["value"] = tag->second;
    out.push_back(std::move(item));
  }
  return out;
}

Json list_item(const Endpoint& endpoint) {
  Json out = common(endpoint);
  const Json& shown = endpoint.config.is_null() ? endpoint.pending : endpoint.config;
  if (!shown.is_null()) out["config"] = summary(shown);
  // Seen on a real workspace for foundation models only (mondoohq/mql 9770).
  if (endpoint.foundation_model()) out["permission_level"] = to_string(Level::CanQuery);
  return out;
}

Json detailed(const Endpoint& endpoint, Level level) {
  Json out = common(endpoint);
  if (!endpoint.config.is_null()) out["config"] = with_state(endpoint.config, "DEPLOYMENT_READY");
  if (!endpoint.pending.is_null()) {
    const bool failed = endpoint.update == Update::Failed;
    out["pending_config"] = with_state(endpoint.pending, failed ? "DEPLOYMENT_FAILED" : "DEPLOYMENT_CREATING");
    out["pending_config"]["start_time"] = endpoint.updated;
  }
  out["permission_level"] = to_string(level);
  if (endpoint.foundation_model()) return out;
  if (endpoint.settings.contains("email_notifications"))
    out["email_notifications"] = endpoint.settings["email_notifications"];
  out["route_optimized"] = endpoint.route_optimized;
  if (endpoint.route_optimized) {
    out["endpoint_url"] = endpoint.endpoint_url;
    out["data_plane_info"] = data_plane(endpoint);
  }
  return out;
}

}  // namespace sallyport::simulators::databricks
