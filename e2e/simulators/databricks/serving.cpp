// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/serving.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace sallyport::simulators::databricks {

namespace {

Reply missing(const std::string& name) {
  return api_error(404, "RESOURCE_DOES_NOT_EXIST", "Endpoint with name '" + name + "' does not exist.");
}

Reply denied(std::string_view right, const std::string& name) {
  return api_error(403, "PERMISSION_DENIED",
                   "User does not have permission '" + std::string(right) + "' on Endpoint " + name);
}

Reply conflict(const World& world, const std::string& name) {
  const std::string text = "Endpoint " + name + " is currently updating. Please wait until the update is finished.";
  return world.switches.config_conflict == ConfigConflict::InvalidState ? api_error(400, "INVALID_STATE", text)
                                                                        : api_error(409, "RESOURCE_CONFLICT", text);
}

/// The endpoint, if the caller has this level on it; otherwise the answer. A caller who may not even view it learns
/// only what the switch says.
std::expected<Endpoint*, Reply> find_for(World& world, const Call& call, Level needed) {
  const std::string& name = call.segments[3];
  Endpoint* endpoint = world.endpoint(name);
  if (endpoint == nullptr) return std::unexpected(missing(name));
  const Level level = world.level_of(*endpoint, call.caller.principal_id);
  if (level == Level::None && world.switches.hidden_endpoint == HiddenEndpoint::NotFound)
    return std::unexpected(missing(name));
  if (level < Level::CanView) return std::unexpected(denied("View", name));
  if (level < needed) return std::unexpected(denied("Manage", name));
  return endpoint;
}

Json effect_of(const Endpoint& endpoint, std::string_view action) {
  return {{"kind", "serving-endpoint"}, {"endpoint", endpoint.name}, {"id", endpoint.id}, {"action", action}};
}

Reply changed(const Json& body, Json effect) {
  Reply reply = ok(body);
  reply.mutating = true;
  reply.effect = std::move(effect);
  return reply;
}

Reply list(World& world, const Call& call) {
  Json items = Json::array();
  for (const auto& [name, stored] : world.endpoints) {
    const Endpoint* endpoint = world.endpoint(name);
    if (world.level_of(*endpoint, call.caller.principal_id) >= Level::CanView) items.push_back(list_item(*endpoint));
  }
  return ok(items.empty() ? Json::object() : Json{{"endpoints", items}});
}

bool good_name(const std::string& name) {
  const auto good = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; };
  return !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), good);
}

/// Adds [{"key","value"}] to `tags`; the answer when one is not a tag.
std::optional<Reply> add_tags(const Json& list, std::map<std::string, std::string>& tags) {
  if (list.is_null()) return std::nullopt;
  if (!list.is_array()) return malformed("Could not parse request object: Expected 'START_ARRAY'");
  for (const auto& tag : list) {
    if (!tag.is_object()) return malformed("Could not parse request object: Expected 'START_OBJECT'");
    if (auto unknown = unknown_member(tag, {"key", "value"})) return unknown;
    if (text_of(tag, "key").empty()) return api_error(400, "INVALID_PARAMETER_VALUE", "Tag key must not be empty.");
    tags[text_of(tag, "key")] = text_of(tag, "value");
  }
  return std::nullopt;
}

std::optional<Reply> refuse_gateway_limit(const Json& limit) {
  if (!limit.is_object()) return malformed("Could not parse request object: Expected 'START_OBJECT'");
  if (auto unknown = unknown_member(limit, {"calls", "tokens", "key", "principal", "renewal_period"})) return unknown;
  constexpr std::array<std::string_view, 4> kKeys{"user", "endpoint", "user_group", "service_principal"};
  const bool key = std::find(kKeys.begin(), kKeys.end(), text_of(limit, "key", "endpoint")) != kKeys.end();
  const bool one = member(limit, "calls").is_number_unsigned() != member(limit, "tokens").is_number_unsigned();
  if (key && one && text_of(limit, "renewal_period") == "minute") return std::nullopt;
  return api_error(400, "INVALID_PARAMETER_VALUE", "Invalid rate limit: " + limit.dump());
}

/// At most 20 limits, 5 of them of groups.
std::optional<Reply> refuse_ai_gateway(const Json& gateway) {
  if (auto unknown = unknown_member(
          gateway, {"rate_limits", "usage_tracking_config", "inference_table_config", "guardrails", "fallback_config"}))
    return unknown;
  const Json& limits = member(gateway, "rate_limits");
  if (!limits.is_null() && !limits.is_array())
    return malformed("Could not parse request object: Expected 'START_ARRAY'");
  int groups = 0;
  for (const auto& limit : limits) {
    if (auto refusal = refuse_gateway_limit(limit)) return refusal;
    groups += text_of(limit, "key") == "user_group" ? 1 : 0;
  }
  if (limits.size() <= 20 && groups <= 5) return std::nullopt;
  return api_error(400, "INVALID_PARAMETER_VALUE", "At most 20 rate limits are allowed, 5 of them for groups.");
}

struct Setting {
  std::string_view name;
  Json::value_t type;
};
constexpr std::array<Setting, 6> kSettings{{{"ai_gateway", Json::value_t::object},
                                            {"rate_limits", Json::value_t::array},
                                            {"budget_policy_id", Json::value_t::string},
                                            {"usage_policy_id", Json::value_t::string},
                                            {"email_notifications", Json::value_t::object},
                                            {"telemetry_config", Json::value_t::object}}};

