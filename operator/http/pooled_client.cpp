// SPDX-License-Identifier: Apache-2.0
#include "operator/http/pooled_client.hpp"

#include <algorithm>

#include "operator/base/text.hpp"
#include "operator/http/request_check.hpp"

namespace sallyport::http {
namespace {

/// As many as workers use one client at once, within reason.
constexpr std::size_t kMostIdleLanes = 32;

}  // namespace

PooledClient::PooledClient(ClientOptions options, Url base, std::unique_ptr<NameLookup> names,
                           std::unique_ptr<LaneSource> source)
    : options_(std::move(options)), base_(std::move(base)), names_(std::move(names)), source_(std::move(source)) {}

Result<Response> PooledClient::send(const Request& request, std::chrono::milliseconds deadline, std::stop_token stop) {
  CallPlan plan = plan_for(request, deadline);
  plan.deadline = std::chrono::steady_clock::now() + deadline;
  return perform(plan, stop);
}

Result<Response> PooledClient::stream(const Request& request, std::chrono::milliseconds idle, std::stop_token stop,
                                      const OnLine& on_line) {
  CallPlan plan = plan_for(request, idle);
  plan.on_line = &on_line;
  return perform(plan, stop);
}

CallPlan PooledClient::plan_for(const Request& request, std::chrono::milliseconds patience) const {
  Url url = base_;
  url.target += request.target;
  const std::string host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  return CallPlan{.request = request,
                  .host = host + ":" + std::to_string(url.port),
                  .where = one_line(request.method + " " + url.without_query()),
                  .limits = options_.limits,
                  .connect_timeout = options_.connect_timeout,
                  .patience = patience};
}

Result<Response> PooledClient::perform(const CallPlan& plan, const std::stop_token& stop) {
  return guard(Code::Internal, "HTTP client", [&]() -> Result<Response> {
    TRY(check_request(plan.request));
    if (stop.stop_requested()) return Error{Code::ShuttingDown, "stopped before anything was sent", plan.where, {}};
    const SteadyTime lookup_ends = std::chrono::steady_clock::now() + plan.connect_timeout;
    Result<std::vector<std::string>> addresses = names_->addresses(std::min(plan.deadline, lookup_ends), stop);
    if (!addresses) {
      addresses.error().where = plan.where;
      return addresses.error();
    }
    for (std::size_t i = 0;; ++i) {
      Outcome outcome = attempt(plan, (*addresses)[i], stop);
      const bool more = i + 1 < addresses->size() && std::chrono::steady_clock::now() < plan.deadline;
      if (outcome.next == Outcome::Next::OtherAddress && more) continue;
      if (outcome.result && i > 0) names_->prefer((*addresses)[i]);
      return std::move(outcome.result);
    }
  });
}

Outcome PooledClient::attempt(const CallPlan& plan, const std::string& address, const std::stop_token& stop) {
  if (std::unique_ptr<Lane> lane = goes_alone(plan.request) ? nullptr : take_idle(address)) {
    Outcome outcome = run(plan, {address, std::move(lane)}, stop);
    if (outcome.next != Outcome::Next::FreshConnection) return outcome;
  }
  return run(plan, {address, source_->open(address)}, stop);
}

Outcome PooledClient::run(const CallPlan& plan, AddressedLane lane, const std::stop_token& stop) {
  Outcome outcome = Call(plan, *lane.lane, stop).run();
  if (outcome.lane_is_clean && !goes_alone(plan.request)) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() >= kMostIdleLanes) idle_.erase(idle_.begin());
    idle_.push_back(std::move(lane));
  }
  return outcome;
}

std::unique_ptr<Lane> PooledClient::take_idle(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(idle_.rbegin(), idle_.rend(), [&](const AddressedLane& lane) { return lane.address == address; });
  if (found == idle_.rend()) return nullptr;
  std::unique_ptr<Lane> lane = std::move(found->lane);
  idle_.erase(std::next(found).base());
  return lane;
}

}  // namespace sallyport::http
