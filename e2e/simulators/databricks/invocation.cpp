// SPDX-License-Identifier: Apache-2.0
// Queries of serving endpoints: who may, on which host, with which body.
#include <algorithm>
#include <array>
#include <optional>

#include "e2e/simulators/databricks/serving.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators::databricks {

namespace {

constexpr std::array kInputs{
    "dataframe_split", "dataframe_records", "instances", "inputs", "messages", "prompt", "input"};

/// The host of "https://host/path".
std::string host_of(const std::string& url) {
  const auto begin = url.find("://");
  if (begin == std::string::npos) return "";
  const auto end = url.find('/', begin + 3);
  return to_lower(url.substr(begin + 3, end - begin - 3));
}

std::string path_of(const std::string& url) {
  const auto begin = url.find("://");
  const auto end = begin == std::string::npos ? begin : url.find('/', begin + 3);
  return end == std::string::npos ? "" : url.substr(end);
}

Reply not_found() {
  return api_error(404, "ENDPOINT_NOT_FOUND",
                   "The given endpoint does not exist, please retry after checking the specified model and version "
                   "deployment exists.");
}

std::size_t rows(const Json& body) {
  const Json& split_rows = member(member(body, "dataframe_split"), "data");
  if (split_rows.is_array()) return split_rows.size();
  for (const auto* name : {"dataframe_records", "instances", "inputs"})
    if (member(body, name).is_array()) return body[name].size();
  return 1;
}

Json answer_to(const Json& body, const Call& call) {
  if (!body.contains("messages") && !body.contains("prompt")) return {{"predictions", Json::array_t(rows(body), 0.5)}};
  return {{"id", "chatcmpl_" + call.request_id},
          {"object", "chat.completion"},
          {"choices", Json::array({{{"index", 0},
                                    {"message", {{"role", "assistant"}, {"content", "simulated"}}},
                                    {"finish_reason", "stop"}}})},
          {"usage", {{"prompt_tokens", 1}, {"completion_tokens", 1}, {"total_tokens", 2}}}};
}

/// Which entity answered: the first route, since the simulated ones all answer alike.
std::string served_by(const Endpoint& endpoint) {
  const Json& routes = member(member(endpoint.config, "traffic_config"), "routes");
  return routes.is_array() && !routes.empty() ? text_of(routes[0], "served_entity_name") : endpoint.name;
}

std::optional<Reply> refuse_query(const World& world, const Endpoint& endpoint, const Call& call) {
  if (endpoint.route_optimized && call.caller.credential == Credential::PersonalAccessToken)
    return api_error(403, "PERMISSION_DENIED",
                     "Personal access tokens are not supported for route optimized endpoints.");
  if (world.level_of(endpoint, call.caller.principal_id) < Level::CanQuery)
    return api_error(403, "PERMISSION_DENIED", "User does not have permission 'Query' on Endpoint " + endpoint.name);
  if (!endpoint.ready) return api_error(503, "TEMPORARILY_UNAVAILABLE", "Endpoint " + endpoint.name + " is not ready.");
  return std::nullopt;
}

}  // namespace

bool is_invocation(const World& world, const Call& call) {
  const auto& parts = call.segments;
  if (parts.size() == 3) return call.under({"serving-endpoints"}) && parts[2] == "invocations";
  return parts.size() == 4 && parts[0] == world.workspace_id && parts[1] == "serving-endpoints" &&
         parts[3] == "invocations";
}

Reply answer_invocation(World& world, const Call& call) {
  if (call.method != "POST") {
    Reply reply = api_error(405, "METHOD_NOT_ALLOWED", "Method " + call.method + " is not allowed.");
    reply.headers["Allow"] = "POST";
    return reply;
  }
  const Endpoint* endpoint = world.endpoint(call.segments[call.segments.size() - 2]);
  if (endpoint == nullptr) return not_found();
  // A route-optimised endpoint answers on its own host and path only, any other one only on the workspace's.
  const bool own_url = call.segments.size() == 4;
  const std::string host = to_lower(call.host.substr(0, call.host.rfind(':')));
  const bool own_host =
      host == host_of(endpoint->endpoint_url) || to_lower(call.host) == host_of(endpoint->endpoint_url);
  if (endpoint->route_optimized != own_url) return not_found();
  if (own_url && (!own_host || call.path != path_of(endpoint->endpoint_url))) return not_found();
  if (auto refusal = refuse_query(world, *endpoint, call)) return std::move(*refusal);
  const auto body = call.content_type == "application/json" ? parse_json(call.body) : Result<Json>(Error{});
  if (!body || !body->is_object())
    return api_error(400, "BAD_REQUEST", "Invalid input. The request body must be a JSON object.");
  const bool has_input =
      std::any_of(kInputs.begin(), kInputs.end(), [&](const char* name) { return body->contains(name); });
  if (!has_input)
    return api_error(400, "BAD_REQUEST",
                     "Invalid input. The input must be a JSON dictionary with exactly one of the input fields "
                     "{'dataframe_records', 'dataframe_split', 'instances', 'inputs'}.");
  Reply reply = ok(answer_to(*body, call));
  reply.headers["served-model-name"] = served_by(*endpoint);
  reply.effect = {{"kind", "invocation"}, {"endpoint", endpoint->name}, {"id", endpoint->id}};
  return reply;
}

}  // namespace sallyport::simulators::databricks
