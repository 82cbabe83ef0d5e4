// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/keycloak/realm_scopes.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reconcilers/providers/idp/keycloak/client_document.hpp"

namespace sallyport::idp::keycloak {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds kRecent{30};

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Null where the list is not shown.
std::optional<std::set<std::string>> names_in(const Json& client, const char* list) {
  const auto found = client.find(list);
  if (found == client.end() || !found->is_array()) return std::nullopt;
  std::set<std::string> names;
  for (const Json& name : *found) {
    if (name.is_string()) names.insert(name.get<std::string>());
  }
  return names;
}

}  // namespace

Result<RealmScopes> read_realm_scopes(const std::string& body, const std::string& where, const std::string& instance) {
  const Json list = Json::parse(body, nullptr, false);
  if (!list.is_array()) return Error{Code::Unavailable, "the answer is no list of client scopes", where, {}};
  RealmScopes scopes;
  for (const Json& item : list) {
    if (!item.is_object()) continue;
    RealmScope scope;
    scope.id = text_of(item, "id");
    scope.protocol = text_of(item, "protocol");
    if (const auto attributes = item.find("attributes"); attributes != item.end() && attributes->is_object()) {
      scope.in_token = text_of(*attributes, "include.in.token.scope") != "false";
      scope.ours = text_of(*attributes, kInstanceAttribute) == instance;
    }
    scopes[text_of(item, "name")] = std::move(scope);
  }
  return scopes;
}

std::string realm_scope_body(const std::string& name, const std::string& instance) {
  return Json{
      {"name", name},
      {"protocol", "openid-connect"},
      {"description", "Made by Sallyport, instance " + instance},
      {"attributes",
       {{"include.in.token.scope", "true"}, {"display.on.consent.screen", "false"}, {kInstanceAttribute, instance}}}}
      .dump();
}

Result<std::vector<ScopeUse>> read_scope_uses(const std::string& body, const std::string& where) {
  const Json list = Json::parse(body, nullptr, false);
  const Error unreadable{Code::Unavailable, "the answer is no list of clients", where, {}};
  if (!list.is_array()) return unreadable;
  std::vector<ScopeUse> uses;
  for (const Json& client : list) {
    if (!client.is_object() || text_of(client, "id").empty()) return unreadable;
    ScopeUse use{text_of(client, "id"), names_in(client, "defaultClientScopes")};
    const auto optional = names_in(client, "optionalClientScopes");
    if (use.scopes && optional) {
      use.scopes->insert(optional->begin(), optional->end());
    } else {
      use.scopes.reset();
    }
    uses.push_back(std::move(use));
  }
  return uses;
}

bool RecentScopes::have(const std::set<std::string>& names) const {
  const std::lock_guard lock(mutex_);
  if (!scopes_ || clock_.steady() - read_at_ >= kRecent) return names.empty();
  return std::ranges::all_of(names, [this](const std::string& name) {
    const auto found = scopes_->find(name);
    return found != scopes_->end() && found->second.is_usable();
  });
}

void RecentScopes::keep(RealmScopes scopes) {
  const std::lock_guard lock(mutex_);
  scopes_ = std::move(scopes);
  read_at_ = clock_.steady();
}

void RecentScopes::drop() {
  const std::lock_guard lock(mutex_);
  scopes_.reset();
}

}  // namespace sallyport::idp::keycloak
