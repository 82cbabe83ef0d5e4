// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/delivery/service.hpp"

#include <nlohmann/json.hpp>

#include "operator/base/json.hpp"
#include "operator/base/log.hpp"
#include "operator/base/text.hpp"
#include "reconcilers/publication/objects.hpp"

namespace sallyport::delivery {
namespace {

constexpr std::size_t kMostKnown = 4096;  ///< of those whose rate is watched
constexpr http::RequestRate kEnrolments{1, 10};
constexpr http::RequestRate kReports{2, 20};
constexpr std::size_t kLongestToken = 16384;
constexpr std::string_view kBearer = "Bearer ";
constexpr std::string_view kSuffix = ".json";
constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
constexpr std::chrono::seconds kAgain{2};  ///< after which one who could not be served comes back

http::Outgoing answer(int status, const std::string& why) {
  const nlohmann::json body = {{"error", why}};
  return {.status = status, .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}

http::Outgoing come_again(int status, const std::string& why, std::chrono::seconds after) {
  http::Outgoing out = answer(status, why);
  out.headers["Retry-After"] = std::to_string(after.count());
  return out;
}

http::Outgoing unknown() {
  return answer(404, "there is nothing here");
}

/// What is said of a gateway that is not there, too: who is no agent of it does not learn which there are.
http::Outgoing not_listed() {
  return answer(403, "the service account is not listed in spec.nginx.agents of such a gateway");
}

http::Outgoing not_enrolled() {
  http::Outgoing out = answer(401, "a certificate of this operator's is needed: enrol");
  out.headers["WWW-Authenticate"] = "Bearer realm=\"sallyport\"";
  return out;
}

/// Three parts of base64url. What cannot be a token is not asked about.
std::optional<Secret> token_of(const http::Incoming& request) {
  const std::string header = request.header("Authorization").value_or("");
  if (!header.starts_with(kBearer) || header.size() > kLongestToken) return std::nullopt;
  std::string token = header.substr(kBearer.size());
  const bool plain = token.find_first_not_of(kLetters) == std::string::npos && split(token, '.').size() == 3;
  if (!plain) return std::nullopt;
  return Secret(std::move(token));
}

std::string address_of(const std::string& peer) {
  return peer.substr(0, peer.rfind(':'));
}

}  // namespace

http::Outgoing not_leading() {
  http::Outgoing out = come_again(503, "another instance leads, or this one has just begun", std::chrono::seconds(1));
  out.ends_connection = true;
  return out;
}

Service::Service(std::string instance, ServiceSurroundings around)
    : instance_(std::move(instance)),
      around_(std::move(around)),
      enrolments_(kMostKnown, around_.clock),
      reports_(kMostKnown, around_.clock) {}

/// Byte for byte: what is not written as it is here does not exist.
std::optional<Service::Path> Service::path_of(const http::Incoming& request) {
  std::vector<std::string> parts = split(request.target, '/');
  if (parts.size() < 4 || parts.size() > 5 || !parts[0].empty() || parts[1] != "gateways" || !is_name(parts[2]))
    return std::nullopt;
  Path path{std::move(parts[2]), std::move(parts[3]), parts.size() == 5 ? std::move(parts[4]) : std::string()};
  const bool alone = parts.size() == 4;
  if ((path.kind == "manifest" || path.kind == "enrol") && alone) return path;
  if (path.kind == "objects" && publication::is_object_name(path.name)) return path;
  if (path.kind == "reports" && path.name.ends_with(kSuffix)) return path;
  return std::nullopt;
}

bool Service::is_enrolment(const http::Incoming& request) {
  const auto path = path_of(request);
  return path && path->kind == "enrol";
}

http::Outgoing Service::serve(const http::Incoming& request) {
  const std::optional<Path> path = path_of(request);
  if (path && path->kind == "enrol") {
    if (request.method != "POST") return answer(405, "enrolling is a POST");
    return enrol(request, path->gateway);
  }
  const std::optional<AgentName> agent = agent_of(request);
  if (!agent) return not_enrolled();
  if (!path || path->gateway != agent->gateway) return unknown();
  const std::optional<DeliveredGateway> gateway = around_.gateway(path->gateway);
  if (!gateway || !gateway->lists({agent->ns, agent->account})) return not_listed();
  return hand_out(request, *path, *gateway, *agent);
}

/// The certificate was looked at when the connection was made; whether it has ended since is looked at here.
std::optional<AgentName> Service::agent_of(const http::Incoming& request) const {
  const auto& shown = request.certificate;
  if (!shown || shown->uris.size() != 1 || shown->valid_until <= around_.clock.now()) return std::nullopt;
  std::optional<AgentName> agent = read_uri(shown->uris.front());
  if (!agent || agent->instance != instance_) return std::nullopt;
  return agent;
}

http::Outgoing Service::hand_out(const http::Incoming& request, const Path& path, const DeliveredGateway& gateway,
                                 const AgentName& agent) {
  if (request.method != (path.kind == "reports" ? "PUT" : "GET")) return answer(405, "is not done here");
  if (path.kind == "manifest") return manifest(request, gateway);
  if (path.kind == "reports") return take_report(request, path, gateway, agent);
  const Result<Secret> bytes = Shelf::object(gateway.directory, path.name);
  if (bytes) return {.body = bytes->reveal(), .content_type = "application/octet-stream"};
  if (bytes.error().code == Code::NotFound) return unknown();
  log::warning("an object cannot be handed out", {{"gateway", gateway.name}, {"error", bytes.error().text()}});
  return come_again(503, "the object cannot be read", kAgain);
}

http::Outgoing Service::manifest(const http::Incoming& request, const DeliveredGateway& gateway) {
  const auto published = shelf_.manifest(gateway.directory);
  if (!published && published.error().code == Code::NotFound) return answer(404, "nothing is published yet");
  if (!published) {
    log::warning("a manifest cannot be handed out", {{"gateway", gateway.name}, {"error", published.error().text()}});
    return come_again(503, "the manifest cannot be read", kAgain);
  }
  const TaggedText& now = **published;
  http::Outgoing out{.content_type = "text/plain; charset=utf-8"};
  out.headers["ETag"] = now.tag;
  if (request.header("If-None-Match") == now.tag) {
    out.status = 304;
  } else {
    out.body = now.text;
  }
  return out;
}

http::Outgoing Service::take_report(const http::Incoming& request, const Path& path, const DeliveredGateway& gateway,
                                    const AgentName& agent) {
  const std::string own = report_name(agent);
  if (path.name != own + std::string(kSuffix)) return answer(403, "is another agent's report; this one's is " + own);
  if (request.body.size() > kMostOfReport) return answer(413, "is too long");
  if (const auto wait = reports_.over(gateway.name + "\n" + own, kReports))
    return come_again(429, "too many reports", *wait);
  const auto document = parse_json(request.body, 8);
  if (!document || !document->is_object()) return answer(400, "is no report");
  if (const Result<void> kept = Shelf::keep_report(gateway.directory, own, request.body); !kept) {
    log::warning("a report cannot be kept", {{"gateway", gateway.name}, {"error", kept.error().text()}});
    return come_again(503, "the report cannot be kept", kAgain);
  }
  return {.status = 204};
}

http::Outgoing Service::enrol(const http::Incoming& request, const std::string& gateway_name) {
  if (const auto wait = enrolments_.over(address_of(request.peer), kEnrolments))
    return come_again(429, "too many enrolments from this address", *wait);
  const std::optional<Secret> token = token_of(request);
  if (!token) return answer(401, "needs a service account's token, as a bearer");
  const Result<kube::PodAccount> account = around_.review(*token);
  if (!account && account.error().code == Code::Unauthorized) return answer(401, account.error().message);
  if (!account && account.error().code == Code::Refused) return answer(403, account.error().message);
  if (!account) {
    log::warning("nobody can tell whose a token is", {{"error", account.error().text()}});
    return come_again(503, "the API server does not tell whose the token is", kAgain);
  }
  const AgentName agent{instance_, gateway_name, account->ns, account->account, account->pod};
  const std::optional<DeliveredGateway> gateway = around_.gateway(gateway_name);
  if (!gateway || !gateway->lists({account->ns, account->account})) {
    log::warning("turned away an agent that is not listed",
                 {{"gateway", gateway_name}, {"account", account->ns + "/" + account->account}, {"pod", account->pod}});
    return not_listed();
  }
  const std::shared_ptr<const Authorities> authorities = around_.authorities();
  if (!authorities) return come_again(503, "there is no authority yet", kAgain);
  const SystemTime now = around_.clock.now();
  const auto certificate =
      authorities->current().issue_client(request.body, uri_of(agent), {now - kSkew, now + kLeafTerm});
  if (!certificate && certificate.error().code == Code::InvalidSpec)
    return answer(400, "the body " + certificate.error().message);
  if (!certificate) {
    log::error("cannot issue a certificate", {{"error", certificate.error().text()}});
    return answer(500, "cannot issue a certificate");
  }
  log::info("enrolled an agent", {{"gateway", gateway_name},
                                  {"account", account->ns + "/" + account->account},
                                  {"pod", account->pod},
                                  {"until", to_rfc3339(now + kLeafTerm)}});
  const nlohmann::json body = {
      {"certificate", *certificate}, {"authorities", authorities->bundle()}, {"agent", report_name(agent)}};
  return {.body = body.dump()};
}

}  // namespace sallyport::delivery
