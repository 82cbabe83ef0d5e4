// SPDX-License-Identifier: Apache-2.0
// A signed token in compact serialisation (RFC 7515 section 7.1), taken apart and not yet believed.
#pragma once

#include <string>
#include <string_view>

#include "reconcilers/token/algorithm.hpp"
#include "reconcilers/token/refusal.hpp"

namespace sallyport::token {

/// Bytes of the longest token that is looked at. One header field has to fit into one buffer of nginx.
inline constexpr std::size_t kMaxTokenSize = 16384;
inline constexpr std::size_t kMaxKeyIdSize = 256;  ///< bytes of a `kid`, in a token or in a key

struct Header {
  Algorithm algorithm = Algorithm::RS256;
  std::string key_id;  ///< `kid`; empty when absent
  std::string type;    ///< `typ` in lower case without `application/` (RFC 7515 section 4.1.9); empty when absent
};

struct Jws {
  Header header;
  std::string payload;
  std::string signature;
  std::string_view signing_input;  ///< header and payload as they were sent; lives as long as the token's text
};

/// Refuses what is not exactly three parts of strict base64url, a header that is not strict JSON, any algorithm that is
/// not asymmetric, and every parameter that changes how the token is to be read: `crit` (nothing that it could name is
/// understood here, RFC 7515 section 4.1.11), `b64` (RFC 7797), `zip`, `enc`. Keys and addresses of keys in the header
/// (`jwk`, `jku`, `x5u`, `x5c`) are never looked at.
[[nodiscard]] Checked<Jws> read_jws(std::string_view token);

}  // namespace sallyport::token
