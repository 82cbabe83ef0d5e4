// SPDX-License-Identifier: Apache-2.0
// Just enough of RFC 7515 to judge a subject token: RS256 and ES256, as Databricks takes them. Shares nothing with the
// product's own token check.
#pragma once

#include <optional>
#include <string>

#include "e2e/simulators/json.hpp"

namespace sallyport::simulators::databricks {

struct Jws {
  Json header;
  Json claims;
  std::string signed_part;  ///< header.payload as it came
  std::string signature;    ///< bytes
};

/// Nothing for text that is not three base64url parts with JSON objects in the first two.
[[nodiscard]] std::optional<Jws> parse_jws(const std::string& text);
/// True when a key of the JWK set `keys` with the token's `kid` (any key if it has none) made the signature.
[[nodiscard]] bool verify_jws(const Jws& jws, const Json& keys);

}  // namespace sallyport::simulators::databricks
