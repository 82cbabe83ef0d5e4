// SPDX-License-Identifier: Apache-2.0
// The store, as the providers want to see it: secret bytes, registration records, ledgers.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "operator/store/store.hpp"
#include "reconcilers/ir/grant.hpp"
#include "reconcilers/ir/secret_source.hpp"
#include "reconcilers/shared/caches.hpp"

namespace sallyport::shared {

inline constexpr std::string_view kManagedBy =
    "sallyport.dev/managed-by";                                           ///< on every Secret that we made: "sallyport"
inline constexpr std::string_view kOwnerUid = "sallyport.dev/owner-uid";  ///< and for whom
inline constexpr std::string_view kRecordFor = "sallyport.dev/for";  ///< annotation of a registration record: the same
inline constexpr std::string_view kContentHash = "sallyport.dev/content";  ///< annotation: hash of what is in it

class StoreSecrets final : public ir::SecretSource {
 public:
  explicit StoreSecrets(store::Store& store) : store_(store) {}
  Result<ir::SecretBytes> read(const std::string& ns, const std::string& name) override;

 private:
  store::Store& store_;
};

/// One Secret `sallyport-registration-<hash of uid>` per client in the operator's namespace.
class StoreVault final : public ir::RegistrationVault {
 public:
  explicit StoreVault(store::Store& store) : store_(store) {}
  Result<ir::SecretBytes> load(const Uid& owner) override;
  Result<void> save(const ir::Owner& owner, const ir::SecretBytes& record) override;
  Result<void> erase(const Uid& owner) override;

 private:
  void forget(const Uid& owner);

  store::Store& store_;
  std::mutex mutex_;
  std::map<Uid, std::string> versions_;  ///< resourceVersion as last read or written
  /// What was written last, for the one read that follows: of the credentials that are to be delivered.
  std::map<Uid, ir::SecretBytes> just_written_;
};

/// One AccessLedger per (workspace, serving endpoint id). What we wrote last counts before what the cache shows: the
/// cache may not have seen it yet.
class StoreLedgers final : public ir::LedgerStore {
 public:
  StoreLedgers(store::Store& store, const Caches& caches) : store_(store), caches_(caches) {}
  Result<std::optional<ir::Ledger>> load(const std::string& workspace, const std::string& endpoint_id) override;
  Result<std::vector<ir::Ledger>> of(const std::string& workspace, const std::string& endpoint_name) override;
  Result<void> save(const ir::Ledger& ledger) override;
  Result<void> erase(const std::string& workspace, const std::string& endpoint_id) override;

 private:
  [[nodiscard]] std::optional<ir::Ledger> current(const std::string& name) const;
  /// Whether the cache shows what was written of this name: that it is there, or that it is gone.
  [[nodiscard]] bool is_shown(const std::string& name, bool there) const;
  store::Store& store_;
  const Caches& caches_;
  mutable std::mutex mutex_;
  /// By object name, until the cache shows it; nullopt: erased.
  mutable std::map<std::string, std::optional<ir::Ledger>> written_;
};

/// Takes the owner out of the ledgers of a serving endpoint, and with the last owner the ledger. For systems that are
/// gone for good: nothing is given back there.
[[nodiscard]] Result<void> disown(ir::LedgerStore& ledgers, const Uid& owner, const std::string& workspace,
                                  const std::string& endpoint_name);

[[nodiscard]] ir::Ledger to_ledger(const api::AccessLedgerSpec& spec);
[[nodiscard]] api::AccessLedgerSpec to_spec(const ir::Ledger& ledger);

}  // namespace sallyport::shared
