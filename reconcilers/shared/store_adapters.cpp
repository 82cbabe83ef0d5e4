// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/shared/store_adapters.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "operator/base/digest.hpp"
#include "operator/schema/codec.hpp"

namespace sallyport::shared {
namespace {

constexpr std::size_t kRemembered = 100;

std::string vault_name(const Uid& owner) {
  return "sallyport-registration-" + short_hash(owner.str(), 16);
}

std::string ledger_name(const std::string& workspace, const std::string& endpoint_id) {
  return "al-" + short_hash(workspace + "/" + endpoint_id, 16);
}

ir::PrincipalType to_ir(api::GrantPrincipalType type) {
  switch (type) {
    case api::GrantPrincipalType::User:
      return ir::PrincipalType::User;
    case api::GrantPrincipalType::Group:
      return ir::PrincipalType::Group;
    case api::GrantPrincipalType::ServicePrincipal:
      return ir::PrincipalType::ServicePrincipal;
  }
  return ir::PrincipalType::User;
}

api::GrantPrincipalType to_api(ir::PrincipalType type) {
  switch (type) {
    case ir::PrincipalType::User:
      return api::GrantPrincipalType::User;
    case ir::PrincipalType::Group:
      return api::GrantPrincipalType::Group;
    case ir::PrincipalType::ServicePrincipal:
      return api::GrantPrincipalType::ServicePrincipal;
  }
  return api::GrantPrincipalType::User;
}

// The two enums list the same levels in the same order.
ir::Level to_ir(api::LedgerLevel level) {
  return static_cast<ir::Level>(level);
}
api::LedgerLevel to_api(ir::Level level) {
  return static_cast<api::LedgerLevel>(level);
}
static_assert(static_cast<int>(ir::Level::CanManage) == static_cast<int>(api::LedgerLevel::CanManage));

}  // namespace

/// A value of one line comes without the line break that `echo` and editors put at its end. What may not be read says
/// who can change that: whoever sees the error is somebody else.
Result<ir::SecretBytes> StoreSecrets::read(const std::string& ns, const std::string& name) {
  Result<store::SecretRead> read = store_.read_secret(ns, name);
  if (!read && read.error().code == Code::Refused)
    read.error().message +=
        "; let the operator read it: its service account needs the right to get Secrets in namespace '" + ns + "'";
  store::SecretRead secret = TRY(std::move(read));
  for (auto& [key, bytes] : secret.bytes) {
    const std::string_view text = bytes.reveal();
    const std::size_t end = text.find_first_of("\r\n");
    if (end == std::string_view::npos || text.find_first_not_of("\r\n", end) != std::string_view::npos) continue;
    bytes = Secret(std::string(text.substr(0, end)));
  }
  return std::move(secret.bytes);
}

Result<ir::SecretBytes> StoreVault::load(const Uid& owner) {
  {
    const std::lock_guard lock(mutex_);
    if (auto own = just_written_.extract(owner)) return std::move(own.mapped());
  }
  // What the cache does not have needs no read; should it be there all the same, `save` refuses to overwrite it.
  const Key key{"Secret", store_.operator_namespace(), vault_name(owner)};
  if (store_.fresh(key) && !store_.secrets().get(key.ns, key.name)) {
    const std::lock_guard lock(mutex_);
    versions_.erase(owner);
    return Error{Code::NotFound, "there is no such Secret", key.text(), {}};
  }
  Result<store::SecretRead> secret = store_.read_secret(store_.operator_namespace(), vault_name(owner));
  const std::lock_guard lock(mutex_);
  if (!secret) {
    if (secret.error().code == Code::NotFound) versions_.erase(owner);
    return secret.error();
  }
  versions_[owner] = secret->meta.resource_version;
  return std::move(secret->bytes);
}

Result<void> StoreVault::save(const ir::Owner& owner, const ir::SecretBytes& record) {
  store::SecretWrite write;
  write.ns = store_.operator_namespace();
  write.name = vault_name(owner.uid);
  write.bytes = record;
  write.labels = {{std::string(kManagedBy), "sallyport"}, {std::string(kOwnerUid), owner.uid.str()}};
  write.annotations = {{std::string(kRecordFor), owner.text()}};
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = versions_.find(owner.uid); known != versions_.end())
      write.expected_resource_version = known->second;
  }
  Result<schema::Metadata> meta = store_.write_secret(write);
  const std::lock_guard lock(mutex_);
  just_written_.erase(owner.uid);
  if (!meta) return meta.error();
  versions_[owner.uid] = meta->resource_version;
  just_written_[owner.uid] = std::move(write.bytes);
  return {};
}

void StoreVault::forget(const Uid& owner) {
  const std::lock_guard lock(mutex_);
  versions_.erase(owner);
  just_written_.erase(owner);
}

Result<void> StoreVault::erase(const Uid& owner) {
  const Result<store::SecretRead> secret = store_.read_secret(store_.operator_namespace(), vault_name(owner));
  if (!secret && secret.error().code == Code::NotFound) forget(owner);
  if (!secret) return secret.error().code == Code::NotFound ? Result<void>{} : Result<void>{secret.error()};
  TRY(store_.delete_secret(store_.operator_namespace(), vault_name(owner), secret->meta.uid));
  forget(owner);
  return {};
}

