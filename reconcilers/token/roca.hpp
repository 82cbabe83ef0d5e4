// SPDX-License-Identifier: Apache-2.0
// The mark of RSA keys that a common smart-card library made so that they can be factored: CVE-2017-15361, "The Return
// of Coppersmith's Attack" (CCS 2017), section 2.
#pragma once

#include <string_view>

namespace sallyport::token {

/// `modulus`: big-endian bytes. Primes of that library are powers of 65537 modulo each small prime, and so is their
/// product; of other keys one in 2^27 is at most taken for one.
[[nodiscard]] bool has_roca_weakness(std::string_view modulus);

}  // namespace sallyport::token
