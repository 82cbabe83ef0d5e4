// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/ip_access_lists.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "e2e/simulators/databricks/world.hpp"
#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators::databricks {

namespace {

constexpr std::size_t kMostAddresses = 1000;
constexpr std::string_view kFlag = "enableIpAccessLists";

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t most) {
  std::uint32_t out = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool whole = error == std::errc() && stop == text.data() + text.size();
  return whole && out <= most ? std::optional(out) : std::nullopt;
}

struct Network {
  std::uint32_t address = 0;
  std::uint32_t bits = 32;
  [[nodiscard]] bool holds(std::uint32_t one) const { return bits == 0 || ((one ^ address) >> (32 - bits)) == 0; }
};

/// "a.b.c.d" or "a.b.c.d/bits"; nothing for anything else, IPv6 too.
std::optional<Network> parse_network(const std::string& text) {
  const auto slash = text.find('/');
  Network out;
  const auto parts = split(std::string_view(text).substr(0, slash), '.');
  if (parts.size() != 4) return std::nullopt;
  for (const auto& part : parts) {
    const auto byte = number(part, 255);
    if (!byte) return std::nullopt;
    out.address = (out.address << 8U) | *byte;
  }
  if (slash == std::string::npos) return out;
  const auto bits = number(std::string_view(text).substr(slash + 1), 32);
  if (!bits) return std::nullopt;
  out.bits = *bits;
  return out;
}

bool holds(const IpAccessList& list, const std::optional<Network>& address) {
  return address && std::any_of(list.addresses.begin(), list.addresses.end(), [&](const std::string& one) {
           const auto network = parse_network(one);
           return network && network->holds(address->address);
         });
}

Reply invalid(std::string_view message) {
  return api_error(400, "INVALID_PARAMETER_VALUE", message);
}

Reply missing(const std::string& id) {
  return api_error(404, "RESOURCE_DOES_NOT_EXIST", "IP access list " + id + " does not exist.");
}

std::string_view word(ListType type) {
  return type == ListType::Allow ? "ALLOW" : "BLOCK";
}

Json list_json(const IpAccessList& list) {
  return {{"list_id", list.id},
          {"label", list.label},
          {"list_type", word(list.type)},
          {"ip_addresses", list.addresses},
          {"address_count", list.addresses.size()},
          {"enabled", list.enabled},
          {"created_at", list.created_at},
          {"created_by", list.created_by},
          {"updated_at", list.updated_at},
          {"updated_by", list.updated_by}};
}

std::optional<Reply> read_addresses(const Json& value, std::vector<std::string>& out) {
  if (!value.is_array()) return malformed("Could not parse request object: Expected 'START_ARRAY'");
  out.clear();
  for (const auto& one : value) {
    if (!one.is_string()) return malformed("Could not parse request object: Expected 'VALUE_STRING'");
    if (!parse_network(one)) return invalid("Invalid IP address or CIDR: " + one.get<std::string>());
    out.push_back(one);
  }
  return std::nullopt;
}

/// Sets what the body has; the 400 for a member of another type or value.
std::optional<Reply> read_members(const Json& body, IpAccessList& to) {
  if (body.contains("label")) {
    to.label = text_of(body, "label");
    if (to.label.empty()) return invalid("Label must not be empty.");
  }
  if (body.contains("list_type")) {
    const std::string type = text_of(body, "list_type");
    if (type != "ALLOW" && type != "BLOCK") return invalid("list_type must be ALLOW or BLOCK.");
    to.type = type == "ALLOW" ? ListType::Allow : ListType::Block;
  }
  if (body.contains("enabled")) {
    if (!body["enabled"].is_boolean()) return malformed("Could not parse request object: Expected 'VALUE_BOOLEAN'");
    to.enabled = body["enabled"];
  }
  return body.contains("ip_addresses") ? read_addresses(body["ip_addresses"], to.addresses) : std::nullopt;
}

std::optional<Reply> refuse_incomplete(const Json& body, std::initializer_list<const char*> required) {
  for (const auto* name : required)
    if (!body.contains(name)) return invalid("Missing required field: " + std::string(name));
  return std::nullopt;
}

/// Only admins see and write these.
std::optional<Reply> refuse_caller(const World& world, const Call& call) {
  if (world.directory.is_admin(call.caller.principal_id)) return std::nullopt;
  return api_error(403, "PERMISSION_DENIED", "Only workspace administrators can manage IP access lists.");
}

/// What no rules may do: hold too much, or shut out the one who asks for them.
std::optional<Reply> refuse_rules(const IpAccessRules& rules, const Call& call) {
  std::size_t addresses = 0;
  for (const auto& [id, list] : rules.lists) addresses += list.addresses.size();
  if (addresses > kMostAddresses)
    return api_error(400, "QUOTA_EXCEEDED",
                     "A workspace can have at most " + std::to_string(kMostAddresses) + " IP addresses or ranges.");
  if (!rules.admit(call.peer))
    return api_error(400, "INVALID_STATE", "The change would block your current IP address " + call.peer + ".");
  return std::nullopt;
}

Reply change(World& world, const Call& call, IpAccessRules rules, std::string_view action, const Json& what) {
  if (auto refusal = refuse_rules(rules, call)) return std::move(*refusal);
  const SteadyTime now = world.clock->steady();
  world.ip_access.declare(std::move(rules), now, now + world.scaled_duration(world.switches.ip_list_delay));
  Reply reply = ok(Json::object());
  reply.mutating = true;
  reply.effect = {{"kind", "ip-access"}, {"action", action}, {"what", what}};
  return reply;
}

