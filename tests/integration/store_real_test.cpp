// SPDX-License-Identifier: Apache-2.0
// The store against a real API server: caches, status, finalizers, secrets.
#include <gmock/gmock.h>

#include "tests/integration/real_api_server.hpp"

namespace sallyport::store {
namespace {

using nlohmann::json;
using testing::Edge;
using testing::RealApiServer;

TEST_F(RealApiServer, ShowsWhatIsThereAndWhatComesAndGoes) {
  create("before");
  const auto store = filled();
  EXPECT_TRUE(watched_.wait_for("initial Edge before"));

  const auto head = create("during");
  EXPECT_TRUE(watched_.wait_for("changed Edge during"));
  ASSERT_NE(cache_.get(ns_, "during"), nullptr);
  EXPECT_EQ(cache_.get(ns_, "during")->spec.host, "during.example.com");
  ASSERT_TRUE(client_->remove(ref("during"), Uid(head.uid), {}).has_value());

  EXPECT_TRUE(watched_.wait_for("deleted Edge during"));
  EXPECT_EQ(cache_.get(ns_, "during"), nullptr);
  EXPECT_EQ(store->namespaces().get("", ns_)->labels.at("ml-edge"), "true");
}

TEST_F(RealApiServer, AcceptsAStatusAndShowsItBack) {
  create("a");
  const auto store = filled();
  const auto seen = cache_.get(ns_, "a")->meta;

  const auto written = store->write_status(key("a"), seen, R"({"address":"192.0.2.9"})");

  ASSERT_TRUE(written.has_value()) << written.error().text();
  EXPECT_TRUE(watched_.wait_for("changed Edge a"));
  while (!store->fresh(key("a"))) std::this_thread::yield();
  EXPECT_EQ(cache_.get(ns_, "a")->status.address, "192.0.2.9");
  EXPECT_EQ(get("a")["metadata"]["generation"], 1);
}

TEST_F(RealApiServer, LeavesTheVersionAloneWhenTheSameStatusIsApplied) {
  create("a");
  const auto store = filled();
  const auto seen = cache_.get(ns_, "a")->meta;
  ASSERT_TRUE(store->write_status(key("a"), seen, R"({"address":"192.0.2.9"})").has_value());
  const std::string version = get("a")["metadata"]["resourceVersion"];

  ASSERT_TRUE(store->write_status(key("a"), seen, R"({"address":"192.0.2.9"})").has_value());

  EXPECT_EQ(get("a")["metadata"]["resourceVersion"], version);
}

TEST_F(RealApiServer, RefusesTheStatusOfAnotherLifeOrOfNothing) {
  const auto first = create("a");
  const auto store = filled();
  const schema::Metadata seen = cache_.get(ns_, "a")->meta;
  ASSERT_TRUE(client_->remove(ref("a"), Uid(first.uid), {}).has_value());
  const auto gone = store->write_status(key("a"), seen, "{}");
  create("a");

  const auto other = store->write_status(key("a"), seen, R"({"address":"192.0.2.9"})");

  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().code, Code::NotFound);
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, Code::Conflict);
  EXPECT_FALSE(get("a").contains("status"));
}

TEST_F(RealApiServer, WritesTheStatusOfAnObjectThatOthersKeepChanging) {
  create("a");
  const auto store = filled();
  std::jthread other([&](std::stop_token stop) {
    for (int i = 0; !stop.stop_requested(); ++i) {
      const json patch{{"metadata", {{"labels", {{"n", std::to_string(i)}}}}}};
      (void)client_->merge_patch(ref("a"), patch.dump(), {});
    }
  });

  int written = 0;
  for (int i = 0; i < 20; ++i) {
    const schema::Metadata seen = cache_.get(ns_, "a")->meta;
    written += store->write_status(key("a"), seen, json{{"address", std::to_string(i)}}.dump()).has_value() ? 1 : 0;
  }

  EXPECT_GE(written, 10);
}

TEST_F(RealApiServer, WritesNoStatusOntoOneThatAnotherLeaderWrote) {
  create("a");
  const auto former = filled();
  const schema::Metadata seen = cache_.get(ns_, "a")->meta;
  const auto next = store({ns_});
  Cache<Object<Edge>> own_cache;
  ASSERT_TRUE(next->start({watch_kind<Edge>(own_cache)}, [](const Key&, Cause) {}, {}).has_value());
  while (!next->synced()) std::this_thread::yield();
  ASSERT_TRUE(next->write_status(key("a"), own_cache.get(ns_, "a")->meta, R"({"address":"192.0.2.8"})").has_value());

  const auto late = former->write_status(key("a"), seen, R"({"address":"192.0.2.9"})");

  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, Code::Conflict);
  EXPECT_EQ(get("a")["status"]["address"], "192.0.2.8");
}

TEST_F(RealApiServer, ReadsEverythingAgainWhenItIsToldTo) {
  create("a");
  const auto store = filled();

  store->refresh();
  while (!store->synced()) std::this_thread::yield();

  create("b");
  EXPECT_TRUE(watched_.wait_for("changed Edge b"));
}

