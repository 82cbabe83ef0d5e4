// SPDX-License-Identifier: Apache-2.0
// What the API server's refusals mean. Its body is a `Status` object (metav1.Status) with a reason, a message and, for
// invalid objects, causes with field paths.
#pragma once

#include <string_view>

#include "operator/base/result.hpp"
#include "operator/http/client.hpp"

namespace sallyport::kube {

/// `doing` names verb and object for the message, `where` verb and path.
///   401 Unauthorized; 403 Refused (a namespace that is being deleted too, with a retry_after of a minute: creating in
///   it cannot succeed any more); 404 NotFound, but only when the API server itself says so: a 404 without a Status
///   object is Unavailable, because a proxy's page or a missing CRD says nothing about the object; 409 Conflict
///   (changed meanwhile, another uid, already exists); 422 and 413 InvalidSpec with the causes; 429 RateLimited; 410,
///   5xx and 3xx Unavailable; other 4xx Internal (we asked wrongly). Retry-After, in the header or the body, becomes
///   retry_after.
[[nodiscard]] Error error_of(const http::Response& response, std::string_view doing, std::string_view where);

/// The `code` of a Status object given as JSON text, as an ERROR event of a watch carries it; 0 when there is none.
[[nodiscard]] int status_code(std::string_view status_json);
/// Its `message`, on one line.
[[nodiscard]] std::string status_message(std::string_view status_json);

}  // namespace sallyport::kube
