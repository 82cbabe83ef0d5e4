// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "operator/store/watched.hpp"
#include "tests/operator/store/kubernetes_edge.hpp"

namespace sallyport::store {
namespace {

using nlohmann::json;
using testing::edge;
using testing::Edge;
using ::testing::IsEmpty;

TEST(WatchKind, DecodesIntoItsCacheAndForgets) {
  Cache<Object<Edge>> cache;
  const WatchedKind watched = watch_kind<Edge>(cache);

  const auto meta = watched.decode(edge("a", 5).dump());

  ASSERT_TRUE(meta.has_value()) << meta.error().text();
  EXPECT_EQ(meta->resource_version, "5");
  ASSERT_NE(cache.get("risk", "a"), nullptr);
  EXPECT_EQ(cache.get("risk", "a")->spec.host, "a.example.com");
  EXPECT_EQ(cache.get("risk", "a")->status.address, "192.0.2.1");
  watched.forget("risk", "a");
  EXPECT_EQ(cache.size(), 0U);
}

TEST(WatchKind, ReadsTheSpecOnceForEachGenerationOfEachLife) {
  Cache<Object<Edge>> cache;
  const WatchedKind watched = watch_kind<Edge>(cache);
  const auto decode = [&](const char* uid, int generation, const char* host, const char* address) {
    json object = edge("a", 5, uid);
    object["metadata"]["generation"] = generation;
    object["spec"]["host"] = host;
    object["status"]["address"] = address;
    ASSERT_TRUE(watched.decode(object.dump()).has_value());
  };

  decode("u1", 1, "one", "192.0.2.1");
  decode("u1", 1, "no server changes this without a new generation", "192.0.2.2");
  EXPECT_EQ(cache.get("risk", "a")->spec.host, "one");
  EXPECT_EQ(cache.get("risk", "a")->status.address, "192.0.2.2");

  decode("u1", 2, "two", "192.0.2.2");
  EXPECT_EQ(cache.get("risk", "a")->spec.host, "two");
  decode("u2", 2, "another", "192.0.2.2");
  EXPECT_EQ(cache.get("risk", "a")->spec.host, "another");
}

TEST(WatchKind, CachesAnObjectWithFaultsTogetherWithThem) {
  Cache<Object<Edge>> cache;
  json broken = edge("a", 5);
  broken["spec"] = {{"host", 7}};

  ASSERT_TRUE(watch_kind<Edge>(cache).decode(broken.dump()).has_value());

  ASSERT_EQ(cache.get("risk", "a")->errors.size(), 1U);
  EXPECT_EQ(cache.get("risk", "a")->errors[0].path, "spec.host");
}

TEST(WatchKind, CachesAnObjectWithoutASpec) {
  Cache<Object<Edge>> cache;
  json bare = edge("a", 5);
  bare.erase("spec");
  bare.erase("status");

  ASSERT_TRUE(watch_kind<Edge>(cache).decode(bare.dump()).has_value());

  EXPECT_EQ(cache.get("risk", "a")->errors.at(0).path, "spec.host");
}

TEST(WatchKind, IgnoresFieldsThatANewerVersionMayKnowUnlessToldOtherwise) {
  Cache<Object<Edge>> cache;
  json newer = edge("a", 5);
  newer["spec"]["future"] = true;

  ASSERT_TRUE(watch_kind<Edge>(cache).decode(newer.dump()).has_value());
  EXPECT_THAT(cache.get("risk", "a")->errors, IsEmpty());
  ASSERT_TRUE(watch_kind<Edge>(cache, schema::Unknown::Refuse).decode(newer.dump()).has_value());
  EXPECT_EQ(cache.get("risk", "a")->errors.size(), 1U);
}

TEST(WatchKind, RefusesWhatIsNoObjectAndKeepsTheCache) {
  Cache<Object<Edge>> cache;
  const WatchedKind watched = watch_kind<Edge>(cache);
  ASSERT_TRUE(watched.decode(edge("a", 5).dump()).has_value());

  for (const std::string& text :
       {std::string(), std::string("7"), std::string("{\"spec\":{}}"), std::string("{\"metadata\":{\"name\":\"a\""),
        "{\"metadata\":{\"name\":\"a\"},\"spec\":" + std::string(100, '[') + std::string(100, ']') + "}"}) {
    EXPECT_FALSE(watched.decode(text).has_value()) << text;
  }
  EXPECT_EQ(cache.get("risk", "a")->meta.resource_version, "5");
}

TEST(Document, DropsWhatNobodyKeepsWhileParsing) {
  json large = edge("a", 5);
  large["metadata"]["managedFields"] = {{{"manager", "kubectl"}, {"fieldsV1", {{"f:spec", json::object()}}}}};
  large["metadata"]["annotations"] = {{"kubectl.kubernetes.io/last-applied-configuration", "{}"}, {"keep", "me"}};

  const auto document = Document::parse(large.dump());

  ASSERT_TRUE(document.has_value());
  large["metadata"].erase("managedFields");
  large["metadata"]["annotations"].erase("kubectl.kubernetes.io/last-applied-configuration");
  EXPECT_EQ(document->root(), large);
}

}  // namespace
}  // namespace sallyport::store
