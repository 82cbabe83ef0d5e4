// SPDX-License-Identifier: Apache-2.0
// What certificate a server shows, seen by a handshake and nothing more: a pooled connection may be older than it.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>

#include "operator/base/clock.hpp"
#include "operator/http/client.hpp"

namespace sallyport::http {

struct ShownCertificate {
  SystemTime until;       ///< when the first certificate of the chain expires
  std::string refusal{};  ///< why `TlsOptions` turn it away, in words; empty: they do not
  friend bool operator==(const ShownCertificate&, const ShownCertificate&) = default;
};

/// As look_at_certificate, with its patience decided.
using LookAtCertificate =
    std::function<Result<ShownCertificate>(const Url& url, const TlsOptions& tls, std::stop_token stop)>;

/// Connects to the host of an https URL, shakes hands and leaves. A certificate that is turned away is an answer, and
/// its words are in it. Unavailable when nobody shows one within `patience`; ShuttingDown on `stop`; InvalidSpec for
/// options that cannot be used, and for other schemes.
[[nodiscard]] Result<ShownCertificate> look_at_certificate(const Url& url, const TlsOptions& tls,
                                                           std::chrono::milliseconds patience, std::stop_token stop);

}  // namespace sallyport::http
