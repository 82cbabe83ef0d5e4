// SPDX-License-Identifier: Apache-2.0
// A private key of somebody who shows certificates: the operator's authority, its server, an agent.
#pragma once

#include <memory>
#include <string>

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace sallyport::pki {

/// A value that shares its key; may be used by any number of threads.
class Key {
 public:
  /// A new one from the system's generator: ECDSA, P-256.
  [[nodiscard]] static Result<Key> make();
  /// PEM without a pass phrase. InvalidSpec for what is none, or is weaker than is_strong() says.
  [[nodiscard]] static Result<Key> read(const Secret& pem);

  [[nodiscard]] Result<Secret> pem() const;  ///< PKCS#8
  /// A certificate request (PKCS#10) in PEM that this key signed. It names nobody: who asks is known by a token.
  [[nodiscard]] Result<std::string> request() const;
  [[nodiscard]] evp_pkey_st* get() const { return key_.get(); }

 private:
  explicit Key(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}

  std::shared_ptr<evp_pkey_st> key_;
};

/// Whether a public key is one that a certificate may be issued for: EC on P-256, P-384 or P-521, Ed25519, or RSA of
/// 2048 to 8192 bits.
[[nodiscard]] bool is_strong(const evp_pkey_st* key);

}  // namespace sallyport::pki
