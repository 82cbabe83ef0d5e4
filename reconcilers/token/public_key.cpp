// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/public_key.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "reconcilers/token/jws.hpp"
#include "reconcilers/token/key_material.hpp"
#include "reconcilers/token/signature.hpp"

namespace sallyport::token {
namespace {

using nlohmann::json;

Result<std::string> text(const json& jwk, const char* name) {
  const auto at = jwk.find(name);
  if (at == jwk.end()) return std::string();
  if (!at->is_string()) return unfit("'" + std::string(name) + "' is not a string");
  return at->get<std::string>();
}

/// RFC 7517 sections 4.2 and 4.3.
Result<void> check_use(const json& jwk) {
  if (jwk.contains("use") && TRY(text(jwk, "use")) != "sig") return unfit("'use' is not 'sig'");
  const auto operations = jwk.find("key_ops");
  if (operations == jwk.end()) return {};
  if (!operations->is_array()) return unfit("'key_ops' is not a list");
  const bool verifies =
      std::any_of(operations->begin(), operations->end(), [](const json& o) { return o == "verify"; });
  if (!verifies) return unfit("'key_ops' does not name 'verify'");
  return {};
}

/// Those that its own `alg` leaves of those that its type allows.
Result<std::vector<Algorithm>> narrowed(std::vector<Algorithm> by_type, const json& jwk) {
  if (!jwk.contains("alg")) return by_type;
  const std::string name = TRY(text(jwk, "alg"));
  const auto pinned = algorithm_named(name);
  if (!pinned || std::find(by_type.begin(), by_type.end(), *pinned) == by_type.end()) {
    return unfit("'alg' is no signature algorithm of its type and curve");
  }
  return std::vector{*pinned};
}

}  // namespace

Result<PublicKey> PublicKey::read(const json& jwk) {
  if (!jwk.is_object()) return unfit("is not an object");
  PublicKey key;
  key.id_ = TRY(text(jwk, "kid"));
  if (key.id_.size() > kMaxKeyIdSize || (key.id_.empty() && jwk.contains("kid"))) {
    return unfit("'kid' has to have 1 to " + std::to_string(kMaxKeyIdSize) + " bytes");
  }
  if (has_private_members(jwk)) return unfit("holds what only its owner may know");
  TRY(check_use(jwk));
  KeyMaterial material = TRY(read_key_material(jwk));
  key.algorithms_ = TRY(narrowed(std::move(material.algorithms), jwk));
  key.key_ = std::move(material.key);
  key.thumbprint_ = std::move(material.thumbprint);
  return key;
}

bool PublicKey::fits(Algorithm algorithm) const {
  return std::find(algorithms_.begin(), algorithms_.end(), algorithm) != algorithms_.end();
}

bool PublicKey::verifies(Algorithm algorithm, std::string_view signing_input, std::string_view signature) const {
  return fits(algorithm) && signature_is_of(*key_, algorithm, signing_input, signature);
}

bool has_private_members(const json& jwk) {
  static constexpr std::array kPrivate = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
  return std::any_of(kPrivate.begin(), kPrivate.end(), [&](const char* name) { return jwk.contains(name); });
}

}  // namespace sallyport::token
