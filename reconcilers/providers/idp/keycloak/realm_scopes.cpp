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
