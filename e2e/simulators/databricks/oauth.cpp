// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/oauth.hpp"

#include <algorithm>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators::databricks {

namespace {

using Form = std::map<std::string, std::string>;

constexpr std::string_view kExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::string_view kJwt = "urn:ietf:params:oauth:token-type:jwt";
constexpr std::string_view kAccessToken = "urn:ietf:params:oauth:token-type:access_token";

std::string field(const Form& form, const std::string& name) {
  const auto found = form.find(name);
  return found == form.end() ? "" : found->second;
}

Reply invalid_client() {
  return oauth_error(401, "invalid_client", "Client authentication failed");
}

struct Presented {
  std::string id;
  Secret secret;
};

/// From the Authorization header (RFC 6749 section 2.3.1: both parts form-encoded), else from the form.
Presented presented(const Call& call, const Form& form) {
  constexpr std::string_view kBasic = "basic ";
  if (!to_lower(call.authorization).starts_with(kBasic))
    return {field(form, "client_id"), Secret(field(form, "client_secret"))};
  const auto decoded = base64_decode(trim(std::string_view(call.authorization).substr(kBasic.size())));
  const auto colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) return {};
  return {percent_decode(decoded->substr(0, colon), Plus::Space),
          Secret(percent_decode(decoded->substr(colon + 1), Plus::Space))};
}

/// Space-separated scopes; `all-apis` must be there, for nothing else is good for these APIs.
std::optional<Reply> refuse_scope(const Form& form) {
  const auto scopes = split(field(form, "scope"), ' ');
  if (std::find(scopes.begin(), scopes.end(), "all-apis") != scopes.end()) return std::nullopt;
  return oauth_error(400, "invalid_scope", "The requested scope is invalid, unknown, or malformed");
}

Reply token_reply(World& world, const std::string& principal_id, std::chrono::milliseconds life,
                  const std::string& scope) {
  const Secret token = world.tokens.issue(principal_id, world.clock->steady() + life);
  const auto seconds = std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::seconds>(life).count());
  Reply reply =
      ok({{"access_token", token.reveal()}, {"token_type", "Bearer"}, {"expires_in", seconds}, {"scope", scope}});
  reply.headers["Cache-Control"] = "no-store";
  reply.effect = {{"kind", "sign-in"}, {"principal", world.directory.reference(principal_id)}};
  return reply;
}

Reply client_credentials(World& world, const Call& call, const Form& form) {
  const Presented client = presented(call, form);
  const Principal* principal = world.directory.find(PrincipalKind::ServicePrincipal, client.id);
  const bool known = world.client_secrets.accepts(client.id, client.secret, world.clock->now());
  if (principal == nullptr || !principal->active || !known) return invalid_client();
  if (auto refusal = refuse_scope(form)) return std::move(*refusal);
  return token_reply(world, principal->id, world.scaled_duration(world.switches.token_life), field(form, "scope"));
}

/// Who a proven subject is: the policy's service principal, or for an account policy the user or service principal that
/// the subject names.
const Principal* subject_of(const World& world, const Proven& proven) {
  if (!proven.service_principal.empty())
    return world.directory.find(PrincipalKind::ServicePrincipal, proven.service_principal);
  for (const auto kind : {PrincipalKind::User, PrincipalKind::ServicePrincipal})
    if (const Principal* principal = world.directory.find(kind, proven.subject)) return principal;
  return nullptr;
}

Reply token_exchange(World& world, const Form& form) {
  if (field(form, "subject_token_type") != kJwt)
    return oauth_error(400, "invalid_request", "subject_token_type must be " + std::string(kJwt));
  if (auto refusal = refuse_scope(form)) return std::move(*refusal);
  const Moment at{world.clock->steady(), world.clock->now()};
  const auto proven = prove(world.policies, field(form, "client_id"), field(form, "subject_token"), at);
  if (!proven) return oauth_error(proven.error().status, proven.error().error, proven.error().description);
  const Principal* principal = subject_of(world, *proven);
  if (principal == nullptr || !principal->active)
    return oauth_error(401, "TOKEN_INVALID", "Ensure a valid federation policy has been configured");
  // The new token dies with the one that it was got for.
  const auto life = std::chrono::duration_cast<std::chrono::milliseconds>(proven->expires - at.now);
  Reply reply = token_reply(world, principal->id, life, field(form, "scope"));
  Json body = Json::parse(reply.body);
  body["issued_token_type"] = kAccessToken;
  reply.body = body.dump();
  return reply;
}

Reply answer_token(World& world, const Call& call) {
  if (call.method != "POST") {
    Reply reply = oauth_error(405, "invalid_request", "Method not allowed");
    reply.headers["Allow"] = "POST";
    return reply;
  }
  if (call.content_type != "application/x-www-form-urlencoded")
    return oauth_error(400, "invalid_request", "Content-Type must be application/x-www-form-urlencoded");
  const Form form = parse_form(call.body);
  const std::string grant = field(form, "grant_type");
  if (grant == "client_credentials") return client_credentials(world, call, form);
  if (grant == kExchange) return token_exchange(world, form);
  return oauth_error(400, "unsupported_grant_type", "The authorization grant type is not supported");
}

}  // namespace

std::string own_url(const World& world, const Call& call) {
  return world.scheme + "://" + call.host;
}

Reply answer_well_known(const World& world, const Call& call) {
  if (call.method != "GET") return no_api(call.method, call.path);
  return ok({{"oidc_endpoint", own_url(world, call) + "/oidc"},
             {"account_id", world.account_id},
             {"workspace_id", world.workspace_id},
             {"cloud", world.cloud},
             {"host_type", "WORKSPACE_HOST"}});
}

Reply answer_oauth(World& world, const Call& call) {
  if (call.path == "/oidc/v1/token") return answer_token(world, call);
  const std::string base = own_url(world, call) + "/oidc";
  const bool discovery = call.path == "/oidc/.well-known/oauth-authorization-server" ||
                         call.path == "/oidc/.well-known/openid-configuration";
  if (!discovery || call.method != "GET") return html_error(404, "Not Found");
  return ok({{"issuer", base},
             {"authorization_endpoint", base + "/v1/authorize"},
             {"token_endpoint", base + "/v1/token"},
             {"grant_types_supported", {"client_credentials", "authorization_code", "refresh_token", kExchange}},
             {"token_endpoint_auth_methods_supported", {"client_secret_basic", "client_secret_post", "none"}},
             {"scopes_supported", {"all-apis", "email", "offline_access", "openid", "profile", "sql"}}});
}

}  // namespace sallyport::simulators::databricks
