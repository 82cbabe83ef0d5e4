// SPDX-License-Identifier: Apache-2.0
#include "operator/store/directory.hpp"

#include "tests/operator/store/directory_edge.hpp"

namespace sallyport::store {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::gate;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

class DirectoryStoreTest : public testing::Directory {};

TEST_F(DirectoryStoreTest, GivesObjectsWhatAClusterGivesThem) {
  put("a.yaml", gate("a"));

  start();

  const auto object = get("a");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->spec.host, "a.example.com");
  EXPECT_EQ(object->meta.uid.str().size(), 36U);
  EXPECT_EQ(object->meta.generation, 1);
  EXPECT_FALSE(object->meta.resource_version.empty());
  EXPECT_TRUE(parse_rfc3339(object->meta.creation_timestamp).has_value());
  EXPECT_THAT(changes_, Contains(Pair(gate_key("a"), Cause::Initial)));
  EXPECT_TRUE(store_->synced());
  EXPECT_TRUE(store_->fresh(gate_key("a")));
}

TEST_F(DirectoryStoreTest, ReadsNothingBeforeItTakesOver) {
  put("a.yaml", gate("a"));
  ASSERT_TRUE(DirectoryState(state()).prepare().has_value());
  DirectoryStore store(options());
  Cache<Object<testing::Gate>> cache;
  ASSERT_TRUE(store.start({watch_kind<testing::Gate>(cache)}, {}, {}).has_value());

  EXPECT_FALSE(store.synced());
  EXPECT_EQ(store.instance_id().error().code, Code::Unavailable);
  EXPECT_FALSE(std::filesystem::exists(state() + "/objects"));
}

TEST_F(DirectoryStoreTest, KeepsUidTimeAndGenerationAcrossARestart) {
  put("a.yaml", gate("a"));
  start();
  const auto before = get("a")->meta;

  start();

  EXPECT_EQ(get("a")->meta, before);
}

TEST_F(DirectoryStoreTest, CountsGenerationsBySpecAlone) {
  put("a.yaml", gate("a"));
  start();
  const std::string version = get("a")->meta.resource_version;

  put("a.yaml", "# a comment\n" + gate("a"));
  scan();
  EXPECT_EQ(get("a")->meta.resource_version, version);
  EXPECT_THAT(changes_, IsEmpty());

  put("a.yaml",
      "apiVersion: test.dev/v1\nkind: Gate\nmetadata: {name: a, namespace: risk, labels: {x: z}}\n"
      "spec: {type: BIGIP, host: a.example.com}\n");
  scan();
  EXPECT_EQ(get("a")->meta.generation, 1);
  EXPECT_NE(get("a")->meta.resource_version, version);
  EXPECT_THAT(changes_, ElementsAre(Pair(gate_key("a"), Cause::Changed)));

  put("a.yaml", gate("a", "b.example.com"));
  scan();
  EXPECT_EQ(get("a")->meta.generation, 2);
  EXPECT_EQ(get("a")->spec.host, "b.example.com");
}

TEST_F(DirectoryStoreTest, NeverGivesAResourceVersionTwice) {
  put("a.yaml", gate("a"));
  put("b.yaml", gate("b"));
  start();
  const int first = std::stoi(get("b")->meta.resource_version);
  remove("b.yaml");
  scan();

  start();
  put("c.yaml", gate("c"));
  scan();

  EXPECT_GT(std::stoi(get("c")->meta.resource_version), first);
}

TEST_F(DirectoryStoreTest, ForgetsAnObjectWithoutAFinalizerAtOnce) {
  put("a.yaml", gate("a"));
  put("b.yaml", gate("b"));
  start();

  remove("a.yaml");
  scan();

  EXPECT_FALSE(get("a"));
  EXPECT_THAT(changes_, ElementsAre(Pair(gate_key("a"), Cause::Deleted)));
  EXPECT_TRUE(get("b"));
}

