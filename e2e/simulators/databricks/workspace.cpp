// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/workspace.hpp"

#include <fstream>
#include <sstream>

#include "e2e/simulators/databricks/control.hpp"
#include "e2e/simulators/databricks/oauth.hpp"
#include "e2e/simulators/databricks/permissions.hpp"
#include "e2e/simulators/databricks/scim.hpp"
#include "e2e/simulators/databricks/service_principal_secrets.hpp"
#include "e2e/simulators/databricks/serving.hpp"
#include "e2e/simulators/databricks/simulator.hpp"
#include "e2e/simulators/databricks/world_file.hpp"
#include "e2e/simulators/latency.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators {

namespace databricks {

namespace {

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return Error{Code::InvalidSpec, "cannot be read", path, {}};
  return std::move(text).str();
}

/// The token of "Bearer x"; empty for anything else.
std::string_view bearer(std::string_view authorization) {
  constexpr std::string_view kBearer = "bearer ";
  if (!to_lower(authorization.substr(0, kBearer.size())).starts_with(kBearer)) return "";
  return trim(authorization.substr(kBearer.size()));
}

bool is_public(const Call& call) {
  return call.under({"oidc"}) || call.path == "/.well-known/databricks-config";
}

Reply no_credential(const Call& call) {
  Reply reply = numeric_error(
      401, "Credential was not sent or was of an unsupported type for this API. [ReqId: " + call.request_id + "]");
  reply.headers["WWW-Authenticate"] = "Bearer realm=\"DatabricksRealm\"";
  return reply;
}

Reply invalid_token() {
  Reply reply = numeric_error(403, "Invalid access token.");
  reply.headers["X-Databricks-Reason-Phrase"] = "Invalid access token.";
  return reply;
}

/// `details` with the request's id, as serving answers carry them (databricks-demos/dbdemos issue 220).
void add_request_info(Reply& reply, const std::string& request_id) {
  if (reply.status < 400) return;
  auto body = parse_json(reply.body);
  if (!body || !member(*body, "error_code").is_string()) return;
  (*body)["details"] = Json::array(
      {{{"@type", "type.googleapis.com/google.rpc.RequestInfo"}, {"request_id", request_id}, {"serving_data", ""}}});
  reply.body = body->dump();
}

Answer to_answer(Reply reply, const Call& call, const std::string& workspace_id) {
  add_request_info(reply, call.request_id);
  Answer answer;
  answer.out.status = reply.status;
  answer.out.body = std::move(reply.body);
  answer.out.content_type = std::move(reply.content_type);
  answer.out.headers = std::move(reply.headers);
  answer.out.headers["x-databricks-request-id"] = call.request_id;
  answer.out.headers["X-Databricks-Org-Id"] = workspace_id;
  answer.mutating = reply.mutating;
  answer.effect = reply.effect.dump();
  return answer;
}

}  // namespace

Workspace::Workspace(const Options& options) : random_(options.random) {
  world_.scheme = options.scheme;
  world_.clock = options.clock;
  world_.time_scale = options.time_scale;
  if (options.latency == Latency::Realistic) world_.limits.set(documented_limits(), options.time_scale);
}

Result<std::unique_ptr<Workspace>> Workspace::create(const Options& options) {
  std::unique_ptr<Workspace> workspace(new Workspace(options));
  World& world = workspace->world_;
  const std::string operator_id = options.client_id.empty() ? std::string(kOperatorId) : options.client_id;
  const std::string text =
      options.world_file.empty() ? std::string(default_world()) : TRY(read_file(options.world_file));
  TRY(read_world(text, operator_id, world));
  // A world that does not name the operator still has it: the command line says that it may sign in.
  if (world.directory.find(PrincipalKind::ServicePrincipal, operator_id) == nullptr)
    world.directory.put({PrincipalKind::ServicePrincipal, "", operator_id, "sallyport-operator"});
  const std::string id = world.directory.find(PrincipalKind::ServicePrincipal, operator_id)->id;
  if (!options.client_secret.empty()) world.client_secrets.set(operator_id, options.client_secret, world.clock->now());
  if (!options.token.empty()) world.tokens.accept(options.token, id);
  return workspace;
}

Answer Workspace::answer(const http::Incoming& request, int) {
  Call call = read_call(request);
  const std::lock_guard lock(mutex_);
  std::string who;
  Reply reply = serve(call, who);
  Answer answer = to_answer(std::move(reply), call, world_.workspace_id);
  answer.who = std::move(who);
  answer.takes = takes(call);
  return answer;
}

