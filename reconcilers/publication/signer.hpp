// SPDX-License-Identifier: Apache-2.0
// The operator's key for what it publishes: Ed25519 (RFC 8032). Agents and authorizers know only its public half.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace sallyport::publication {

/// A value that shares its key; may be used by any number of threads.
class Signer {
 public:
  /// A new key from the system's generator.
  [[nodiscard]] static Result<Signer> generate();
  /// PKCS#8 in PEM without a pass phrase. InvalidSpec for anything but an Ed25519 key.
  [[nodiscard]] static Result<Signer> read(const Secret& pem);

  [[nodiscard]] Result<Secret> pem() const;
  /// RFC 8037 section 2, with its thumbprint (RFC 7638) as `kid`.
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] nlohmann::json public_jwk() const;

  [[nodiscard]] Result<std::string> sign(std::string_view bytes) const;  ///< 64 bytes

 private:
  explicit Signer(std::shared_ptr<evp_pkey_st> key);

  std::shared_ptr<evp_pkey_st> key_;
  std::string public_;  // base64url
  std::string id_;
};

}  // namespace sallyport::publication
