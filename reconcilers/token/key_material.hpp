// SPDX-License-Identifier: Apache-2.0
// The numbers of a JSON Web Key as a key of OpenSSL (RFC 7518 section 6, RFC 8037 section 2).
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "operator/base/result.hpp"
#include "reconcilers/token/algorithm.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace sallyport::token {

struct KeyMaterial {
  std::shared_ptr<evp_pkey_st> key;
  std::vector<Algorithm> algorithms;  ///< that a key of this type and curve can be for
  std::string thumbprint;             ///< RFC 7638, base64url
};

/// A key is not used; `why` continues "the key ...".
[[nodiscard]] Error unfit(std::string why);

/// RSA of 2048 to 8192 bits, EC on P-256, P-384 and P-521, OKP with Ed25519; InvalidSpec for all others and for weak or
/// impossible numbers.
[[nodiscard]] Result<KeyMaterial> read_key_material(const nlohmann::json& jwk);

}  // namespace sallyport::token
