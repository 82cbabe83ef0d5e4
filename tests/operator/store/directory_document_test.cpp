// SPDX-License-Identifier: Apache-2.0
#include "operator/store/directory_document.hpp"

#include <nlohmann/json.hpp>

#include "tests/operator/store/directory_edge.hpp"

namespace sallyport::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

Declarable declarable() {
  return {.kinds = {{"Gate", schema::Kind<testing::Gate>::name}, {"Site", schema::Kind<testing::Site>::name}},
          .internal = {"Site"}};
}

Contents read(std::string_view text) {
  Declarable all = declarable();
  all.internal.clear();
  return read_contents(text, all);
}

std::string refusal(const std::string& text) {
  const Contents contents = read(text);
  EXPECT_THAT(contents.manifests, IsEmpty()) << text;
  return contents.refused.empty() ? "" : contents.refused.front();
}

TEST(ReadContents, TakesSeveralDocumentsAndJson) {
  EXPECT_EQ(read(testing::gate("a") + testing::gate("b")).manifests.size(), 2U);

  const Contents json = read(R"({"apiVersion":"test.dev/v1","kind":"Site",
	"metadata":{"name":"s"},"spec":{"host":"h"}})");
  ASSERT_EQ(json.manifests.size(), 1U);
  EXPECT_EQ(json.manifests[0].key, (Key{"Site", "", "s"}));
  EXPECT_EQ(json.manifests[0].spec, R"({"host":"h"})");
}

TEST(ReadContents, TakesAListAsItsItems) {
  const Contents contents = read(
      "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Namespace, metadata: {name: a}}\n"
      "- {apiVersion: v1, kind: Namespace, metadata: {name: b}}\n");

  EXPECT_EQ(contents.manifests.size(), 2U);
  EXPECT_THAT(contents.refused, IsEmpty());
  EXPECT_THAT(refusal("apiVersion: v1\nkind: List\nitems: 7\n"), HasSubstr("must be a list"));
}

TEST(ReadContents, TakesWindowsLineEndsAndAByteOrderMark) {
  const Contents contents = read(
      "\xEF\xBB\xBF"
      "apiVersion: test.dev/v1\r\nkind: Gate\r\nmetadata:\r\n  name: a\r\nspec:\r\n  host: h\r\n---\r\n"
      "apiVersion: test.dev/v1\r\nkind: Gate\r\nmetadata:\r\n  name: b\r\n");

  ASSERT_EQ(contents.manifests.size(), 2U) << (contents.refused.empty() ? "" : contents.refused.front());
  EXPECT_EQ(contents.manifests[0].spec, R"({"host":"h"})");
  EXPECT_EQ(contents.manifests[1].key.name, "b");
}

TEST(ReadContents, PutsNamespacedObjectsIntoDefault) {
  const Contents contents = read("apiVersion: test.dev/v1\nkind: Gate\nmetadata: {name: a}\n");

  EXPECT_EQ(contents.manifests.at(0).key, (Key{"Gate", "default", "a"}));
  EXPECT_THAT(refusal("apiVersion: test.dev/v1\nkind: Site\nmetadata: {name: a, namespace: b}\n"),
              HasSubstr("metadata.namespace"));
}

TEST(ReadContents, IgnoresOtherPeoplesKinds) {
  const Contents contents = read("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: b}\n");

  EXPECT_THAT(contents.ignored, ElementsAre("Deployment b/a"));
  EXPECT_THAT(contents.refused, IsEmpty());
  EXPECT_FALSE(contents.unusable);
}

TEST(ReadContents, RefusesWhatCannotBeMeant) {
  EXPECT_THAT(refusal("apiVersion: test.dev/v2\nkind: Gate\nmetadata: {name: a}\n"),
              HasSubstr("apiVersion must be test.dev/v1, not test.dev/v2"));
  EXPECT_THAT(refusal("apiVersion: v2\nkind: Secret\nmetadata: {name: a}\n"), HasSubstr("apiVersion must be v1"));
  EXPECT_THAT(refusal("apiVersion: sallyport.dev/v1alpha1\nkind: Gait\nmetadata: {name: a}\n"),
              HasSubstr("there is no such kind"));
  EXPECT_THAT(refusal("apiVersion: test.dev/v1\nkind: Gat"), HasSubstr("there is no such kind"));
  EXPECT_THAT(refusal("apiVersion: v1\nkind: Names"), HasSubstr("metadata.name: is required"));
  EXPECT_THAT(refusal("kind: Gate\n"), HasSubstr("without apiVersion and kind"));
  EXPECT_THAT(refusal("- 1\n"), HasSubstr("no object"));
  EXPECT_THAT(refusal("apiVersion: test.dev/v1\nkind: Gate\nmetadata: {}\n"), HasSubstr("metadata.name"));
  EXPECT_THAT(refusal("apiVersion: test.dev/v1\nkind: Gate\nmetadata: {name: a, labels: {x: true}}\n"),
              HasSubstr("metadata.labels[x]"));
}

