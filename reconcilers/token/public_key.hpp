// SPDX-License-Identifier: Apache-2.0
// A key that verifies signatures, from a JSON Web Key (RFC 7517, RFC 7518 section 6, RFC 8037). OpenSSL behind it.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operator/base/result.hpp"
#include "reconcilers/token/algorithm.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace sallyport::token {

/// A value that shares its key; may be used by any number of threads.
class PublicKey {
 public:
  /// InvalidSpec, with the reason, for a key that must not verify a token: of another use, weak (RSA below 2048 bits,
  /// exponent below 65537, the ROCA weakness), not on its curve, at odds with its own `alg`, symmetric, or private.
  [[nodiscard]] static Result<PublicKey> read(const nlohmann::json& jwk);

  [[nodiscard]] const std::string& id() const { return id_; }  ///< `kid`; empty when absent
  /// RFC 7638: the same key has the same, whatever its id.
  [[nodiscard]] const std::string& thumbprint() const { return thumbprint_; }
  /// One for a key that names its algorithm or has one by its curve; for other RSA keys the issuer's list decides.
  [[nodiscard]] const std::vector<Algorithm>& algorithms() const { return algorithms_; }
  [[nodiscard]] bool fits(Algorithm algorithm) const;

  /// False for a wrong signature, one of the wrong length, and an algorithm that does not fit.
  [[nodiscard]] bool verifies(Algorithm algorithm, std::string_view signing_input, std::string_view signature) const;

 private:
  PublicKey() = default;

  std::shared_ptr<evp_pkey_st> key_;
  std::string id_, thumbprint_;
  std::vector<Algorithm> algorithms_;
};

/// True for a key with members that only its owner may know (RFC 7518 sections 6.2.2, 6.3.2 and 6.4): published, it is
/// nobody's any more.
[[nodiscard]] bool has_private_members(const nlohmann::json& jwk);

}  // namespace sallyport::token
