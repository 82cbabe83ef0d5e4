// SPDX-License-Identifier: Apache-2.0
#include "operator/store/directory_status.hpp"

#include "tests/operator/store/directory_edge.hpp"

namespace sallyport::store {
namespace {

using testing::gate;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::read_text;
using testing::write_text;

class DirectoryStatus : public testing::Directory {
 protected:
  void give(const std::string& name, const std::string& address) {
    ASSERT_TRUE(store_->write_status(gate_key(name), get(name)->meta, R"({"address":")" + address + "\"}"));
  }
};

TEST_F(DirectoryStatus, StandsBesideTheManifestWithAllItsObjects) {
  put("team/a.yaml", gate("a") + gate("b"));
  start();

  give("a", "192.0.2.1");
  give("b", "192.0.2.2");
  store_->show_status();

  const std::string head = "# Written by Sallyport; never read as a manifest. The state directory holds the truth.\n";
  const auto document = [&](const std::string& name, const std::string& address) {
    return "---\napiVersion: test.dev/v1\nkind: Gate\nmetadata:\n  name: " + name + "\n  namespace: risk\n  uid: \"" +
           uid(name) + "\"\n  generation: 1\nstatus:\n  address: \"" + address + "\"\n";
  };
  std::string shown = read_text(manifests() + "/team/a.status.yaml");
  std::string wanted = head + document("a", "192.0.2.1") + document("b", "192.0.2.2");
  for (std::string* text : {&shown, &wanted}) std::erase(*text, '"');
  EXPECT_EQ(shown, wanted);
}

TEST_F(DirectoryStatus, GoesWithTheLastObject) {
  put("a.yaml", gate("a"));
  put("b.yaml", gate("b"));
  start();
  give("a", "192.0.2.1");
  store_->show_status();
  ASSERT_TRUE(std::filesystem::exists(manifests() + "/a.status.yaml"));

  remove("a.yaml");
  scan();

  EXPECT_FALSE(std::filesystem::exists(manifests() + "/a.status.yaml"));
}

TEST_F(DirectoryStatus, ShowsWhileAnObjectIsBeingDeleted) {
  put("a.yaml", gate("a"));
  put("b.yaml", gate("b"));
  start();
  hold("a");

  remove("a.yaml");
  scan();

  EXPECT_THAT(read_text(manifests() + "/a.status.yaml"), HasSubstr("deletionTimestamp"));
}

TEST_F(DirectoryStatus, LeavesAFileAloneThatSomebodyElseWrote) {
  put("a.yaml", gate("a"));
  put("a.status.yaml", "mine\n");
  start();

  give("a", "192.0.2.1");
  store_->show_status();

  EXPECT_EQ(read_text(manifests() + "/a.status.yaml"), "mine\n");
  EXPECT_THAT(read_text(state() + "/status/a.status.yaml"), HasSubstr("192.0.2.1"));
}

TEST_F(DirectoryStatus, TakesThePlaceOfWhatAPowerCutLeftOfItsFile) {
  put("a.yaml", gate("a"));
  start();
  give("a", "192.0.2.1");
  store_->show_status();
  const std::string whole = read_text(manifests() + "/a.status.yaml");

  for (const std::size_t left : {std::size_t{0}, std::size_t{30}}) {
    put("a.status.yaml", whole.substr(0, left));
    StatusFiles(manifests(), state() + "/status").show("a.status.yaml", {}, {"---\na: b\n"});
    EXPECT_THAT(read_text(manifests() + "/a.status.yaml"), HasSubstr("\na: b\n")) << left;
  }
}

TEST_F(DirectoryStatus, GoesToTheStateWhereNothingCanBeWritten) {
  put("a.yaml", gate("a"));
  start();
  StatusFiles files("/proc/self", state() + "/status");

  files.show("task/a.status.yaml", {"x"}, {"---\na: b\n"});
  EXPECT_THAT(read_text(state() + "/status/task/a.status.yaml"), HasSubstr("# problem: x\n---\na: b\n"));

  files.show("task/a.status.yaml", {}, {});
  EXPECT_FALSE(std::filesystem::exists(state() + "/status/task/a.status.yaml"));
}

TEST_F(DirectoryStatus, KeepsAProblemOnOneLine) {
  StatusFiles files(manifests(), state());

  files.show("a.status.yaml", {"one\nkind: Gate"}, {});

  EXPECT_THAT(read_text(manifests() + "/a.status.yaml"), Not(HasSubstr("\nkind")));
}

TEST(StatusFileOf, ReplacesTheEnding) {
  EXPECT_EQ(status_file_of("team/a.yaml"), "team/a.status.yaml");
  EXPECT_EQ(status_file_of("a.json"), "a.status.yaml");
}

}  // namespace
}  // namespace sallyport::store
