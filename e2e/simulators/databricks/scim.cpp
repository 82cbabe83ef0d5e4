// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/scim.hpp"

#include <algorithm>
#include <charconv>

#include "e2e/simulators/databricks/scim_filter.hpp"
#include "e2e/simulators/databricks/scim_patch.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators::databricks {

namespace {

constexpr int kDefaultCount = 100;

std::optional<PrincipalKind> kind_of(std::string_view collection) {
  if (collection == "Users") return PrincipalKind::User;
  if (collection == "Groups") return PrincipalKind::Group;
  if (collection == "ServicePrincipals") return PrincipalKind::ServicePrincipal;
  return std::nullopt;
}

std::string_view collection_of(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::User:
      return "Users";
    case PrincipalKind::Group:
      return "Groups";
    case PrincipalKind::ServicePrincipal:
      return "ServicePrincipals";
  }
  return "";
}

/// {"display","value","$ref"} of another resource.
Json link(const Principal& principal) {
  return {{"display", principal.display_name},
          {"value", principal.id},
          {"$ref", std::string(collection_of(principal.kind)) + "/" + principal.id}};
}

Json groups_of(const World& world, const Principal& principal) {
  Json out = Json::array();
  for (const Principal* group : world.directory.direct_groups(principal.id)) {
    Json item = link(*group);
    item["type"] = "direct";
    out.push_back(std::move(item));
  }
  return out;
}

Json group_json(const World& world, const Principal& group) {
  Json out = {{"schemas", {"urn:ietf:params:scim:schemas:core:2.0:Group"}},
              {"id", group.id},
              {"displayName", group.name},
              {"meta", {{"resourceType", group.source == GroupSource::Account ? "Group" : "WorkspaceGroup"}}}};
  Json members = Json::array();
  for (const auto& id : world.directory.members(group))
    if (const Principal* one = world.directory.by_id(id)) members.push_back(link(*one));
  // Empty lists are left out.
  if (!members.empty()) out["members"] = std::move(members);
  return out;
}

Json user_json(const Principal& user) {
  return {{"schemas",
           {"urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:workspace:2.0:User"}},
          {"id", user.id},
          {"userName", user.name},
          {"displayName", user.display_name},
          {"active", user.active},
          {"emails", Json::array({{{"type", "work"}, {"value", user.name}, {"primary", true}}})}};
}

Json service_principal_json(const Principal& principal) {
  return {{"schemas", {"urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal"}},
          {"id", principal.id},
          {"applicationId", principal.name},
          {"displayName", principal.display_name},
          {"active", principal.active}};
}

Json resource_json(const World& world, const Principal& principal) {
  Json out = principal.kind == PrincipalKind::Group  ? group_json(world, principal)
             : principal.kind == PrincipalKind::User ? user_json(principal)
                                                     : service_principal_json(principal);
  Json groups = groups_of(world, principal);
  if (!groups.empty()) out["groups"] = std::move(groups);
  if (!principal.external_id.empty()) out["externalId"] = principal.external_id;
  return out;
}

/// `attributes` and `excludedAttributes`, by their first part; `id` always stays.
Json selected(Json resource, const Call& call) {
  const auto names = [&](const std::string& parameter) {
    std::vector<std::string> out;
    const auto found = call.query.find(parameter);
    if (found == call.query.end() || found->second.empty()) return out;
    for (const auto& name : split(found->second, ',')) out.push_back(to_lower(trim(split(name, '.').front())));
    return out;
  };
  const auto wanted = names("attributes");
  const auto excluded = names("excludedAttributes");
  const auto in = [](const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), to_lower(name)) != list.end();
  };
  for (auto item = resource.begin(); item != resource.end();) {
    const bool keep = item.key() == "id" || (!in(excluded, item.key()) && (wanted.empty() || in(wanted, item.key())));
    item = keep ? std::next(item) : resource.erase(item);
  }
  return resource;
}

/// A whole number of the query, or `otherwise` when it is not given; nothing when it is not one.
std::optional<int> number(const Call& call, const std::string& name, int otherwise) {
  const auto found = call.query.find(name);
  if (found == call.query.end()) return otherwise;
  int out = 0;
  const char* end = found->second.data() + found->second.size();
  const auto [stop, error] = std::from_chars(found->second.data(), end, out);
  if (error != std::errc() || stop != end) return std::nullopt;
  return out;
}

Reply list(const World& world, const Call& call, PrincipalKind kind) {
  const auto start = number(call, "startIndex", 1);
  const auto count = number(call, "count", kDefaultCount);
  if (!start || !count) return scim_error(400, "startIndex and count must be integers", "invalidValue");
  Filter filter;
  if (const auto found = call.query.find("filter"); found != call.query.end()) {
    auto parsed = parse_filter(found->second);
    if (!parsed) return scim_error(400, parsed.error(), "invalidFilter");
    filter = std::move(*parsed);
  }
  Json all = Json::array();
  for (const Principal* principal : world.directory.list(kind)) {
    Json resource = resource_json(world, *principal);
    if (filter.empty() || matches(filter, resource)) all.push_back(std::move(resource));
  }
  // RFC 7644 section 3.4.2.4: what is below one means one; below zero, zero.
  const std::size_t begin = std::min(static_cast<std::size_t>(std::max(*start, 1) - 1), all.size());
  const int page = std::clamp(*count, 0, world.switches.scim_page_cap);
  const std::size_t end = std::min(begin + static_cast<std::size_t>(page), all.size());
  Json resources = Json::array();
  for (std::size_t i = begin; i < end; ++i) resources.push_back(selected(all[i], call));
  Json body = {{"schemas", {"urn:ietf:params:scim:api:messages:2.0:ListResponse"}},
               {"totalResults", all.size()},
               {"startIndex", std::max(*start, 1)},
               {"itemsPerPage", resources.size()}};
  // The page after the last one has no Resources at all.
  if (!resources.empty()) body["Resources"] = std::move(resources);
  return ok(body);
}

Reply missing(PrincipalKind kind, const std::string& id) {
  const std::string_view what = kind == PrincipalKind::User    ? "User"
                                : kind == PrincipalKind::Group ? "Group"
                                                               : "Service principal";
  return scim_error(404, std::string(what) + " with id " + id + " not found.", "");
}

Reply with_scim_type(Reply reply) {
  if (reply.content_type == "application/json") reply.content_type = "application/scim+json";
  return reply;
}

Reply answer(World& world, const Call& call) {
  const std::size_t depth = call.segments.size();
  const std::string collection = depth > 5 ? call.segments[5] : "";
  if (collection == "Me" && depth == 6 && call.method == "GET")
    return ok(selected(resource_json(world, *world.directory.by_id(call.caller.principal_id)), call));
  const auto kind = kind_of(collection);
  if (!kind || depth > 7) return no_api(call.method, call.path);
  if (depth == 6) return call.method == "GET" ? list(world, call, *kind) : no_api(call.method, call.path);
  const std::string& id = call.segments[6];
  Principal* principal = world.directory.by_id(id);
  const bool patch = call.method == "PATCH" && kind == PrincipalKind::Group;
  if (call.method != "GET" && !patch) return no_api(call.method, call.path);
  if (principal == nullptr || principal->kind != *kind) return missing(*kind, id);
  if (!patch) return ok(selected(resource_json(world, *principal), call));
  Reply reply = patch_group(world, *principal, call);
  if (reply.status == 200) reply.body = resource_json(world, *principal).dump();
  return reply;
}

}  // namespace

Reply answer_scim(World& world, const Call& call) {
  return with_scim_type(answer(world, call));
}

}  // namespace sallyport::simulators::databricks
