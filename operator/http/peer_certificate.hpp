// SPDX-License-Identifier: Apache-2.0
// Who a client is by the certificate that it showed. For connection.hpp.
#pragma once

#include <optional>

#include "operator/http/listener.hpp"

struct ssl_st;  // OpenSSL's SSL

namespace sallyport::http {

/// After the handshake of a connection whose context is a ServerIdentity's. Empty for a client that showed none, or one
/// that is not vouched for.
[[nodiscard]] std::optional<PeerCertificate> peer_certificate(const ssl_st* connection);

}  // namespace sallyport::http
