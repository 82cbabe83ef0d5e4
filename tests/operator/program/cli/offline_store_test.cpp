// SPDX-License-Identifier: Apache-2.0
#include "operator/program/cli/offline_store.hpp"

#include <gtest/gtest.h>

#include "operator/program/cli/systems.hpp"
#include "tests/operator/program/cli/cli_testing.hpp"

namespace sallyport::program::cli {
namespace {

using testing::Folder;

schema::Metadata named(const std::string& ns, const std::string& name) {
  schema::Metadata meta;
  meta.ns = ns;
  meta.name = name;
  return meta;
}

TEST(OfflineStore, GivesBackWhatWasPutIntoIt) {
  OfflineStore store("own");
  store.put_secret(named("risk", "tls"), {{"tls.crt", Secret("x")}});
  store.put_namespace({"risk", {{"a", "b"}}, false});
  store.use_instance(InstanceId("abcd1234"));
  EXPECT_TRUE(store.synced());
  EXPECT_EQ(store.namespaces().get("", "risk")->labels.at("a"), "b");
  EXPECT_EQ(store.read_secret("risk", "tls")->bytes.at("tls.crt").reveal(), "x");
  EXPECT_EQ(store.read_secret("risk", "other").error().code, Code::NotFound);
  EXPECT_EQ(store.instance_id()->str(), "abcd1234");
}

TEST(OfflineStore, RefusesEveryWrite) {
  OfflineStore store("own");
  const Key key{"ProtectedEndpoint", "risk", "fraud"};
  EXPECT_EQ(store.write_status(key, {}, "{}").error().code, Code::Refused);
  EXPECT_EQ(store.set_finalizer(key, {}, store::Store::Finalizer::Present).error().code, Code::Refused);
  EXPECT_EQ(store.write_object(key, "{}").error().code, Code::Refused);
  EXPECT_EQ(store.delete_object(key).error().code, Code::Refused);
  EXPECT_EQ(store.write_secret({"own", "a", {}}).error().code, Code::Refused);
  EXPECT_EQ(store.delete_secret("own", "a", Uid("u")).error().code, Code::Refused);
  EXPECT_EQ(store.instance_id().error().code, Code::NotFound);
}

TEST(ReadManifests, KeepsTheFirstOfTwoDeclarationsAndSaysSo) {
  const Folder folder;
  folder.write("a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: risk, labels: {from: a}}\n");
  folder.write("b.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: risk, labels: {from: b}}\n");
  folder.write(".hidden.yaml", "nonsense: [");
  const auto material = read_manifests({.paths = {folder.path()}});
  ASSERT_TRUE(material.has_value());
  EXPECT_EQ((*material)->store->namespaces().get("", "risk")->labels.at("from"), "a");
  ASSERT_EQ((*material)->problems.size(), 1U);
  EXPECT_NE((*material)->problems.front().find("is declared in"), std::string::npos);
}

TEST(ReadManifests, GivesAnObjectTheSameUidEachTime) {
  const ManifestSource source{.paths = {testing::quickstart()}};
  const auto once = read_manifests(source);
  const auto again = read_manifests(source);
  ASSERT_TRUE(once && again);
  const auto uid = [](const Material& m) { return m.caches.endpoints.get("risk", "fraud-scoring")->meta.uid; };
  EXPECT_EQ(uid(**once), uid(**again));
  EXPECT_FALSE(uid(**once).empty());
}

TEST(ReadManifests, AssumesOnlyWhatNoManifestDeclares) {
  const auto strict = read_manifests({.paths = {testing::quickstart()}});
  ASSERT_TRUE(strict.has_value());
  EXPECT_TRUE((*strict)->assumed.empty());
  EXPECT_EQ((*strict)->store->secrets().get("risk", "fraud-tls"), nullptr);
  const auto lenient = read_manifests({.paths = {testing::quickstart()}, .undeclared = Undeclared::Assumed});
  ASSERT_TRUE(lenient.has_value());
  EXPECT_EQ((*lenient)->assumed.size(), 4U);  // three credentials and the certificate
  EXPECT_NE((*lenient)->store->secrets().get("risk", "fraud-tls"), nullptr);
}

}  // namespace
}  // namespace sallyport::program::cli
