// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/identity_provider/consumer_secret.hpp"

#include <set>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "reconcilers/shared/store_adapters.hpp"

namespace sallyport::identity_provider {
namespace {

/// Which IdentityProvider the credentials in a consumer's Secret are from.
constexpr std::string_view kDeliveredFrom = "sallyport.dev/identity-provider";

std::string in_words(const std::string& ns, const std::string& name) {
  return "Secret '" + ns + "/" + name + "'";
}

std::string word_of(const std::map<std::string, std::string>& words, std::string_view name) {
  const auto found = words.find(std::string(name));
  return found == words.end() ? std::string() : found->second;
}

bool is_ours(const schema::Metadata& secret, const Uid& owner) {
  return word_of(secret.labels, shared::kOwnerUid) == owner.str();
}

/// After a move the Secret holds what the new provider gave, and the former one takes nothing away.
bool is_from(const schema::Metadata& secret, const std::string& provider) {
  const std::string from = word_of(secret.annotations, kDeliveredFrom);
  return from.empty() || from == provider;
}

std::map<std::string, Secret> bytes_of(const idp::Credentials& credentials) {
  return {{"client_id", Secret(credentials.client_id)},
          {"client_secret", credentials.client_secret},
          {"issuer", Secret(credentials.issuer)},
          {"token_url", Secret(credentials.token_url)},
          {"audience", Secret(credentials.audience)}};
}

std::string mark_of(const std::map<std::string, Secret>& bytes) {
  std::string content;
  for (const auto& [key, value] : bytes) content += key + "=" + value.reveal() + "\n";
  return sha256_hex(content);
}

schema::Metadata controller_of(const ir::Owner& owner) {
  schema::Metadata meta;
  meta.name = owner.name;
  meta.ns = owner.ns;
  meta.uid = owner.uid;
  return meta;
}

/// What a Secret holds, without anything that makes it ours.
store::SecretWrite given_away(store::SecretRead secret) {
  store::SecretWrite write;
  write.ns = secret.meta.ns;
  write.name = secret.meta.name;
  write.bytes = std::move(secret.bytes);
  write.labels = std::move(secret.meta.labels);
  write.labels.erase(std::string(shared::kManagedBy));
  write.labels.erase(std::string(shared::kOwnerUid));
  write.annotations = std::move(secret.meta.annotations);
  write.annotations.erase(std::string(shared::kContentHash));
  write.given_away = true;
  write.expected_resource_version = std::move(secret.meta.resource_version);
  return write;
}

Error not_ours(const std::string& ns, const std::string& name) {
  return {
      Code::Conflict,
      in_words(ns, name) + " exists and was not made by Sallyport for this object; delete it, or choose another name",
      "spec.client.secretName",
      {}};
}

/// Names of what differs, never the values.
std::string differing(const std::map<std::string, Secret>& there, const std::map<std::string, Secret>& wanted) {
  std::vector<std::string> names;
  for (const auto& [key, value] : wanted) {
    const auto found = there.find(key);
    if (found == there.end() || !(found->second == value)) names.push_back(key);
  }
  for (const auto& [key, value] : there) {
    if (!wanted.contains(key)) names.push_back(key);
  }
  return join(names, ", ");
}

Error not_shown_yet(const ir::Owner& owner) {
  return {Code::Unavailable,
          "the Secret of " + owner.text() + " is not shown yet as it was last written; it is looked at again",
          {},
          {}};
}

/// Somebody was quicker: to be looked at again, while a Conflict would be for a person to solve.
Error to_be_repeated(Error error) {
  if (error.code == Code::Conflict || error.code == Code::NotFound) error.code = Code::Unavailable;
  return error;
}

}  // namespace

Result<void> ConsumerSecrets::deliver(const ir::ClientFragment& fragment, const std::string& provider,
                                      const idp::Credentials& credentials) {
  const ir::Owner& owner = fragment.owner;
  const std::string& name = fragment.consumer_secret;
  Bytes bytes = bytes_of(credentials);
  const std::string mark = mark_of(bytes);
  const auto before = last(owner.uid);
  const bool same_name = before && before->name == name;
  if (!is_shown(owner, name)) {
    if (same_name && before->mark == mark) return {};  // it is our own write that is not shown
    return not_shown_yet(owner);
  }
  const auto existing = store_.secrets().get(owner.ns, name);
  if (existing && !is_ours(existing->meta, owner.uid)) return not_ours(owner.ns, name);
  std::string version = existing ? existing->meta.resource_version : "";
  bool is_right = existing && word_of(existing->meta.annotations, shared::kContentHash) == mark;
  // The mark says what we wrote, not what is there now.
  if (is_right && same_name && before->version != version) is_right = TRY(still_holds(existing->meta, owner, bytes));
  if (!is_right) version = TRY(write(fragment, provider, std::move(bytes), version));
  // After a restart too: the last process may have ended between writing the new one and taking the old one away.
  if (!same_name) TRY(sweep(owner, [&](const schema::Metadata& secret) { return secret.name != name; }));
  remember(owner.uid, Delivered{name, mark, version});
  return {};
}

Result<std::vector<std::string>> ConsumerSecrets::compare(const ir::ClientFragment& fragment,
                                                          const std::optional<idp::Credentials>& credentials) {
  const ir::Owner& owner = fragment.owner;
  const std::string& name = fragment.consumer_secret;
  std::vector<std::string> changes;
  const auto existing = store_.secrets().get(owner.ns, name);
  if (existing && !is_ours(existing->meta, owner.uid)) return not_ours(owner.ns, name);
  if (!existing) {
    changes.push_back("would write " + in_words(owner.ns, name));
  } else if (!credentials) {
    changes.push_back("would write the new client's credentials into " + in_words(owner.ns, name));
  } else {
    const store::SecretRead there = TRY(store_.read_secret(owner.ns, name));
    const std::string keys = differing(there.bytes, bytes_of(*credentials));
    if (!keys.empty()) changes.push_back("would change " + keys + " in " + in_words(owner.ns, name));
  }
  for (const auto& secret : store_.secrets().list(owner.ns)) {
    if (is_ours(secret->meta, owner.uid) && secret->meta.name != name)
      changes.push_back("would delete " + in_words(owner.ns, secret->meta.name));
  }
  return changes;
}

Result<void> ConsumerSecrets::take_away(const ir::Owner& owner, const std::string& provider) {
  if (!is_shown(owner, "")) return not_shown_yet(owner);
  TRY(sweep(owner, [&](const schema::Metadata& secret) { return is_from(secret, provider); }));
  remember(owner.uid, std::nullopt);
  return {};
}

Result<void> ConsumerSecrets::give_away(const ir::ClientFragment& fragment, const std::string& provider,
                                        const std::function<Result<idp::Credentials>()>& credentials) {
  const ir::Owner& owner = fragment.owner;
  if (!is_shown(owner, fragment.consumer_secret)) return not_shown_yet(owner);
  std::set<std::string> names;
  for (const auto& secret : store_.secrets().list(owner.ns)) {
    if (is_ours(secret->meta, owner.uid)) names.insert(secret->meta.name);
  }
  const std::string& wanted = fragment.consumer_secret;
  if (!wanted.empty() && !store_.secrets().get(owner.ns, wanted)) names.insert(wanted);
  for (const std::string& name : names) {
    Result<store::SecretRead> there = store_.read_secret(owner.ns, name);
    if (!there && there.error().code != Code::NotFound) return there.error();
    if (!there && name == wanted) TRY(write_last(fragment, provider, credentials));
    if (!there || !is_ours(there->meta, owner.uid) || !is_from(there->meta, provider)) continue;
    const Result<schema::Metadata> written = store_.write_secret(given_away(std::move(*there)));
    if (!written) return to_be_repeated(written.error());
  }
  remember(owner.uid, std::nullopt);
  return {};
}

Result<void> ConsumerSecrets::write_last(const ir::ClientFragment& fragment, const std::string& provider,
                                         const std::function<Result<idp::Credentials>()>& credentials) {
  const auto place = store_.namespaces().get("", fragment.owner.ns);
  if (place && place->terminating) return {};  // nothing can be made there, and nobody is left to use it
  const Result<idp::Credentials> last = credentials();
  if (!last && last.error().code == Code::NotFound) return {};  // there never was a client
  if (!last) return last.error();
  store::SecretWrite write;
  write.ns = fragment.owner.ns;
  write.name = fragment.consumer_secret;
  write.bytes = bytes_of(*last);
  write.annotations = {{std::string(kDeliveredFrom), provider}};
  write.given_away = true;
  const Result<schema::Metadata> written = store_.write_secret(write);
  if (!written) return to_be_repeated(written.error());
  return {};
}

std::string ConsumerSecrets::version(const Uid& owner) const {
  const auto delivered = last(owner);
  return delivered ? delivered->version : "";
}

Result<std::string> ConsumerSecrets::write(const ir::ClientFragment& fragment, const std::string& provider, Bytes bytes,
                                           const std::string& expected_version) {
  store::SecretWrite write;
  write.ns = fragment.owner.ns;
  write.name = fragment.consumer_secret;
  write.labels = {{std::string(shared::kManagedBy), "sallyport"},
                  {std::string(shared::kOwnerUid), fragment.owner.uid.str()}};
  write.annotations = {{std::string(shared::kContentHash), mark_of(bytes)}, {std::string(kDeliveredFrom), provider}};
  write.bytes = std::move(bytes);
  write.controller = controller_of(fragment.owner);
  write.controller_kind = fragment.owner.kind;
  write.expected_resource_version = expected_version;
  const Result<schema::Metadata> written = store_.write_secret(write);
  if (!written) return to_be_repeated(written.error());
  return written->resource_version;
}

Result<bool> ConsumerSecrets::still_holds(const schema::Metadata& shown, const ir::Owner& owner, const Bytes& bytes) {
  const Result<store::SecretRead> there = store_.read_secret(shown.ns, shown.name);
  if (!there) return to_be_repeated(there.error());
  return is_ours(there->meta, owner.uid) && there->bytes == bytes;
}

Result<void> ConsumerSecrets::sweep(const ir::Owner& owner,
                                    const std::function<bool(const schema::Metadata&)>& is_spare) {
  for (const auto& secret : store_.secrets().list(owner.ns)) {
    if (!is_ours(secret->meta, owner.uid)) continue;
    // By now it may be another provider's.
    if (!store_.fresh({"Secret", owner.ns, secret->meta.name})) return not_shown_yet(owner);
    if (!is_spare(secret->meta)) continue;
    TRY(store_.delete_secret(secret->meta.ns, secret->meta.name, secret->meta.uid));
  }
  return {};
}

bool ConsumerSecrets::is_shown(const ir::Owner& owner, const std::string& name) const {
  const auto before = last(owner.uid);
  const auto is_fresh = [&](const std::string& one) { return store_.fresh({"Secret", owner.ns, one}); };
  return (name.empty() || is_fresh(name)) && (!before || is_fresh(before->name));
}

std::optional<ConsumerSecrets::Delivered> ConsumerSecrets::last(const Uid& owner) const {
  const std::lock_guard lock(mutex_);
  const auto found = delivered_.find(owner);
  return found == delivered_.end() ? std::nullopt : std::optional(found->second);
}

void ConsumerSecrets::remember(const Uid& owner, std::optional<Delivered> delivered) {
  const std::lock_guard lock(mutex_);
  if (delivered) {
    delivered_[owner] = std::move(*delivered);
  } else {
    delivered_.erase(owner);
  }
}

}  // namespace sallyport::identity_provider
