// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/scim_patch.hpp"

#include <set>

namespace sallyport::simulators::databricks {

namespace {

using Members = std::set<std::string>;

Reply invalid(std::string_view detail, std::string_view type) {
  return scim_error(400, detail, type);
}

/// The id in `members[value eq "id"]`; empty when it is something else.
std::string filtered_member(const std::string& path) {
  constexpr std::string_view kBegin = "members[value eq \"";
  constexpr std::string_view kEnd = "\"]";
  if (!path.starts_with(kBegin) || !path.ends_with(kEnd) || path.size() <= kBegin.size() + kEnd.size()) return "";
  return path.substr(kBegin.size(), path.size() - kBegin.size() - kEnd.size());
}

std::optional<Reply> add_values(const World& world, const Json& values, Members& members) {
  if (!values.is_array()) return invalid("value must be an array", "invalidValue");
  for (const auto& item : values) {
    const std::string id = text_of(item, "value");
    if (world.directory.by_id(id) == nullptr) return scim_error(404, "Principal with id " + id + " not found.", "");
    members.insert(id);
  }
  return std::nullopt;
}

std::optional<Reply> apply(const World& world, const Json& operation, Members& members) {
  const std::string op = text_of(operation, "op");
  const std::string path = text_of(operation, "path");
  const Json& value = member(operation, "value");
  if ((op == "add" || op == "replace") && path == "members") {
    if (op == "replace") members.clear();
    return add_values(world, value, members);
  }
  if (op == "remove") {
    const std::string id = filtered_member(path);
    if (id.empty()) return invalid("Unsupported path: " + path, "invalidPath");
    members.erase(id);
    return std::nullopt;
  }
  return invalid("Unsupported operation " + op + " on path: " + path, "invalidSyntax");
}

Json references(const World& world, const Members& members) {
  Json out = Json::array();
  for (const auto& id : members) out.push_back(world.directory.reference(id));
  return out;
}

}  // namespace

Reply patch_group(World& world, Principal& group, const Call& call) {
  if (!world.directory.is_admin(call.caller.principal_id))
    return scim_error(403, "Only workspace admins may change groups.", "");
  const auto body = read_object(call, {"schemas", "Operations"});
  if (!body) return scim_error(400, "Request body cannot be parsed.", "invalidSyntax");
  if (member(*body, "schemas") != Json::array({"urn:ietf:params:scim:api:messages:2.0:PatchOp"}))
    return invalid("Invalid schemas.", "invalidSyntax");
  const Members before = group.members;
  Members after = before;
  for (const auto& operation : member(*body, "Operations"))
    if (auto refusal = apply(world, operation, after)) return std::move(*refusal);
  group.members = after;
  Reply reply;
  reply.mutating = true;
  reply.effect = {{"kind", "group"},
                  {"group", group.name},
                  {"before", references(world, before)},
                  {"after", references(world, after)}};
  return reply;
}

}  // namespace sallyport::simulators::databricks
