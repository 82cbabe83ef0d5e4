// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/lease.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/base/log.hpp"

namespace sallyport::kube {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

std::string make_identity() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host = {'h', 'o', 's', 't'};
  return std::string(host.data()) + "_" + uuid_v4();
}

ClientOptions for_lease(ClientOptions client, const LeaseOptions& options) {
  // The lease is what `may_write` depends on, and a hidden repetition would only blur when a renewal was begun.
  client.may_write = {};
  client.attempts = 1;
  client.deadline = std::max(milliseconds(1000), options.renew_deadline / 2);
  return client;
}

LeaseOptions with_identity(LeaseOptions options) {
  if (options.identity.empty()) options.identity = make_identity();
  return options;
}

std::string text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

Result<std::unique_ptr<Lease>> Lease::create(std::unique_ptr<http::Client> http, ClientOptions client,
                                             LeaseOptions options) {
  const auto invalid = [](const char* why) { return Error{Code::InvalidSpec, why, "lease", {}}; };
  if (options.duration - options.margin < options.renew_deadline) {
    return invalid("the duration must exceed the renewal deadline by the margin");
  }
  if (options.renew_deadline * 10 <= options.retry * 12) return invalid("the renewal deadline must exceed 1.2 retries");
  if (options.retry < milliseconds(1)) return invalid("the retry period must be positive");
  return std::unique_ptr<Lease>(new Lease(std::move(http), std::move(client), std::move(options)));
}

Lease::Lease(std::unique_ptr<http::Client> http, ClientOptions client, LeaseOptions options)
    : options_(with_identity(std::move(options))),
      clock_(client.clock),
      random_(client.random),
      count_held_(client.hooks.lease_held),
      count_read_again_(client.hooks.lease_read_again),
      client_(std::move(http), for_lease(std::move(client), options_)) {}

Ref Lease::ref() const {
  return {leases(), options_.ns, options_.name};
}

Result<void> Lease::may_write() const {
  const SteadyTime until{SteadyTime::duration(write_until_.load())};
  if (clock_->steady() < until) return {};
  return Error{Code::ShuttingDown, "this instance does not hold the lease", ref().text(), {}};
}

void Lease::run(std::stop_token stop) {
  while (!stop.stop_requested() && standing_ != Standing::Lost) {
    const milliseconds pause = step(stop);
    if (standing_ != Standing::Lost) clock_->sleep(pause, stop);
  }
  release();
}

milliseconds Lease::step(std::stop_token stop) {
  if (standing_ == Standing::Holding) {
    // Before the attempt: a process that was stopped for a while must not renew what others may be about to take.
    const bool overdue = clock_->steady() - renewed_ >= options_.renew_deadline;
    const auto renewed = overdue ? Result<void>(Error{Code::Unavailable, "paused too long", {}, {}}) : renew(stop);
    if (!renewed && standing_ == Standing::Holding) {
      log::warning("lease not renewed", {{"lease", ref().text()}, {"error", renewed.error().text()}});
      if (clock_->steady() - renewed_ >= options_.renew_deadline) lose(renewed.error().text());
    }
    return options_.retry;
  }
  if (standing_ == Standing::Waiting) {
    const auto competed = compete(stop);
    if (!competed && competed.error().code != Code::Conflict) {
      log::warning("lease not readable", {{"lease", ref().text()}, {"error", competed.error().text()}});
    }
  }
  // Spread out, so that several standbys do not ask in the same moment.
  return milliseconds(
      static_cast<std::int64_t>(static_cast<double>(options_.retry.count()) * (0.75 + 0.5 * random_->unit())));
}

Result<void> Lease::compete(std::stop_token stop) {
  if (auto looked = look(stop); !looked) {
    return looked.error().code == Code::NotFound ? create_object(stop) : looked;
  }
  const bool free = seen_.holder.empty() || clock_->steady() - seen_.at >= seen_.duration;
  if (!free) return {};
  return write(written(seen_.document, options_.identity), stop);
}

