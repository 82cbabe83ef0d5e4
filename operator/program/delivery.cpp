// SPDX-License-Identifier: Apache-2.0
#include "operator/program/delivery.hpp"

#include <utility>

#include "operator/base/log.hpp"
#include "operator/base/whole_file.hpp"
#include "operator/program/probe_listener.hpp"
#include "reconcilers/delivery/trust_secret.hpp"
#include "reconcilers/token/key_set.hpp"

namespace sallyport::program {
namespace {

constexpr std::chrono::seconds kBetweenLooks{2};
/// An agent that is silent for so long is looked after: its pod may be gone (edge/nginx/reports.hpp).
constexpr std::chrono::minutes kSilent{2};
constexpr std::chrono::seconds kBetweenPods{30};
constexpr std::size_t kMostWaiting = 64;
constexpr std::size_t kMostAnonymous = 16UL << 10U;  ///< a certificate request has 1 KB
constexpr int kMostConnections = 512;
constexpr const char* kKeys = "/keys.json";

Error misfit(const char* flag, const std::string& why) {
  return {Code::InvalidSpec, why, flag, {}};
}

Result<void> check(const Settings& settings, const kube::Pods* pods) {
  if (pods == nullptr) return misfit("--deliver-listen", "needs a cluster: agents are known by its service accounts");
  if (settings.publications.empty() || settings.publications.front() != '/')
    return misfit("--publications", "has to be an absolute path, with --deliver-listen");
  if (settings.deliver_names.empty())
    return misfit("--deliver-names", "has to say by which names agents call, with --deliver-listen");
  return {};
}

}  // namespace

Result<std::unique_ptr<Delivery>> Delivery::open(const Settings& settings, store::Store& store,
                                                 const shared::Caches& caches, kube::Pods* pods, const Clock& clock) {
  TRY(check(settings, pods));
  http::ListenerOptions options = TRY(listen_at(settings.deliver_listen, "--deliver-listen"));
  std::unique_ptr<Delivery> made(new Delivery(settings, store, caches, *pods, clock));
  options.identity = made->identity_;
  options.max_body_bytes = delivery::kMostOfReport;
  options.max_anonymous_body_bytes = kMostAnonymous;
  options.max_connections = kMostConnections;
  Delivery* const self = made.get();
  made->listener_ = TRY(http::listen_later(
      std::move(options), [self](const http::Incoming& request, const http::Listener::Respond& respond) {
        self->serve(request, respond);
      }));
  made->enrolling_ = std::jthread([self](std::stop_token stop) { self->enrol(std::move(stop)); });
  made->tending_ = std::jthread([self](std::stop_token stop) { self->tend(std::move(stop)); });
  log::info("handing out what is published", {{"port", made->port()}});
  return made;
}

Delivery::Delivery(const Settings& settings, store::Store& store, const shared::Caches& caches, kube::Pods& pods,
                   const Clock& clock)
    : settings_(settings),
      store_(store),
      caches_(caches),
      pods_(pods),
      clock_(clock),
      secret_(store, settings.deliver_authority, clock) {}

Delivery::~Delivery() {
  stop();
}

void Delivery::stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  for (std::jthread* thread : {&tending_, &enrolling_}) {
    thread->request_stop();
    if (thread->joinable()) thread->join();
  }
  for (const Waiting& one : std::exchange(waiting_, {})) one.respond(delivery::not_leading());
  listener_.reset();
}

void Delivery::lead(const InstanceId& instance) {
  auto service = std::make_shared<delivery::Service>(
      instance.str(),
      delivery::ServiceSurroundings{
          [this](const std::string& name) { return delivery::delivered(caches_, settings_.publications, name); },
          [this](const Secret& token) {
            return pods_.of_token(token, delivery::kAudience, enrolling_.get_stop_token());
          },
          [this] { return authorities(); }, clock_});
  const std::lock_guard lock(mutex_);
  instance_ = instance.str();
  service_ = std::move(service);
  woken_ = true;  // there may be no authority yet, and nobody else makes one
  changed_.notify_all();
}

std::shared_ptr<delivery::Service> Delivery::service() const {
  const std::lock_guard lock(mutex_);
  return ending_ ? nullptr : service_;
}

std::shared_ptr<const delivery::Authorities> Delivery::authorities() const {
  const std::lock_guard lock(mutex_);
  return authorities_;
}

std::vector<std::string> Delivery::notes(const std::string& gateway) const {
  const std::lock_guard lock(mutex_);
  const auto own = notes_.find(gateway);
  std::vector<std::string> all = own == notes_.end() ? std::vector<std::string>{} : own->second;
  all.insert(all.end(), common_notes_.begin(), common_notes_.end());
  return all;
}

