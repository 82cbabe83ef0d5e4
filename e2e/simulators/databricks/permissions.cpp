// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/permissions.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "e2e/simulators/databricks/access_request.hpp"
#include "operator/base/digest.hpp"

namespace sallyport::simulators::databricks {

namespace {

constexpr std::string_view kServing = "serving-endpoints";
constexpr std::array<std::string_view, 26> kTypes{kServing,
                                                  "registered-models",
                                                  "experiments",
                                                  "clusters",
                                                  "cluster-policies",
                                                  "instance-pools",
                                                  "jobs",
                                                  "pipelines",
                                                  "notebooks",
                                                  "directories",
                                                  "files",
                                                  "repos",
                                                  "sql/warehouses",
                                                  "warehouses",
                                                  "apps",
                                                  "vector-search-endpoints",
                                                  "dashboards",
                                                  "alertsv2",
                                                  "genie",
                                                  "knowledge-assistants",
                                                  "supervisor-agents",
                                                  "database-instances",
                                                  "database-projects",
                                                  "authorization/tokens",
                                                  "authorization/passwords",
                                                  "dbsql-dashboards"};

struct Target {
  std::string type;
  std::string id;
  bool levels = false;  ///< the path ends in /permissionLevels
};

/// Splits /api/2.0/permissions/{type}/{id}[/permissionLevels]; types may have two segments.
std::optional<Target> read_target(const Call& call) {
  std::vector<std::string> rest(call.segments.begin() + 3, call.segments.end());
  Target target;
  if (rest.size() > 2 && rest.back() == "permissionLevels") {
    target.levels = true;
    rest.pop_back();
  }
  if (rest.size() < 2 || rest.size() > 3) return std::nullopt;
  target.id = rest.back();
  target.type = rest.size() == 3 ? rest[0] + "/" + rest[1] : rest[0];
  if (target.id.empty()) return std::nullopt;
  return target;
}

bool is_endpoint_id(std::string_view id) {
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return id.size() == 32 && std::all_of(id.begin(), id.end(), hex);
}

/// The answer to an object that cannot be spoken about; nothing when it can.
std::optional<Reply> refuse_target(const World& world, const Target& target, const Call& call) {
  if (std::find(kTypes.begin(), kTypes.end(), target.type) == kTypes.end())
    return api_error(400, "BAD_REQUEST", "request_object_type is not recognized");
  if (target.type != kServing)
    return api_error(404, "RESOURCE_DOES_NOT_EXIST", "Object " + target.type + "/" + target.id + " does not exist.");
  if (target.id == "root" && call.method != "GET")
    return api_error(400, "BAD_REQUEST", "Cannot change permissions for group 'admins' to None.");
  if (!is_endpoint_id(target.id))
    return api_error(400, "INVALID_PARAMETER_VALUE", "'" + target.id + "' is not a valid Inference Endpoint ID.");
  if (!world.acls.knows(target.id))
    return api_error(404, "RESOURCE_DOES_NOT_EXIST", "Inference Endpoint with ID '" + target.id + "' does not exist.");
  return std::nullopt;
}

std::optional<Reply> refuse_caller(const World& world, const Target& target, const Call& call) {
  const Level needed = target.levels ? Level::CanView : Level::CanManage;
  if (world.level_on(target.id, call.caller.principal_id) >= needed) return std::nullopt;
  return api_error(403, "PERMISSION_DENIED",
                   world.name_of(call.caller.principal_id) + " does not have " + (target.levels ? "View" : "Manage") +
                       " permissions on " + target.id + ". Please contact your administrator for access.");
}

/// One line of the answer: of what a principal has directly and by inheritance, only the highest is told.
Json acl_line(const Principal& principal, Level direct, Level inherited) {
  Json line = Json::object();
  switch (principal.kind) {
    case PrincipalKind::User:
      line["user_name"] = principal.name;
      line["display_name"] = principal.display_name;
      break;
    case PrincipalKind::Group:
      line["group_name"] = principal.name;
      break;
    case PrincipalKind::ServicePrincipal:
      line["service_principal_name"] = principal.name;
      line["display_name"] = principal.display_name;
      break;
  }
  Json permission = {{"permission_level", to_string(std::max(direct, inherited))}, {"inherited", inherited >= direct}};
  if (inherited >= direct) permission["inherited_from_object"] = {"/serving-endpoints/"};
  line["all_permissions"] = Json::array({permission});
  return line;
}

Json acl_answer(const World& world, const std::string& id, const Entries& direct) {
  const Entries inherited = world.inherited_entries();
  // Neither the order of the request nor of names: by a digest, so that nobody comes to rely on it.
  std::map<std::string, std::string> ordered;
  for (const auto* entries : {&direct, &inherited})
    for (const auto& [principal, level] : *entries) ordered[sha256_hex(id + principal)] = principal;
  const auto level_in = [](const Entries& entries, const std::string& principal) {
    const auto found = entries.find(principal);
    return found == entries.end() ? Level::None : found->second;
  };
  Json lines = Json::array();
  for (const auto& [digest, principal_id] : ordered)
    if (const Principal* principal = world.directory.once(principal_id))
      lines.push_back(acl_line(*principal, level_in(direct, principal_id), level_in(inherited, principal_id)));
  return {
      {"object_id", "/serving-endpoints/" + id}, {"object_type", "serving-endpoint"}, {"access_control_list", lines}};
}

Json levels_answer() {
  return {
      {"permission_levels",
       Json::array({{{"permission_level", "CAN_MANAGE"}, {"description", "Can Manage permission on serving endpoint"}},
                    {{"permission_level", "CAN_QUERY"}, {"description", "Can Query permission on serving endpoint"}},
                    {{"permission_level", "CAN_VIEW"}, {"description", "Can View permission on serving endpoint"}}})}};
}

std::string endpoint_name(const World& world, const std::string& id) {
  for (const auto& [name, endpoint] : world.endpoints)
    if (endpoint.id == id) return name;
  return "";
}

/// The direct entries after a PUT: all others are gone, the caller's too, unless it is the creator and that is kept.
Entries replaced(const World& world, const std::string& id, Entries named) {
  if (world.switches.creator_on_put == CreatorOnPut::Kept) {
    for (const auto& [name, endpoint] : world.endpoints) {
      if (endpoint.id != id) continue;
      for (const auto kind : {PrincipalKind::User, PrincipalKind::ServicePrincipal})
        if (const Principal* creator = world.directory.find(kind, endpoint.creator))
          named[creator->id] = Level::CanManage;
    }
  }
  return named;
}

Reply write_acl(World& world, const Target& target, const Call& call) {
  const auto body = read_object(call, {"access_control_list"});
  if (!body) return body.error();
  auto request = read_access_request(world, *body);
  if (!request) return request.error();
  // `admins` manages by inheritance; naming it changes nothing.
  if (const Principal* admins = world.directory.find(PrincipalKind::Group, "admins"))
    request->entries.erase(admins->id);
  const Entries before = world.acls.actual(target.id);
  Entries after = before;
  if (call.method == "PUT") {
    after = replaced(world, target.id, request->entries);
  } else {
    for (const auto& [principal, level] : request->entries) after[principal] = level;
  }
  world.acls.write(target.id, after);
  Reply reply = request->refusal ? *request->refusal : ok(acl_answer(world, target.id, after));
  reply.mutating = true;
  reply.effect = {{"kind", "acl"},
                  {"object", "/serving-endpoints/" + target.id},
                  {"endpoint", endpoint_name(world, target.id)},
                  {"verb", call.method},
                  {"changed", before != after},
                  {"before", world.entries_json(before)},
                  {"after", world.entries_json(after)}};
  return reply;
}

}  // namespace

Reply answer_permissions(World& world, const Call& call) {
  const auto target = read_target(call);
  const bool reads = call.method == "GET";
  const bool writes = call.method == "PUT" || call.method == "PATCH";
  // There is no DELETE: taking one principal away is GET, drop, PUT.
  if (!target || (!reads && (!writes || target->levels))) return no_api(call.method, call.path);
  if (auto refusal = refuse_target(world, *target, call)) return std::move(*refusal);
  if (auto refusal = refuse_caller(world, *target, call)) return std::move(*refusal);
  if (target->levels) return ok(levels_answer());
  if (reads) return ok(acl_answer(world, target->id, world.acls.observed(target->id)));
  return write_acl(world, *target, call);
}

}  // namespace sallyport::simulators::databricks
