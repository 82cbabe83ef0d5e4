// SPDX-License-Identifier: Apache-2.0
// A request as it was sent, in a file: what people copy out of a trace, or write down.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"

namespace sallyport::program::cli {

struct RequestFile {
  std::string method;
  std::string target;  ///< as sent: "/serving-endpoints/fraud/invocations"
  /// In their order, names as sent; without the values of those that carry credentials.
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<Secret> authorizations;  ///< whole values
  std::size_t body_bytes = 0;

  [[nodiscard]] std::string header(std::string_view name) const;  ///< the first of this name, in any case; or empty
};

/// Request line, headers, an empty line, the body (RFC 9112 section 2); lines may end with a bare LF. InvalidSpec, with
/// the number of the line, for what is none.
[[nodiscard]] Result<RequestFile> read_request(std::string_view text);

/// What a gateway that checks tokens itself does with a request on its way: lines for people ("X-Forwarded-User is
/// stripped"). Of the headers that are there.
[[nodiscard]] std::vector<std::string> header_fates(const RequestFile& request, const std::string& serving_host);

}  // namespace sallyport::program::cli
