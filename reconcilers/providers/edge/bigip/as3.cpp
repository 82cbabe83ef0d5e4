// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/as3.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"
#include "reconcilers/providers/edge/bigip/stored.hpp"

namespace sallyport::edge::bigip {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kDeclare = "/mgmt/shared/appsvcs/declare/";
constexpr const char* kTasks = "/mgmt/shared/appsvcs/task";

constexpr seconds kFirstPoll{1};
constexpr seconds kLastPoll{5};
constexpr int kPollPart = 8;
/// A deployment that lasts longer is given up as Unclear; it may still end well, and observing will show it.
constexpr std::chrono::minutes kLongestTask{10};
/// Polls in a row without an answer: the unit has gone, perhaps with a failover.
constexpr int kSilentPolls = 6;
/// So long after it was asked a unit still counts as ACTIVE.
constexpr seconds kStillActive{2};
constexpr seconds kShortestBusyPause{5};
constexpr seconds kLongestBusyPause{30};

/// Of all tasks, when it is of none.
std::string path_of_task(const std::string& task) {
  std::string path = kTasks;
  if (!task.empty()) path.append("/").append(percent_encode(task));
  return path;
}

Answer unclear(Error error) {
  return {Meaning::Unclear, error.message, {}, error};
}

Answer stopped() {
  return {Meaning::Failed, "stopping", {}, Error{Code::ShuttingDown, "stopped while the gateway was at work", {}, {}}};
}

/// An Error of Device::send: before anything was sent (sign-in, stop), or with the effect unknown.
Answer of(const Error& error) {
  if (error.code == Code::Unavailable) return unclear(error);
  Answer answer{Meaning::Failed, error.message, {}, error};
  answer.sent = error.code == Code::ShuttingDown;  // perhaps in the middle of it
  return answer;
}

/// The manual sends the bare array, after which AS3 saves the whole configuration; its wrapper is taken too (AS3's
/// requestContext.js, tryConvertToPost) and can say `persist: false`.
std::string wrapped(const std::string& patch) {
  return R"({"class":"AS3","action":"patch","persist":false,"patchBody":)" + patch + "}";
}

StoredTenant tenant_of(std::string name, const Json& declared) {
  return {std::move(name), Presence::There, std::make_shared<const Json>(declared)};
}

/// The ADC of an answer, whether it comes bare or wrapped.
Result<Json> read_adc(const http::Response& response, const std::string& where) {
  Json body = parse_stored(response.body);
  if (!body.is_object()) return Error{Code::Unavailable, "the stored declaration is no JSON object", where, {}};
  return body;
}

bool is_tenant(const Json& member) {
  return member.is_object() && member.contains("class") && member["class"] == "Tenant";
}

/// Empty: nobody knows.
std::optional<http::Ending> ending_of(Meaning meaning) {
  switch (meaning) {
    case Meaning::Done:
    case Meaning::NoChange:
      return http::Ending::Done;
    case Meaning::Invalid:
    case Meaning::Rejected:
    case Meaning::Stale:
    case Meaning::First:
    case Meaning::Busy:
    case Meaning::Cancelled:
      return http::Ending::NotDone;
    case Meaning::Running:
    case Meaning::Accepted:
    case Meaning::Lost:
    case Meaning::Failed:
    case Meaning::Unclear:
      break;
  }
  return std::nullopt;
}

}  // namespace

Result<StoredTenant> As3::read(const std::string& tenant, std::stop_token stop) {
  http::Request request{"GET", kDeclare + percent_encode(tenant) + "?showHash=true"};
  const std::string where = unit_.where(request);
  const http::Response response = TRY(unit_.send(std::move(request), kReadDeadline, stop));
  if (response.status == 204) return StoredTenant{tenant, Presence::NothingStored};
  const std::string words = response.status == 404 && !as3_missing(response) ? words_of(response) : std::string();
  if (words.find("not found in declaration") != std::string::npos) return StoredTenant{tenant, Presence::Missing};
  if (words == "declaration in specified path not found") return StoredTenant{tenant, Presence::NothingStored};
  if (response.status != 200) return error_of(response, where);
  const Json adc = TRY(read_adc(response, where));
  const auto found = adc.find(tenant);
  if (found == adc.end() || !is_tenant(*found)) {
    return Error{Code::Unavailable, "the answer for tenant " + tenant + " does not hold it", where, {}};
  }
  return tenant_of(tenant, *found);
}

Error in_the_making(const std::string& tenant) {
  return busy("tenant " + tenant + " is not there, and a task that may be making it is still in progress", {});
}

Result<As3::Look> As3::look(const std::string& tenant, std::stop_token stop) {
  StoredTenant stored = TRY(read(tenant, stop));
  if (stored.presence == Presence::There) return Look{std::move(stored)};
  if (TRY(is_running({}, stop))) return Look{std::move(stored), true};
  return Look{TRY(read(tenant, std::move(stop)))};
}

