// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/identity_provider/identity_config.hpp"

#include <algorithm>
#include <tuple>

#include "operator/schema/bounds.hpp"

namespace sallyport::identity_provider {
namespace {

using schema::ConditionStatus;

constexpr std::size_t kMostKeys = schema::most_items(&api::IdentityProviderStatus::keys);

std::vector<api::SigningKeyStatus> with_ages(const std::vector<idp::SigningKey>& keys,
                                             const std::vector<api::SigningKeyStatus>& known, SystemTime now) {
  std::vector<api::SigningKeyStatus> all;
  for (const idp::SigningKey& key : keys) {
    if (all.size() == kMostKeys) break;
    const auto before = std::ranges::find(known, key.thumbprint, &api::SigningKeyStatus::thumbprint);
    all.push_back({key.thumbprint, key.id, key.algorithms, before == known.end() ? to_rfc3339(now) : before->since});
  }
  std::ranges::sort(all, {}, [](const api::SigningKeyStatus& key) { return std::tie(key.algorithms, key.thumbprint); });
  return all;
}

/// Whether a gateway that checks tokens itself would take one that is signed with it.
bool fits(const idp::SigningKey& key, const api::IdentityProviderSpec& spec) {
  return std::ranges::any_of(api::accepted_algorithms(spec), [&](api::TokenAlgorithm algorithm) {
    return std::ranges::find(key.algorithms, schema::text_of(algorithm)) != key.algorithms.end();
  });
}

std::string count_of(std::size_t keys) {
  return std::to_string(keys) + (keys == 1 ? " signing key" : " signing keys");
}

}  // namespace

void tell_identity_config(const std::optional<Result<idp::Discovery>>& health, const api::IdentityProviderSpec& spec,
                          SystemTime now, api::IdentityProviderStatus& status) {
  // Not looked at yet, or stopped in the middle of it: what was known stays.
  if (!health || (!*health && health->error().code == Code::ShuttingDown)) return;
  const auto say = [&](ConditionStatus is, std::string_view reason, const std::string& message) {
    schema::set_condition(status.conditions,
                          {"IdentityConfigCurrent", is, status.observed_generation, "", std::string(reason), message},
                          now);
  };
  if (!*health) {
    const bool another = health->error().code == Code::Conflict;
    return say(ConditionStatus::False, another ? std::string_view("IssuerChanged") : api::kIssuerUnreachable,
               health->error().text());
  }
  const Result<std::vector<idp::SigningKey>>& keys = (*health)->keys;
  if (!keys) return say(ConditionStatus::False, api::kKeysUnreachable, keys.error().text());
  status.keys = with_ages(*keys, status.keys, now);
  if (std::ranges::none_of(*keys, [&](const idp::SigningKey& key) { return fits(key, spec); })) {
    return say(ConditionStatus::False, "NoUsableKey",
               "none of its " + count_of(keys->size()) +
                   " verifies a token by an algorithm of spec.tokens.algorithms; add the algorithm that it signs with");
  }
  say(ConditionStatus::True, "Current", "issuer, endpoints and " + count_of(status.keys.size()) + " are current");
}

}  // namespace sallyport::identity_provider
