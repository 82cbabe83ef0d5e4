// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/control.hpp"

#include <algorithm>
#include <array>

#include "e2e/simulators/databricks/world_file.hpp"

namespace sallyport::simulators::databricks {

namespace {

Reply refused(const Error& error) {
  Reply reply = ok({{"message", error.text()}});
  reply.status = 400;
  return reply;
}

Reply not_found(const Call& call) {
  Reply reply = ok({{"message", "no such thing: " + call.method + " " + call.path}});
  reply.status = 404;
  return reply;
}

Reply made(const Json& body) {
  Reply reply = ok(body);
  reply.status = 201;
  return reply;
}

/// 200 with nothing, or the refusal.
Reply done(const Result<void>& result) {
  return result ? ok(Json::object()) : refused(result.error());
}

Json endpoints_json(World& world) {
  Json out = Json::object();
  for (const auto& [name, stored] : world.endpoints) {
    const Endpoint& endpoint = *world.endpoint(name);
    out[name] = {
        {"id", endpoint.id},
        {"creator", endpoint.creator},
        {"tags", endpoint.tags},
        {"settings", endpoint.settings},
        {"ready", endpoint.ready},
        {"updating", endpoint.update == Update::InProgress},
        {"route_optimized", endpoint.route_optimized},
        {"endpoint_url", endpoint.endpoint_url},
        {"permissions", endpoint.id.empty() ? Json::object() : world.entries_json(world.acls.actual(endpoint.id))}};
  }
  return out;
}

Json principals_json(const World& world) {
  Json out = Json::array();
  for (const auto kind : {PrincipalKind::User, PrincipalKind::ServicePrincipal, PrincipalKind::Group}) {
    for (const Principal* principal : world.directory.list(kind)) {
      Json item = {{"reference", world.directory.reference(principal->id)},
                   {"id", principal->id},
                   {"display_name", principal->display_name},
                   {"active", principal->active}};
      if (kind == PrincipalKind::Group) {
        item["members"] = Json::array();
        for (const auto& id : world.directory.members(*principal))
          item["members"].push_back(world.directory.reference(id));
      }
      out.push_back(std::move(item));
    }
  }
  return out;
}

Reply state(World& world) {
  return ok({{"workspace_id", world.workspace_id},
             {"account_id", world.account_id},
             {"serving_endpoints", endpoints_json(world)},
             {"principals", principals_json(world)},
             {"inherited_permissions", world.entries_json(world.inherited_entries())},
             {"securables", to_json(world.securables, world.directory)},
             {"ip_access", to_json(world.ip_access.declared())},
             {"switches", to_json(world.switches)}});
}

Reply create_endpoint(World& world, const Json& body) {
  if (auto read = read_endpoint(body, world); !read) return refused(read.error());
  const Endpoint& endpoint = *world.endpoint(text_of(body, "name"));
  return made({{"name", endpoint.name}, {"id", endpoint.id}});
}

Reply recreate(World& world, const Endpoint& old) {
  Endpoint next = old;
  next.id = new_endpoint_id();
  next.tags.clear();
  next.settings = Json::object();
  if (next.route_optimized) next.endpoint_url.clear();
  std::string creator_id;
  for (const auto kind : {PrincipalKind::User, PrincipalKind::ServicePrincipal})
    if (const Principal* creator = world.directory.find(kind, next.creator)) creator_id = creator->id;
  const Endpoint& opened = world.open_endpoint(std::move(next), creator_id);
  return made({{"name", opened.name}, {"id", opened.id}});
}

Reply set_permissions(World& world, const Endpoint& endpoint, const Call& call, const Json& body) {
  Json grants = body;
  Entries entries = call.method == "PATCH" ? world.acls.actual(endpoint.id) : Entries();
  for (auto item = grants.begin(); grants.is_object() && item != grants.end();) {
    const Principal* principal = world.directory.by_reference(item.key());
    const bool away = *item == "" && principal != nullptr;
    if (away) entries.erase(principal->id);
    item = away ? grants.erase(item) : std::next(item);
  }
  const auto read = read_entries(grants, world.directory);
  if (!read) return refused(read.error());
  for (const auto& [principal, level] : *read) entries[principal] = level;
  world.acls.write(endpoint.id, entries);
  return ok(world.entries_json(entries));
}

Reply change_endpoint(World& world, const Call& call, const Json& body) {
  Endpoint* endpoint = world.endpoint(call.segments[2]);
  if (endpoint == nullptr) return not_found(call);
  const std::string what = call.segments.size() == 4 ? call.segments[3] : "";
  if (what.empty() && call.method == "DELETE") {
    world.close_endpoint(endpoint->name);
    return ok(Json::object());
  }
  if (what == "recreate" && call.method == "POST") return recreate(world, *endpoint);
  if (what == "permissions" && !endpoint->foundation_model() && (call.method == "PUT" || call.method == "PATCH"))
    return set_permissions(world, *endpoint, call, body);
  if (what == "ready" && call.method == "PUT") {
    endpoint->ready = member(body, "ready") == true;
    return ok(Json::object());
  }
  if (what != "tags" || call.method != "PUT") return not_found(call);
  std::map<std::string, std::string> tags;
  for (const auto& [key, value] : body.items()) tags[key] = value.is_string() ? value.get<std::string>() : value.dump();
  endpoint->tags = std::move(tags);
  return ok(Json::object());
}

Reply add_principal(World& world, PrincipalKind kind, const Json& body) {
  auto read = read_principal(body, kind);
  if (!read) return refused(read.error());
  // A group that is named again without members keeps the ones it has.
  const Principal* known = world.directory.find(kind, read->name);
  if (known != nullptr && !body.contains("members")) read->members = known->members;
  const Principal& put = world.directory.put(std::move(*read));
  if (const auto token = text_of(body, "token"); !token.empty()) world.tokens.accept(Secret(token), put.id);
  if (const auto secret = text_of(body, "client_secret"); !secret.empty())
    world.client_secrets.set(put.name, Secret(secret), world.clock->now());
  const std::string id = put.id;
  for (const auto& reference : member(body, "members")) {
    const Principal* one = world.directory.by_reference(reference.is_string() ? reference.get<std::string>() : "");
    if (one == nullptr) return refused({Code::InvalidSpec, "no such principal", reference.dump(), {}});
    world.directory.join(id, one->id);
  }
  return made({{"id", id}, {"reference", world.directory.reference(id)}});
}

Reply remove_principal(World& world, const Call& call) {
  const Principal* principal = world.directory.by_reference(call.segments[2]);
  if (principal == nullptr) return not_found(call);
  const std::string id = principal->id;
  world.tokens.revoke_of(id);
  if (world.switches.deleted_principals == DeletedPrincipals::Forgotten) world.acls.forget(id);
  world.directory.remove(id);
  return ok(Json::object());
}

Reply set_members(World& world, const Call& call, const Json& body) {
  const Principal* group = world.directory.find(PrincipalKind::Group, call.segments[2]);
  if (group == nullptr) return not_found(call);
  std::set<std::string> members;
  for (const auto& reference : body) {
    const Principal* one = world.directory.by_reference(reference.is_string() ? reference.get<std::string>() : "");
    if (one == nullptr) return refused({Code::InvalidSpec, "no such principal", reference.dump(), {}});
    members.insert(one->id);
  }
  world.directory.by_id(group->id)->members = std::move(members);
  return ok(Json::object());
}

Reply change_tokens(World& world, const Call& call, const Json& body) {
  const std::string token = text_of(body, "token");
  const Principal* principal = world.directory.by_reference(text_of(body, "principal"));
  if (call.method == "POST" && !token.empty() && principal != nullptr) {
    world.tokens.accept(Secret(token), principal->id);
    return made(Json::object());
  }
  if (call.method != "DELETE") return not_found(call);
  std::size_t ended = !token.empty() && world.tokens.revoke(token) ? 1 : 0;
  if (principal != nullptr) ended += world.tokens.revoke_of(principal->id);
  return ok({{"revoked", ended}});
}

Result<void> set_policies(World& world, const Json& body) {
  std::vector<FederationPolicy> policies;
  for (const auto& item : body) {
    policies.push_back(TRY(read_policy(item)));
    policies.back().works_from = world.clock->steady() + world.scaled_duration(world.switches.policy_propagation);
  }
  world.policies = std::move(policies);
  return {};
}

/// The settings that are replaced as one document.
Result<void> set_document(World& world, const std::string& name, const Json& body) {
  if (name == "switches") {
    TRY(apply_switches(body, world.switches));
    world.acls.set_stale_reads(world.switches.stale_reads);
    return {};
  }
  if (name == "troubles") {
    world.troubles.set(TRY(read_troubles(body)));
    return {};
  }
  if (name == "rate-limits") {
    world.limits.set(TRY(read_limits(body)), world.time_scale);
    return {};
  }
  if (name == "federation-policies") return set_policies(world, body);
  if (name == "securables") {
    world.securables = TRY(read_securables(body, world.directory));
    return {};
  }
  if (name == "ip-access") {
    const SteadyTime now = world.clock->steady();
    world.ip_access.declare(TRY(read_ip_access(body)), now, now);
    return {};
  }
  const std::string client = text_of(body, "client_id");
  if (world.directory.find(PrincipalKind::ServicePrincipal, client) == nullptr)
    return Error{Code::InvalidSpec, "no such service principal", "client_id", {}};
  world.client_secrets.set(client, Secret(text_of(body, "secret")), world.clock->now());
  return {};
}

bool is_document(const std::string& name) {
  constexpr std::array<std::string_view, 7> kDocuments{"switches",   "troubles",  "rate-limits",  "federation-policies",
                                                       "securables", "ip-access", "client-secret"};
  return std::find(kDocuments.begin(), kDocuments.end(), name) != kDocuments.end();
}

}  // namespace

Reply answer_control(World& world, const Call& call) {
  const std::size_t depth = call.segments.size();
  const std::string what = depth > 1 ? call.segments[1] : "";
  const auto body = parse_json(call.body.empty() ? "{}" : call.body);
  if (!body) return refused(body.error());
  if (what == "state" && call.method == "GET") return state(world);
  if (what == "serving-endpoints" && depth == 2 && call.method == "POST") return create_endpoint(world, *body);
  if (what == "serving-endpoints" && depth > 2) return change_endpoint(world, call, *body);
  if (what == "principals" && depth == 3 && call.method == "DELETE") return remove_principal(world, call);
  if (what == "groups" && depth == 4 && call.segments[3] == "members" && call.method == "PUT")
    return set_members(world, call, *body);
  if (depth == 2 && call.method == "POST") {
    if (what == "users") return add_principal(world, PrincipalKind::User, *body);
    if (what == "groups") return add_principal(world, PrincipalKind::Group, *body);
    if (what == "service-principals") return add_principal(world, PrincipalKind::ServicePrincipal, *body);
  }
  if (what == "tokens" && depth == 2) return change_tokens(world, call, *body);
  if (depth == 2 && call.method == "PUT" && is_document(what)) return done(set_document(world, what, *body));
  return not_found(call);
}

}  // namespace sallyport::simulators::databricks
