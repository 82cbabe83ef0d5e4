// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/key_set.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"
#include "reconcilers/token/key_material.hpp"
#include "reconcilers/token/strict_json.hpp"

namespace sallyport::token {
namespace {

using nlohmann::json;

Error useless(std::string why) {
  return Error{Code::Unavailable, "the key set " + std::move(why), {}, {}};
}

std::string id_of(const json& jwk) {
  if (!jwk.is_object()) return {};
  const auto id = jwk.find("kid");
  return id != jwk.end() && id->is_string() ? id->get<std::string>() : std::string();
}

std::map<std::string, int> count_ids(const json& list) {
  std::map<std::string, int> counts;
  for (const json& jwk : list) ++counts[id_of(jwk)];
  counts[""] = 1;  // keys without id are told apart by their algorithm
  return counts;
}

std::string thumbprint_of(const json& jwk) {
  const auto material = read_key_material(jwk);
  return material ? material->thumbprint : std::string();
}

/// Not a symmetric one, which was never of use: one whose public part others trust.
bool is_compromised(const json& jwk) {
  return jwk.is_object() && jwk.value("kty", json()) != "oct" && has_private_members(jwk);
}

Result<PublicKey> read_key(const json& jwk, bool shares_id, const std::set<std::string>& compromised) {
  PublicKey key = TRY(PublicKey::read(jwk));
  if (shares_id) return unfit("shares its 'kid' with another key");
  if (compromised.contains(key.thumbprint())) return unfit("is the public part of a private key that was published");
  return key;
}

}  // namespace

Result<KeySet> KeySet::read(std::string_view text, const std::set<std::string>& known_compromised) {
  if (text.size() > kMaxKeySetSize) return useless("is longer than 256 KiB");
  const auto document = parse_strict_object(text, "the key set");
  if (!document) return Error{Code::Unavailable, document.error().detail, {}, {}};
  const auto list = document->find("keys");
  if (list == document->end() || !list->is_array()) return useless("has no list 'keys' (RFC 7517 section 5)");
  if (list->size() > kMaxKeys) return useless("has more than 100 keys");

  std::set<std::string> compromised = known_compromised;
  for (const json& jwk : *list) {
    if (is_compromised(jwk)) compromised.insert(thumbprint_of(jwk));
  }
  KeySet set;
  std::map<std::string, int> counts = count_ids(*list);
  for (const json& jwk : *list) {
    const std::string id = id_of(jwk);
    auto key = read_key(jwk, counts[id] > 1, compromised);
    if (key) {
      set.keys_.push_back(std::move(*key));
    } else {
      const bool published = is_compromised(jwk);
      set.unused_.push_back({one_line(id, kMaxKeyIdSize), key.error().message, published,
                             published ? thumbprint_of(jwk) : std::string()});
    }
  }
  return set;
}

Checked<const PublicKey*> KeySet::choose(const Header& header) const {
  if (!header.key_id.empty()) {
    const auto named =
        std::find_if(keys_.begin(), keys_.end(), [&](const PublicKey& key) { return key.id() == header.key_id; });
    if (named == keys_.end()) return Refusal{Reason::KeyUnknown, "the issuer has no key " + quote(header.key_id)};
    if (named->fits(header.algorithm)) return &*named;
    return Refusal{Reason::KeyUnfit,
                   "key " + quote(header.key_id) + " is not for " + std::string(to_string(header.algorithm))};
  }
  const PublicKey* only = nullptr;
  for (const PublicKey& key : keys_) {
    if (!key.fits(header.algorithm)) continue;
    if (only != nullptr) return Refusal{Reason::KeyUnknown, "the token names no key, and several keys fit"};
    only = &key;
  }
  if (only == nullptr) return Refusal{Reason::KeyUnknown, "the token names no key, and no key fits"};
  return only;
}

}  // namespace sallyport::token
