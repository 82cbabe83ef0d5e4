// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "e2e/simulators/bigip/as3.hpp"
#include "e2e/simulators/bigip/as3_plan.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators::bigip {

namespace {

http::Outgoing no_content() {
  http::Outgoing out;
  out.status = 204;
  return out;
}

http::Outgoing read_history(const Unit& unit) {
  Json list = Json::array();
  std::vector<Json> all{unit.running.declaration};
  all.insert(all.end(), unit.running.history.begin(), unit.running.history.end());
  for (const Json& declaration : all) {
    if (declaration.is_null()) continue;
    const std::string at = text_of(member(declaration, "controls"), "archiveTimestamp");
    list.push_back({{"name", text_of(declaration, "id")}, {"timestamp", at}, {"date", at}, {"age", list.size()}});
  }
  return reply(200, list);
}

/// Members of this class, with what leads to them.
Json filter_class(const Json& document, const std::string& cls) {
  Json kept = Json::object();
  for (const auto& [name, value] : document.items()) {
    if (!value.is_object()) continue;
    if (text_of(value, "class") == cls) {
      kept[name] = value;
      continue;
    }
    if (Json inner = filter_class(value, cls); !inner.empty()) kept[name] = std::move(inner);
  }
  return kept;
}

http::Outgoing read_applications(const Json& declaration, const As3Request& request) {
  const std::string& tenant = request.tenants.front();
  const Json& stored = member(declaration, tenant);
  if (stored.is_null()) return failure(404, "specified Tenant(s) '" + tenant + "' not found in declaration");
  Json body = Json::object();
  for (const std::string& name : members_of_class(stored, "Application")) {
    const auto& wanted = *request.applications;
    if (wanted.empty() || std::ranges::find(wanted, name) != wanted.end()) body[name] = stored[name];
  }
  for (const std::string& name : *request.applications) {
    if (!body.contains(name)) return failure(404, "specified Application '" + name + "' not found in '" + tenant + "'");
  }
  body["schemaVersion"] = text_of(declaration, "schemaVersion");
  return reply(200, body);
}

std::optional<http::Outgoing> keep_tenants(Json& declaration, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return {};
  std::vector<std::string> lost;
  for (const std::string& name : wanted) {
    if (!member(declaration, name).is_object()) lost.push_back(name);
  }
  if (!lost.empty()) return failure(404, "specified Tenant(s) '" + join(lost, ",") + "' not found in declaration");
  for (const std::string& name : members_of_class(declaration, "Tenant")) {
    if (name != kCommon && std::ranges::find(wanted, name) == wanted.end()) declaration.erase(name);
  }
  return {};
}

}  // namespace

http::Outgoing read_declaration(const Unit& unit, const As3Request& request) {
  const std::string age = request.option("age", "0");
  if (age == "list") return read_history(unit);
  if (age.empty() || age.size() > 2 || !std::ranges::all_of(age, [](char c) { return c >= '0' && c <= '9'; }) ||
      std::stoi(age) > 15) {
    return failure(400, "Bad Request: query param \"age\" is invalid");
  }
  const auto back = static_cast<std::size_t>(std::stoi(age));
  if (back > unit.running.history.size()) return no_content();
  Json declaration = back == 0 ? unit.running.declaration : unit.running.history[back - 1];
  if (members_of_class(declaration, "Tenant").empty()) {
    const bool whole = request.tenants.empty() || !declaration.is_null();
    return whole ? no_content() : failure(404, "declaration in specified path not found");
  }
  if (request.applications) return read_applications(declaration, request);
  if (auto lost = keep_tenants(declaration, request.tenants)) return std::move(*lost);
  if (request.flag("showHash")) {
    for (const std::string& name : members_of_class(declaration, "Tenant")) {
      declaration[name]["optimisticLockKey"] = lock_key(declaration[name]);
    }
  }
  const std::string cls = request.option("filterClass", "");
  return reply(200, cls.empty() ? declaration : filter_class(declaration, cls));
}

}  // namespace sallyport::simulators::bigip
