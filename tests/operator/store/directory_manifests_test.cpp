// SPDX-License-Identifier: Apache-2.0
#include "operator/store/directory_manifests.hpp"

#include "tests/operator/store/directory_edge.hpp"

namespace sallyport::store {
namespace {

using ::testing::ElementsAre;
using testing::gate;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using testing::TemporaryDirectory;
using testing::write_text;

Declarable declarable() {
  return {.kinds = {{"Gate", schema::Kind<testing::Gate>::name}}, .internal = {}};
}

std::vector<std::string> names(const Tree& tree) {
  std::vector<std::string> list;
  for (const auto& [key, manifest] : tree.manifests) list.push_back(key.name);
  return list;
}

TEST(ManifestReaderTest, ReadsTheEndingsThatItKnowsAndNothingElse) {
  const TemporaryDirectory root;
  write_text(root.path + "/a.yaml", gate("a"));
  write_text(root.path + "/deep/b.yml", gate("b"));
  write_text(root.path + "/deep/er/c.json",
             R"({"apiVersion":"test.dev/v1","kind":"Gate","metadata":{"name":"c","namespace":"risk"}})");
  write_text(root.path + "/d.yaml.bak", gate("d"));
  write_text(root.path + "/.e.yaml", gate("e"));
  write_text(root.path + "/.git/f.yaml", gate("f"));
  write_text(root.path + "/g.status.yaml", gate("g"));
  write_text(root.path + "/state/h.json", gate("h"));
  ManifestReader reader(root.path, root.path + "/state", declarable());

  const Tree tree = reader.read();

  EXPECT_THAT(names(tree), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(tree.settled);
  EXPECT_THAT(tree.problems, IsEmpty());
}

TEST(ManifestReaderTest, FollowsLinksButNotInCircles) {
  const TemporaryDirectory root;
  const TemporaryDirectory elsewhere;
  write_text(elsewhere.path + "/a.yaml", gate("a"));
  std::filesystem::create_directory_symlink(elsewhere.path, root.path + "/linked");
  std::filesystem::create_directory_symlink(root.path, root.path + "/circle");
  ManifestReader reader(root.path, "", declarable());

  const Tree tree = reader.read();

  EXPECT_THAT(names(tree), ElementsAre("a"));
  EXPECT_TRUE(tree.proves_removal("other.yaml"));
}

TEST(ManifestReaderTest, SeesAChangeThatLeavesSizeAndTimeAsTheyWere) {
  const TemporaryDirectory root;
  const std::string path = root.path + "/a.yaml";
  write_text(path, gate("a"));
  ManifestReader reader(root.path, "", declarable());
  ASSERT_THAT(names(reader.read()), ElementsAre("a"));
  const auto time = std::filesystem::last_write_time(path);

  write_text(path, gate("b"));
  std::filesystem::last_write_time(path, time);

  EXPECT_THAT(names(reader.read()), ElementsAre("b"));
}

TEST(ManifestReaderTest, TakesALinkThatLeadsNowhereForUnread) {
  const TemporaryDirectory root;
  write_text(root.path + "/a.yaml", gate("a"));
  std::filesystem::create_symlink("nowhere", root.path + "/b.yaml");
  std::filesystem::create_symlink("nowhere", root.path + "/team");
  ManifestReader reader(root.path, "", declarable());

  const Tree tree = reader.read();

  EXPECT_FALSE(tree.proves_removal("b.yaml"));
  EXPECT_FALSE(tree.proves_removal("team/c.yaml"));
  EXPECT_TRUE(tree.proves_removal("c.yaml"));
}

TEST(ManifestReaderTest, ProvesNothingAboutWhatItCannotList) {
  const TemporaryDirectory root;
  write_text(root.path + "/a.yaml", gate("a"));
  std::string deep = root.path;
  for (int i = 0; i < 40; ++i) deep += "/d";
  write_text(deep + "/b.yaml", gate("b"));
  ManifestReader reader(root.path, "", declarable());

  const Tree tree = reader.read();

  EXPECT_THAT(names(tree), ElementsAre("a"));
  ASSERT_EQ(tree.closed.size(), 1U);
  EXPECT_FALSE(tree.proves_removal(*tree.closed.begin() + "/b.yaml"));
  EXPECT_TRUE(tree.proves_removal("d/x.yaml"));
}

TEST(ManifestReaderTest, ProvesNothingWithoutASingleManifest) {
  const TemporaryDirectory root;
  write_text(root.path + "/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n");
  ManifestReader reader(root.path, "", declarable());

  const Tree tree = reader.read();

  EXPECT_FALSE(tree.proves_removal("b.yaml"));
  EXPECT_THAT(tree.directory_problems, ElementsAre(Key("")));
  EXPECT_THAT(tree.directory_problems.at("").front(), HasSubstr("nothing is deleted"));
  EXPECT_THAT(tree.ignored, ElementsAre("ConfigMap x"));
  EXPECT_FALSE(ManifestReader(root.path + "/none", "", declarable()).read().proves_removal("a.yaml"));
}

TEST(ManifestReaderTest, ProvesNothingAboutADirectoryWithNothingInIt) {
  const TemporaryDirectory root;
  write_text(root.path + "/a.yaml", gate("a"));
  write_text(root.path + "/team/..data/b.yaml", gate("b"));
  ManifestReader reader(root.path, "", declarable());

  const Tree tree = reader.read();

  EXPECT_THAT(tree.bare, ElementsAre("team"));
  EXPECT_FALSE(tree.proves_removal("team/b.yaml"));
  EXPECT_FALSE(tree.proves_removal("team/deep/b.yaml"));
  EXPECT_TRUE(tree.proves_removal("teams/b.yaml"));
  EXPECT_TRUE(tree.proves_removal("b.yaml"));
  EXPECT_TRUE(tree.problems.empty() && tree.directory_problems.empty()) << "no fault by itself";
}

TEST(TreeTest, ForgetsAllOfAFileThatIsHeldBack) {
  Tree tree;
  for (const char* name : {"a", "b"}) {
    auto manifest = std::make_shared<Manifest>();
    manifest->file = std::string(name) + ".yaml";
    tree.manifests[{"Gate", "risk", name}] = manifest;
  }

  tree.hold_back("a.yaml");

  EXPECT_THAT(names(tree), ElementsAre("b"));
  EXPECT_FALSE(tree.proves_removal("c.yaml")) << "what it declared may be on its way into a.yaml";
}

TEST(TreeTest, ProvesNothingWhileThingsChange) {
  Tree tree;
  tree.manifests[{"Gate", "risk", "a"}] = std::make_shared<Manifest>();
  EXPECT_TRUE(tree.proves_removal("b.yaml"));

  tree.settled = false;

  EXPECT_FALSE(tree.proves_removal("b.yaml"));
}

TEST(IsStatusFile, KnowsThemByTheirNames) {
  EXPECT_TRUE(is_status_file("team/a.status.yaml"));
  EXPECT_TRUE(is_status_file("a.status.json"));
  EXPECT_FALSE(is_status_file("status.yaml"));
  EXPECT_FALSE(is_status_file("a.status"));
}

}  // namespace
}  // namespace sallyport::store
