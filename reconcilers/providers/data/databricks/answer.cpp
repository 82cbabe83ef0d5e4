// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/data/databricks/answer.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"

namespace sallyport::data::databricks {
namespace {

using nlohmann::json;

constexpr int kDepth = 64;
constexpr std::size_t kShown = 80;  ///< of what is not understood
constexpr std::size_t kLongestTask = 63;

/// Null for what is no JSON, or is nested too deep to be an honest answer.
json parse(std::string_view text) {
  bool too_deep = false;
  const auto watch = [&](int depth, json::parse_event_t, json&) {
    too_deep = too_deep || depth > kDepth;
    return !too_deep;
  };
  json value = json::parse(text.begin(), text.end(), watch, /*allow_exceptions=*/false);
  return too_deep || value.is_discarded() ? json() : value;
}

std::string text_of(const json& object, const std::string& name) {
  if (!object.is_object()) return "";
  const auto found = object.find(name);
  if (found == object.end()) return "";
  if (found->is_string()) return found->get<std::string>();
  return found->is_number_integer() ? std::to_string(found->get<std::int64_t>()) : "";
}

const json& member(const json& object, const std::string& name) {
  static const json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(name);
  return found == object.end() ? kNothing : *found;
}

ir::Level level_of(const std::string& text) {
  for (const ir::Level level : {ir::Level::CanView, ir::Level::CanQuery, ir::Level::CanManage}) {
    if (text == to_string(level)) return level;
  }
  return ir::Level::None;
}

std::optional<ir::Principal> principal_of(const json& entry) {
  if (const std::string user = text_of(entry, "user_name"); !user.empty())
    return ir::Principal{ir::PrincipalType::User, user};
  if (const std::string group = text_of(entry, "group_name"); !group.empty())
    return ir::Principal{ir::PrincipalType::Group, group};
  if (const std::string sp = text_of(entry, "service_principal_name"); !sp.empty())
    return ir::Principal{ir::PrincipalType::ServicePrincipal, sp};
  return std::nullopt;
}

Error nonsense(const std::string& what) {
  return {Code::Unavailable, "the workspace's answer is not " + what, {}, {}};
}

/// databricks.md 8.2. "No API found" has the code of a missing endpoint, and says that this host is no workspace.
bool says_absent(const std::string& error_code, std::string_view message) {
  const bool absent =
      error_code == "RESOURCE_DOES_NOT_EXIST" || error_code == "NOT_FOUND" || error_code == "ENDPOINT_NOT_FOUND";
  return absent && !message.starts_with("No API found");
}

std::map<std::string, std::string> tags_of(const json& object) {
  std::map<std::string, std::string> tags;
  for (const json& tag : member(object, "tags")) tags[text_of(tag, "key")] = text_of(tag, "value");
  return tags;
}

std::optional<ServingEndpoint> endpoint_of(const json& object) {
  ServingEndpoint endpoint;
  endpoint.id = text_of(object, "id");
  endpoint.name = text_of(object, "name");
  if (endpoint.id.empty() || endpoint.name.empty()) return std::nullopt;
  endpoint.ready = text_of(member(object, "state"), "ready") == "READY";
  endpoint.tags = tags_of(object);
  endpoint.task = one_line(text_of(object, "task"), kLongestTask);
  return endpoint;
}

/// What one entry gives. Inherited levels are not ours to change, nor to send.
void read_levels(const json& entry, AccessEntry& into) {
  const json& permissions = member(entry, "all_permissions");
  if (!permissions.is_array()) into.unknown = one_line(entry.dump(), kShown);
  for (const json& permission : permissions) {
    const std::string text = text_of(permission, "permission_level");
    const ir::Level level = level_of(text);
    const json& inherited = member(permission, "inherited");
    if (inherited.is_boolean() && inherited.get<bool>()) {
      into.inherited = std::max(into.inherited, level);
    } else if (level == ir::Level::None) {
      into.unknown = text.empty() ? one_line(permission.dump(), kShown) : text;
    } else {
      into.direct = std::max(into.direct, level);
    }
  }
}

}  // namespace

Failure read_failure(const http::Response& response) {
  Failure failure;
  const std::string_view body = trim(response.body);
  if (body.starts_with('<')) {
    failure.html = true;
    failure.message = one_line(body, 160);
    return failure;
  }
  const json parsed = parse(body);
  if (parsed.is_object()) {
    const std::string error_code = text_of(parsed, "error_code");
    failure.code = error_code.empty() ? text_of(parsed, "error") : error_code;
    for (const char* name : {"message", "error_description", "detail"}) {
      if (failure.message.empty()) failure.message = text_of(parsed, name);
    }
    failure.absent = says_absent(error_code, failure.message);
  } else {
    failure.message =
        body.empty() ? "HTTP status " + std::to_string(response.status) + " without a body" : one_line(body, 256);
  }
  if (failure.message.empty()) failure.message = "HTTP status " + std::to_string(response.status);
  return failure;
}

Token read_token(std::string_view body) {
  const json parsed = parse(body);
  Token token{Secret(text_of(parsed, "access_token")), std::chrono::seconds(3600)};
  if (const json& life = member(parsed, "expires_in"); life.is_number())
    token.lifetime = std::chrono::seconds(life.get<std::int64_t>());
  return token;
}

std::string text_member(std::string_view body, const std::string& name) {
  return text_of(parse(body), name);
}

Result<ServingEndpoint> read_serving_endpoint(std::string_view body, const std::string& host) {
  const json parsed = parse(body);
  auto endpoint = endpoint_of(parsed);
  const std::string name = text_of(parsed, "name");
  if (!endpoint && !name.empty()) {
    return Error{
        Code::InvalidSpec,
        "serving endpoint '" + name +
            "' is a foundation model that Databricks provides: it has no access list, so nobody can be granted "
            "or refused it; create a serving endpoint of your own for the model, and name that",
        "serving.endpoint",
        {}};
  }
  if (!endpoint) return nonsense("a serving endpoint with id and name");
  const std::string own = text_of(parsed, "endpoint_url");
  const json& query = member(member(parsed, "data_plane_info"), "query_info");  // databricks.md 1.2
  if (!own.empty()) endpoint->authorization_details = text_of(query, "authorization_details");
  for (const json& entity : member(member(parsed, "config"), "served_entities")) {
    const json& to_zero = member(entity, "scale_to_zero_enabled");
    endpoint->scales_to_zero = endpoint->scales_to_zero || (to_zero.is_boolean() && to_zero.get<bool>());
  }
  endpoint->invocations_url = own.empty() ? host + "/serving-endpoints/" + percent_encode(name) + "/invocations" : own;
  return *std::move(endpoint);
}

Result<std::vector<ServingEndpoint>> read_serving_endpoints(std::string_view body) {
  const json parsed = parse(body);
  const json& items = member(parsed, "endpoints");
  if (!parsed.is_object() || !(items.is_array() || items.is_null())) return nonsense("a list of serving endpoints");
  std::vector<ServingEndpoint> all;
  for (const json& item : items) {
    if (auto endpoint = endpoint_of(item)) all.push_back(*std::move(endpoint));
  }
  return all;
}

std::optional<std::map<std::string, std::string>> read_tags(std::string_view body) {
  const json parsed = parse(body);
  if (!member(parsed, "tags").is_array()) return std::nullopt;
  return tags_of(parsed);
}

Result<AccessList> read_access_list(std::string_view body) {
  const json parsed = parse(body);
  const json& entries = member(parsed, "access_control_list");
  if (!parsed.is_object() || !(entries.is_array() || entries.is_null())) return nonsense("an access list");
  AccessList list;
  for (const json& entry : entries) {
    const auto principal = principal_of(entry);
    // No principal's key looks like this one.
    AccessEntry& known = list[principal ? principal->key() : "?" + entry.dump()];
    if (principal) known.principal = *principal;
    read_levels(entry, known);
    if (!principal && known.direct != ir::Level::None) known.unknown = one_line(entry.dump(), kShown);
  }
  return list;
}

Result<ir::Principal> read_me(std::string_view body) {
  const json parsed = parse(body);
  const std::string application = text_of(parsed, "applicationId");
  if (!application.empty()) return ir::Principal{ir::PrincipalType::ServicePrincipal, application};
  const std::string user = text_of(parsed, "userName");
  if (user.empty()) return nonsense("an identity");
  return ir::Principal{ir::PrincipalType::User, user};  // a service principal's is its application id: key() sees that
}

std::string write_access_list(const std::vector<ir::Grant>& entries) {
  json list = json::array();
  for (const ir::Grant& grant : entries) {
    const char* field = grant.principal.type == ir::PrincipalType::User    ? "user_name"
                        : grant.principal.type == ir::PrincipalType::Group ? "group_name"
                                                                           : "service_principal_name";
    list.push_back({{field, grant.principal.value}, {"permission_level", to_string(grant.level)}});
  }
  return json{{"access_control_list", list}}.dump();
}

std::string write_tag(const std::string& key, const std::string& value) {
  return json{{"add_tags", json::array({{{"key", key}, {"value", value}}})}}.dump();
}

std::string write_tag_removal(const std::string& key) {
  return json{{"delete_tags", json::array({key})}}.dump();
}

std::string unknown_principal(std::string_view message) {
  static constexpr std::string_view kStart = "Principal: ";
  static constexpr std::string_view kEnd = ") does not exist";
  const std::size_t start = message.find(kStart);
  const std::size_t end = message.find(kEnd);
  if (start == std::string_view::npos || end == std::string_view::npos || end < start) return "";
  const std::size_t open = message.find('(', start);
  if (open == std::string_view::npos || open > end) return "";
  return std::string(message.substr(open + 1, end - open - 1));
}

}  // namespace sallyport::data::databricks
