// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/identity_provider/target.hpp"

#include <functional>

#include "operator/base/digest.hpp"

namespace sallyport::identity_provider {
namespace {

using ir::Outcome;
using ir::Wish;
using shared::IdentityLink;

schema::Metadata controller_of(const ir::Owner& owner) {
  schema::Metadata meta;
  meta.name = owner.name;
  meta.ns = owner.ns;
  meta.uid = owner.uid;
  return meta;
}

bool is_ours(const store::SecretMeta& secret, const Uid& owner) {
  const auto label = secret.meta.labels.find(std::string(shared::kOwnerUid));
  return label != secret.meta.labels.end() && label->second == owner.str();
}

/// Which IdentityProvider the credentials in a consumer's Secret are from.
constexpr std::string_view kDeliveredFrom = "sallyport.dev/identity-provider";

/// Secrets that we made for this client, as far as `is_spare` says.
Result<void> sweep(store::Store& store, const ir::Owner& owner,
                   const std::function<bool(const store::SecretMeta&)>& is_spare) {
  for (const auto& secret : store.secrets().list(owner.ns)) {
    if (!is_ours(*secret, owner.uid) || !is_spare(*secret)) continue;
    TRY(store.delete_secret(secret->meta.ns, secret->meta.name, secret->meta.uid));
  }
  return {};
}

/// After a move the Secret holds what the new provider gave, and the former one takes nothing away.
bool is_from(const store::SecretMeta& secret, const std::string& provider) {
  const auto from = secret.meta.annotations.find(std::string(kDeliveredFrom));
  return from == secret.meta.annotations.end() || from->second == provider;
}

/// Writes client_id, client_secret, issuer, token_url and audience where the application expects them, if they are not
/// there already. Never overwrites a Secret that it did not make.
Result<void> deliver(store::Store& store, const ir::ClientFragment& fragment, const std::string& provider,
                     const idp::Credentials& credentials) {
  store::SecretWrite write;
  write.ns = fragment.owner.ns;
  write.name = fragment.consumer_secret;
  write.bytes = {{"client_id", Secret(credentials.client_id)},
                 {"client_secret", credentials.client_secret},
                 {"issuer", Secret(credentials.issuer)},
                 {"token_url", Secret(credentials.token_url)},
                 {"audience", Secret(credentials.audience)}};
  std::string content;
  for (const auto& [key, value] : write.bytes) content += key + "=" + value.reveal() + "\n";
  const std::string mark = sha256_hex(content);
  const auto existing = store.secrets().get(write.ns, write.name);
  if (existing && !is_ours(*existing, fragment.owner.uid)) {
    return Error{Code::Conflict,
                 "Secret '" + write.ns + "/" + write.name +
                     "' exists and was not made by Sallyport; delete it, or choose another name",
                 "spec.client.secretName",
                 {}};
  }
  if (existing) {
    const auto annotation = existing->meta.annotations.find(std::string(shared::kContentHash));
    if (annotation != existing->meta.annotations.end() && annotation->second == mark) return {};
    write.expected_resource_version = existing->meta.resource_version;
  }
  write.labels = {{std::string(shared::kManagedBy), "sallyport"},
                  {std::string(shared::kOwnerUid), fragment.owner.uid.str()}};
  write.annotations = {{std::string(shared::kContentHash), mark}, {std::string(kDeliveredFrom), provider}};
  write.controller = controller_of(fragment.owner);
  write.controller_kind = fragment.owner.kind;
  TRY(store.write_secret(write));
  return sweep(store, fragment.owner,
               [&](const store::SecretMeta& secret) { return secret.meta.name != fragment.consumer_secret; });
}

ir::Verdict one_client(IdentityLink& link, store::Store& store, const ir::ClientFragment& fragment,
                       std::stop_token stop) {
  const auto provider = link.provider();
  if (fragment.wish == Wish::Observe) return provider->compare(fragment, stop);
  ir::Verdict verdict = provider->converge(fragment, stop);
  Result<void> secret;
  if (verdict.outcome == Outcome::Applied) {
    const Result<idp::Credentials> credentials = provider->credentials(fragment);
    secret = credentials ? deliver(store, fragment, link.connection().name, *credentials)
                         : Result<void>{credentials.error()};
  } else if (verdict.outcome == Outcome::Gone && fragment.wish == Wish::Absent) {
    secret = sweep(store, fragment.owner,
                   [&](const store::SecretMeta& made) { return is_from(made, link.connection().name); });
  }
  if (!secret) {
    verdict.outcome = secret.error().code == Code::Conflict ? Outcome::Rejected : Outcome::Unknown;
    verdict.error = secret.error();
  }
  return verdict;
}

}  // namespace

shared::IdentityLink::Step client_step(store::Store& store) {
  return [&store](IdentityLink& link, const Key& target, std::stop_token stop) -> runtime::Next {
    const auto provider = link.provider();
    if (!provider)
      return {Error{Code::Unavailable, "the identity provider has not been reached yet", {}, {}}, std::nullopt};
    if (target == link.check_target()) {
      Result<idp::Discovery> discovery = provider->discover(stop);
      const std::optional<Error> failed = discovery ? std::nullopt : std::optional{discovery.error()};
      link.set_health(std::move(discovery));
      return {failed, shared::drift_wait(link.around())};
    }
    std::optional<Error> failed;
    for (const ir::ClientFragment& fragment : link.wanted(target)) {
      if (fragment.wish == Wish::Hold) continue;
      const ir::Verdict verdict = one_client(link, store, fragment, stop);
      if (verdict.error) failed = verdict.error;
      link.record(target, fragment, verdict);
    }
    return {failed, shared::drift_wait(link.around())};
  };
}

}  // namespace sallyport::identity_provider
