// SPDX-License-Identifier: Apache-2.0
// A store over an API server that follows a script, with watches that stay open.
#pragma once

#include <gmock/gmock.h>

#include <condition_variable>
#include <nlohmann/json.hpp>

#include "operator/store/kubernetes.hpp"
#include "operator/store/watched.hpp"
#include "tests/operator/kube/kube_script.hpp"
#include "tests/operator/store/kubernetes_edge.hpp"

namespace sallyport::store::testing {

using kube::testing::Answer;
using kube::testing::answer;
using kube::testing::end_of_list;
using kube::testing::event;
using kube::testing::refusal;
using kube::testing::Script;
using nlohmann::json;

inline const Key kKey{"Edge", "risk", "a"};

/// Watches that deliver what a test pushes, and stay open until they are stopped.
class OpenWatches final : public http::Client {
 public:
  Result<http::Response> send(const http::Request&, std::chrono::milliseconds, std::stop_token) override {
    return kube::testing::no_answer();
  }
  Result<http::Response> stream(const http::Request& request, std::chrono::milliseconds, std::stop_token stop,
                                const OnLine& on_line) override {
    const std::string path = request.target.substr(0, request.target.find('?'));
    std::unique_lock lock(mutex_);
    targets_.push_back(request.target);
    wake_.notify_all();
    std::size_t delivered = 0;
    while (wake_.wait(lock, stop, [&] { return lines_[path].size() > delivered; })) {
      const std::string lines = lines_[path].substr(delivered);
      delivered += lines.size();
      lock.unlock();
      for (std::size_t at = 0, end = 0; (end = lines.find('\n', at)) != std::string::npos; at = end + 1) {
        TRY(on_line(std::string_view(lines).substr(at, end - at)));
      }
      lock.lock();
    }
    return Error{Code::ShuttingDown, "stopped", {}, {}};
  }
  void push(const std::string& path, const std::string& lines) {
    const std::lock_guard lock(mutex_);
    lines_[path] += lines;
    wake_.notify_all();
  }
  /// What was asked for, as soon as `count` watches are open.
  std::vector<std::string> targets(std::size_t count) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return targets_.size() >= count; });
    return targets_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::map<std::string, std::string> lines_;
  std::vector<std::string> targets_;
};

/// An API server that takes requests and never answers.
class Silence final : public http::Client {
 public:
  explicit Silence(std::function<void()> asked) : asked_(std::move(asked)) {}
  Result<http::Response> send(const http::Request&, std::chrono::milliseconds, std::stop_token stop) override {
    asked_();
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    wake.wait(lock, stop, [] { return false; });
    return Error{Code::ShuttingDown, "stopped", {}, {}};
  }
  Result<http::Response> stream(const http::Request& request, std::chrono::milliseconds idle, std::stop_token stop,
                                const OnLine&) override {
    return send(request, idle, std::move(stop));
  }

 private:
  std::function<void()> asked_;
};

inline constexpr const char* kEdges = "/apis/test.sallyport.dev/v1alpha1/edges";

class KubernetesStoreTest : public ::testing::Test {
 protected:
  void open(std::deque<Answer> answers, std::vector<std::string> namespaces = {}) {
    script_ = std::make_unique<Script>(std::move(answers));
    open_on(script_->client(), std::move(namespaces));
  }
  void open_on(std::unique_ptr<http::Client> unary, std::vector<std::string> namespaces = {}) {
    kube::Transports transports;
    transports.unary = std::move(unary);
    auto watches = std::make_unique<OpenWatches>();
    watches_ = watches.get();
    transports.watch = std::move(watches);
    transports.events =
        std::make_unique<sallyport::testing::FakeHttp>([](const http::Request&) { return answer(201, "{}"); });
    KubernetesOptions options;
    options.operator_namespace = "sallyport-system";
    options.namespaces = std::move(namespaces);
    options.clock = &clock_;
    options.random = &random_;
    options.may_write = [this] { return may_write_; };
    options.hooks.stale_sync_skip = [this](std::string_view) { ++stale_; };
    store_ = std::make_unique<KubernetesStore>(std::move(transports),
                                               std::make_shared<kube::Credentials>(kube::Config{}, clock_), options);
  }
  void start() {
    const auto on_change = [this](const Key& key, Cause cause) {
      const std::lock_guard lock(mutex_);
      const char* word = cause == Cause::Deleted ? "deleted " : cause == Cause::Initial ? "initial " : "changed ";
      changes_.push_back(word + key.text());
      wake_.notify_all();
    };
    ASSERT_TRUE(store_->start({watch_kind<Edge>(cache_)}, on_change, {}).has_value());
  }
  /// Fills everything: one edge, one namespace, one secret.
  void fill() {
    watches_->push(kEdges, event("ADDED", edge("a", 5)) + end_of_list(10));
    watches_->push(
        "/api/v1/namespaces",
        event("ADDED",
              {{"metadata",
                {{"name", "risk"}, {"uid", "n1"}, {"resourceVersion", "2"}, {"labels", {{"ml-edge", "true"}}}}}}) +
            end_of_list(10));
    watches_->push("/api/v1/secrets",
                   event("ADDED", {{"metadata",
                                    {{"name", "tls"},
                                     {"namespace", "risk"},
                                     {"uid", "s1"},
                                     {"resourceVersion", "3"},
                                     {"labels", {{"sallyport.dev/usable-by", "Edge"}, {"app", "x"}}}}}}) +
                       end_of_list(10));
    wait_for_changes(3);
  }
  std::vector<std::string> wait_for_changes(std::size_t count) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return changes_.size() >= count; });
    return changes_;
  }
  void watch_without_threads_moving() {
    start();
    (void)watches_->targets(3);
  }
  static schema::Metadata seen(std::vector<std::string> finalizers = {}) {
    schema::Metadata meta;
    meta.name = "a";
    meta.ns = "risk";
    meta.uid = Uid("u1");
    meta.resource_version = "5";
    meta.finalizers = std::move(finalizers);
    return meta;
  }
  [[nodiscard]] http::Request sent(std::size_t index) const { return script_->requests().at(index); }

  sallyport::testing::FakeClock clock_;
  sallyport::testing::FakeRandom random_;
  Result<void> may_write_;
  int stale_ = 0;
  Cache<Object<Edge>> cache_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::string> changes_;
  std::unique_ptr<Script> script_;
  OpenWatches* watches_ = nullptr;
  std::unique_ptr<KubernetesStore> store_;
};

}  // namespace sallyport::store::testing
