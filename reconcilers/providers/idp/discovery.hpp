// SPDX-License-Identifier: Apache-2.0
// What an issuer says about itself, and for how long that is believed.
#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "operator/base/clock.hpp"
#include "reconcilers/providers/idp/idp_provider.hpp"
#include "reconcilers/providers/idp/wire.hpp"

namespace sallyport::idp {

/// Where the metadata may be, in the order in which it is looked for: the issuer with
/// "/.well-known/openid-configuration" behind it (OpenID Connect Discovery 1.0 section 4), then
/// "/.well-known/oauth-authorization-server" between host and path (RFC 8414 section 3).
[[nodiscard]] Result<std::vector<std::string>> metadata_urls(const std::string& issuer);

/// Reads the metadata of one issuer. Thread-safe.
class Issuer {
 public:
  /// `registration_endpoint`: what the connection says, and then wins over what the issuer says; or empty.
  Issuer(const ir::IdpConnection& connection, Connect connect, const Clock& clock);

  /// GET, at most 64 KiB, no redirects. Conflict when the document names another issuer, compared code point by code
  /// point (RFC 8414 section 3.3: it could be another one's, mixed up on purpose). Unavailable when no document is
  /// found.
  [[nodiscard]] Result<Discovery> read(std::stop_token stop);

  /// GET of jwks_uri, at most 256 KiB: the keys that can verify a token, by the rules of gateways that check tokens
  /// themselves. Unavailable when there is no usable answer.
  [[nodiscard]] Result<std::vector<SigningKey>> read_keys(const Discovery& discovery, std::stop_token stop);
  /// `read`, and then `read_keys`.
  [[nodiscard]] Result<Discovery> read_with_keys(std::stop_token stop);

  /// The last document when it is younger than that, else `read`.
  [[nodiscard]] Result<Discovery> younger_than(std::chrono::milliseconds age, std::stop_token stop);
  /// As above, with ten minutes.
  [[nodiscard]] Result<Discovery> current(std::stop_token stop);

 private:
  [[nodiscard]] Result<Discovery> read_from(const std::string& url, std::stop_token stop);

  std::string issuer_;
  std::string registration_endpoint_;
  const Clock& clock_;
  Wire wire_;
  Wire keys_wire_;  ///< where more may be read
  std::mutex mutex_;
  std::optional<Discovery> last_;
  SteadyTime last_at_{};
};

}  // namespace sallyport::idp