void Delivery::serve(const http::Incoming& request, const http::Listener::Respond& respond) {
  const auto service = this->service();
  if (!service) return respond(delivery::not_leading());
  if (!delivery::Service::is_enrolment(request)) return respond(service->serve(request));
  {
    const std::lock_guard lock(mutex_);
    if (!ending_ && waiting_.size() < kMostWaiting) {
      waiting_.push_back({request, respond});
      changed_.notify_all();
      return;
    }
  }
  respond(delivery::not_leading());
}

/// One after the other: the API server is asked about one token at a time.
void Delivery::enrol(std::stop_token stop) {
  while (true) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    const auto service = service_;
    lock.unlock();
    const auto answer =
        guard(Code::Internal, "enrol", [&] { return Result<http::Outgoing>(service->serve(next.request)); });
    if (!answer) log::error("an enrolment ended in an exception", {{"error", answer.error().text()}});
    next.respond(answer ? *answer : http::Outgoing{.status = 500});
  }
}

void Delivery::tend(std::stop_token stop) {
  do {
    const Result<void> shown = tend_identity();
    const std::string trouble = shown ? std::string() : shown.error().text();
    if (!trouble.empty() && trouble != trouble_)
      log::warning("the authority of the agents' certificates", {{"error", trouble}});
    trouble_ = trouble;
    {
      const std::lock_guard lock(mutex_);
      common_notes_ = secret_.notes();
      if (!trouble.empty()) common_notes_.push_back("the authority of the agents' certificates: " + trouble);
    }
    tend_gateways();
    const SteadyTime now = clock_.steady();
    if (!service() || (pods_looked_at_ && now - *pods_looked_at_ < kBetweenPods)) continue;
    pods_looked_at_ = now;
    for (const auto& gateway : delivery::all_delivered(caches_, settings_.publications))
      drop_reports_of_gone_pods(gateway, stop);
  } while (rest(stop));
}

/// False when it is time to end.
bool Delivery::rest(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, kBetweenLooks, [this] { return woken_; });
  woken_ = false;
  return !stop.stop_requested();
}

Result<void> Delivery::tend_identity() {
  std::string instance;
  {
    const std::lock_guard lock(mutex_);
    instance = instance_;
  }
  const auto found = instance.empty() ? secret_.look() : secret_.tend(instance);
  if (!found && found.error().code == Code::NotFound && instance.empty()) return {};  // who leads will make it
  const auto authorities = TRY(found);
  const SystemTime now = clock_.now();
  if (authorities == shown_with_ && now < renew_at_) return {};
  const pki::Key key = TRY(pki::Key::make());
  const pki::Term term{now - delivery::kSkew, now + delivery::kLeafTerm};
  std::string certificate = TRY(authorities->current().issue_server(key, settings_.deliver_names, term));
  TRY(identity_->exchange({std::move(certificate), TRY(key.pem()), authorities->bundle()}));
  shown_with_ = authorities;
  renew_at_ = now + delivery::kLeafTerm / 2;
  const std::lock_guard lock(mutex_);
  authorities_ = authorities;
  return {};
}

void Delivery::tend_gateways() {
  const auto authorities = this->authorities();
  if (!service() || !authorities) return;
  std::map<std::string, std::vector<std::string>> notes;
  for (const auto& gateway : delivery::all_delivered(caches_, settings_.publications)) {
    const auto keys = read_whole_file(gateway.directory + kKeys, token::kMaxKeySetSize);
    if (!keys) continue;  // nothing is published yet
    auto told = delivery::lay_out_trust(store_, gateway, {authorities->bundle(), *keys});
    if (gateway.agents.empty()) told.emplace_back("nobody may fetch what is published: spec.nginx.agents names nobody");
    if (!told.empty()) notes.emplace(gateway.name, std::move(told));
  }
  const std::lock_guard lock(mutex_);
  notes_ = std::move(notes);
}

/// A pod that is gone serves nothing any more. One that only went silent may.
void Delivery::drop_reports_of_gone_pods(const delivery::DeliveredGateway& gateway, std::stop_token stop) {
  for (const std::string& agent : delivery::quiet_reports(gateway.directory, kSilent, clock_.now())) {
    const auto pod = delivery::pod_of_report(agent);
    if (!pod) continue;
    const Result<bool> there = pods_.exists(pod->ns, pod->pod, stop);
    if (!there) log::warning("nobody can tell whether an agent's pod is there", {{"error", there.error().text()}});
    if (!there || *there) continue;
    log::info("an agent's pod is gone, and with it its report", {{"gateway", gateway.name}, {"agent", agent}});
    if (const auto dropped = delivery::drop_report(gateway.directory, agent); !dropped)
      log::warning("a report stays", {{"error", dropped.error().text()}});
  }
}

}  // namespace sallyport::program
