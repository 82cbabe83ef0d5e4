// SPDX-License-Identifier: Apache-2.0
// The signature algorithms that are verified (RFC 7518 section 3.1, RFC 8037, RFC 9864): asymmetric ones only.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sallyport::token {

enum class Algorithm : std::uint8_t { RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, Ed25519 };

/// By the exact name of a header or key; `EdDSA` is Ed25519's older name (deprecated by RFC 9864). Nothing for any
/// other, `none` and HMAC among them.
[[nodiscard]] std::optional<Algorithm> algorithm_named(std::string_view name);
[[nodiscard]] std::string_view to_string(Algorithm algorithm);

/// OpenSSL's name of the digest that is signed; empty for Ed25519, which signs the message itself.
[[nodiscard]] const char* digest_of(Algorithm algorithm);

enum class Family : std::uint8_t { Pkcs1, Pss, Ecdsa, EdDsa };
[[nodiscard]] Family family_of(Algorithm algorithm);

}  // namespace sallyport::token
