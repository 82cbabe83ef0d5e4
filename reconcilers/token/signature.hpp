// SPDX-License-Identifier: Apache-2.0
// Verification of one signature (RFC 7518 sections 3.3 to 3.5, RFC 8037 section 3.1). OpenSSL behind it.
#pragma once

#include <string_view>

#include "reconcilers/token/algorithm.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace sallyport::token {

/// The key has to be of the algorithm's type. ECDSA signatures are r and s side by side, each as long as the curve's
/// order, and never DER; PSS salts are as long as the digest.
[[nodiscard]] bool signature_is_of(evp_pkey_st& key, Algorithm algorithm, std::string_view signing_input,
                                   std::string_view signature);

}  // namespace sallyport::token
