// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/world_file.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace sallyport::simulators::databricks {

namespace {

Error bad(std::string where, std::string_view why) {
  return {Code::InvalidSpec, std::string(why), std::move(where), {}};
}

/// Refuses members that nobody reads: a misspelt world must not pass for a tested one.
Result<void> known(const Json& json, std::string_view where, std::initializer_list<std::string_view> names) {
  if (!json.is_object()) return bad(std::string(where), "must be an object");
  for (const auto& [name, value] : json.items())
    if (std::find(names.begin(), names.end(), name) == names.end())
      return bad(std::string(where) + "." + name, "unknown member");
  return {};
}

std::string replace_all(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

Result<GroupSource> read_source(const std::string& word) {
  if (word == "account") return GroupSource::Account;
  if (word == "workspace") return GroupSource::Workspace;
  if (word == "system") return GroupSource::System;
  return bad("groups.source", "must be account, workspace or system");
}

Result<std::string> resolve(const Directory& directory, const std::string& reference) {
  const Principal* principal = directory.by_reference(reference);
  if (principal == nullptr) return bad(reference, "no such principal");
  return principal->id;
}

/// Puts a list of principals in; users and service principals may bring credentials.
Result<void> read_principals(const Json& list, PrincipalKind kind, World& world) {
  for (const auto& item : list) {
    const Principal& put = world.directory.put(TRY(read_principal(item, kind)));
    if (const auto token = text_of(item, "token"); !token.empty()) world.tokens.accept(Secret(token), put.id);
    if (const auto secret = text_of(item, "client_secret"); !secret.empty())
      world.client_secrets.set(put.name, Secret(secret), world.clock->now());
  }
  return {};
}

/// Only once all groups are there: they may hold each other.
Result<void> read_members(const Json& groups, Directory& directory) {
  for (const auto& group : groups) {
    const std::string id = directory.find(PrincipalKind::Group, text_of(group, "display_name"))->id;
    for (const auto& reference : member(group, "members"))
      directory.join(id, TRY(resolve(directory, reference.is_string() ? reference.get<std::string>() : "")));
  }
  return {};
}

Json served_model(const std::string& name) {
  Json config = {{"served_entities", Json::array({{{"name", name + "-1"},
                                                   {"entity_name", "main.models." + name},
                                                   {"entity_version", "1"},
                                                   {"workload_size", "Small"},
                                                   {"workload_type", "CPU"},
                                                   {"scale_to_zero_enabled", false}}})}};
  auto completed = complete_config(config, ConfigUse::Create);
  (*completed)["config_version"] = 1;
  return std::move(*completed);
}

/// The parts that only stand on the page: rules and switches.
Result<void> read_rules(const Json& json, World& world) {
  for (const auto& policy : member(json, "federation_policies")) world.policies.push_back(TRY(read_policy(policy)));
  if (json.contains("switches")) TRY(apply_switches(json["switches"], world.switches));
  world.acls.set_stale_reads(world.switches.stale_reads);
  if (json.contains("troubles")) world.troubles.set(TRY(read_troubles(json["troubles"])));
  if (json.contains("rate_limits")) world.limits.set(TRY(read_limits(json["rate_limits"])), world.time_scale);
  return {};
}

}  // namespace

Result<Principal> read_principal(const Json& json, PrincipalKind kind) {
  Principal out;
  out.kind = kind;
  switch (kind) {
    case PrincipalKind::User:
      TRY(known(json, "users", {"user_name", "display_name", "id", "external_id", "active", "token"}));
      out.name = text_of(json, "user_name");
      break;
    case PrincipalKind::Group:
      TRY(known(json, "groups", {"display_name", "members", "source", "id", "external_id"}));
      out.name = text_of(json, "display_name");
      out.source = TRY(read_source(text_of(json, "source", "account")));
      break;
    case PrincipalKind::ServicePrincipal:
      TRY(known(json, "service_principals",
                {"application_id", "display_name", "id", "external_id", "active", "client_secret", "token"}));
      out.name = text_of(json, "application_id");
      break;
  }
  if (out.name.empty()) return bad(std::string(to_string(kind)), "has no name");
  out.id = text_of(json, "id");
  out.display_name = kind == PrincipalKind::Group ? out.name : text_of(json, "display_name");
  out.external_id = text_of(json, "external_id");
  out.active = member(json, "active") != false;
  return out;
}

Result<Entries> read_entries(const Json& json, const Directory& directory) {
  Entries entries;
  if (json.is_null()) return entries;
  if (!json.is_object()) return bad("permissions", "must be an object");
  for (const auto& [reference, level] : json.items()) {
    const auto parsed = level.is_string() ? parse_level(level.get<std::string>()) : std::nullopt;
    if (!parsed) return bad("permissions." + reference, "not a level");
    entries[TRY(resolve(directory, reference))] = *parsed;
  }
  return entries;
}

Result<void> read_endpoint(const Json& json, World& world) {
  TRY(known(json, "serving_endpoints",
            {"name", "id", "creator", "tags", "description", "task", "ready", "foundation_model", "route_optimized",
             "endpoint_url", "permissions"}));
  Endpoint endpoint;
  endpoint.name = text_of(json, "name");
  if (endpoint.name.empty()) return bad("serving_endpoints", "has no name");
  if (member(json, "foundation_model") != true) endpoint.id = text_of(json, "id", new_endpoint_id());
  endpoint.description = text_of(json, "description");
  endpoint.task = text_of(json, "task");
  endpoint.route_optimized = member(json, "route_optimized") == true;
  endpoint.endpoint_url = text_of(json, "endpoint_url");
  for (const auto& [key, value] : member(json, "tags").items()) {
    if (!value.is_string()) return bad("serving_endpoints.tags." + key, "must be a text");
    endpoint.tags[key] = value;
  }
  endpoint.ready = member(json, "ready") != false;
  if (endpoint.ready) endpoint.config = served_model(endpoint.name);
  std::string creator_id;
  if (const auto creator = text_of(json, "creator"); !creator.empty()) {
    creator_id = TRY(resolve(world.directory, creator));
    endpoint.creator = world.name_of(creator_id);
  }
  const Entries entries = TRY(read_entries(member(json, "permissions"), world.directory));
  const Endpoint& opened = world.open_endpoint(std::move(endpoint), creator_id);
  if (opened.foundation_model()) return {};
  Entries direct = world.acls.actual(opened.id);
  for (const auto& [principal, level] : entries) direct[principal] = level;
  world.acls.write(opened.id, std::move(direct));
  return {};
}

Result<void> read_world(std::string_view text, std::string_view operator_id, World& world) {
  const Json json = TRY(parse_json(replace_all(std::string(text), "$operator", operator_id)));
  TRY(known(json, "world",
            {"workspace_id", "account_id", "cloud", "users", "service_principals", "groups", "serving_endpoints",
             "inherited_permissions", "securables", "ip_access", "federation_policies", "switches", "troubles",
             "rate_limits"}));
  world.workspace_id = text_of(json, "workspace_id", world.workspace_id);
  world.account_id = text_of(json, "account_id", world.account_id);
  world.cloud = text_of(json, "cloud", world.cloud);
  TRY(read_principals(member(json, "users"), PrincipalKind::User, world));
  TRY(read_principals(member(json, "service_principals"), PrincipalKind::ServicePrincipal, world));
  TRY(read_principals(member(json, "groups"), PrincipalKind::Group, world));
  TRY(read_members(member(json, "groups"), world.directory));
  world.inherited = TRY(read_entries(member(json, "inherited_permissions"), world.directory));
  for (const auto& endpoint : member(json, "serving_endpoints")) TRY(read_endpoint(endpoint, world));
  world.securables = TRY(read_securables(member(json, "securables"), world.directory));
  if (json.contains("ip_access")) world.ip_access.declare(TRY(read_ip_access(json["ip_access"])), {}, {});
  return read_rules(json, world);
}

}  // namespace sallyport::simulators::databricks
