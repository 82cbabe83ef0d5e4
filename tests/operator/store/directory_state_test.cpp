// SPDX-License-Identifier: Apache-2.0
#include "operator/store/directory_state.hpp"

#include "tests/operator/store/directory_edge.hpp"

namespace sallyport::store {
namespace {

using ::testing::HasSubstr;
using testing::read_text;
using testing::TemporaryDirectory;
using testing::write_text;

Result<void> open(const std::string& directory) {
  DirectoryState state(directory);
  TRY(state.prepare());
  return state.take_over();
}

TEST(DirectoryStateTest, MakesItsDirectoryForItsOwnerAlone) {
  const TemporaryDirectory root;
  const std::string path = root.path + "/deep/state";

  ASSERT_TRUE(open(path).has_value());

  EXPECT_EQ(testing::mode_of(path), 0700U);
  EXPECT_EQ(testing::mode_of(path + "/instance"), 0600U);
  EXPECT_EQ(read_text(path + "/version.json"), "{\"version\":1}\n");
}

TEST(DirectoryStateTest, TakesTheRightsOfOthersAway) {
  const TemporaryDirectory root;
  std::filesystem::permissions(root.path, std::filesystem::perms(0755));

  ASSERT_TRUE(open(root.path).has_value());

  EXPECT_EQ(testing::mode_of(root.path), 0700U);
}

TEST(DirectoryStateTest, RefusesADirectoryThatHoldsSomethingElse) {
  const TemporaryDirectory root;
  std::filesystem::permissions(root.path, std::filesystem::perms(0755));
  write_text(root.path + "/thesis.tex", "x");

  const auto refused = open(root.path);

  EXPECT_EQ(refused.error().code, Code::InvalidSpec);
  EXPECT_THAT(refused.error().message, HasSubstr("thesis.tex"));
  EXPECT_EQ(testing::mode_of(root.path), 0755U);
}

TEST(DirectoryStateTest, RefusesADirectoryOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  const TemporaryDirectory root;
  ASSERT_EQ(::chown(root.path.c_str(), 12345, 12345), 0);

  EXPECT_THAT(open(root.path).error().message, HasSubstr("another user"));
}

TEST(DirectoryStateTest, KeepsTheInstanceForEver) {
  const TemporaryDirectory root;
  DirectoryState first(root.path);
  ASSERT_TRUE(first.prepare().has_value());
  ASSERT_TRUE(first.take_over().has_value());
  EXPECT_EQ(first.instance().str().size(), 8U);

  DirectoryState second(root.path);
  ASSERT_TRUE(second.take_over().has_value());
  EXPECT_EQ(second.instance(), first.instance());

  std::filesystem::remove(root.path + "/instance");
  EXPECT_THAT(open(root.path).error().message, HasSubstr("restore it")) << "never a new one silently";
  write_text(root.path + "/instance", "../../..");
  EXPECT_EQ(open(root.path).error().code, Code::Internal);
}

TEST(DirectoryStateTest, RefusesStateOfAnotherVersion) {
  const TemporaryDirectory root;
  ASSERT_TRUE(open(root.path).has_value());

  for (const char* text : {"{\"version\":2}", "{\"version\":\"1\"}", "[]", "", "{"}) {
    write_text(root.path + "/version.json", text);
    const auto refused = open(root.path);
    EXPECT_EQ(refused.error().code, Code::InvalidSpec) << text;
    EXPECT_THAT(refused.error().text(), HasSubstr("another version")) << text;
  }
}

TEST(DirectoryStateTest, GoesOnWhereACrashLeftIt) {
  const TemporaryDirectory root;
  write_text(root.path + "/instance", "abcd1234\n");
  write_text(root.path + "/.sallyport-new-x", "half a cou");
  DirectoryState state(root.path);
  ASSERT_TRUE(state.prepare().has_value());

  ASSERT_TRUE(state.take_over().has_value());

  EXPECT_EQ(state.instance().str(), "abcd1234");
  EXPECT_FALSE(std::filesystem::exists(root.path + "/.sallyport-new-x"));
}

TEST(DirectoryStateTest, IgnoresFilesThatWereNeverFinished) {
  const TemporaryDirectory root;
  DirectoryState state(root.path);
  ASSERT_TRUE(state.prepare().has_value());
  ASSERT_TRUE(state.take_over().has_value());
  Record record{.key = {"Gate", "risk", "a"}};
  record.meta.name = "a";
  record.meta.ns = "risk";
  record.meta.uid = Uid("u1");
  ASSERT_TRUE(state.save({&record}).has_value());
  const std::string half = root.path + "/objects/Gate/risk/.sallyport-new-abc";
  write_text(half, "{\"kind\":\"Gate\",\"meta");

  ASSERT_TRUE(state.take_over().has_value());

  EXPECT_FALSE(std::filesystem::exists(half));
  const auto loaded = state.load();
  ASSERT_TRUE(loaded.has_value());
  ASSERT_EQ(loaded->size(), 1U);
  EXPECT_EQ(loaded->front().meta.uid.str(), "u1");
}

TEST(DirectoryStateTest, RefusesDamagedRecordsWithTheirNames) {
  const TemporaryDirectory root;
  ASSERT_TRUE(open(root.path).has_value());
  write_text(root.path + "/objects/Gate/risk/a.json", "{\"kind\":");

  const auto loaded = DirectoryState(root.path).load();

  EXPECT_EQ(loaded.error().code, Code::Internal);
  EXPECT_THAT(loaded.error().text(), HasSubstr("objects/Gate/risk/a.json"));
}

/// A state with one saved Gate `a`.
class DirectoryStateUids : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(open(root_.path).has_value());
    record_.meta.name = "a";
    record_.meta.ns = "risk";
    record_.meta.uid = Uid("u1");
    ASSERT_TRUE(state_.save({&record_}).has_value());
  }
  [[nodiscard]] std::string record_file() const { return root_.path + "/objects/Gate/risk/a.json"; }
  [[nodiscard]] std::string uid_file() const { return root_.path + "/uids/Gate/risk/a.json"; }
  /// As a new process loads it.
  [[nodiscard]] Result<std::vector<Record>> load() const { return DirectoryState(root_.path).load(); }

