// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/service.hpp"

#include <sys/stat.h>

#include <optional>
#include <thread>

#include "operator/base/log.hpp"
#include "operator/base/whole_file.hpp"
#include "reconcilers/authorizer/authorizer.hpp"
#include "reconcilers/publication/follower.hpp"

namespace sallyport::authorizer {
namespace {

constexpr std::chrono::seconds kKeysDeadline{5};
constexpr std::chrono::milliseconds kKeysLook{500};

/// What tells one file from the one that took its place, without reading it.
struct Stamp {
  ino_t inode = 0;
  off_t size = 0;
  timespec changed{};
  friend bool operator==(const Stamp& a, const Stamp& b) {
    return a.inode == b.inode && a.size == b.size && a.changed.tv_sec == b.changed.tv_sec &&
           a.changed.tv_nsec == b.changed.tv_nsec;
  }
};

Stamp stamp_of(const std::string& path) {
  struct stat there {};
  if (::stat(path.c_str(), &there) != 0) return {};
  return {there.st_ino, there.st_size, there.st_mtim};
}

std::string_view to_string(KeyChange::What what) {
  switch (what) {
    case KeyChange::What::Added:
      return "added";
    case KeyChange::What::Removed:
      return "removed";
    case KeyChange::What::Replaced:
      return "replaced under its id";
    case KeyChange::What::SetAside:
      return "can no longer be used";
    case KeyChange::What::Compromised:
      return "its private part was published";
  }
  return {};
}

bool is_alarming(KeyChange::What what) {
  return what == KeyChange::What::Replaced || what == KeyChange::What::Compromised;
}

class RunningService final : public Service {
 public:
  RunningService(ServiceOptions options, ServiceSurroundings around)
      : options_(std::move(options)),
        around_(std::move(around)),
        objects_(options_.installed + "/" + publication::kObjectsFolder),
        issuers_([this](const publication::Issuer& issuer) { return fetch_of(issuer); }, around_.clock),
        upstream_(around_.connect, objects_, around_.clock),
        authorizer_(
            {.issuers = issuers_, .upstream = upstream_, .clock = around_.clock, .on_decision = around_.on_decision}) {}

  ~RunningService() override { authorizer_.stop(); }  // its last answers go through the listener
  RunningService(const RunningService&) = delete;
  RunningService& operator=(const RunningService&) = delete;

  Result<void> open() {
    follower_ = TRY(publication::Follower::open(options_.state, options_.trusted_keys));
    if (const auto& last = follower_->last()) {
      authorizer_.follow(std::make_shared<const Snapshot>(TRY(make_snapshot(last->manifest, objects_, nullptr))));
    }
    look();
    http::ListenerOptions listener;
    listener.unix_socket = options_.socket;
    listener.threads = options_.threads;
    listener.max_connections = 4096;
    listener.max_header_bytes = 64UL << 10U;
    listener.idle_timeout = std::chrono::minutes(10);
    listener_ =
        TRY(http::listen_later(listener, [this](const http::Incoming& request, const http::Listener::Respond& respond) {
          serve(request, respond);
        }));
    looking_ = std::jthread([this](const std::stop_token& stop) {
      while (around_.clock.sleep(options_.look, stop)) look();
    });
    refreshing_ = std::jthread([this](const std::stop_token& stop) {
      do refresh_keys(stop);
      while (around_.clock.sleep(kKeysLook, stop));
    });
    return {};
  }

  Result<void> ready() const override {
    const auto snapshot = authorizer_.snapshot();
    if (snapshot == nullptr) return Error{Code::Unavailable, "nothing is installed", options_.installed, {}};
    if (around_.clock.now() >= snapshot->use_until) {
      return Error{Code::Unavailable,
                   "what is installed was to be used until " + to_rfc3339(snapshot->use_until),
                   options_.installed,
                   {}};
    }
    return {};
  }

 private:
  void serve(const http::Incoming& request, const http::Listener::Respond& respond) {
    std::optional<Ask> ask = read_ask(request);
    if (!ask) return respond(http::Outgoing{.status = 404, .content_type = ""});
    authorizer_.ask(*std::move(ask), [respond](const Decision& decision, const std::shared_ptr<const Policy>& policy) {
      respond(to_answer(decision, policy.get()));
    });
  }

