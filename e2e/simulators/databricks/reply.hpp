// SPDX-License-Identifier: Apache-2.0
// The answers of the workspace, and above all the many bodies that it gives its errors (reference section 8.1).
#pragma once

#include <string>
#include <string_view>

#include "e2e/simulators/json.hpp"
#include "operator/http/message.hpp"

namespace sallyport::simulators::databricks {

/// An answer and what it did to the world.
struct Reply {
  int status = 200;
  std::string body = "{}";
  std::string content_type = "application/json";
  http::Headers headers{};
  bool mutating = false;         ///< the request was accepted to change something
  Json effect = Json::object();  ///< what changed, for the journal; never a secret
};

/// 200 with this body.
[[nodiscard]] Reply ok(const Json& body);

/// The usual form: {"error_code": code, "message": message}. workspace.cpp adds `details` with the request's id.
[[nodiscard]] Reply api_error(int status, std::string_view code, std::string_view message);
/// The form with a number for a code, as the front door of the workspace gives it (databricks-sdk-go issue 917).
[[nodiscard]] Reply numeric_error(int status, std::string_view message);
/// RFC 7644 section 3.12; `scim_type` may be empty. `status` is a string in the body.
[[nodiscard]] Reply scim_error(int status, std::string_view detail, std::string_view scim_type);
/// RFC 6749 section 5.2.
[[nodiscard]] Reply oauth_error(int status, std::string_view error, std::string_view description);
/// 404 for a method and path of the API that nobody serves: the path is told without its `/api/2.0`.
[[nodiscard]] Reply no_api(std::string_view method, std::string_view path);
/// 404 for a version of the API that there is not (apache/airflow issue 60444).
[[nodiscard]] Reply bad_target(std::string_view path);
/// What a gateway answers, with the text in a <pre>.
[[nodiscard]] Reply html_error(int status, std::string_view text);
/// 302 to the sign-in page: what a workspace with private link gives callers from outside (GO apierr/private_link.go).
[[nodiscard]] Reply private_link(std::string_view workspace_url, std::string_view workspace_id);

}  // namespace sallyport::simulators::databricks