Result<void> Lease::renew(std::stop_token stop) {
  auto renewed = write(written(seen_.document, options_.identity), stop);
  if (renewed || (renewed.error().code != Code::Conflict && renewed.error().code != Code::NotFound)) return renewed;
  // Changed meanwhile: by our own write whose answer was lost, by somebody's label, or by a new holder.
  if (count_read_again_) count_read_again_();
  if (auto looked = look(stop); !looked) {
    return looked.error().code == Code::NotFound ? create_object(stop) : looked;
  }
  if (seen_.holder != options_.identity) {
    lose("held by " + (seen_.holder.empty() ? "nobody" : seen_.holder));
    return Error{Code::Conflict, "held by another", ref().text(), {}};
  }
  return write(written(seen_.document, options_.identity), stop);
}

Result<void> Lease::look(std::stop_token stop) {
  see(TRY(client_.get(ref(), Form::Whole, stop)));
  return {};
}

Result<void> Lease::create_object(std::stop_token stop) {
  const json empty = {{"apiVersion", "coordination.k8s.io/v1"},
                      {"kind", "Lease"},
                      {"metadata", {{"namespace", options_.ns}, {"name", options_.name}}},
                      {"spec", json::object()}};
  const SteadyTime begun = clock_->steady();
  see(TRY(client_.create(ref(), written(empty.dump(), options_.identity), stop, Form::Whole)));
  hold(begun);
  return {};
}

Result<void> Lease::write(std::string document, std::stop_token stop) {
  const SteadyTime begun = clock_->steady();
  see(TRY(client_.replace(ref(), std::move(document), stop, Form::Whole)));
  hold(begun);
  return {};
}

void Lease::see(std::string document) {
  const json object = json::parse(document, nullptr, /*allow_exceptions=*/false);
  const json spec =
      object.is_object() && object.contains("spec") && object["spec"].is_object() ? object["spec"] : json::object();
  Record now{text(spec, "holderIdentity"), text(spec, "renewTime"), {}, std::move(document), clock_->steady()};
  const auto seconds = spec.find("leaseDurationSeconds");
  now.duration = seconds != spec.end() && seconds->is_number_integer() ? std::chrono::seconds(seconds->get<int>())
                                                                       : options_.duration;
  // The same as before: its time goes on running from when we first saw it.
  if (now.holder == seen_.holder && now.renew_time == seen_.renew_time && !seen_.document.empty()) now.at = seen_.at;
  seen_ = std::move(now);
}

std::string Lease::written(std::string_view document, const std::string& holder) const {
  json object = json::parse(document, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) object = json::object();
  json& spec = object["spec"];
  if (!spec.is_object()) spec = json::object();
  const std::string now = to_rfc3339_micro(clock_->now());
  const auto transitions = spec.find("leaseTransitions");
  const int before = transitions != spec.end() && transitions->is_number_integer() ? transitions->get<int>() : 0;
  if (text(spec, "holderIdentity") != holder) {
    spec["acquireTime"] = now;
    if (!holder.empty()) spec["leaseTransitions"] = before + 1;
  }
  spec["renewTime"] = now;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options_.duration).count();
  spec["leaseDurationSeconds"] = holder.empty() ? 1 : seconds;
  spec["holderIdentity"] = holder;
  if (holder.empty()) spec.erase("holderIdentity");
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

void Lease::hold(SteadyTime begun) {
  renewed_ = begun;
  write_until_ = (begun + options_.duration - options_.margin).time_since_epoch().count();
  if (standing_.exchange(Standing::Holding) == Standing::Holding) return;
  log::info("lease acquired", {{"lease", ref().text()}, {"identity", options_.identity}});
  if (count_held_) count_held_(true);
  if (options_.on_acquired) options_.on_acquired();
}

void Lease::lose(const std::string& why) {
  write_until_ = 0;
  standing_ = Standing::Lost;
  log::error("lease lost", {{"lease", ref().text()}, {"why", why}});
  if (count_held_) count_held_(false);
  if (options_.on_lost) options_.on_lost();
}

void Lease::release() {
  if (standing_ != Standing::Holding) return;
  write_until_ = 0;
  standing_ = Standing::Lost;
  if (count_held_) count_held_(false);
  // Overdue, it may be another's already; the resourceVersion in the document would refuse us, but why ask.
  if (clock_->steady() - renewed_ >= options_.duration) return;
  const auto released = client_.replace(ref(), written(seen_.document, ""), {});
  if (released) {
    log::info("lease released", {{"lease", ref().text()}});
  } else {
    log::warning("lease not released, the next instance waits for its end", {{"error", released.error().text()}});
  }
}

}  // namespace sallyport::kube
