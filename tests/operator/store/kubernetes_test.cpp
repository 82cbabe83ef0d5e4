// SPDX-License-Identifier: Apache-2.0
#include "operator/store/kubernetes.hpp"

#include "operator/base/digest.hpp"
#include "tests/operator/store/kubernetes_script.hpp"

namespace sallyport::store {
namespace {

using kube::testing::answer;
using kube::testing::refusal;
using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kKey;
using testing::KubernetesStoreTest;
using ::testing::UnorderedElementsAre;

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

TEST_F(KubernetesStoreTest, ReadsEverythingAgainWhenItIsToldToThoughItsWatchesAreOpen) {
  open({});
  start();
  fill();

  store_->refresh();

  const auto targets = watches_->targets(6);
  EXPECT_EQ(std::count_if(targets.begin(), targets.end(),
                          [](const auto& target) { return target.find("sendInitialEvents") != std::string::npos; }),
            6);
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
