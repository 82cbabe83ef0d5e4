// SPDX-License-Identifier: Apache-2.0
// The endpoint's certificate and key, looked at before a gateway gets them: AS3 does not parse PEM, and what a gateway
// says of a broken one names no field (f5.md 1.7).
#pragma once

#include <map>
#include <string>
#include <tuple>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"
#include "reconcilers/ir/secret_source.hpp"
#include "reconcilers/ir/verdict.hpp"

namespace sallyport::edge {

struct KeyPair {
  std::string certificate;  ///< PEM, the leaf alone
  std::string chain;        ///< PEM of what follows the leaf, may be empty
  Secret key;               ///< PEM (PKCS #8), not encrypted
};

/// From the bytes of a kubernetes.io/tls Secret (tls.crt, tls.key). InvalidSpec at spec.tls.secretName when a part is
/// missing or no PEM, the key is not the leaf's, or the leaf has expired or is not valid yet at `now`. Pure.
[[nodiscard]] Result<KeyPair> read_key_pair(const ir::SecretBytes& bytes, SystemTime now);

/// The key pairs of one call: each Secret is read once, however many applications show its certificate. Ends with the
/// call, so that no key stays in memory. References outlive it.
class KeyPairs {
 public:
  KeyPairs(ir::SecretSource& secrets, const Clock& clock) : secrets_(secrets), clock_(clock) {}

  /// As read_key_pair; also what the source of secrets says, at spec.tls.secretName.
  [[nodiscard]] const Result<KeyPair>& read(const ir::SecretHandle& handle);

 private:
  [[nodiscard]] Result<KeyPair> read_anew(const ir::SecretHandle& handle);

  ir::SecretSource& secrets_;
  const Clock& clock_;
  std::map<std::tuple<std::string, std::string, std::string>, Result<KeyPair>> read_;
};

/// What an Applied verdict tells of the certificate that a gateway shows for `host`: "certificate_until" (RFC 3339,
/// when the first of the path from the leaf expires) and, where something is wrong with it, "certificate_problem".
/// Pure.
[[nodiscard]] ir::Facts shown_facts(const KeyPair& pair, const std::string& host);

/// What stands in for a key pair where no secret may be read: `<secret ns/name#tls.crt>`.
[[nodiscard]] KeyPair placeholder(const ir::SecretHandle& handle);

}  // namespace sallyport::edge
