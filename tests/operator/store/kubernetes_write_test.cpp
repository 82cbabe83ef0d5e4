// SPDX-License-Identifier: Apache-2.0
#include "tests/operator/store/kubernetes_script.hpp"

namespace sallyport::store {
namespace {

using kube::testing::answer;
using kube::testing::event;
using kube::testing::refusal;
using nlohmann::json;
using testing::edge;
using ::testing::HasSubstr;
using testing::kEdges;
using testing::kKey;
using testing::KubernetesStoreTest;

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
  start();
  fill();

  ASSERT_TRUE(store_->write_status(kKey, seen(), "{}").has_value());

  EXPECT_EQ(json::parse(sent(4).body)["metadata"]["resourceVersion"], "11");
}

TEST_F(KubernetesStoreTest, WritesNoStatusOntoOneThatAnotherWrote) {
  json theirs = edge("a", 9);
  theirs["status"]["address"] = "198.51.100.1";
  open({refusal(409, "Conflict"), answer(200, theirs.dump())});
  start();
  fill();

  EXPECT_EQ(store_->write_status(kKey, seen(), "{}").error().code, Code::Conflict);
  EXPECT_EQ(script_->requests().size(), 2U);
}

TEST_F(KubernetesStoreTest, WritesNoStatusWhenTheCacheHasMovedOnSinceItWasComputed) {
  open({refusal(409, "Conflict"), answer(200, edge("a", 7).dump())});
  start();
  fill();
  watches_->push(kEdges, event("MODIFIED", edge("a", 7)));
  wait_for_changes(4);

  EXPECT_EQ(store_->write_status(kKey, seen(), "{}").error().code, Code::Conflict);
}

TEST_F(KubernetesStoreTest, WritesTheStatusOntoItsOwnLastOneThatTheCacheDoesNotShowYet) {
  json ours = edge("a", 13);
  ours["status"]["address"] = "192.0.2.7";
  open({answer(200, edge("a", 11).dump()), refusal(409, "Conflict"), answer(200, ours.dump()),
        answer(200, edge("a", 14).dump())});
  start();
  fill();
  ASSERT_TRUE(store_->write_status(kKey, seen(), R"({"address":"192.0.2.7"})").has_value());

  ASSERT_TRUE(store_->write_status(kKey, seen(), "{}").has_value());

  EXPECT_EQ(json::parse(sent(3).body)["metadata"]["resourceVersion"], "13");
}

TEST_F(KubernetesStoreTest, TakesAStatusWhoseAnswerWasLostForWritten) {
  json ours = edge("a", 9);
  ours["status"]["address"] = "192.0.2.7";
  open({refusal(409, "Conflict"), answer(200, ours.dump())});
  start();
  fill();

  EXPECT_TRUE(store_->write_status(kKey, seen(), R"({"address":"192.0.2.7"})").has_value());
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

TEST_F(KubernetesStoreTest, EndsAWriteThatGetsNoAnswerWhenWritesAreStopped) {
  open_on(std::make_unique<testing::Silence>([this] { store_->stop_writes(); }));
  watch_without_threads_moving();

  EXPECT_EQ(store_->write_status(kKey, seen(), "{}").error().code, Code::ShuttingDown);
}

TEST_F(KubernetesStoreTest, WritesAnObjectOfItsOwnOntoTheVersionThatItKnows) {
  open({answer(200, edge("a", 11).dump()), refusal(409, "Conflict"), answer(201, edge("new", 12).dump()),
        answer(200, edge("new", 13).dump())});
  start();
  fill();
  const auto version = [&](std::size_t index) {
    return json::parse(sent(index).body)["metadata"].value("resourceVersion", "");
  };

  ASSERT_TRUE(store_->write_object(kKey, "{}").has_value());
  EXPECT_EQ(store_->write_object(kKey, "{}").error().code, Code::Conflict) << "somebody else has changed it";
  ASSERT_TRUE(store_->write_object({"Edge", "risk", "new"}, "{}").has_value());
  ASSERT_TRUE(store_->write_object({"Edge", "risk", "new"}, "{}").has_value());

  EXPECT_EQ(version(0), "5") << "the cache's";
  EXPECT_EQ(version(1), "11") << "its own";
  EXPECT_EQ(version(2), "");
  EXPECT_EQ(version(3), "12");
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

}  // namespace
}  // namespace sallyport::store
