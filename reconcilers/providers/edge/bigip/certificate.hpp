// SPDX-License-Identifier: Apache-2.0
// The endpoint's certificate and key, looked at before they are sent: AS3 does not parse PEM, and what the device says
// of a broken one names no field (f5.md 1.7).
#pragma once

#include <string>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"
#include "reconcilers/ir/secret_source.hpp"

namespace sallyport::edge::bigip {

struct KeyPair {
  std::string certificate;  ///< PEM, the leaf alone
  std::string chain;        ///< PEM of what follows the leaf, may be empty
  Secret key;               ///< PEM (PKCS #8), not encrypted
};

/// From the bytes of a kubernetes.io/tls Secret (tls.crt, tls.key). InvalidSpec at spec.tls.secretName when a part is
/// missing or no PEM, the key is not the leaf's, or the leaf has expired or is not valid yet at `now`. Pure.
[[nodiscard]] Result<KeyPair> read_key_pair(const ir::SecretBytes& bytes, SystemTime now);

/// What stands in for a key pair where no secret may be read: `<secret ns/name#tls.crt>`.
[[nodiscard]] KeyPair placeholder(const ir::SecretHandle& handle);

}  // namespace sallyport::edge::bigip
