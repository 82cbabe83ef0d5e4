// SPDX-License-Identifier: Apache-2.0
#include "operator/store/kubernetes.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/store/watched.hpp"
#include "tests/operator/kube/kube_script.hpp"
#include "tests/operator/store/kubernetes_edge.hpp"

namespace sallyport::store {
namespace {

using kube::testing::Answer;
using kube::testing::answer;
using kube::testing::end_of_list;
using kube::testing::event;
using kube::testing::refusal;
using kube::testing::Script;
using nlohmann::json;
using ::testing::Contains;
using testing::edge;
using testing::Edge;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

const Key kKey{"Edge", "risk", "a"};

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

constexpr const char* kEdges = "/apis/test.sallyport.dev/v1alpha1/edges";

class KubernetesStoreTest : public ::testing::Test {
 protected:
  void open(std::deque<Answer> answers, std::vector<std::string> namespaces = {}) {
    script_ = std::make_unique<Script>(std::move(answers));
    kube::Transports transports;
    transports.unary = script_->client();
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

TEST_F(KubernetesStoreTest, FillsItsCachesAndReportsEachObject) {
  open({});
  start();
  EXPECT_FALSE(store_->synced());

  fill();

  EXPECT_THAT(changes_,
              UnorderedElementsAre("initial Edge risk/a", "initial Namespace risk", "initial Secret risk/tls"));
  EXPECT_EQ(cache_.get("risk", "a")->spec.host, "a.example.com");
  EXPECT_EQ(store_->namespaces().get("", "risk")->labels.at("ml-edge"), "true");
}

TEST_F(KubernetesStoreTest, WatchesSecretsAsMetadataAndKeepsOnlyOurLabels) {
  open({});
  start();
  fill();

  EXPECT_THAT(store_->secrets().get("risk", "tls")->meta.labels,
              ElementsAre(std::pair("sallyport.dev/usable-by", "Edge")));
}

TEST_F(KubernetesStoreTest, NamesWhatItStillWaitsFor) {
  open({});
  start();

  EXPECT_THAT(store_->waiting_for(), Contains("edges (all namespaces)"));
}

TEST_F(KubernetesStoreTest, WatchesOnlyTheNamespacesThatItWasGivenAndItsOwn) {
  open({}, {"risk"});
  start();

  const auto targets = watches_->targets(6);

  EXPECT_THAT(targets, Contains(HasSubstr("/namespaces/risk/edges?")));
  EXPECT_THAT(targets, Contains(HasSubstr("/namespaces/sallyport-system/edges?")));
  EXPECT_THAT(targets, Contains(HasSubstr("/namespaces/risk/secrets?")));
  EXPECT_THAT(targets, Contains(HasSubstr("/api/v1/namespaces?fieldSelector=metadata.name%3Drisk&")));
}

TEST_F(KubernetesStoreTest, WritesTheStatusWithTheVersionAsAPrecondition) {
  open({answer(200, edge("a", 11).dump())});
  watch_without_threads_moving();

  ASSERT_TRUE(store_->write_status(kKey, seen(), R"({"address":"192.0.2.7"})").has_value());

  EXPECT_THAT(sent(0).target, HasSubstr("/namespaces/risk/edges/a/status?fieldManager=sallyport-status&force=true"));
  const json body = json::parse(sent(0).body);
  EXPECT_EQ(body["metadata"], (json{{"name", "a"}, {"namespace", "risk"}, {"resourceVersion", "5"}}));
  EXPECT_EQ(body["status"]["address"], "192.0.2.7");
  EXPECT_EQ(body["apiVersion"], "test.sallyport.dev/v1alpha1");
}

TEST_F(KubernetesStoreTest, WritesTheStatusOnItsOwnLastVersion) {
  open({answer(200, edge("a", 11).dump()), answer(200, edge("a", 12).dump())});
  watch_without_threads_moving();

  ASSERT_TRUE(store_->set_finalizer(kKey, seen(), Store::Finalizer::Present).has_value());
  ASSERT_TRUE(store_->write_status(kKey, seen(), "{}").has_value());

  EXPECT_EQ(json::parse(sent(1).body)["metadata"]["resourceVersion"], "11");
}

TEST_F(KubernetesStoreTest, WritesTheStatusOfAnObjectThatOthersKeepChanging) {
  open({refusal(409, "Conflict"), answer(200, edge("a", 9).dump()), refusal(409, "Conflict"),
        answer(200, edge("a", 11).dump()), answer(200, edge("a", 12).dump())});
  watch_without_threads_moving();

  ASSERT_TRUE(store_->write_status(kKey, seen(), "{}").has_value());

  EXPECT_EQ(json::parse(sent(4).body)["metadata"]["resourceVersion"], "11");
}

TEST_F(KubernetesStoreTest, WritesNoStatusOntoAnotherLife) {
  open({refusal(409, "Conflict"), answer(200, edge("a", 9, "u2").dump())});
  watch_without_threads_moving();

  EXPECT_EQ(store_->write_status(kKey, seen(), "{}").error().code, Code::Conflict);
  EXPECT_EQ(script_->requests().size(), 2U);
}

TEST_F(KubernetesStoreTest, IsNotFreshUntilTheWatchShowsItsOwnWrite) {
  open({answer(200, edge("a", 11).dump())});
  start();
  fill();
  ASSERT_TRUE(store_->write_status(kKey, seen(), "{}").has_value());
  EXPECT_FALSE(store_->fresh(kKey));
  EXPECT_EQ(stale_, 1);

  watches_->push(kEdges, event("MODIFIED", edge("a", 11)));
  wait_for_changes(4);

  EXPECT_TRUE(store_->fresh(kKey));
}

TEST_F(KubernetesStoreTest, ReportsAKeyThatABookmarkMadeFresh) {
  open({answer(200, edge("a", 11).dump())});
  start();
  fill();
  ASSERT_TRUE(store_->write_status(kKey, seen(), "{}").has_value());
  EXPECT_FALSE(store_->fresh(kKey)) << "and so somebody waits for it";

  watches_->push(kEdges, kube::testing::bookmark(12));

  EXPECT_EQ(wait_for_changes(4).back(), "changed Edge risk/a");
  EXPECT_TRUE(store_->fresh(kKey));
}

TEST_F(KubernetesStoreTest, SendsNothingWithoutTheLease) {
  open({});
  watch_without_threads_moving();
  may_write_ = Error{Code::ShuttingDown, "lease lost", {}, {}};

  EXPECT_EQ(store_->write_status(kKey, seen(), "{}").error().code, Code::ShuttingDown);
  EXPECT_EQ(store_->set_finalizer(kKey, seen(), Store::Finalizer::Present).error().code, Code::ShuttingDown);
  EXPECT_EQ(store_->write_object(kKey, "{}").error().code, Code::ShuttingDown);
  EXPECT_EQ(store_->write_secret({.ns = "risk", .name = "x", .bytes = {}}).error().code, Code::ShuttingDown);
  EXPECT_EQ(store_->delete_secret("risk", "x", Uid("u")).error().code, Code::ShuttingDown);
}

TEST_F(KubernetesStoreTest, AddsTheFinalizerOnlyWhereItIsMissing) {
  open({answer(200, edge("a", 11).dump())});
  watch_without_threads_moving();

  ASSERT_TRUE(store_->set_finalizer(kKey, seen({"sallyport.dev/finalizer"}), Store::Finalizer::Present).has_value());
  ASSERT_TRUE(store_->set_finalizer(kKey, seen({"other"}), Store::Finalizer::Present).has_value());

  ASSERT_EQ(script_->requests().size(), 1U);
  EXPECT_EQ(json::parse(sent(0).body), json::parse(R"([
    {"op":"test","path":"/metadata/uid","value":"u1"},
    {"op":"test","path":"/metadata/finalizers","value":["other"]},
    {"op":"add","path":"/metadata/finalizers/-","value":"sallyport.dev/finalizer"}])"));
}

TEST_F(KubernetesStoreTest, LooksAgainWhenTheFinalizersChangedMeanwhile) {
  json now = edge("a", 12);
  now["metadata"]["finalizers"] = {"other", "sallyport.dev/finalizer"};
  open({refusal(422, "Invalid"), answer(200, now.dump()), answer(200, edge("a", 13).dump())});
  watch_without_threads_moving();

  ASSERT_TRUE(store_->set_finalizer(kKey, seen({"sallyport.dev/finalizer"}), Store::Finalizer::Absent).has_value());

  EXPECT_EQ(json::parse(sent(2).body)[2], (json{{"op", "remove"}, {"path", "/metadata/finalizers/1"}}));
}

TEST_F(KubernetesStoreTest, LeavesTheFinalizersOfAnotherLifeAlone) {
  open({refusal(422, "Invalid"), answer(200, edge("a", 12, "u2").dump())});
  watch_without_threads_moving();

  const auto added = store_->set_finalizer(kKey, seen(), Store::Finalizer::Present);

  ASSERT_FALSE(added.has_value());
  EXPECT_EQ(added.error().code, Code::Conflict);
  EXPECT_EQ(script_->requests().size(), 2U);
}

TEST_F(KubernetesStoreTest, TakesAFinalizerOfAnObjectThatIsGoneForRemoved) {
  open({refusal(404, "NotFound")});
  watch_without_threads_moving();

  EXPECT_TRUE(store_->set_finalizer(kKey, seen({"sallyport.dev/finalizer"}), Store::Finalizer::Absent).has_value());
}

TEST_F(KubernetesStoreTest, CreatesASecretOnlyIfThereIsNone) {
  open({refusal(409, "AlreadyExists")});
  watch_without_threads_moving();
  SecretWrite write{.ns = "risk", .name = "client", .bytes = {{"id", Secret("a\0b")}}};
  write.controller = seen();
  write.controller_kind = "Edge";

  EXPECT_EQ(store_->write_secret(write).error().code, Code::Conflict);

  EXPECT_EQ(sent(0).method, "POST");
  const json body = json::parse(sent(0).body);
  EXPECT_EQ(body["type"], "Opaque");
  EXPECT_EQ(body["metadata"]["labels"]["sallyport.dev/managed-by"], "sallyport");
  EXPECT_EQ(body["metadata"]["ownerReferences"][0]["uid"], "u1");
  EXPECT_EQ(body["metadata"]["ownerReferences"][0]["apiVersion"], "test.sallyport.dev/v1alpha1");
}

TEST_F(KubernetesStoreTest, ReplacesOnlyTheVersionOfASecretThatItRead) {
  const json secret{{"metadata", {{"name", "client"}, {"namespace", "risk"}, {"uid", "s1"}, {"resourceVersion", "8"}}},
                    {"data", {{"id", base64_encode("abc")}}}};
  open({answer(200, secret.dump()), answer(200, secret.dump()), refusal(404, "NotFound")});
  watch_without_threads_moving();

  const auto read = store_->read_secret("risk", "client");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->bytes.at("id").reveal(), "abc");
  const SecretWrite write{
      .ns = "risk", .name = "client", .bytes = read->bytes, .expected_resource_version = read->meta.resource_version};
  ASSERT_TRUE(store_->write_secret(write).has_value());

  EXPECT_EQ(sent(1).method, "PUT");
  EXPECT_EQ(json::parse(sent(1).body)["metadata"]["resourceVersion"], "8");
  EXPECT_EQ(store_->write_secret(write).error().code, Code::Conflict);
}

TEST_F(KubernetesStoreTest, GivesASecretAwayWithoutOwnerAndLabel) {
  const json secret{{"metadata", {{"name", "client"}, {"namespace", "risk"}, {"uid", "s1"}, {"resourceVersion", "9"}}}};
  open({answer(200, secret.dump())});
  watch_without_threads_moving();

  ASSERT_TRUE(store_
                  ->write_secret({.ns = "risk",
                                  .name = "client",
                                  .bytes = {{"id", Secret("abc")}},
                                  .labels = {{"team", "fraud"}},
                                  .given_away = true,
                                  .expected_resource_version = "8"})
                  .has_value());

  const json metadata = json::parse(sent(0).body)["metadata"];
  EXPECT_FALSE(metadata.contains("ownerReferences")) << "what it belonged to takes it along no more";
  EXPECT_EQ(metadata["labels"], json({{"team", "fraud"}}));
}

TEST_F(KubernetesStoreTest, MakesTheInstanceIdOnceAndKeepsTheOneThatWasFaster) {
  const json made{{"metadata", {{"name", "sallyport-instance"}}}, {"data", {{"id", "abcd1234"}}}};
  open({refusal(404, "NotFound"), refusal(409, "AlreadyExists"), answer(200, made.dump())});

  EXPECT_EQ(store_->instance_id().value().str(), "abcd1234");
  EXPECT_EQ(json::parse(sent(1).body)["data"]["id"].get<std::string>().size(), 8U);
}

TEST_F(KubernetesStoreTest, MakesNoInstanceIdWhenItCannotReadTheOldOne) {
  open({refusal(403, "Forbidden"), answer(200, R"({"metadata":{"name":"sallyport-instance"},"data":{}})")});

  EXPECT_EQ(store_->instance_id().error().code, Code::Refused);
  EXPECT_EQ(store_->instance_id().error().code, Code::Internal);
}

}  // namespace
}  // namespace sallyport::store