TEST_F(DirectoryStoreTest, KeepsTheLastGoodWordOfAFileThatDoesNotParse) {
  put("a.yaml", gate("a") + gate("b"));
  put("c.yaml", gate("c"));
  start();
  const auto before = get("a")->meta;

  for (const std::string text : {"apiVersion: test.dev/v1\nkind: {", "", "# nothing yet\n", "---\n"}) {
    put("a.yaml", text);
    scan();
    EXPECT_EQ(get("a")->meta, before) << text;
    EXPECT_TRUE(get("b")) << text;
    EXPECT_THAT(testing::read_text(manifests() + "/a.status.yaml"), HasSubstr("# problem: ")) << text;
  }
  start();
  EXPECT_EQ(get("a")->meta, before) << "nor after a restart";

  put("a.yaml", gate("a"));
  scan();
  EXPECT_TRUE(get("a"));
  EXPECT_FALSE(get("b"));
  EXPECT_THAT(testing::read_text(manifests() + "/a.status.yaml"), Not(HasSubstr("# problem: ")));
}

TEST_F(DirectoryStoreTest, KnowsAnObjectThatMovesToAnotherFile) {
  put("a.yaml", gate("a"));
  start();
  const std::string before = uid("a");

  remove("a.yaml");
  put("team/b.yaml", gate("a"));
  scan();

  EXPECT_EQ(uid("a"), before);
  EXPECT_FALSE(std::filesystem::exists(manifests() + "/a.status.yaml"));
  EXPECT_TRUE(std::filesystem::exists(manifests() + "/team/b.status.yaml"));
}

TEST_F(DirectoryStoreTest, LetsTheFirstFileDeclareAnObject) {
  put("b.yaml", gate("a", "second.example.com"));
  put("a.yaml", gate("a", "first.example.com"));

  start();

  EXPECT_EQ(get("a")->spec.host, "first.example.com");
  EXPECT_THAT(testing::read_text(manifests() + "/b.status.yaml"),
              HasSubstr("Gate risk/a is declared in a.yaml already; that one counts, not the one in b.yaml"));
  put("a.yaml", "{");
  scan();
  EXPECT_EQ(get("a")->spec.host, "first.example.com") << "a broken file keeps its objects";
  remove("a.yaml");
  scan();
  EXPECT_EQ(get("a")->spec.host, "second.example.com");
}

TEST_F(DirectoryStoreTest, LooksOnlyAtWhatHasChanged) {
  for (const char* name : {"a", "b", "c"}) put(std::string(name) + ".yaml", gate(name));
  start();
  checked_ = 0;

  put("b.yaml", gate("b", "b.example.com"));
  scan();

  EXPECT_EQ(checked_, 1);
  EXPECT_EQ(get("b")->spec.host, "b.example.com");
}

TEST_F(DirectoryStoreTest, ShowsFaultsLikeACluster) {
  put("a.yaml",
      "apiVersion: test.dev/v1\nkind: Gate\nmetadata: {name: a, namespace: risk, label: {}}\nspce: {}\n"
      "spec: {host: a.example.com, type: BIGIP, hots: 1}\n");

  start();

  ASSERT_TRUE(get("a"));
  std::vector<std::string> paths;
  for (const auto& error : get("a")->errors) paths.push_back(error.path);
  EXPECT_THAT(paths, ::testing::UnorderedElementsAre("spec.hots", "spce", "metadata.label"));
  EXPECT_EQ(get("a")->spec.host, "a.example.com");
}

TEST_F(DirectoryStoreTest, AsksTheRulesBetweenFields) {
  put("a.yaml", gate("a", "BIGIP", "BIGIP"));

  start();

  EXPECT_THAT(get("a")->errors, ElementsAre(schema::FieldError{"spec.host", "must not be the type"}));
}

TEST_F(DirectoryStoreTest, KeepsTheOldSpecWhenWhatCannotChangeChanges) {
  put("a.yaml", gate("a", "a.example.com", "BIGIP"));
  start();

  put("a.yaml", gate("a", "b.example.com", "NGINX"));
  scan();

  EXPECT_EQ(get("a")->spec.type, "BIGIP");
  EXPECT_EQ(get("a")->spec.host, "a.example.com");
  EXPECT_EQ(get("a")->meta.generation, 1);
  ASSERT_EQ(get("a")->errors.size(), 1U);
  EXPECT_EQ(get("a")->errors.front().path, "spec.type");
  start();
  EXPECT_EQ(get("a")->spec.type, "BIGIP");
  EXPECT_EQ(get("a")->errors.size(), 1U);

  put("a.yaml", gate("a", "b.example.com", "BIGIP"));
  scan();
  EXPECT_THAT(get("a")->errors, IsEmpty());
  EXPECT_EQ(get("a")->spec.host, "b.example.com");
}