/// Puts a list in under its id and answers with it.
Reply put(World& world, const Call& call, IpAccessList list, std::string_view action) {
  list.updated_at =
      std::chrono::duration_cast<std::chrono::milliseconds>(world.clock->now().time_since_epoch()).count();
  list.updated_by = call.caller.principal_id;
  if (list.created_by.empty()) {
    list.created_at = list.updated_at;
    list.created_by = list.updated_by;
  }
  const Json shown = {{"ip_access_list", list_json(list)}};
  IpAccessRules rules = world.ip_access.declared();
  rules.lists[list.id] = std::move(list);
  Reply reply = change(world, call, std::move(rules), action, shown["ip_access_list"]);
  if (reply.status == 200) reply.body = shown.dump();
  return reply;
}

Reply create(World& world, const Call& call) {
  const auto body = read_object(call, {"label", "list_type", "ip_addresses"});
  if (!body) return body.error();
  if (auto refusal = refuse_incomplete(*body, {"label", "list_type", "ip_addresses"})) return std::move(*refusal);
  IpAccessList list;
  list.id = uuid_v4();
  if (auto refusal = read_members(*body, list)) return std::move(*refusal);
  return put(world, call, std::move(list), "create");
}

Reply update(World& world, const Call& call, IpAccessList list) {
  const auto body = read_object(call, {"label", "list_type", "ip_addresses", "enabled"});
  if (!body) return body.error();
  const bool whole = call.method == "PUT";
  if (whole)
    if (auto refusal = refuse_incomplete(*body, {"label", "list_type", "ip_addresses", "enabled"}))
      return std::move(*refusal);
  if (auto refusal = read_members(*body, list)) return std::move(*refusal);
  return put(world, call, std::move(list), whole ? "replace" : "update");
}

Reply remove(World& world, const Call& call, const IpAccessList& list) {
  IpAccessRules rules = world.ip_access.declared();
  rules.lists.erase(list.id);
  return change(world, call, std::move(rules), "delete", list_json(list));
}

}  // namespace

bool IpAccessRules::admit(const std::string& address) const {
  if (!enabled) return true;
  const auto from = parse_network(address);
  bool limited = false;
  bool allowed = false;
  for (const auto& [id, list] : lists) {
    if (!list.enabled) continue;
    if (list.type == ListType::Block && holds(list, from)) return false;
    if (list.type == ListType::Block) continue;
    limited = true;
    allowed = allowed || holds(list, from);
  }
  return !limited || allowed;
}

void IpAccessBook::declare(IpAccessRules rules, SteadyTime now, SteadyTime works_from) {
  before_ = in_force(now);
  declared_ = std::move(rules);
  works_from_ = works_from;
}

const IpAccessRules& IpAccessBook::in_force(SteadyTime now) const {
  return now >= works_from_ ? declared_ : before_;
}

Reply answer_ip_access_lists(World& world, const Call& call) {
  const std::size_t depth = call.segments.size();
  const std::string& method = call.method;
  const bool all = depth == 3 && (method == "GET" || method == "POST");
  const bool one = depth == 4 && (method == "GET" || method == "PUT" || method == "PATCH" || method == "DELETE");
  if (!all && !one) return no_api(method, call.path);
  if (auto refusal = refuse_caller(world, call)) return std::move(*refusal);
  const auto& lists = world.ip_access.declared().lists;
  if (all && method == "POST") return create(world, call);
  if (all) {
    Json items = Json::array();
    for (const auto& [id, list] : lists) items.push_back(list_json(list));
    return ok({{"ip_access_lists", items}});
  }
  const auto found = lists.find(call.segments[3]);
  if (found == lists.end()) return missing(call.segments[3]);
  if (method == "GET") return ok({{"ip_access_list", list_json(found->second)}});
  if (method == "DELETE") return remove(world, call, found->second);
  return update(world, call, found->second);
}

Reply answer_workspace_conf(World& world, const Call& call) {
  const bool reads = call.method == "GET";
  if (call.segments.size() != 3 || (!reads && call.method != "PATCH")) return no_api(call.method, call.path);
  if (auto refusal = refuse_caller(world, call)) return std::move(*refusal);
  if (reads) {
    const auto keys = call.query.find("keys");
    if (keys == call.query.end() || keys->second != kFlag) return invalid("Invalid keys: only enableIpAccessLists.");
    return ok({{kFlag, world.ip_access.declared().enabled ? "true" : "false"}});
  }
  const auto body = read_object(call, {kFlag});
  if (!body) return body.error();
  const std::string value = text_of(*body, kFlag);
  if (value != "true" && value != "false") return invalid("enableIpAccessLists must be the text true or false.");
  IpAccessRules rules = world.ip_access.declared();
  rules.enabled = value == "true";
  return change(world, call, std::move(rules), "enable", value);
}

Result<IpAccessRules> read_ip_access(const Json& json) {
  const Error bad{Code::InvalidSpec, "unknown or of the wrong type", "ip_access", {}};
  if (!json.is_object() || unknown_member(json, {"enabled", "lists"})) return bad;
  IpAccessRules rules;
  rules.enabled = member(json, "enabled") == true;
  for (const auto& item : member(json, "lists")) {
    IpAccessList list;
    list.id = uuid_v4();
    const bool known = item.is_object() && !unknown_member(item, {"label", "list_type", "ip_addresses", "enabled"});
    if (!known || read_members(item, list)) return bad;
    rules.lists[list.id] = std::move(list);
  }
  return rules;
}

Json to_json(const IpAccessRules& rules) {
  Json lists = Json::array();
  for (const auto& [id, list] : rules.lists) lists.push_back(list_json(list));
  return {{"enabled", rules.enabled}, {"lists", lists}};
}

}  // namespace sallyport::simulators::databricks