TEST(ReadContents, RefusesNamesThatLeadElsewhere) {
  for (const std::string name : {"../../x", "A", "a/b", "-a", "a..b", "", "a_b"}) {
    EXPECT_THAT(refusal("apiVersion: test.dev/v1\nkind: Gate\nmetadata: {name: '" + name + "'}\n"),
                HasSubstr("metadata.name"))
        << name;
    EXPECT_FALSE(is_object_name(name)) << name;
  }
  EXPECT_THAT(refusal("apiVersion: test.dev/v1\nkind: Gate\nmetadata: {name: a, namespace: ../x}\n"),
              HasSubstr("metadata.namespace"));
  EXPECT_TRUE(is_object_name("a.b-1.c"));
  EXPECT_FALSE(is_namespace_name("a.b"));
}

TEST(ReadContents, RefusesKindsOfTheOperatorsOwn) {
  const Contents contents = read_contents("apiVersion: test.dev/v1\nkind: Site\nmetadata: {name: a}\n", declarable());

  EXPECT_THAT(contents.manifests, IsEmpty());
  EXPECT_THAT(contents.refused.at(0), HasSubstr("the operator keeps objects of this kind itself"));
}

TEST(ReadContents, LeavesToTheServerWhatIsTheServers) {
  const Contents contents = read(
      "apiVersion: test.dev/v1\nkind: Gate\nmetadata: {name: a, uid: forged, generation: 7, finalizers: [x],"
      " deletionTimestamp: '2020-01-01T00:00:00Z'}\nstatus: {address: forged}\n");

  ASSERT_EQ(contents.manifests.size(), 1U);
  EXPECT_THAT(contents.manifests[0].faults, IsEmpty());
}

TEST(ReadContents, ReadsSecretsAsAnApiServerDoes) {
  const Contents contents = read(
      "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: kubernetes.io/tls\n"
      "data:\n  tls.key: |\n    a2\n    V5\n  a: eA==\nstringData: {a: z}\n");

  ASSERT_EQ(contents.manifests.size(), 1U) << contents.refused.at(0);
  EXPECT_EQ(contents.manifests[0].key, (Key{"Secret", "default", "s"}));
  EXPECT_EQ(contents.manifests[0].bytes.at("a").reveal(), "z");
  EXPECT_EQ(contents.manifests[0].bytes.at("tls.key").reveal(), "key");
  const auto with = [](const std::string& rest) {
    return refusal("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n" + rest);
  };
  EXPECT_THAT(with("data: {a: '%%'}\n"), HasSubstr("data[a]: is not base64"));
  EXPECT_THAT(with("data: {../a: eA==}\n"), HasSubstr("the key must consist of"));
  EXPECT_THAT(with("data: {..: eA==}\n"), HasSubstr("the key must consist of"));
  EXPECT_THAT(with("stringData: {a: 1}\n"), HasSubstr("stringData[a]: must be a string"));
  EXPECT_THAT(with("stringDate: {a: b}\n"), HasSubstr("stringDate: is not a known field"));
}

TEST(ReadContents, SaysWhereAFileIsBroken) {
  const Contents broken = read("apiVersion: test.dev/v1\nkind: {\n");
  EXPECT_TRUE(broken.unusable);
  EXPECT_THAT(broken.refused.at(0), HasSubstr("line "));

  const Contents deep = read("a: " + std::string(200, '[') + std::string(200, ']'));
  EXPECT_TRUE(deep.unusable);
  EXPECT_THAT(deep.refused.at(0), HasSubstr("nested too deeply"));

  for (const std::string empty : {"", "---\n", "# later\n"}) EXPECT_TRUE(read(empty).unusable) << empty;
}

TEST(ReadContents, TakesASpecAsDeepAsYamlMayBe) {
  const std::string deep = std::string(62, '[') + std::string(62, ']');
  const Contents contents = read("apiVersion: test.dev/v1\nkind: Gate\nmetadata: {name: a}\nspec: {x: " + deep + "}\n");

  ASSERT_EQ(contents.manifests.size(), 1U);
  EXPECT_EQ(contents.manifests[0].spec, "{\"x\":" + deep + "}");
}

}  // namespace
}  // namespace sallyport::store
