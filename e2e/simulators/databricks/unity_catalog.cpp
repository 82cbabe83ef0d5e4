// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/unity_catalog.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "e2e/simulators/databricks/world.hpp"
#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators::databricks {

namespace {

constexpr std::size_t kSmallestPage = 150;

Reply invalid(std::string_view message) {
  return api_error(400, "INVALID_PARAMETER_VALUE", message);
}

std::string key_of(const std::string& type, const std::string& full_name) {
  return type + "/" + to_lower(full_name);
}

/// A user's e-mail, an application id or an account group's name, without case. The workspace's own groups are nobody.
const Principal* find_principal(const Directory& directory, const std::string& name) {
  for (const auto kind : {PrincipalKind::User, PrincipalKind::ServicePrincipal})
    if (const Principal* found = directory.find(kind, name)) return found;
  for (const Principal* group : directory.list(PrincipalKind::Group))
    if (group->source == GroupSource::Account && to_lower(group->name) == to_lower(name)) return group;
  return nullptr;
}

Reply unknown_principal(const std::string& name) {
  return api_error(404, "PRINCIPAL_DOES_NOT_EXIST", "Could not find principal with name " + name + ".");
}

/// Admins (as those of the metastore), the owner, and who holds MANAGE on it or above it.
bool may_manage(const World& world, const Securable& securable, const std::string& caller) {
  if (world.directory.is_admin(caller)) return true;
  const auto identities = world.directory.identities(caller);
  auto places = world.securables.above(securable);
  places.push_back(&securable);
  return std::any_of(places.begin(), places.end(), [&](const Securable* place) {
    if (identities.contains(place->owner)) return true;
    return std::any_of(place->grants.begin(), place->grants.end(), [&](const auto& grant) {
      return grant.second.contains("MANAGE") && identities.contains(grant.first);
    });
  });
}

Json grants_json(const Securable& securable, const Directory& directory) {
  Json out = Json::object();
  for (const auto& [id, held] : securable.grants) out[directory.reference(id)] = held;
  return out;
}

/// One principal's part of an answer. Nobody's order: pages go by `place`.
struct Assignment {
  std::string place;
  Json json;
};

/// Like a shuffled list, the same between two pages.
std::string place_of(const Securable& securable, const std::string& principal_id) {
  return short_hash(securable.full_name + ":" + principal_id, 32);
}

/// A deleted principal's grants stay, with an empty name.
std::string told_name(const Directory& directory, const std::string& principal_id) {
  const Principal* principal = directory.by_id(principal_id);
  return principal == nullptr ? "" : principal->name;
}

std::vector<Assignment> direct_assignments(const World& world, const Securable& securable) {
  std::vector<Assignment> out;
  for (const auto& [id, held] : securable.grants) {
    const auto told = told_privileges(securable.type, held, world.switches.all_privileges);
    out.push_back({place_of(securable, id),
                   {{"principal", told_name(world.directory, id)},
                    {"privileges", Json(std::vector<std::string>(told.rbegin(), told.rend()))}}});
  }
  return out;
}

std::vector<Assignment> effective_assignments(const World& world, const Securable& securable) {
  std::map<std::string, Json> by_principal;
  auto places = world.securables.above(securable);
  places.insert(places.begin(), &securable);
  for (const Securable* place : places) {
    for (const auto& [id, held] : place->grants) {
      for (const auto& privilege : told_privileges(place->type, held, world.switches.all_privileges)) {
        Json item = {{"privilege", privilege}};
        if (place != &securable)
          item.update(
              {{"inherited_from_type", normal_privilege(place->type)}, {"inherited_from_name", place->full_name}});
        by_principal[id].push_back(std::move(item));
      }
    }
  }
  std::vector<Assignment> out;
  for (auto& [id, privileges] : by_principal)
    out.push_back({place_of(securable, id),
                   {{"principal", told_name(world.directory, id)}, {"privileges", std::move(privileges)}}});
  return out;
}

/// How many principals a page holds: all when nothing is said, the server's own number for 0.
std::expected<std::size_t, Reply> page_size(const Call& call) {
  const auto found = call.query.find("max_results");
  if (found == call.query.end()) return std::string::npos;
  std::size_t size = 0;
  const char* end = found->second.data() + found->second.size();
  const auto [stop, error] = std::from_chars(found->second.data(), end, size);
  if (error != std::errc() || stop != end || (size > 0 && size < kSmallestPage))
    return std::unexpected(invalid("max_results must be 0 or at least 150."));
  return std::max(size, kSmallestPage);
}

Reply paged(const Call& call, std::vector<Assignment> all) {
  const auto size = page_size(call);
  if (!size) return size.error();
  std::sort(all.begin(), all.end(), [](const Assignment& a, const Assignment& b) { return a.place < b.place; });
  auto begin = all.begin();
  if (const auto token = call.query.find("page_token"); token != call.query.end()) {
    begin = std::find_if(all.begin(), all.end(), [&](const Assignment& one) { return one.place == token->second; });
    if (begin == all.end()) return invalid("Invalid page_token.");
    ++begin;
  }
  Json items = Json::array();
  for (; begin != all.end() && items.size() < *size; ++begin) items.push_back(std::move(begin->json));
  Json body = Json::object();
  if (begin != all.end()) body["next_page_token"] = std::prev(begin)->place;
  if (!items.empty()) body["privilege_assignments"] = std::move(items);
  return ok(body);
}

Reply list(const World& world, const Call& call, const Securable& securable, bool effective) {
  auto all = effective ? effective_assignments(world, securable) : direct_assignments(world, securable);
  if (const auto named = call.query.find("principal"); named != call.query.end()) {
    const Principal* principal = find_principal(world.directory, named->second);
    if (principal == nullptr) return unknown_principal(named->second);
    std::erase_if(all, [&](const Assignment& one) { return one.place != place_of(securable, principal->id); });
  }
  return paged(call, std::move(all));
}

/// A list of privileges: each one once, and each of this type.
std::optional<Reply> read_list(const Json& list, const std::string& type, Privileges& out) {
  if (list.is_null()) return std::nullopt;
  if (!list.is_array()) return malformed("Could not parse request object: Expected 'START_ARRAY'");
  for (const auto& item : list) {
    if (!item.is_string()) return malformed("Could not parse request object: Expected 'VALUE_STRING'");
    const std::string privilege = normal_privilege(item.get<std::string>());
    if (!privileges_of(type).contains(privilege))
      return invalid("Privilege " + privilege + " is not applicable to this entity type: " + type + ".");
    if (!out.insert(privilege).second) return invalid("Duplicate privilege " + privilege + ".");
  }
  return std::nullopt;
}

using Changes = std::map<std::string, PrivilegeChange>;  // by the principal's id

std::optional<Reply> read_change(const World& world, const std::string& type, const Json& item, Changes& out) {
  if (!item.is_object()) return malformed("Could not parse request object: Expected 'START_OBJECT'");
  if (auto unknown = unknown_member(item, {"principal", "add", "remove"})) return unknown;
  const std::string name = text_of(item, "principal");
  const Principal* principal = find_principal(world.directory, name);
  if (principal == nullptr) return unknown_principal(name);
  if (out.contains(principal->id)) return invalid("Duplicate principal " + name + " in changes.");
  PrivilegeChange& change = out[principal->id];
  if (auto refusal = read_list(member(item, "add"), type, change.add)) return refusal;
  if (auto refusal = read_list(member(item, "remove"), type, change.remove)) return refusal;
  const bool both = std::any_of(change.add.begin(), change.add.end(),
                                [&](const std::string& one) { return change.remove.contains(one); });
  if (both) return invalid("Duplicate privileges to add and delete for principal " + name + ".");
  return std::nullopt;
}

/// All changes or none.
Reply update(World& world, const Call& call, Securable& securable) {
  const auto body = read_object(call, {"changes", "omit_permissions_in_response"});
  if (!body) return body.error();
  const Json& list = member(*body, "changes");
  if (!list.is_array()) return malformed("Could not parse request object: Expected 'START_ARRAY'");
  Changes changes;
  for (const auto& item : list)
    if (auto refusal = read_change(world, securable.type, item, changes)) return std::move(*refusal);
  const Json before = grants_json(securable, world.directory);
  for (const auto& [id, change] : changes) {
    apply_change(securable.type, change, securable.grants[id]);
    if (securable.grants[id].empty()) securable.grants.erase(id);
  }
  const Json after = grants_json(securable, world.directory);
  Reply reply = ok(Json::object());
  if (member(*body, "omit_permissions_in_response") != true) {
    Call whole = call;
    whole.query.clear();
    reply = paged(whole, direct_assignments(world, securable));
  }
  reply.mutating = true;
  reply.effect = {{"kind", "grants"},
                  {"securable", securable.type + "/" + securable.full_name},
                  {"changed", before != after},
                  {"before", before},
                  {"after", after}};
  return reply;
}

/// One item of a world or of the control API.
Result<Securable> read_securable(const Json& item, const Directory& directory) {
  const auto bad = [](const std::string& what) { return Error{Code::InvalidSpec, "bad " + what, "securables", {}}; };
  if (!item.is_object() || unknown_member(item, {"type", "full_name", "owner", "grants"})) return bad("member");
  Securable out{text_of(item, "type"), text_of(item, "full_name")};
  if (privileges_of(out.type).empty()) return bad("type " + out.type);
  if (out.full_name.empty()) return bad("full_name");
  if (const auto owner = text_of(item, "owner"); !owner.empty()) {
    const Principal* principal = directory.by_reference(owner);
    if (principal == nullptr) return bad("owner " + owner);
    out.owner = principal->id;
  }
  for (const auto& [reference, list] : member(item, "grants").items()) {
    const Principal* principal = directory.by_reference(reference);
    if (principal == nullptr || read_list(list, out.type, out.grants[principal->id])) return bad("grant " + reference);
  }
  return out;
}

}  // namespace