TEST_F(RealApiServer, WritesAnObjectOfItsOwnOnlyOntoTheVersionThatItKnows) {
  std::stop_source stop;
  const auto blind = store({ns_});
  ASSERT_TRUE(blind->start({watch_kind<Edge>(cache_)}, journal(), stop.get_token()).has_value());
  while (!blind->synced()) std::this_thread::yield();
  stop.request_stop();
  ASSERT_TRUE(blind->write_object(key("ledger"), R"({"host":"one"})").has_value());
  ASSERT_TRUE(blind->write_object(key("ledger"), R"({"host":"two"})").has_value());
  ASSERT_TRUE(client_->merge_patch(ref("ledger"), R"({"spec":{"host":"theirs"}})", {}).has_value());

  const auto late = blind->write_object(key("ledger"), R"({"host":"three"})");

  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, Code::Conflict);
  EXPECT_EQ(get("ledger")["spec"]["host"], "theirs");
}

TEST_F(RealApiServer, KeepsAnObjectUntilItsFinalizerGoes) {
  const auto head = create("a");
  const auto store = filled();
  const auto seen = cache_.get(ns_, "a")->meta;
  const auto added = store->set_finalizer(key("a"), seen, Store::Finalizer::Present);
  ASSERT_TRUE(added.has_value()) << added.error().text();
  ASSERT_TRUE(store->set_finalizer(key("a"), seen, Store::Finalizer::Present).has_value());
  EXPECT_EQ(get("a")["metadata"]["finalizers"], json::array({"sallyport.dev/finalizer"}));

  ASSERT_TRUE(client_->remove(ref("a"), Uid(head.uid), {}).has_value());
  EXPECT_TRUE(get("a")["metadata"].contains("deletionTimestamp"));
  // `seen` is two versions old by now.
  const auto removed = store->set_finalizer(key("a"), seen, Store::Finalizer::Absent);
  ASSERT_TRUE(removed.has_value()) << removed.error().text();
  auto current = seen;
  current.finalizers = {"sallyport.dev/finalizer"};
  ASSERT_TRUE(store->set_finalizer(key("a"), current, Store::Finalizer::Absent).has_value());

  EXPECT_TRUE(watched_.wait_for("deleted Edge a"));
  EXPECT_TRUE(store->fresh(key("a")));
  EXPECT_TRUE(store->set_finalizer(key("a"), current, Store::Finalizer::Absent).has_value());
}

TEST_F(RealApiServer, LeavesTheFinalizersOfOthersInPlace) {
  create("a", {"example.com/theirs"});
  const auto store = filled();
  auto seen = cache_.get(ns_, "a")->meta;

  ASSERT_TRUE(store->set_finalizer(key("a"), seen, Store::Finalizer::Present).has_value());
  seen.finalizers = {"sallyport.dev/finalizer", "example.com/theirs"};  // not what is there: the order is another
  const auto removed = store->set_finalizer(key("a"), seen, Store::Finalizer::Absent);

  ASSERT_TRUE(removed.has_value()) << removed.error().text();
  EXPECT_EQ(get("a")["metadata"]["finalizers"], json::array({"example.com/theirs"}));
  const json patch = json::array({{{"op", "remove"}, {"path", "/metadata/finalizers"}}});
  ASSERT_TRUE(client_->json_patch(ref("a"), patch.dump(), "test", {}).has_value());
}

TEST_F(RealApiServer, AppliesAndDeletesObjectsOfOurOwn) {
  const auto store = filled();

  ASSERT_TRUE(store->write_object(key("ledger"), R"({"host":"one"})").has_value());
  ASSERT_TRUE(store->write_object(key("ledger"), R"({"host":"two"})").has_value());
  EXPECT_EQ(get("ledger")["spec"]["host"], "two");
  ASSERT_TRUE(store->delete_object(key("ledger")).has_value());

  EXPECT_TRUE(get("ledger").is_null());
  EXPECT_TRUE(store->delete_object(key("ledger")).has_value());
}

TEST_F(RealApiServer, GuardsSecretsByVersionAndUid) {
  const auto head = create("a");
  const auto store = filled();
  SecretWrite write{.ns = ns_,
                    .name = "client",
                    .bytes = {{"secret", Secret("s3cret")}},
                    .labels = {{"sallyport.dev/usable-by", "Edge"}}};
  write.controller = cache_.get(ns_, "a")->meta;
  write.controller_kind = "Edge";

  const auto created = store->write_secret(write);
  ASSERT_TRUE(created.has_value()) << created.error().text();
  EXPECT_EQ(store->write_secret(write).error().code, Code::Conflict);
  write.expected_resource_version = created->resource_version;
  write.bytes["secret"] = Secret("n3w");
  ASSERT_TRUE(store->write_secret(write).has_value());
  EXPECT_EQ(store->write_secret(write).error().code, Code::Conflict);
  EXPECT_EQ(store->read_secret(ns_, "client")->bytes.at("secret").reveal(), "n3w");

  EXPECT_TRUE(watched_.wait_for("changed Secret client"));
  EXPECT_EQ(store->secrets().get(ns_, "client")->meta.labels.at("sallyport.dev/usable-by"), "Edge");
  ASSERT_TRUE(store->delete_secret(ns_, "client", Uid("6f1c7f0e-0000-4000-8000-000000000000")).has_value());
  EXPECT_TRUE(store->read_secret(ns_, "client").has_value());
  ASSERT_TRUE(store->delete_secret(ns_, "client", created->uid).has_value());
  EXPECT_EQ(store->read_secret(ns_, "client").error().code, Code::NotFound);
}

TEST_F(RealApiServer, KeepsOneInstanceIdForAll) {
  const auto first = store()->instance_id();
  const auto second = store()->instance_id();

  ASSERT_TRUE(first.has_value()) << first.error().text();
  EXPECT_EQ(first->str(), second->str());
}

}  // namespace
}  // namespace sallyport::store
