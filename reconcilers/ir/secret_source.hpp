// SPDX-License-Identifier: Apache-2.0
// Where providers get secret bytes from, and where a registration's answer is kept. The store stands behind it.
#pragma once

#include <map>
#include <stop_token>
#include <string>

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"
#include "operator/base/strong_id.hpp"
#include "reconcilers/ir/owner.hpp"

namespace sallyport::ir {

using SecretBytes = std::map<std::string, Secret>;  ///< key of the Secret's `data` -> decoded bytes

class SecretSource {
 public:
  virtual ~SecretSource() = default;
  /// NotFound, Refused, Unavailable.
  [[nodiscard]] virtual Result<SecretBytes> read(const std::string& ns, const std::string& name) = 0;
};

/// The registration Secrets in the operator's own namespace: one per client that we registered. It holds the intent
/// before the call and the whole answer after it, and is the ledger of what is ours at the identity provider.
class RegistrationVault {
 public:
  virtual ~RegistrationVault() = default;
  /// NotFound when this owner has none. Keys are the provider's own (`state`, `client_id`, `client_secret`, ...).
  [[nodiscard]] virtual Result<SecretBytes> load(const Uid& owner) = 0;
  /// Durable when it returns. Replaces the whole record. Conflict when it was changed since `load`.
  [[nodiscard]] virtual Result<void> save(const Owner& owner, const SecretBytes& record) = 0;
  /// Gone, or never there: both succeed.
  [[nodiscard]] virtual Result<void> erase(const Uid& owner) = 0;
};

}  // namespace sallyport::ir