  const TemporaryDirectory root_;
  DirectoryState state_{root_.path};
  Record record_{.key = {"Gate", "risk", "a"}};
};

TEST_F(DirectoryStateUids, TellOfARecordThatNobodyErased) {
  EXPECT_EQ(read_text(uid_file()), "\"u1\"\n");
  ASSERT_TRUE(load().has_value());

  std::filesystem::remove(record_file());

  EXPECT_EQ(load().error().code, Code::Internal);
  EXPECT_THAT(load().error().text(), HasSubstr(record_file() + ": is missing"));
  EXPECT_THAT(load().error().text(), HasSubstr("remove " + uid_file()));
}

TEST_F(DirectoryStateUids, GoWithTheirRecord) {
  ASSERT_TRUE(state_.erase(record_.key).has_value());

  EXPECT_FALSE(std::filesystem::exists(uid_file()));
  EXPECT_TRUE(load()->empty());
}

TEST_F(DirectoryStateUids, AreWrittenWhereTheyAreMissing) {
  std::filesystem::remove(uid_file());
  ASSERT_TRUE(load().has_value());

  ASSERT_TRUE(DirectoryState(root_.path).save_uids({&record_}).has_value());

  EXPECT_EQ(read_text(uid_file()), "\"u1\"\n");
}

TEST_F(DirectoryStateUids, AreHeldAgainstRecordsOfAnotherBackup) {
  write_text(uid_file(), "\"u2\"\n");

  EXPECT_THAT(DirectoryState(root_.path).save_uids({&record_}).error().text(), HasSubstr("another incarnation"));
  EXPECT_EQ(read_text(uid_file()), "\"u2\"\n");
}

TEST_F(DirectoryStateUids, AreNotKeptOfSecretsAndNamespaces) {
  Record secret{.key = {"Secret", "risk", "s"}};
  Record ns{.key = {"Namespace", "", "risk"}};

  ASSERT_TRUE(state_.save({&secret, &ns}).has_value());

  EXPECT_FALSE(std::filesystem::exists(root_.path + "/uids/Secret"));
  EXPECT_FALSE(std::filesystem::exists(root_.path + "/uids/Namespace"));
}

TEST(DirectoryStateTest, TakesNoRecordForGoneThatItCannotList) {
  for (const char* part : {"/objects", "/uids"}) {
    const TemporaryDirectory root;
    ASSERT_TRUE(open(root.path).has_value());
    write_text(root.path + part, "no directory");

    EXPECT_THAT(DirectoryState(root.path).load().error().text(), HasSubstr(std::string(part) + ": cannot be listed"));
  }
}

TEST(DirectoryStateTest, CountsOnAfterARestart) {
  const TemporaryDirectory root;
  std::uint64_t last = 0;
  for (int life = 0; life < 3; ++life) {
    DirectoryState state(root.path);
    ASSERT_TRUE(state.prepare().has_value());
    ASSERT_TRUE(state.take_over().has_value());
    for (int i = 0; i < 1500; ++i) {
      const std::uint64_t next = std::stoull(*state.next_version());
      ASSERT_GT(next, last);
      last = next;
    }
  }
}

TEST(DirectoryStateTest, TakesNamesAsLongAsKubernetesAllows) {
  const TemporaryDirectory root;
  DirectoryState state(root.path);
  ASSERT_TRUE(state.prepare().has_value());
  ASSERT_TRUE(state.take_over().has_value());
  Record one{.key = {"Gate", "risk", std::string(252, 'a') + "1"}};
  Record two{.key = {"Gate", "risk", std::string(252, 'a') + "2"}};
  for (Record* record : {&one, &two}) {
    record->meta.name = record->key.name;
    record->meta.ns = "risk";
  }

  ASSERT_TRUE(state.save({&one, &two}).has_value());

  EXPECT_EQ(state.load()->size(), 2U);
  ASSERT_TRUE(state.erase(one.key).has_value());
  ASSERT_EQ(state.load()->size(), 1U);
  EXPECT_EQ(state.load()->front().key, two.key);
}

}  // namespace
}  // namespace sallyport::store
