// SPDX-License-Identifier: Apache-2.0
// What counts as a removal, and what becomes of the removed.
#include "tests/operator/store/directory_edge.hpp"

namespace sallyport::store {
namespace {

using ::testing::ElementsAre;
using testing::gate;
using ::testing::HasSubstr;
using ::testing::Pair;

class DirectoryScan : public testing::Directory {};

TEST_F(DirectoryScan, KeepsARemovedObjectUntilItsFinalizerGoes) {
  put("a.yaml", gate("a") + gate("b"));
  start();
  hold("a");

  put("a.yaml", gate("b"));
  scan();
  ASSERT_TRUE(get("a"));
  EXPECT_TRUE(get("a")->meta.deletion_timestamp);
  EXPECT_THAT(changes_, ElementsAre(Pair(gate_key("a"), Cause::Changed)));

  start();
  ASSERT_TRUE(get("a")) << "it is known from the state alone";
  EXPECT_TRUE(get("a")->meta.deletion_timestamp);
  EXPECT_EQ(get("a")->spec.host, "a.example.com");

  changes_.clear();
  ASSERT_TRUE(store_->set_finalizer(gate_key("a"), get("a")->meta, Store::Finalizer::Absent).has_value());
  EXPECT_FALSE(get("a"));
  EXPECT_THAT(changes_, ElementsAre(Pair(gate_key("a"), Cause::Deleted)));
  start();
  EXPECT_FALSE(get("a"));
}

TEST_F(DirectoryScan, MakesANewObjectWhenAFileComesBackDuringItsDeletion) {
  put("a.yaml", gate("a"));
  put("b.yaml", gate("b"));
  start();
  hold("a");
  const auto before = get("a")->meta;
  remove("a.yaml");
  scan();
  put("a.yaml", gate("a", "new.example.com"));
  scan();
  EXPECT_TRUE(get("a")->meta.deletion_timestamp) << "a deletion is not taken back";
  EXPECT_EQ(get("a")->spec.host, "a.example.com");

  ASSERT_TRUE(store_->set_finalizer(gate_key("a"), before, Store::Finalizer::Absent).has_value());

  ASSERT_TRUE(get("a"));
  EXPECT_NE(get("a")->meta.uid, before.uid);
  EXPECT_EQ(get("a")->spec.host, "new.example.com");
  EXPECT_FALSE(get("a")->meta.deletion_timestamp);
}

TEST_F(DirectoryScan, DeletesNothingForAnEmptyDirectory) {
  put("a.yaml", gate("a"));
  start();
  hold("a");
  const auto before = get("a")->meta;

  remove("a.yaml");
  scan();
  EXPECT_EQ(get("a")->meta, before);

  start();
  EXPECT_EQ(get("a")->meta, before) << "nor after a restart";
}

TEST_F(DirectoryScan, DeletesNothingForADirectoryThatHasGone) {
  put("a.yaml", gate("a"));
  start();

  std::filesystem::rename(manifests(), manifests() + ".away");
  scan();

  EXPECT_TRUE(get("a"));
  std::filesystem::rename(manifests() + ".away", manifests());
  scan();
  EXPECT_TRUE(get("a"));
}

TEST_F(DirectoryScan, DeletesNothingOfAFileWithARefusedDocument) {
  put("a.yaml", gate("a"));
  put("b.yaml", gate("b"));
  start();

  put("a.yaml", "apiVersion: test.dev/v2\nkind: Gate\nmetadata: {name: a, namespace: risk}\n");
  scan();

  EXPECT_TRUE(get("a"));
  EXPECT_THAT(testing::read_text(manifests() + "/a.status.yaml"),
              HasSubstr("Gate risk/a: apiVersion must be test.dev/v1, not test.dev/v2"));
}

TEST_F(DirectoryScan, DeletesNothingForASubdirectoryThatIsEmptyNow) {
  put("team/a.yaml", gate("a"));
  put("b.yaml", gate("b"));
  start();
  hold("a");
  const auto before = get("a")->meta;

  std::filesystem::rename(manifests() + "/team", manifests() + "/.away");
  std::filesystem::create_directory(manifests() + "/team");
  scan();
  EXPECT_EQ(get("a")->meta, before);
  ASSERT_TRUE(store_->write_status(gate_key("a"), before, R"({"address":"192.0.2.7"})").has_value());
  scan();
  EXPECT_EQ(get("a")->meta.deletion_timestamp, std::nullopt) << "a status file is no sign of life";

  std::filesystem::remove(manifests() + "/team");
  scan();
  EXPECT_TRUE(get("a")->meta.deletion_timestamp) << "who removes the directory means it";
}

TEST_F(DirectoryScan, PutsStatusBesideTheManifestsAgainWhenTheyComeBack) {
  put("team/a.yaml", gate("a"));
  put("b.yaml", gate("b"));
  start();
  std::filesystem::rename(manifests() + "/team", manifests() + "/.away");
  std::filesystem::create_directory(manifests() + "/team");
  scan();
  ASSERT_TRUE(store_->write_status(gate_key("a"), get("a")->meta, R"({"address":"192.0.2.7"})").has_value());
  store_->show_status();
  EXPECT_THAT(testing::read_text(state() + "/status/team/a.status.yaml"), HasSubstr("192.0.2.7"));

  std::filesystem::remove(manifests() + "/team");
  std::filesystem::rename(manifests() + "/.away", manifests() + "/team");
  scan();

  EXPECT_THAT(testing::read_text(manifests() + "/team/a.status.yaml"), HasSubstr("192.0.2.7"));
  EXPECT_FALSE(std::filesystem::exists(state() + "/status/team/a.status.yaml"));
}

TEST_F(DirectoryScan, DeletesTheOnlyObjectOfASubdirectoryWhoseFileGoes) {
  put("team/a.yaml", gate("a"));
  put("b.yaml", gate("b"));
  start();
  ASSERT_TRUE(store_->write_status(gate_key("a"), get("a")->meta, R"({"address":"192.0.2.7"})").has_value());
  store_->show_status();

  remove("team/a.yaml");
  scan();

  EXPECT_FALSE(get("a"));
}

TEST_F(DirectoryScan, TakesAFileThatIsBeingWrittenWhenItIsClosed) {
  put("a.yaml", gate("a") + gate("b"));
  put("c.yaml", gate("c"));
  start();

  std::ofstream file(manifests() + "/a.yaml");
  file << gate("a", "new.example.com") << std::flush;
  scan();
  EXPECT_TRUE(get("b")) << "the rest may follow";
  EXPECT_EQ(get("a")->spec.host, "a.example.com");

  file.close();
  scan();
  EXPECT_FALSE(get("b"));
  EXPECT_EQ(get("a")->spec.host, "new.example.com");
}

TEST_F(DirectoryScan, DeletesNothingThatMayBeOnItsWayIntoAnotherFile) {
  put("a.yaml", gate("a"));
  put("b.yaml", gate("b"));
  put("c.yaml", gate("c"));
  start();
  hold("a");

  std::ofstream file(manifests() + "/b.yaml", std::ios::app);
  file << gate("a") << std::flush;
  remove("a.yaml");
  scan();
  EXPECT_FALSE(get("a")->meta.deletion_timestamp);

  file.close();
  scan();
  EXPECT_FALSE(get("a")->meta.deletion_timestamp);
  remove("b.yaml");
  scan();
  EXPECT_TRUE(get("a")->meta.deletion_timestamp) << "it was b.yaml's then";
}

}  // namespace
}  // namespace sallyport::store