TEST_F(DirectoryStoreTest, DoesNotForgetWhatCannotChangeOverAFaultySpec) {
  put("a.yaml", gate("a", "a.example.com", "BIGIP"));
  start();
  put("a.yaml", "apiVersion: test.dev/v1\nkind: Gate\nmetadata: {name: a, namespace: risk}\nspec: {type: NGINX}\n");
  scan();
  EXPECT_EQ(get("a")->errors.front().path, "spec.host");
  start();

  put("a.yaml", gate("a", "a.example.com", "NGINX"));
  scan();

  EXPECT_EQ(get("a")->spec.type, "BIGIP");
  EXPECT_EQ(get("a")->errors.front().path, "spec.type");
}

TEST_F(DirectoryStoreTest, KnowsNamespacesThatNobodyDeclares) {
  put("a.yaml", gate("a"));
  put("b.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: ml, labels: {ml-edge: 'true'}}\n");

  start();

  const auto labels = [&](const std::string& name) { return store_->namespaces().get("", name)->labels; };
  EXPECT_THAT(labels("risk"), ElementsAre(Pair("kubernetes.io/metadata.name", "risk")));
  EXPECT_THAT(labels("default"), ElementsAre(Pair("kubernetes.io/metadata.name", "default")));
  EXPECT_THAT(labels("sallyport-system"), ElementsAre(Pair("kubernetes.io/metadata.name", "sallyport-system")));
  EXPECT_THAT(labels("ml"), ElementsAre(Pair("kubernetes.io/metadata.name", "ml"), Pair("ml-edge", "true")));
  remove("a.yaml");
  scan();
  EXPECT_FALSE(store_->namespaces().get("", "risk"));
}

TEST_F(DirectoryStoreTest, KeepsLabelsOfNamespacesThatCannotBeRead) {
  put("a.yaml", gate("a"));
  put("b.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: risk, labels: {ml-edge: 'true'}}\n");
  start();
  put("b.yaml", "apiVersion: v1\nkind: Names");

  start();

  EXPECT_THAT(store_->namespaces().get("", "risk")->labels, Contains(Pair("ml-edge", "true")));
}

TEST_F(DirectoryStoreTest, SeesAConfigMapVolumeChange) {
  put("..v1/a.yaml", gate("a") + gate("b"));
  std::filesystem::create_directory_symlink("..v1", manifests() + "/..data");
  std::filesystem::create_symlink("..data/a.yaml", manifests() + "/a.yaml");
  start();
  const std::string before = uid("a");

  put("..v2/a.yaml", gate("a", "new.example.com"));
  std::filesystem::create_directory_symlink("..v2", manifests() + "/..data_tmp");
  std::filesystem::rename(manifests() + "/..data_tmp", manifests() + "/..data");
  remove("..v1");
  scan();

  EXPECT_EQ(uid("a"), before);
  EXPECT_EQ(get("a")->spec.host, "new.example.com");
  EXPECT_FALSE(get("b"));
}

TEST_F(DirectoryStoreTest, HoldsAThousandObjects) {
  std::string many;
  for (int i = 0; i < 500; ++i) many += gate("m" + std::to_string(i));
  put("many.yaml", many);
  for (int i = 0; i < 500; ++i) put("each/" + std::to_string(i) + ".yaml", gate("e" + std::to_string(i)));

  start();

  EXPECT_EQ(caches_->first.size(), 1000U);
  std::map<std::string, int> uids;
  for (const auto& object : caches_->first.list()) ++uids[object->meta.uid.str()];
  EXPECT_EQ(uids.size(), 1000U);
  start();
  for (const auto& object : caches_->first.list()) ++uids[object->meta.uid.str()];
  EXPECT_EQ(uids.size(), 1000U);
}

}  // namespace
}  // namespace sallyport::store
