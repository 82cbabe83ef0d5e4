// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/tokens.hpp"

#include <algorithm>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators::databricks {

Secret Tokens::issue(const std::string& principal_id, SteadyTime expires) {
  // Real tokens are JWTs of some hundred bytes; nobody may rely on what is inside.
  Secret token("eyJ" + random_token(96).reveal());
  records_[sha256_hex(token.reveal())] = {{principal_id, Credential::Oauth}, expires};
  return token;
}

void Tokens::accept(const Secret& token, const std::string& principal_id) {
  records_[sha256_hex(token.reveal())] = {{principal_id, Credential::PersonalAccessToken}, std::nullopt};
}

std::optional<Caller> Tokens::check(std::string_view token, SteadyTime now) const {
  const auto found = records_.find(sha256_hex(token));
  if (found == records_.end()) return std::nullopt;
  if (found->second.expires && now >= *found->second.expires) return std::nullopt;
  return found->second.caller;
}

bool Tokens::revoke(std::string_view token) {
  return records_.erase(sha256_hex(token)) > 0;
}

std::size_t Tokens::revoke_of(const std::string& principal_id) {
  return std::erase_if(records_, [&](const auto& entry) { return entry.second.caller.principal_id == principal_id; });
}

void ClientSecrets::set(const std::string& client_id, Secret secret, SystemTime now) {
  auto& secrets = secrets_[to_lower(client_id)];
  std::erase_if(secrets, [](const ClientSecret& one) { return one.given; });
  secrets.push_back({uuid_v4(), std::move(secret), now, now + kLongestSecretLife, true});
}

const ClientSecret& ClientSecrets::add(const std::string& client_id, SystemTime now, std::chrono::seconds lifetime) {
  Secret value("dose" + random_token(16).reveal());
  return secrets_[to_lower(client_id)].emplace_back(
      ClientSecret{uuid_v4(), std::move(value), now, now + lifetime, false});
}

bool ClientSecrets::remove(const std::string& client_id, const std::string& id) {
  const auto found = secrets_.find(to_lower(client_id));
  return found != secrets_.end() &&
         std::erase_if(found->second, [&](const ClientSecret& one) { return one.id == id; }) > 0;
}

const std::vector<ClientSecret>& ClientSecrets::of(const std::string& client_id) const {
  static const std::vector<ClientSecret> kNone;
  const auto found = secrets_.find(to_lower(client_id));
  return found == secrets_.end() ? kNone : found->second;
}

bool ClientSecrets::accepts(const std::string& client_id, const Secret& secret, SystemTime now) const {
  const auto& secrets = of(client_id);
  return !secret.empty() && std::any_of(secrets.begin(), secrets.end(), [&](const ClientSecret& one) {
    return one.value == secret && now < one.expires;
  });
}

}  // namespace sallyport::simulators::databricks
