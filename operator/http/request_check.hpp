// SPDX-License-Identifier: Apache-2.0
// Refuses a request that would not arrive as it was meant: cpprestsdk writes header values as they are, line breaks
// included, and reads a target that begins with "//" as another host.
#pragma once

#include "operator/base/result.hpp"
#include "operator/http/client.hpp"

namespace sallyport::http {

/// InvalidSpec unless the method is a token, the target a path that is percent-encoded and has no `.` or `..` segment
/// (encoded ones included), and every header a token with a value on one line. Headers that the client sets itself
/// (Host, Content-Length, Transfer-Encoding, Connection, Authorization) are refused.
[[nodiscard]] Result<void> check_request(const Request& request);

/// Why a target may not go on the wire as it is; empty when it may.
[[nodiscard]] std::string_view fault_of_target(std::string_view target);

}  // namespace sallyport::http