/// What a new endpoint is to have beside its configuration, kept as it was sent.
std::expected<Json, Reply> read_settings(const Json& body) {
  Json settings = Json::object();
  for (const auto& [name, type] : kSettings) {
    const Json& value = member(body, name);
    if (value.is_null()) continue;
    if (value.type() != type)
      return std::unexpected(malformed("Could not parse request object: wrong type of \"" + std::string(name) + "\""));
    settings[std::string(name)] = value;
  }
  if (settings.contains("ai_gateway"))
    if (auto refusal = refuse_ai_gateway(settings["ai_gateway"])) return std::unexpected(std::move(*refusal));
  return settings;
}

Reply create(World& world, const Call& call) {
  const auto body =
      read_object(call, {"name", "config", "tags", "ai_gateway", "rate_limits", "budget_policy_id", "usage_policy_id",
                         "description", "email_notifications", "route_optimized", "telemetry_config"});
  if (!body) return body.error();
  Endpoint endpoint;
  endpoint.name = text_of(*body, "name");
  if (!good_name(endpoint.name))
    return api_error(400, "INVALID_PARAMETER_VALUE",
                     "Endpoint name must be alphanumeric with hyphens and underscores allowed in between.");
  if (world.endpoint(endpoint.name) != nullptr)
    return api_error(409, "RESOURCE_ALREADY_EXISTS", "Endpoint with name '" + endpoint.name + "' already exists.");
  endpoint.id = new_endpoint_id();
  endpoint.creator = world.name_of(call.caller.principal_id);
  endpoint.description = text_of(*body, "description");
  endpoint.route_optimized = member(*body, "route_optimized") == true;
  if (auto refusal = add_tags(member(*body, "tags"), endpoint.tags)) return std::move(*refusal);
  auto settings = read_settings(*body);
  if (!settings) return settings.error();
  endpoint.settings = std::move(*settings);
  std::optional<Json> config;
  if (body->contains("config")) {
    auto completed = complete_config((*body)["config"], ConfigUse::Create);
    if (!completed) return completed.error();
    config = std::move(*completed);
  }
  Endpoint& opened = world.open_endpoint(std::move(endpoint), call.caller.principal_id);
  if (config) world.roll_out(opened, std::move(*config));
  Json effect = effect_of(opened, "create");
  effect["tags"] = opened.tags;
  effect["acl"] = world.entries_json(world.acls.actual(opened.id));
  return changed(detailed(opened, world.level_of(opened, call.caller.principal_id)), std::move(effect));
}

Reply update_config(World& world, const Call& call) {
  const auto found = find_for(world, call, Level::CanManage);
  if (!found) return found.error();
  Endpoint& endpoint = **found;
  const auto body = read_object(call, {"served_entities", "served_models", "traffic_config", "auto_capture_config"});
  if (!body) return body.error();
  if (endpoint.update == Update::InProgress) return conflict(world, endpoint.name);
  auto config = complete_config(*body, ConfigUse::Change);
  if (!config) return config.error();
  world.roll_out(endpoint, std::move(*config));
  return changed(detailed(endpoint, Level::CanManage), effect_of(endpoint, "update-config"));
}

Reply update_tags(World& world, const Call& call) {
  const auto found = find_for(world, call, Level::CanManage);
  if (!found) return found.error();
  Endpoint& endpoint = **found;
  const auto body = read_object(call, {"add_tags", "delete_tags"});
  if (!body) return body.error();
  if (endpoint.update == Update::InProgress && world.switches.tags_while_updating == TagsWhileUpdating::Conflict)
    return conflict(world, endpoint.name);
  auto tags = endpoint.tags;
  for (const auto& key : member(*body, "delete_tags")) {
    if (!key.is_string()) return malformed("Could not parse request object: Expected 'VALUE_STRING'");
    const bool was_there = tags.erase(key.get<std::string>()) > 0;
    if (!was_there && world.switches.missing_tag == MissingTag::Refused)
      return api_error(400, "INVALID_PARAMETER_VALUE", "Tag '" + key.get<std::string>() + "' does not exist.");
  }
  if (auto refusal = add_tags(member(*body, "add_tags"), tags)) return std::move(*refusal);
  Json effect = effect_of(endpoint, "tags");
  effect["before"] = endpoint.tags;
  effect["after"] = tags;
  endpoint.tags = std::move(tags);
  return changed({{"tags", tag_list(endpoint.tags)}}, std::move(effect));
}

Reply remove(World& world, const Call& call) {
  const auto found = find_for(world, call, Level::CanManage);
  if (!found) return found.error();
  Json effect = effect_of(**found, "delete");
  world.close_endpoint(call.segments[3]);
  return changed(Json::object(), std::move(effect));
}

}  // namespace

Reply answer_serving(World& world, const Call& call) {
  const std::size_t depth = call.segments.size();
  const std::string& method = call.method;
  if (depth == 3 && method == "GET") return list(world, call);
  if (depth == 3 && method == "POST") return create(world, call);
  if (depth == 4 && method == "GET") {
    const auto found = find_for(world, call, Level::CanView);
    if (!found) return found.error();
    return ok(detailed(**found, world.level_of(**found, call.caller.principal_id)));
  }
  if (depth == 4 && method == "DELETE") return remove(world, call);
  if (depth == 5 && call.segments[4] == "config" && method == "PUT") return update_config(world, call);
  if (depth == 5 && call.segments[4] == "tags" && method == "PATCH") return update_tags(world, call);
  return no_api(method, call.path);
}

}  // namespace sallyport::simulators::databricks
