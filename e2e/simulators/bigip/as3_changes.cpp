// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/bigip/as3_plan.hpp"
#include "operator/base/digest.hpp"

namespace sallyport::simulators::bigip {

namespace {

bool counts(const std::string& name) {
  return name != "selfLink" && name != "generation" && name != "kind" && name != "_tenant" && name != "_application";
}

Json properties(const Json& object) {
  Json shown = Json::object();
  for (const auto& [name, value] : object.items()) {
    if (counts(name)) shown[name] = value;
  }
  return shown;
}

void compare(const ObjectKey& key, const Json& live, const Json& wanted, Json& changes) {
  const auto edit = [&](const std::string& name) {
    changes.push_back({{"kind", "E"},
                       {"path", Json::array({key.second, "properties", name})},
                       {"lhs", member(live, name)},
                       {"rhs", member(wanted, name)},
                       {"tags", Json::array({"tmsh"})},
                       {"command", key.first},
                       {"lhsCommand", key.first},
                       {"rhsCommand", key.first}});
  };
  for (const auto& [name, value] : wanted.items()) {
    if (counts(name) && member(live, name) != value) edit(name);
  }
  for (const auto& [name, ignored] : live.items()) {
    if (counts(name) && !wanted.contains(name)) edit(name);
  }
}

}  // namespace

Json changes_between(const Objects& live, const Objects& wanted) {
  Json changes = Json::array();
  for (const auto& [key, object] : wanted) {
    const auto found = live.find(key);
    if (found != live.end()) {
      compare(key, found->second, object, changes);
      continue;
    }
    changes.push_back({{"kind", "N"},
                       {"path", Json::array({key.second})},
                       {"rhs", {{"command", key.first}, {"properties", properties(object)}}},
                       {"tags", Json::array({"tmsh"})},
                       {"command", key.first},
                       {"lhsCommand", ""},
                       {"rhsCommand", key.first}});
  }
  for (const auto& [key, object] : live) {
    if (wanted.contains(key)) continue;
    changes.push_back({{"kind", "D"},
                       {"path", Json::array({key.second})},
                       {"lhs", {{"command", key.first}, {"properties", properties(object)}}},
                       {"tags", Json::array({"tmsh"})},
                       {"command", key.first},
                       {"lhsCommand", key.first},
                       {"rhsCommand", ""}});
  }
  return changes;
}

Objects objects_of(const Objects& all, const std::string& tenant) {
  Objects mine;
  for (const auto& [key, object] : all) {
    if (partition_of(key.second) == tenant || text_of(object, "_tenant") == tenant) mine[key] = object;
  }
  return mine;
}

std::string lock_key(const Json& stored_tenant) {
  const std::string hex = sha256_hex(base64_encode(stored_tenant.dump()));
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return base64_encode(bytes);
}

}  // namespace sallyport::simulators::bigip
