// SPDX-License-Identifier: Apache-2.0
// The front of every simulator: strikes with faults, stretches time, and writes the journal before an answer leaves.
#include "e2e/simulators/faults.hpp"
#include "e2e/simulators/journal.hpp"
#include "e2e/simulators/json.hpp"
#include "e2e/simulators/latency.hpp"
#include "e2e/simulators/simulator.hpp"

namespace sallyport::simulators {

namespace {

constexpr std::string_view kControl = "/_sim/";
constexpr std::string_view kErrorPage =
    "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>503 Service "
    "Unavailable</title>\n</head>"
    "<body>\n<h1>Service Unavailable</h1>\n<p>The server is temporarily unable to service your\nrequest due to "
    "maintenance downtime or capacity\nproblems. Please try again later.</p>\n</body></html>\n";
/// A half-open connection is kept until every sensible client has given up.
constexpr auto kHalfOpen = std::chrono::minutes(10);

std::string_view name_of(FaultAction action) {
  switch (action) {
    case FaultAction::Status:
      return "status";
    case FaultAction::DropBefore:
      return "drop_before";
    case FaultAction::DropAfter:
      return "drop_after";
    case FaultAction::Html:
      return "html";
    case FaultAction::Delay:
      return "delay";
    case FaultAction::Truncate:
      return "truncate";
    case FaultAction::HalfOpen:
      return "half_open";
  }
  return "";
}

/// The answer of a fault that keeps the request from the system.
http::Outgoing instead(const FaultRule& fault) {
  http::Outgoing out;
  out.status = fault.status;
  out.headers = fault.headers;
  out.body = fault.body;
  out.delay = fault.delay;
  if (fault.action == FaultAction::Html) {
    out.content_type = "text/html";
    if (out.body.empty()) out.body = kErrorPage;
  }
  if (fault.action == FaultAction::DropBefore) out.drop_connection = true;
  if (fault.action == FaultAction::HalfOpen) {
    out.drop_connection = true;
    out.delay = kHalfOpen;
  }
  return out;
}

bool keeps_out(FaultAction action) {
  return action == FaultAction::Status || action == FaultAction::Html || action == FaultAction::DropBefore ||
         action == FaultAction::HalfOpen;
}

void spoil(const FaultRule& fault, http::Outgoing& out) {
  switch (fault.action) {
    case FaultAction::DropAfter:
      out.drop_connection = true;
      break;
    case FaultAction::Delay:
      out.delay += fault.delay;
      break;
    case FaultAction::Truncate:
      out.body.resize(out.body.size() / 2);
      break;
    default:
      break;
  }
}

class Front final : public Simulator {
 public:
  Front(Options options, std::unique_ptr<System> system, std::unique_ptr<Journal> journal,
        std::unique_ptr<Faults> faults)
      : options_(std::move(options)),
        system_(std::move(system)),
        journal_(std::move(journal)),
        faults_(std::move(faults)) {}

  using Simulator::serve;
  http::Outgoing serve(const http::Incoming& request, int unit) override {
    if (request.path().starts_with(kControl)) return control(request, unit);
    const auto fault = faults_->strike(request, unit);
    Answer answer;
    if (fault && keeps_out(fault->action)) {
      answer.out = instead(*fault);
    } else {
      answer = system_->answer(request, unit);
      if (options_.latency == Latency::Realistic) answer.out.delay += scaled(answer.takes, options_.time_scale);
    }
    if (fault && !keeps_out(fault->action)) spoil(*fault, answer.out);
    JournalEntry entry{.unit = unit, .method = request.method, .path = request.path(), .query = request.query()};
    entry.status = answer.out.drop_connection ? 0 : answer.out.status;
    entry.who = answer.who;
    entry.mutating = answer.mutating;
    entry.effect = answer.effect;
    if (fault) entry.fault = name_of(fault->action);
    journal_->write(entry);
    return std::move(answer.out);
  }

 private:
  http::Outgoing control(const http::Incoming& request, int unit) {
    const std::string path = request.path();
    if (path == "/_sim/health") return {.body = R"({"ready":true})"};
    if (path != "/_sim/faults") return system_->control(request, unit);
    if (request.method == "DELETE") {
      faults_->set({});
      return {.body = "{}"};
    }
    auto rules = read_faults(request.body);
    if (!rules) return {.status = 400, .body = Json{{"message", rules.error().text()}}.dump()};
    const std::size_t count = rules->size();
    faults_->set(std::move(*rules));
    return {.body = Json{{"rules", count}}.dump()};
  }

  Options options_;
  std::unique_ptr<System> system_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Faults> faults_;
};

}  // namespace

Result<std::unique_ptr<Simulator>> make_front(const Options& options, std::unique_ptr<System> system) {
  auto journal = TRY(Journal::open(options.journal_file, *options.clock));
  auto faults = TRY(Faults::load(options.faults_file));
  return std::unique_ptr<Simulator>(
      std::make_unique<Front>(options, std::move(system), std::move(journal), std::move(faults)));
}

}  // namespace sallyport::simulators
