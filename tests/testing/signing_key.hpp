// SPDX-License-Identifier: Apache-2.0
// An issuer's private key, made while a test runs: signs tokens, good ones and every kind of bad one.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace sallyport::testing {

class SigningKey {
 public:
  /// "RSA" (of `bits`), "P-256", "P-384", "P-521" or "Ed25519".
  explicit SigningKey(const std::string& type, std::string id = "key-1", unsigned bits = 2048);

  [[nodiscard]] const std::string& id() const { return id_; }
  /// The public half; without `alg`.
  [[nodiscard]] nlohmann::json jwk() const;
  [[nodiscard]] std::string public_pem() const;
  /// By a name of RFC 7518 (RS256, ES256, ...) that fits the key; raw bytes as in a JWS.
  [[nodiscard]] std::string sign(std::string_view algorithm, std::string_view input) const;
  /// Header and payload as they are given, signed by the algorithm, whatever the header says of it.
  [[nodiscard]] std::string token_of(std::string_view algorithm, std::string_view header,
                                     std::string_view payload) const;

 private:
  std::shared_ptr<evp_pkey_st> key_;
  std::string type_, id_;
};

/// HMAC with SHA-256, for tokens that pretend.
[[nodiscard]] std::string hmac_sha256(std::string_view secret, std::string_view input);

}  // namespace sallyport::testing