http::Outgoing Workspace::control(const http::Incoming& request, int) {
  const Call call = read_call(request);
  const std::lock_guard lock(mutex_);
  const Reply reply = answer_control(world_, call);
  return {.status = reply.status, .body = reply.body, .content_type = reply.content_type};
}

/// By the switch for everybody, by the lists for whom they leave out.
bool Workspace::shuts_out(const Call& call) const {
  const Switches& switches = world_.switches;
  if (switches.ip_access == IpAccess::BlockedWithOidc) return true;
  if (switches.ip_access == IpAccess::Blocked && !is_public(call)) return true;
  if (switches.ip_lists_on_oidc == IpListsOnOidc::Exempt && is_public(call)) return false;
  return !world_.ip_access.in_force(world_.clock->steady()).admit(call.peer);
}

/// Network, then sign-in, then limits, then the API; troubles strike at the first and the third.
Reply Workspace::serve(Call& call, std::string& who) {
  Place place{own_url(world_, call), world_.workspace_id, ""};
  if (shuts_out(call)) return ip_blocked(call, world_.workspace_id);
  if (const auto rule = world_.troubles.strike(call, place, Phase::Network)) return trouble_reply(*rule, call, place);
  if (!is_public(call) && (call.under({"api"}) || is_invocation(world_, call))) {
    const auto token = bearer(call.authorization);
    if (token.empty()) return no_credential(call);
    const auto caller = world_.tokens.check(token, world_.clock->steady());
    const Principal* principal = caller ? world_.directory.by_id(caller->principal_id) : nullptr;
    if (principal == nullptr || !principal->active) return invalid_token();
    call.caller = *caller;
    who = place.who = world_.directory.reference(principal->id);
  }
  if (auto full = world_.limits.take(call, world_.clock->steady())) return std::move(*full);
  const auto rule = world_.troubles.strike(call, place, Phase::Caller);
  if (rule && rule->kind != TroubleKind::DeadlineAfterEffect) return trouble_reply(*rule, call, place);
  Reply reply = serve_known(call);
  if (rule) {
    Reply late = trouble_reply(*rule, call, place);
    late.mutating = reply.mutating;
    late.effect = std::move(reply.effect);
    return late;
  }
  return reply;
}

Reply Workspace::serve_known(const Call& call) {
  if (call.path == "/.well-known/databricks-config") return answer_well_known(world_, call);
  if (call.under({"oidc"})) return answer_oauth(world_, call);
  if (is_invocation(world_, call)) return answer_invocation(world_, call);
  if (!call.under({"api"})) return html_error(404, "Not Found");
  if (call.segments.size() < 2 || !call.segments[1].starts_with("2.")) return bad_target(call.path);
  if (call.under({"api", "2.0", "serving-endpoints"})) return answer_serving(world_, call);
  if (call.under({"api", "2.0", "permissions"})) return answer_permissions(world_, call);
  if (call.under({"api", "2.0", "preview", "scim", "v2"})) return answer_scim(world_, call);
  if (call.under({"api", "2.0", "ip-access-lists"})) return answer_ip_access_lists(world_, call);
  if (call.under({"api", "2.0", "workspace-conf"})) return answer_workspace_conf(world_, call);
  if (call.under({"api", "2.0", "accounts", "servicePrincipals"}))
    return answer_service_principal_secrets(world_, call);
  if (call.under({"api", "2.1", "unity-catalog"})) return answer_unity_catalog(world_, call);
  return no_api(call.method, call.path);
}

/// Guesses: nobody publishes them. Reads are quick, access lists and listings slower, models slowest.
std::chrono::milliseconds Workspace::takes(const Call& call) const {
  using std::chrono::milliseconds;
  constexpr double kSpread = 0.4;
  milliseconds median(120);
  if (call.method != "GET") median = milliseconds(400);
  if (call.under({"api", "2.0", "preview"})) median = milliseconds(300);
  if (call.under({"oidc"})) median = milliseconds(150);
  if (is_invocation(world_, call)) median = milliseconds(60);
  return lognormal(*random_, median, kSpread);
}

}  // namespace databricks

Result<std::unique_ptr<Simulator>> make_databricks(const Options& options) {
  auto workspace = TRY(databricks::Workspace::create(options));
  return make_front(options, std::move(workspace));
}

}  // namespace sallyport::simulators
