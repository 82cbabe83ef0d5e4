// SPDX-License-Identifier: Apache-2.0
// Where metrics and probes are served, and how little whoever reaches that port may make us keep for it.
#pragma once

#include <string>

#include "operator/base/result.hpp"
#include "operator/http/listener.hpp"

namespace sallyport::program {

/// From `address:port`; the last colon counts, so an IPv6 address stands without brackets. InvalidSpec, naming the
/// flag, for anything else.
[[nodiscard]] Result<http::ListenerOptions> listen_at(const std::string& address, const std::string& flag);

/// As above, with the limits of probes.
[[nodiscard]] Result<http::ListenerOptions> probe_listener(const std::string& address);

}  // namespace sallyport::program
