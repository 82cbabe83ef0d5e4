// SPDX-License-Identifier: Apache-2.0
// Reading what a workspace answers: error bodies in all their forms, tokens, serving endpoints, access lists.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operator/http/client.hpp"
#include "reconcilers/providers/data/access_list.hpp"
#include "reconcilers/providers/data/data_provider.hpp"

namespace sallyport::data::databricks {

/// The forms of databricks.md 8.1: error_code as text or number, API 1.2, SCIM, OAuth, plain text, HTML, empty.
struct Failure {
  std::string code;
  std::string message;
  bool html = false;
  /// The workspace itself says that what was asked for is not there. A 404 alone is anybody's: a gateway's, a wrong
  /// host's, an API's that does not exist there.
  bool absent = false;
};
[[nodiscard]] Failure read_failure(const http::Response& response);

struct Token {
  Secret access_token;
  std::chrono::seconds lifetime{3600};
};
[[nodiscard]] Token read_token(std::string_view body);

/// A text member of the outermost object; empty when it is not there.
[[nodiscard]] std::string text_member(std::string_view body, const std::string& name);

/// GET /api/2.0/serving-endpoints/{name}. InvalidSpec for a foundation model, which has no id and no access list.
[[nodiscard]] Result<ServingEndpoint> read_serving_endpoint(std::string_view body, const std::string& host);
/// GET /api/2.0/serving-endpoints. Items have no URL (databricks.md 1.1), and so have the endpoints that come of them.
/// Foundation models are left out.
[[nodiscard]] Result<std::vector<ServingEndpoint>> read_serving_endpoints(std::string_view body);
/// `{"tags":[...]}`, as PATCH .../tags answers: all tags of the endpoint. Empty when the answer has none.
[[nodiscard]] std::optional<std::map<std::string, std::string>> read_tags(std::string_view body);
/// GET|PATCH|PUT /api/2.0/permissions/serving-endpoints/{id}. What is of a form that we do not know is in it too,
/// marked (AccessEntry::unknown).
[[nodiscard]] Result<AccessList> read_access_list(std::string_view body);
/// GET /api/2.0/preview/scim/v2/Me: who we are.
[[nodiscard]] Result<ir::Principal> read_me(std::string_view body);

/// `{"access_control_list":[...]}` for PATCH and PUT.
[[nodiscard]] std::string write_access_list(const std::vector<ir::Grant>& entries);
/// `{"add_tags":[...],"delete_tags":[...]}`
[[nodiscard]] std::string write_tag(const std::string& key, const std::string& value);
[[nodiscard]] std::string write_tag_removal(const std::string& key);

/// The principal that "Principal: GroupName(x) does not exist" speaks of; empty when the text is another one.
[[nodiscard]] std::string unknown_principal(std::string_view message);

}  // namespace sallyport::data::databricks
