// SPDX-License-Identifier: Apache-2.0
// Why the operator did not give an agent what it asked for.
#pragma once

#include <string>

#include "operator/http/client.hpp"

namespace sallyport::nginx_agent {

/// Of an answer that is no success: 401 Unauthorized, 403 Refused, 404 NotFound, 429 RateLimited, others Unavailable,
/// each in the operator's words.
[[nodiscard]] Error refusal_of(const http::Response& response, const std::string& where);

}  // namespace sallyport::nginx_agent
