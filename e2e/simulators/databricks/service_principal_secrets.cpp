// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/service_principal_secrets.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "operator/base/digest.hpp"

namespace sallyport::simulators::databricks {

namespace {

constexpr std::size_t kMostSecrets = 5;

Reply invalid(std::string_view message) {
  return api_error(400, "INVALID_PARAMETER_VALUE", message);
}

Reply missing(const std::string& what) {
  return api_error(404, "RESOURCE_DOES_NOT_EXIST", what + " does not exist.");
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool whole = error == std::errc() && stop == text.data() + text.size();
  return whole ? std::optional(out) : std::nullopt;
}

/// Never the value.
Json described(const ClientSecret& secret) {
  return {{"id", secret.id},
          {"secret_hash", sha256_hex(secret.value.reveal())},
          {"status", "ACTIVE"},
          {"create_time", to_rfc3339(secret.created)},
          {"update_time", to_rfc3339(secret.created)},
          {"expire_time", to_rfc3339(secret.expires)}};
}

/// "5184000s": whole seconds; the longest when nothing is said.
std::expected<std::chrono::seconds, Reply> read_lifetime(const Json& body) {
  if (!body.contains("lifetime")) return kLongestSecretLife;
  const std::string text = text_of(body, "lifetime");
  const auto seconds = text.ends_with('s') ? whole_number(text.substr(0, text.size() - 1)) : std::nullopt;
  if (!seconds || *seconds == 0) return std::unexpected(invalid("Invalid lifetime: seconds with an s are expected."));
  if (*seconds > static_cast<std::uint64_t>(kLongestSecretLife.count()))
    return std::unexpected(invalid("Invalid lifetime: at most 63072000s."));
  return std::chrono::seconds(*seconds);
}

Reply changed(const World& world, const Principal& owner, const std::string& id, std::string_view action) {
  Reply reply = ok(Json::object());
  reply.mutating = true;
  reply.effect = {{"kind", "service-principal-secret"},
                  {"principal", world.directory.reference(owner.id)},
                  {"secret", id},
                  {"action", action}};
  return reply;
}

Reply create(World& world, const Call& call, const Principal& owner) {
  std::chrono::seconds lifetime = kLongestSecretLife;
  if (!call.body.empty()) {
    const auto body = read_object(call, {"lifetime"});
    if (!body) return body.error();
    const auto read = read_lifetime(*body);
    if (!read) return read.error();
    lifetime = *read;
  }
  // One that is past its time still counts: it has to be deleted first.
  if (world.client_secrets.of(owner.name).size() >= kMostSecrets)
    return api_error(400, "QUOTA_EXCEEDED", "A service principal can have at most 5 secrets.");
  const ClientSecret& secret = world.client_secrets.add(owner.name, world.clock->now(), lifetime);
  Reply reply = changed(world, owner, secret.id, "create");
  Json body = described(secret);
  body["secret"] = secret.value.reveal();  // the only answer that has it
  reply.body = body.dump();
  return reply;
}

/// Pages of `page_size`. A full page always has a token, even when nothing follows: who counts items is misled.
Reply list(const World& world, const Call& call, const Principal& owner) {
  const auto parameter = [&](const std::string& name) {
    const auto found = call.query.find(name);
    return found == call.query.end() ? std::string("0") : found->second;
  };
  const auto size = whole_number(parameter("page_size"));
  const auto begin = whole_number(parameter("page_token"));
  const auto& secrets = world.client_secrets.of(owner.name);
  if (!size) return invalid("Invalid page_size.");
  if (!begin || *begin > secrets.size()) return invalid("Invalid page_token.");
  const std::uint64_t left = secrets.size() - *begin;
  const std::uint64_t count = *size == 0 ? left : std::min(*size, left);
  Json items = Json::array();
  for (std::uint64_t i = *begin; i < *begin + count; ++i) items.push_back(described(secrets[i]));
  Json body = Json::object();
  if (!items.empty()) body["secrets"] = std::move(items);
  if (*size > 0 && count == *size) body["next_page_token"] = std::to_string(*begin + count);
  return ok(body);
}

Reply remove(World& world, const Call& call, const Principal& owner) {
  const std::string& id = call.segments[7];
  if (!world.client_secrets.remove(owner.name, id)) return missing("Secret " + id);
  return changed(world, owner, id, "delete");
}

}  // namespace

Reply answer_service_principal_secrets(World& world, const Call& call) {
  const std::size_t depth = call.segments.size();
  const std::string& method = call.method;
  const bool secrets = depth >= 7 && call.segments[5] == "credentials" && call.segments[6] == "secrets";
  const bool all = secrets && depth == 7 && (method == "GET" || method == "POST");
  const bool one = secrets && depth == 8 && method == "DELETE";
  if (!all && !one) return no_api(method, call.path);
  if (!world.directory.is_admin(call.caller.principal_id))
    return api_error(403, "PERMISSION_DENIED", "Only workspace administrators can manage secrets.");
  // The numeric id; an application id names nothing here.
  const Principal* owner = world.directory.by_id(call.segments[4]);
  if (owner == nullptr || owner->kind != PrincipalKind::ServicePrincipal)
    return missing("Service principal " + call.segments[4]);
  if (one) return remove(world, call, *owner);
  return method == "POST" ? create(world, call, *owner) : list(world, call, *owner);
}

}  // namespace sallyport::simulators::databricks