void Securables::put(Securable securable) {
  securables_[key_of(securable.type, securable.full_name)] = std::move(securable);
}

Securable* Securables::find(const std::string& type, const std::string& full_name) {
  const auto found = securables_.find(key_of(type, full_name));
  return found == securables_.end() ? nullptr : &found->second;
}

const Securable* Securables::find(const std::string& type, const std::string& full_name) const {
  const auto found = securables_.find(key_of(type, full_name));
  return found == securables_.end() ? nullptr : &found->second;
}

std::vector<const Securable*> Securables::above(const Securable& securable) const {
  const auto parts = split(securable.full_name, '.');
  std::vector<const Securable*> out;
  if (parts.size() == 3)
    if (const Securable* schema = find("schema", parts[0] + "." + parts[1])) out.push_back(schema);
  if (parts.size() > 1)
    if (const Securable* catalog = find("catalog", parts[0])) out.push_back(catalog);
  return out;
}

Reply answer_unity_catalog(World& world, const Call& call) {
  const auto& segments = call.segments;
  const bool effective = segments.size() == 6 && segments[3] == "effective-permissions";
  const bool direct = segments.size() == 6 && segments[3] == "permissions";
  const bool patch = direct && call.method == "PATCH";
  if (!patch && (call.method != "GET" || (!direct && !effective))) return no_api(call.method, call.path);
  const std::string& type = segments[4];
  if (privileges_of(type).empty()) return invalid("Unknown securable type: " + type + ".");
  Securable* securable = world.securables.find(type, segments[5]);
  if (securable == nullptr)
    return api_error(404, "RESOURCE_DOES_NOT_EXIST", normal_privilege(type) + " '" + segments[5] + "' does not exist.");
  if (!may_manage(world, *securable, call.caller.principal_id))
    return api_error(403, "PERMISSION_DENIED",
                     "User does not have MANAGE on " + normal_privilege(type) + " '" + securable->full_name + "'.");
  return patch ? update(world, call, *securable) : list(world, call, *securable, effective);
}

Result<Securables> read_securables(const Json& json, const Directory& directory) {
  Securables out;
  for (const auto& item : json) out.put(TRY(read_securable(item, directory)));
  return out;
}

Json to_json(const Securables& securables, const Directory& directory) {
  Json out = Json::object();
  for (const auto& [key, securable] : securables.all())
    out[securable.type + "/" + securable.full_name] = grants_json(securable, directory);
  return out;
}

}  // namespace sallyport::simulators::databricks
