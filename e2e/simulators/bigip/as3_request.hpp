// SPDX-License-Identifier: Apache-2.0
// The address line of AS3: /mgmt/shared/appsvcs/<endpoint>[/<tenants>[/applications[/<applications>]]]?<query>.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "e2e/simulators/json.hpp"
#include "operator/http/listener.hpp"

namespace sallyport::simulators::bigip {

struct As3Request {
  std::string endpoint;                                    ///< declare, task, info, settings
  std::vector<std::string> tenants{};                      ///< of the path; empty: all
  std::optional<std::vector<std::string>> applications{};  ///< set for .../applications; may be empty
  std::string task{};                                      ///< /task/<id>
  std::map<std::string, std::string> query{};
  [[nodiscard]] bool flag(const std::string& name) const;  ///< "true"
  [[nodiscard]] std::string option(const std::string& name, const std::string& otherwise) const;
};

struct As3Failure {
  int code = 400;
  std::string message;
};

/// Fills `request`, or says what AS3 says of a bad path or query.
[[nodiscard]] std::optional<As3Failure> parse_as3(const http::Incoming& incoming, As3Request& request);

/// {"code": n, "message": "..."} as an answer.
[[nodiscard]] http::Outgoing failure(int code, const std::string& message);
[[nodiscard]] http::Outgoing reply(int status, const Json& body);

}  // namespace sallyport::simulators::bigip
