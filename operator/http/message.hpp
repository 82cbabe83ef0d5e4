// SPDX-License-Identifier: Apache-2.0
// HTTP requests and responses as plain values, shared by the client and the listener.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace sallyport::http {

struct CaseInsensitive {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};

/// Names compare without case (RFC 9110 section 5.1). One value a name: a repeated header's values are joined with ",
/// ".
using Headers = std::map<std::string, std::string, CaseInsensitive>;

/// An absolute http or https URL in its parts. `target` is path and query as they go on the wire, never empty.
struct Url {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< lower case; an IPv6 literal without its brackets
  int port = 0;        ///< always filled: 80 or 443 when the text has none
  std::string target;  ///< "/path?query"

  [[nodiscard]] std::string origin() const;         ///< "https://host:port", the default port left out
  [[nodiscard]] std::string text() const;           ///< origin + target
  [[nodiscard]] std::string without_query() const;  ///< for logs and errors
  [[nodiscard]] bool is_loopback() const;           ///< never leaves this machine, so http will do
  friend bool operator==(const Url&, const Url&) = default;
};

}  // namespace sallyport::http
