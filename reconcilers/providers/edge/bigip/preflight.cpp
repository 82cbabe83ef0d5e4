// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/preflight.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"
#include "reconcilers/providers/edge/bigip/group.hpp"
#include "reconcilers/providers/edge/bigip/marks.hpp"

namespace sallyport::edge::bigip {
namespace {

using Node = nlohmann::json;

/// Per-application declarations and JSON Patch as we use them.
constexpr int kOldestMajor = 3;
constexpr int kOldestMinor = 50;

Result<Node> read_object(Device& unit, const std::string& target, std::stop_token stop) {
  const http::Response response = TRY(unit.get(target, stop));
  Node body = Node::parse(response.body, nullptr, false);
  if (!body.is_object())
    return Error{Code::Unavailable, "the answer is no JSON object", "GET " + unit.origin() + target, {}};
  return body;
}

/// Items of a collection; `items` is absent when it is empty.
Result<Node> read_items(Device& unit, const std::string& target, std::stop_token stop) {
  const Node body = TRY(read_object(unit, target, stop));
  Node items = body.value("items", Node::array());
  if (!items.is_array())
    return Error{Code::Unavailable, "the collection is unreadable", "GET " + unit.origin() + target, {}};
  return items;
}

std::string text_of(const Node& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_old(const std::string& version) {
  const std::vector<std::string> parts = split(version, '.');
  int major = 0;
  int minor = 0;
  if (parts.size() < 2) return true;
  std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), major);
  std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), minor);
  return major < kOldestMajor || (major == kOldestMajor && minor < kOldestMinor);
}

Result<std::string> as3_version(Device& unit, std::stop_token stop) {
  const Node body = TRY(read_object(unit, "/mgmt/shared/appsvcs/info", stop));
  const std::string version = text_of(body, "version");
  if (is_old(version)) {
    return Error{Code::NotFound,
                 "AS3 " + version + " is too old: install 3.50 or later",
                 "GET " + unit.origin() + "/mgmt/shared/appsvcs/info",
                 {}};
  }
  return version;
}

Result<void> check_modules(Device& unit, std::stop_token stop) {
  const Node items = TRY(read_items(unit, "/mgmt/tm/sys/provision", stop));
  for (const char* module : {"ltm", "apm"}) {
    const bool there = std::any_of(items.begin(), items.end(), [module](const Node& item) {
      return text_of(item, "name") == module && text_of(item, "level") != "none" && !text_of(item, "level").empty();
    });
    if (!there) {
      return Error{Code::NotFound,
                   std::string("module ") + module + " is not provisioned: nothing could check tokens or take traffic",
                   "GET " + unit.origin() + "/mgmt/tm/sys/provision",
                   {}};
    }
  }
  return {};
}

void add_addresses(const Node& items, std::set<std::string>& found) {
  for (const Node& item : items) {
    std::string address = text_of(item, "address");
    if (address.empty()) address = text_of(item, "name");
    address = address.substr(0, address.find_first_of("%/"));  // without route domain and mask
    if (!address.empty()) found.insert(address);
  }
}

Result<std::set<std::string>> addresses(Device& unit, std::stop_token stop) {
  std::set<std::string> found;
  add_addresses(TRY(read_items(unit, "/mgmt/tm/ltm/virtual-address?$select=name,address", stop)), found);
  for (const char* kind : {"net/self", "ltm/snat-translation"}) {
    const Result<Node> items = read_items(unit, std::string("/mgmt/tm/") + kind + "?$select=name,address", stop);
    if (!items && items.error().code == Code::NotFound) continue;  // a device that knows no such things has none
    if (!items) return items.error();
    add_addresses(*items, found);
  }
  return found;
}

void note_sync(Device& unit, Condition& condition, std::stop_token stop) {
  const Result<http::Response> response = unit.get("/mgmt/tm/cm/sync-status", stop);
  const Result<std::string> status = response ? read_stat(*response, "status") : Result<std::string>(response.error());
  if (!status) {
    condition.notes.push_back("config-sync state unknown: " + status.error().message);
  } else if (*status != "In Sync" && *status != "Standalone") {
    condition.notes.push_back("the peer is not in sync: " + one_line(*status, 80));
  }
}

/// AS3 makes a folder of each application. That of a device with thousands of them is a small list, which the
/// declaration is not.
void note_names(Device& unit, const InstanceId& instance, Condition& condition, std::stop_token stop) {
  const Result<Node> folders = read_items(unit, "/mgmt/tm/sys/folder?$select=fullPath", stop);
  if (!folders) {
    condition.notes.push_back("which applications bear our name is unknown: " + folders.error().message);
    return;
  }
  for (const Node& folder : *folders) {
    const std::vector<std::string> parts = split(text_of(folder, "fullPath"), '/');  // "", tenant, application
    const bool ours = parts.size() == 3 && parts[1].starts_with(ir::tenant_prefix(instance)) && parts[2] != kShared;
    if (ours) condition.unclaimed.push_back(parts[1] + "/" + parts[2]);
  }
}

}  // namespace

Result<Condition> preflight(Device& unit, const InstanceId& instance, std::stop_token stop) {
  Condition condition;
  const http::Response version = TRY(unit.get("/mgmt/tm/sys/version", stop));
  const Result<std::string> tmos = read_stat(version, "Version");
  condition.version =
      "AS3 " + TRY(as3_version(unit, stop)) + ", BIG-IP " + (tmos ? *tmos : std::string("of unknown version"));
  TRY(check_modules(unit, stop));
  condition.addresses_in_use = TRY(addresses(unit, stop));
  note_sync(unit, condition, stop);
  note_names(unit, instance, condition, stop);
  return condition;
}

}  // namespace sallyport::edge::bigip