  /// Follows the manifest when another one is installed, and looks again for what it lacks. One that is not to be
  /// believed leaves the former in force, which ends by its own age.
  void look() {
    const std::string path = options_.installed + "/" + publication::kManifestFile;
    const Stamp stamp = stamp_of(path);
    const auto before = authorizer_.snapshot();
    const bool lacks = before != nullptr && !before->missing.empty();
    if (stamp == seen_ && !lacks) return;
    const Result<void> followed = follow(path, before.get());
    // What could not be read may be read the next time; what is not believed stays so.
    if (followed || followed.error().code != Code::Unavailable) seen_ = stamp;
    const std::string trouble = followed ? std::string{} : followed.error().text();
    if (trouble == trouble_) return;
    trouble_ = trouble;
    if (!trouble.empty()) log::error("what is installed is not followed", {{"path", path}, {"error", trouble}});
  }

  Result<void> follow(const std::string& path, const Snapshot* before) {
    const std::string sealed = TRY(read_whole_file(path, publication::kMaxSealedSize));
    publication::Following following = TRY(follower_->examine(sealed));
    Snapshot snapshot = TRY(make_snapshot(following.manifest, objects_, before));
    if (before != nullptr && snapshot.serial == before->serial && snapshot.missing == before->missing) return {};
    for (const std::string& note : following.notes) log::warning("an endpoint's generation", {{"note", note}});
    for (const std::string& why : snapshot.missing) log::warning("an endpoint has no policy", {{"why", why}});
    TRY(follower_->accept(sealed, std::move(following)));
    log::info("follows what is installed", {{"serial", snapshot.serial},
                                            {"endpoints", snapshot.policies.size()},
                                            {"use_until", to_rfc3339(snapshot.use_until)}});
    authorizer_.follow(std::make_shared<const Snapshot>(std::move(snapshot)));
    return {};
  }

  KeyCache::Fetch fetch_of(const publication::Issuer& issuer) {
    const Result<http::Url> url = http::parse_url(issuer.jwks_uri);
    const std::string trust = issuer.trust;
    return [this, url, trust, client = std::shared_ptr<http::Client>()]() mutable -> Result<std::string> {
      if (!url) return url.error();
      if (client == nullptr) {
        const std::string pem = trust.empty() ? std::string{} : TRY(objects_.read(trust)).reveal();
        client = TRY(around_.connect(url->origin(), pem));
      }
      http::Request request;
      request.target = url->target;
      request.headers = {{"Accept", "application/jwk-set+json, application/json"}};
      http::Response answer = TRY(client->send(request, kKeysDeadline, {}));
      if (!answer.ok()) {
        return Error{Code::Unavailable,
                     "GET " + url->without_query() + " answered " + std::to_string(answer.status),
                     "jwks",
                     {}};
      }
      return std::move(answer.body);
    };
  }

  void refresh_keys(const std::stop_token& stop) {
    for (const Issuers::Due& due : issuers_.due()) {
      if (stop.stop_requested()) return;
      due.keys->refresh();
    }
    for (const Issuers::Due& each : issuers_.all()) {
      for (const KeyChange& change : each.keys->take_changes()) {
        log::write(is_alarming(change.what) ? log::Level::Error : log::Level::Info, "an issuer's key",
                   {{"issuer", each.issuer.issuer},
                    {"key", change.id},
                    {"change", to_string(change.what)},
                    {"why", change.why}});
      }
    }
  }

  const ServiceOptions options_;
  const ServiceSurroundings around_;
  const publication::Objects objects_;
  std::optional<publication::Follower> follower_;  // of the looking thread, as what follows
  Stamp seen_;
  std::string trouble_;
  Issuers issuers_;
  UpstreamTokens upstream_;
  Authorizer authorizer_;
  std::unique_ptr<http::Listener> listener_;
  std::jthread looking_, refreshing_;
};

}  // namespace

Result<std::unique_ptr<Service>> start(ServiceOptions options, ServiceSurroundings around) {
  auto service = std::make_unique<RunningService>(std::move(options), std::move(around));
  TRY(service->open());
  return std::unique_ptr<Service>(std::move(service));
}

}  // namespace sallyport::authorizer
