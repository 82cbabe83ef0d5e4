// SPDX-License-Identifier: Apache-2.0
// What no bound of a single field says: rules between fields, and between an object and what it was. One table for our
// reader and for the real API server, which have to agree.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <vector>

#include "operator/schema/sample.hpp"
#include "reconcilers/api/kinds.hpp"

namespace sallyport::api::testing {

using Json = nlohmann::json;

/// Somebody wants an object to be this. Both documents are merge patches on the smallest sample of the kind.
struct Proposal {
  std::string path;  ///< The field that is judged.
  bool refused = true;
  Json wanted;
  Json was{};  ///< The object before the change; null: there was none.
};

template <class K>
Json smallest_with(const Json& patch) {
  Json object = Json::parse(schema::sample<K>(schema::Extent::Minimal).dump());
  object.merge_patch(patch);
  return object;
}

inline std::vector<Proposal> gateway_proposals() {
  const auto bigip = [](Json fields) { return Json{{"spec", {{"bigip", std::move(fields)}}}}; };
  const auto units = [&](Json list) { return bigip({{"units", std::move(list)}}); };
  const auto published = [](Json fields) {
    return Json{
        {"spec", {{"type", "NGINX"}, {"bigip", nullptr}, {"addressPool", nullptr}, {"nginx", std::move(fields)}}}};
  };
  const auto nginx = [&](const char* directory) { return published({{"directory", directory}}); };
  const Json agents{{{"namespace", "edge"}, {"serviceAccount", "agent"}}};
  const Json fetched{{"agents", agents}};
  const std::string verify = "spec.bigip.insecureSkipVerify";
  const std::string a = "https://a.example.com";
  const std::string b = "https://b.example.com";
  return {{verify, false, bigip({{"insecureSkipVerify", true}})},
          {verify, false, bigip({{"insecureSkipVerify", false}, {"caBundle", "pem"}})},
          {verify, true, bigip({{"insecureSkipVerify", true}, {"caBundle", "pem"}})},
          {verify, true, bigip({{"insecureSkipVerify", true}, {"pinnedSHA256", std::string(64, 'a')}})},
          {"spec.bigip.caBundle", true, bigip({{"insecureSkipVerify", true}, {"caBundle", ""}})},
          {"spec.nginx.directory", true, nginx("/b"), nginx("/a")},
          {"spec.nginx.directory", true, nginx("/a"), published(fetched)},
          {"spec.nginx.directory", true, published(Json::object()), nginx("/a")},
          {"spec.nginx.agents", false, published(Json::object())},
          {"spec.nginx.agents", false, published(fetched)},
          {"spec.nginx.agents", false, published({{"directory", "/a"}, {"agents", Json::array()}})},
          {"spec.nginx.agents", true, published({{"directory", "/a"}, {"agents", agents}})},
          {"spec.nginx.agents", false, published(Json::object()), published(fetched)},
          {"spec.type", true, nginx("/a"), bigip(Json::object())},
          {"spec.bigip.units", true, units({b}), units({a})},
          {"spec.bigip.units", false, units({b, a}), units({a})},
          {"spec.bigip.units", false, units({b}), units({a, b})}};
}

inline std::vector<Proposal> provider_proposals() {
  const Json registered{{"credentialsSecret", "idp-registration"}};
  const auto typed = [](const std::string& type, Json registration) {
    return Json{{"spec", {{"type", type}, {"registration", std::move(registration)}}}};
  };
  const std::string secret = "spec.registration.credentialsSecret";
  const auto keys = [](Json fields) { return Json{{"spec", {{"keys", std::move(fields)}}}}; };
  const std::string stale = "spec.keys.staleAfter";
  return {{stale, false, keys({{"refresh", "1h"}})},
          {stale, false, keys({{"refresh", "1h"}, {"staleAfter", "1h"}})},
          {stale, true, keys({{"refresh", "1h"}, {"staleAfter", "59m"}})},
          {stale, true, keys({{"staleAfter", "1m"}})},
          {secret, false, typed("Keycloak", registered)},
          {secret, false, typed("DynamicRegistration", nullptr)},
          {secret, true, typed("Keycloak", nullptr)},
          {secret, true, typed("Keycloak", Json::object())},
          {"spec.type", true, typed("Keycloak", registered), typed("DynamicRegistration", registered)},
          {"spec.issuer",
           true,
           {{"spec", {{"issuer", "https://b.example.com"}}}},
           {{"spec", {{"issuer", "https://a.example.com"}}}}}};
}

inline std::vector<Proposal> workspace_proposals() {
  const auto host = [](const char* url) { return Json{{"spec", {{"host", url}}}}; };
  return {{"spec.host", true, host("https://adb-2.example.net"), host("https://adb-1.example.net")}};
}

inline std::vector<Proposal> endpoint_proposals() {
  const auto timeouts = [](Json fields) { return Json{{"spec", {{"traffic", {{"timeouts", std::move(fields)}}}}}}; };
  const std::string idle = "spec.traffic.timeouts.idle";
  return {{idle, false, timeouts({{"response", "330s"}})},
          {idle, false, timeouts({{"response", "10s"}, {"idle", "10s"}})},
          {idle, true, timeouts({{"response", "331s"}})},
          {idle, true, timeouts({{"idle", "299s"}})},
          {idle, true, timeouts({{"response", "10s"}, {"idle", "9s"}})}};
}

template <class K>
std::vector<Proposal> proposals() {
  if constexpr (std::is_same_v<K, F5Gateway>) return gateway_proposals();
  if constexpr (std::is_same_v<K, IdentityProvider>) return provider_proposals();
  if constexpr (std::is_same_v<K, DatabricksWorkspace>) return workspace_proposals();
  if constexpr (std::is_same_v<K, ProtectedEndpoint>) return endpoint_proposals();
  return {};
}

}  // namespace sallyport::api::testing