ir::Ledger to_ledger(const api::AccessLedgerSpec& spec) {
  ir::Ledger ledger{spec.workspace, spec.endpoint_id, spec.endpoint_name, {}};
  for (const api::LedgerPrincipal& principal : spec.entries) {
    ir::LedgerEntry entry{
        {to_ir(principal.principal_type), principal.principal}, to_ir(principal.before), to_ir(principal.applied), {}};
    for (const api::LedgerOwner& owner : principal.owners) entry.owners[Uid(owner.uid)] = to_ir(owner.level);
    ledger.entries[entry.principal.key()] = entry;
  }
  return ledger;
}

api::AccessLedgerSpec to_spec(const ir::Ledger& ledger) {
  api::AccessLedgerSpec spec{ledger.workspace, ledger.endpoint_id, ledger.endpoint_name, {}};
  for (const auto& [key, entry] : ledger.entries) {
    api::LedgerPrincipal principal{
        to_api(entry.principal.type), entry.principal.value, to_api(entry.before), to_api(entry.applied), {}};
    for (const auto& [uid, level] : entry.owners) principal.owners.push_back({uid.str(), to_api(level)});
    spec.entries.push_back(principal);
  }
  return spec;
}

bool StoreLedgers::is_shown(const std::string& name, bool there) const {
  const std::string& ns = store_.operator_namespace();
  return there ? store_.fresh({"AccessLedger", ns, name}) : !caches_.ledgers.get(ns, name);
}

/// What we wrote counts until the cache shows it.
std::optional<ir::Ledger> StoreLedgers::current(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  if (const auto own = written_.find(name); own != written_.end()) {
    if (!is_shown(name, own->second.has_value())) return own->second;
    written_.erase(own);
  }
  const auto object = caches_.ledgers.get(store_.operator_namespace(), name);
  return object ? std::optional{to_ledger(object->spec)} : std::nullopt;
}

Result<std::optional<ir::Ledger>> StoreLedgers::load(const std::string& workspace, const std::string& endpoint_id) {
  const std::string name = ledger_name(workspace, endpoint_id);
  std::optional<ir::Ledger> ledger = current(name);
  // Only an edit by hand makes the name and what it stands for differ. It proves nothing about this endpoint.
  if (ledger && (ledger->workspace != workspace || ledger->endpoint_id != endpoint_id)) {
    return Error{Code::Conflict,
                 "is about serving endpoint '" + ledger->endpoint_id + "' of workspace '" + ledger->workspace +
                     "', and its name is another's; nothing is granted or revoked until it is put right or deleted",
                 "AccessLedger " + name,
                 {}};
  }
  return ledger;
}

Result<std::vector<ir::Ledger>> StoreLedgers::of(const std::string& workspace, const std::string& endpoint_name) {
  std::set<std::string> names;
  for (const auto& object : caches_.ledgers.find(ledger_word(workspace, endpoint_name))) {
    if (object->meta.ns == store_.operator_namespace()) names.insert(object->meta.name);
  }
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, ledger] : written_) names.insert(name);
  }
  std::vector<ir::Ledger> list;
  for (const std::string& name : names) {
    const auto ledger = current(name);
    if (ledger && ledger->workspace == workspace && ledger->endpoint_name == endpoint_name) list.push_back(*ledger);
  }
  return list;
}

Result<void> StoreLedgers::save(const ir::Ledger& ledger) {
  const std::string name = ledger_name(ledger.workspace, ledger.endpoint_id);
  TRY(store_.write_object({"AccessLedger", store_.operator_namespace(), name}, schema::write(to_spec(ledger)).dump()));
  const std::lock_guard lock(mutex_);
  if (written_.size() >= kRemembered)
    std::erase_if(written_, [&](const auto& own) { return is_shown(own.first, own.second.has_value()); });
  written_[name] = ledger;
  return {};
}

Result<void> StoreLedgers::erase(const std::string& workspace, const std::string& endpoint_id) {
  const std::string name = ledger_name(workspace, endpoint_id);
  TRY(store_.delete_object({"AccessLedger", store_.operator_namespace(), name}));
  const std::lock_guard lock(mutex_);
  written_[name] = std::nullopt;
  return {};
}

Result<void> disown(ir::LedgerStore& ledgers, const Uid& owner, const std::string& workspace,
                    const std::string& endpoint_name) {
  for (ir::Ledger ledger : TRY(ledgers.of(workspace, endpoint_name))) {
    bool held = false;
    for (auto& [key, entry] : ledger.entries) held = entry.owners.erase(owner) > 0 || held;
    if (!held) continue;
    std::erase_if(ledger.entries, [](const auto& entry) { return entry.second.owners.empty(); });
    TRY(ledger.entries.empty() ? ledgers.erase(workspace, ledger.endpoint_id) : ledgers.save(ledger));
  }
  return {};
}

}  // namespace sallyport::shared
