// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/reply.hpp"

namespace sallyport::simulators::databricks {

namespace {

Reply error(int status, const Json& body) {
  Reply reply;
  reply.status = status;
  reply.body = body.dump();
  return reply;
}

}  // namespace

Reply ok(const Json& body) {
  Reply reply;
  reply.body = body.dump();
  return reply;
}

Reply api_error(int status, std::string_view code, std::string_view message) {
  return error(status, {{"error_code", code}, {"message", message}});
}

Reply numeric_error(int status, std::string_view message) {
  return error(status, {{"error_code", status}, {"message", message}});
}

Reply scim_error(int status, std::string_view detail, std::string_view scim_type) {
  Json body = {{"schemas", {"urn:ietf:params:scim:api:messages:2.0:Error"}},
               {"detail", detail},
               {"status", std::to_string(status)}};
  if (!scim_type.empty()) body["scimType"] = scim_type;
  Reply reply = error(status, body);
  reply.content_type = "application/scim+json";
  return reply;
}

Reply oauth_error(int status, std::string_view code, std::string_view description) {
  Reply reply = error(status, {{"error", code}, {"error_description", description}});
  reply.headers["Cache-Control"] = "no-store";
  return reply;
}

Reply no_api(std::string_view method, std::string_view path) {
  // "/api/2.0/clusters/x" is told as "/clusters/x".
  constexpr std::size_t kPrefix = std::string_view("/api/2.0").size();
  const std::string_view told = path.starts_with("/api/2.") ? path.substr(kPrefix) : path;
  return api_error(404, "ENDPOINT_NOT_FOUND",
                   "No API found for '" + std::string(method) + " " + std::string(told) + "'");
}

Reply bad_target(std::string_view path) {
  return error(404, {{"error", "Bad Target: " + std::string(path)}});
}

Reply html_error(int status, std::string_view text) {
  Reply reply;
  reply.status = status;
  reply.content_type = "text/html;charset=utf-8";
  reply.body =
      "<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html;charset=utf-8\"/>\n<title>Error " +
      std::to_string(status) + "</title>\n</head>\n<body><h2>HTTP ERROR " + std::to_string(status) +
      "</h2>\n<p>Reason:\n<pre>" + std::string(text) + "</pre></p>\n</body>\n</html>\n";
  return reply;
}

Reply private_link(std::string_view workspace_url, std::string_view workspace_id) {
  Reply reply = html_error(302, "Found");
  reply.headers["Location"] =
      std::string(workspace_url) + "/login.html?error=private-link-validation-error:" + std::string(workspace_id);
  return reply;
}

}  // namespace sallyport::simulators::databricks
