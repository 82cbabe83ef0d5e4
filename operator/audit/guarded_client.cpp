// SPDX-License-Identifier: Apache-2.0
#include "operator/audit/guarded_client.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>

#include "operator/base/log.hpp"

namespace sallyport::audit {
namespace {

using metrics::Metric;

constexpr std::size_t kMaxIdBytes = 128;
constexpr std::size_t kMaxTaskBytes = 64UL << 10U;
constexpr std::size_t kMaxAccepted = 64;  ///< a client awaits one at a time; an end that is never told must not pile up

bool is_mutating(const http::Request& request) {
  static constexpr std::array<std::string_view, 3> kSafe{"GET", "HEAD", "OPTIONS"};  // RFC 9110 section 9.2.1
  return !request.changes.empty() || std::ranges::find(kSafe, request.method) == kSafe.end();
}

bool is_plain_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxIdBytes && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == ':' || c == '/';
  });
}

/// AS3 accepts a declaration with 202 and {"id": "<task>"} (measured on AS3 3.56). No other body is looked at: an id
/// may stand beside a secret there.
std::string task_id(const http::Response& response) {
  if (response.status != 202 || response.body.size() > kMaxTaskBytes) return {};
  const auto id = guard(Code::Unavailable, "read task id",
                        [&] { return nlohmann::json::parse(response.body).at("id").get<std::string>(); });
  return id.has_value() && is_plain_id(*id) ? *id : std::string();
}

std::string outside_id(const http::Response& response) {
  for (const char* name : {"x-databricks-request-id", "x-request-id"}) {
    const auto found = response.headers.find(std::string(name));
    if (found != response.headers.end() && is_plain_id(found->second)) return found->second;
  }
  return task_id(response);
}

std::string without_query(const std::string& target) {
  return target.substr(0, target.find_first_of("?#"));
}

/// A PUT to a task of iControl starts it, and the 202 to that names nothing: what was accepted is what was put.
std::string accepted_id(const http::Request& request, const http::Response& response) {
  std::string id = outside_id(response);
  const std::string path = without_query(request.target);
  if (id.empty() && response.status == 202 && request.method == "PUT" && is_plain_id(path)) id = path;
  return id;
}

Answer answer_of(const http::Request& request, const Result<http::Response>& response) {
  if (!response.has_value()) {
    // ShuttingDown included: the stop may have come while the request was under way. Only what could not be built has
    // certainly not been sent.
    const Effect effect = response.error().code == Code::InvalidSpec ? Effect::NotSent : Effect::Unknown;
    return {effect, 0, std::string(sallyport::to_string(response.error().code)), {}};
  }
  Effect effect = Effect::Rejected;
  if (response->status >= 500) effect = Effect::Unknown;
  if (response->ok()) effect = Effect::Ok;
  if (response->status == 202) effect = Effect::Accepted;
  if (response->status == 207) effect = Effect::Partial;
  return {effect, response->status, {}, accepted_id(request, *response)};
}

}  // namespace

GuardedClient::GuardedClient(std::unique_ptr<http::Client> inner, Gate gate, std::string system, std::string base_url)
    : inner_(std::move(inner)), gate_(std::move(gate)), system_(std::move(system)), base_url_(std::move(base_url)) {
  if (base_url_.ends_with('/')) base_url_.pop_back();
}

Result<http::Response> GuardedClient::send(const http::Request& request, std::chrono::milliseconds deadline,
                                           std::stop_token stop) {
  const bool reads = !is_mutating(request);
  const std::string url = base_url_ + without_query(request.target);
  if (!reads && request.changes.empty() && !request.session) {
    return Error{
        Code::Internal, "a request that changes something must say what it changes", request.method + " " + url, {}};
  }
  TRY(gate_.may_write());
  if (request.changes.empty()) return send_counted(request, deadline, std::move(stop));

  const auto intent = gate_.trail.intend({request.changes, request.method, url});
  if (!intent.has_value()) {
    gate_.metrics.count(Metric::AuditFailures, {"intent"});
    log::error("nothing is sent, since the audit log cannot be written",
               {{"system", system_}, {"url", url}, {"why", intent.error().text()}});
    // Not the log's own Unavailable: that would leave open whether the request took effect.
    return Error{Code::Unaudited, "nothing was sent, since the audit log cannot be written: " + intent.error().text(),
                 request.method + " " + url, std::nullopt};
  }
  gate_.metrics.count(Metric::AuditLines, {"intent"}, static_cast<double>(intent->lines.size()));
  if (const auto allowed = gate_.may_write(); !allowed.has_value()) {
    conclude(*intent, {Effect::NotSent, 0, std::string(sallyport::to_string(allowed.error().code)), {}});
    return allowed.error();
  }
  Result<http::Response> response = send_counted(request, deadline, std::move(stop));
  const Answer answer = answer_of(request, response);
  conclude(*intent, answer);
  if (answer.effect == Effect::Accepted && !answer.outside_id.empty()) {
    const std::lock_guard lock(mutex_);
    if (accepted_.size() >= kMaxAccepted) accepted_.clear();
    accepted_.insert_or_assign(answer.outside_id, *intent);
  }
  return response;
}

void GuardedClient::concluded(const std::string& outside_id, http::Ending ending) {
  decltype(accepted_)::node_type accepted;
  {
    const std::lock_guard lock(mutex_);
    accepted = accepted_.extract(outside_id);
  }
  if (accepted.empty()) return;
  const Effect effect = ending == http::Ending::Done ? Effect::Ok : Effect::Rejected;
  write_result(accepted.mapped(), {effect, 0, {}, outside_id});
}

void GuardedClient::conclude(const Intent& intent, const Answer& answer) {
  for (const http::Change& change : intent.sending.changes) {
    gate_.metrics.count(Metric::OutsideWrites, {system_, change.action, to_string(answer.effect)});
  }
  write_result(intent, answer);
}

void GuardedClient::write_result(const Intent& intent, const Answer& answer) {
  const auto written = gate_.trail.conclude(intent, answer);
  if (written.has_value()) {
    gate_.metrics.count(Metric::AuditLines, {"result"}, static_cast<double>(intent.lines.size()));
    return;
  }
  gate_.metrics.count(Metric::AuditFailures, {"result"});
  log::error("a change was sent, but its result could not be put into the audit log",
             {{"system", system_},
              {"url", intent.sending.url},
              {"result", to_string(answer.effect)},
              {"why", written.error().text()}});
}

Result<http::Response> GuardedClient::send_counted(const http::Request& request, std::chrono::milliseconds deadline,
                                                   std::stop_token stop) {
  const SteadyTime begin = gate_.clock.steady();
  Result<http::Response> response = inner_->send(request, deadline, std::move(stop));
  const std::string code = response.has_value() ? std::to_string(response->status) : "<error>";
  gate_.metrics.count(Metric::OutsideRequests, {system_, request.method, code});
  gate_.metrics.observe(Metric::OutsideSeconds, {system_, request.method}, gate_.clock.steady() - begin);
  if (response.has_value() && response->status == 429) gate_.metrics.count(Metric::OutsideThrottled, {system_});
  return response;
}

Result<http::Response> GuardedClient::stream(const http::Request& request, std::chrono::milliseconds idle,
                                             std::stop_token stop, const OnLine& on_line) {
  if (is_mutating(request)) {
    return Error{Code::Internal,
                 "a stream is for reading",
                 request.method + " " + base_url_ + without_query(request.target),
                 {}};
  }
  TRY(gate_.may_write());
  return inner_->stream(request, idle, std::move(stop), on_line);
}

}  // namespace sallyport::audit
