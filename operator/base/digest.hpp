// SPDX-License-Identifier: Apache-2.0
// Fingerprints, derived names and random tokens. OpenSSL behind it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"

namespace sallyport {

[[nodiscard]] std::string sha256(std::string_view bytes);  ///< 32 bytes
/// SHA-256 as 64 lower-case hex digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);
/// The first `length` (<= 64) hex digits of SHA-256: a short stable suffix for outside names.
[[nodiscard]] std::string short_hash(std::string_view bytes, std::size_t length = 10);
/// RFC 9562 section 5.5 (version 5) in our own namespace UUID: the same name gives the same UUID for ever.
[[nodiscard]] std::string uuid_v5(std::string_view name);
/// RFC 9562 section 5.4 (version 4), random.
[[nodiscard]] std::string uuid_v4();

[[nodiscard]] std::string base64_encode(std::string_view bytes);     ///< RFC 4648 section 4, with padding.
[[nodiscard]] std::string base64url_encode(std::string_view bytes);  ///< RFC 4648 section 5, without padding.
/// Strict RFC 4648 section 4: padding required, no white space. InvalidSpec otherwise.
[[nodiscard]] Result<std::string> base64_decode(std::string_view text);
/// Strict RFC 4648 section 5 without padding (RFC 7515 section 2): no white space, unused bits zero. InvalidSpec
/// otherwise.
[[nodiscard]] Result<std::string> base64url_decode(std::string_view text);

/// `bytes` bytes from the system's generator as base64url: 32 give a client secret of 43 characters.
[[nodiscard]] Secret random_token(std::size_t bytes = 32);
/// `length` characters of [a-z0-9] from the system's generator, the first a letter.
[[nodiscard]] std::string random_name(std::size_t length);

}  // namespace sallyport
