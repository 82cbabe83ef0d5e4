// SPDX-License-Identifier: Apache-2.0
// The strict reading of a serving configuration: what is sent, what is filled in, what is refused.
#include <algorithm>
#include <optional>
#include <vector>

#include "e2e/simulators/databricks/call.hpp"
#include "e2e/simulators/databricks/endpoint.hpp"

namespace sallyport::simulators::databricks {

namespace {

using Refusal = std::optional<Reply>;

Reply invalid(std::string_view message) {
  return api_error(400, "INVALID_PARAMETER_VALUE", message);
}

/// Default names: entity_name-entity_version, or the external model's with '.' and ':' turned into '-'.
std::string default_name(const Json& entity) {
  const Json& external = member(entity, "external_model");
  if (!external.is_object()) return text_of(entity, "entity_name") + "-" + text_of(entity, "entity_version");
  std::string name = text_of(external, "name");
  std::replace(name.begin(), name.end(), '.', '-');
  std::replace(name.begin(), name.end(), ':', '-');
  return name;
}

/// Keys of outside providers are taken and never given back (TF 5125).
void drop_secrets(Json& value) {
  if (!value.is_object()) return;
  for (auto item = value.begin(); item != value.end();) {
    if (item.key().ends_with("_plaintext")) {
      item = value.erase(item);
    } else {
      drop_secrets(*item);
      ++item;
    }
  }
}

std::expected<Json, Reply> complete_entity(const Json& sent, ConfigUse use) {
  if (!sent.is_object()) return std::unexpected(malformed("Could not parse request object: Expected 'START_OBJECT'"));
  auto unknown = unknown_member(
      sent, {"name", "entity_name", "entity_version", "model_name", "model_version", "environment_vars",
             "external_model", "instance_profile_arn", "workload_size", "workload_type", "scale_to_zero_enabled",
             "min_provisioned_throughput", "max_provisioned_throughput", "min_provisioned_concurrency",
             "max_provisioned_concurrency", "provisioned_model_units", "burst_scaling_enabled"});
  if (unknown) return std::unexpected(std::move(*unknown));
  Json entity = sent;
  for (const auto& [old_name, name] : {std::pair{"model_name", "entity_name"}, {"model_version", "entity_version"}}) {
    if (!entity.contains(old_name)) continue;
    entity[name] = entity[old_name];
    entity.erase(old_name);
  }
  const bool external = entity.contains("external_model");
  if (!external && text_of(entity, "entity_name").empty())
    return std::unexpected(invalid("Missing required field: entity_name"));
  if (use == ConfigUse::Change && !external && !entity.contains("scale_to_zero_enabled"))
    return std::unexpected(invalid("scaleToZeroEnabled is undefined"));
  if (text_of(entity, "name").empty()) entity["name"] = default_name(entity);
  entity.erase("burst_scaling_enabled");
  drop_secrets(entity);
  return entity;
}

std::expected<Json, Reply> complete_entities(const Json& sent, ConfigUse use) {
  const Json& list = sent.contains("served_entities") ? sent["served_entities"] : member(sent, "served_models");
  if (!list.is_array() || list.empty()) return std::unexpected(invalid("At least one served entity is required."));
  Json entities = Json::array();
  for (const auto& item : list) {
    auto entity = complete_entity(item, use);
    if (!entity) return entity;
    entities.push_back(std::move(*entity));
  }
  return entities;
}

std::expected<Json, Reply> complete_route(const Json& sent, const Json& entities) {
  if (!sent.is_object()) return std::unexpected(malformed("Could not parse request object: Expected 'START_OBJECT'"));
  if (auto unknown = unknown_member(sent, {"served_model_name", "served_entity_name", "traffic_percentage"}))
    return std::unexpected(std::move(*unknown));
  const std::string name = text_of(sent, "served_entity_name", text_of(sent, "served_model_name"));
  const bool known = std::any_of(entities.begin(), entities.end(),
                                 [&](const Json& entity) { return text_of(entity, "name") == name; });
  if (!known) return std::unexpected(invalid("Traffic config names an unknown served entity: " + name));
  const Json& share = member(sent, "traffic_percentage");
  if (!share.is_number_unsigned()) return std::unexpected(invalid("traffic_percentage must be an integer"));
  return Json{{"served_model_name", name}, {"served_entity_name", name}, {"traffic_percentage", share}};
}

std::expected<Json, Reply> complete_traffic(const Json& sent, const Json& entities) {
  if (sent.is_null()) {
    if (entities.size() > 1) return std::unexpected(invalid("Traffic config is required for several served entities."));
    const Json& name = entities[0]["name"];
    return Json{
        {"routes",
         Json::array({{{"served_model_name", name}, {"served_entity_name", name}, {"traffic_percentage", 100}}})}};
  }
  if (!sent.is_object()) return std::unexpected(malformed("Could not parse request object: Expected 'START_OBJECT'"));
  if (auto unknown = unknown_member(sent, {"routes"})) return std::unexpected(std::move(*unknown));
  Json routes = Json::array();
  std::uint64_t sum = 0;
  for (const auto& item : member(sent, "routes")) {
    auto route = complete_route(item, entities);
    if (!route) return route;
    sum += (*route)["traffic_percentage"].get<std::uint64_t>();
    routes.push_back(std::move(*route));
  }
  if (sum != 100) return std::unexpected(invalid("The sum of traffic percentages must be 100."));
  return Json{{"routes", routes}};
}

}  // namespace

std::expected<Json, Reply> complete_config(const Json& sent, ConfigUse use) {
  if (!sent.is_object()) return std::unexpected(malformed("Could not parse request object: Expected 'START_OBJECT'"));
  if (auto unknown =
          unknown_member(sent, {"name", "served_entities", "served_models", "traffic_config", "auto_capture_config"}))
    return std::unexpected(std::move(*unknown));
  auto entities = complete_entities(sent, use);
  if (!entities) return entities;
  auto traffic = complete_traffic(member(sent, "traffic_config"), *entities);
  if (!traffic) return traffic;
  Json config = {{"served_entities", std::move(*entities)}, {"traffic_config", std::move(*traffic)}};
  if (sent.contains("auto_capture_config")) config["auto_capture_config"] = sent["auto_capture_config"];
  return config;
}

}  // namespace sallyport::simulators::databricks