Result<StoredTenant> As3::read_settled(const std::string& tenant, std::stop_token stop) {
  Look looked = TRY(look(tenant, std::move(stop)));
  if (looked.in_the_making) return in_the_making(tenant);
  return std::move(looked.stored);
}

Answer As3::write(const std::string& tenant, const Write& write, Mode mode, std::stop_token stop) {
  if (mode == Mode::Deploy) {
    if (const auto active = confirm_active(stop); !active)
      return {Meaning::Failed, active.error().message, {}, active.error()};
    return write_once(tenant, write, mode, stop);
  }
  Answer answer;
  for (int tried = 0; tried < kBusyTries; ++tried) {
    answer = write_once(tenant, write, mode, stop);
    if (answer.meaning != Meaning::Busy) return answer;
    if (!wait_while_busy(stop)) return stopped();
  }
  answer.meaning = Meaning::Failed;  // with what AS3 said, and when to come again
  return answer;
}

Answer As3::write_once(const std::string& tenant, const Write& write, Mode mode, std::stop_token stop) {
  Answer answer = submit(tenant, write, mode, stop);
  if (answer.meaning != Meaning::Accepted) return answer;
  const std::string task = answer.task;
  answer = follow(task, tenant, stop);
  if (const auto ending = ending_of(answer.meaning)) unit_.concluded(task, *ending);
  answer.sent = answer.meaning != Meaning::Busy;
  return answer;
}

Result<void> As3::wait_while_busy(std::stop_token stop) {
  const auto spread = std::chrono::duration<double>(kLongestBusyPause - kShortestBusyPause) * random_.unit();
  if (!clock_.sleep(kShortestBusyPause + std::chrono::duration_cast<milliseconds>(spread), stop))
    return *stopped().error;
  return {};
}

Result<void> As3::confirm_active(std::stop_token stop) {
  if (!still_active_ || clock_.steady() - active_at_ < kStillActive) return {};
  TRY(still_active_(std::move(stop)));
  active_at_ = clock_.steady();
  return {};
}

Answer As3::submit(const std::string& tenant, const Write& write, Mode mode, std::stop_token stop) {
  http::Request request{write.method, kDeclare + percent_encode(tenant) + "?async=true"};
  request.body = write.method == "PATCH" ? wrapped(write.body) : write.body;
  if (mode == Mode::DryRun) {
    request.target += "&controls.dryRun=true&controls.logLevel=debug";  // debug: with the list of differences
    request.session = true;
  } else {
    request.changes = write.changes;
    request.delivery = http::Delivery::OnceAlone;  // a lost answer is looked up
  }
  const std::string where = unit_.where(request);
  const Result<http::Response> response = unit_.send(std::move(request), kWriteDeadline, stop);
  return response ? read_answer(*response, where, tenant) : of(response.error());
}

Answer As3::follow(const std::string& task, const std::string& tenant, std::stop_token stop) {
  const SteadyTime until = clock_.steady() + kLongestTask;
  const http::Request request{"GET", path_of_task(task)};
  const SteadyTime began = clock_.steady();
  int silent = 0;
  while (clock_.steady() < until) {
    // A part of what it has taken so far: the end is noticed late by no more than that.
    const auto taken = std::chrono::duration_cast<milliseconds>(clock_.steady() - began);
    const milliseconds pause = std::clamp<milliseconds>(taken / kPollPart, kFirstPoll, kLastPoll);
    // 10 % either way, so that many gateways are not asked in step.
    const auto jittered =
        std::chrono::duration<double, std::milli>(static_cast<double>(pause.count()) * (0.9 + 0.2 * random_.unit()));
    if (!clock_.sleep(std::chrono::duration_cast<milliseconds>(jittered), stop)) return stopped();
    const Result<http::Response> response = unit_.send(request, kReadDeadline, stop);
    if (!response && response.error().code == Code::ShuttingDown) return stopped();
    const bool understood = response && (response->status == 200 || response->status == 404) && !as3_missing(*response);
    Answer answer = understood ? read_answer(*response, unit_.where(request), tenant) : Answer{};
    if (answer.meaning == Meaning::Lost) break;
    const bool answered = understood && (answer.meaning != Meaning::Unclear || !answer.words.empty());
    if (answered && answer.meaning != Meaning::Running) return answer;
    silent = answered ? 0 : silent + 1;
    if (silent >= kSilentPolls) break;
  }
  Answer lost = unclear(
      Error{Code::Unavailable, "the gateway took the write and does not tell how it ended", unit_.where(request), {}});
  lost.task = task;
  return lost;
}

Result<bool> As3::is_running(const std::string& task, std::stop_token stop) {
  const http::Request request{"GET", path_of_task(task)};
  const http::Response response = TRY(unit_.send(request, kReadDeadline, std::move(stop)));
  const bool unknown = response.status == 404 && !as3_missing(response);
  if (unknown && !task.empty()) return false;
  if (!response.ok()) return error_of(response, unit_.where(request));
  return any_running(response, unit_.where(request));
}

}  // namespace sallyport::edge::bigip
