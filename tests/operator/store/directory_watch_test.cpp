// SPDX-License-Identifier: Apache-2.0
#include "operator/store/directory_watch.hpp"

#include "tests/operator/store/directory_edge.hpp"

namespace sallyport::store {
namespace {

using Seen = DirectoryWatch::Seen;
using std::chrono::milliseconds;
using testing::TemporaryDirectory;
using testing::write_text;

constexpr milliseconds kLong{20000};
constexpr milliseconds kQuiet{5};
constexpr milliseconds kNow{0};

TEST(DirectoryWatchTest, SeesFilesComeAndGo) {
  const TemporaryDirectory root;
  DirectoryWatch watch;
  EXPECT_TRUE(watch.follow({root.path}));
  EXPECT_FALSE(watch.follow({root.path})) << "known already";

  write_text(root.path + "/a.yaml", "x");
  EXPECT_EQ(watch.wait(kLong, kQuiet, {}), Seen::Change);
  EXPECT_EQ(watch.wait(kNow, kQuiet, {}), Seen::Nothing) << "all of it is one change";
  std::filesystem::remove(root.path + "/a.yaml");
  EXPECT_EQ(watch.wait(kLong, kQuiet, {}), Seen::Change);
  std::filesystem::create_directory_symlink("x", root.path + "/..data");
  EXPECT_EQ(watch.wait(kLong, kQuiet, {}), Seen::Change);
}

TEST(DirectoryWatchTest, DoesNotWakeItself) {
  const TemporaryDirectory root;
  DirectoryWatch watch;
  watch.follow({root.path});

  write_text(root.path + "/a.status.yaml", "x");
  write_text(root.path + "/.sallyport-new-x", "x");

  EXPECT_EQ(watch.wait(milliseconds(20), kQuiet, {}), Seen::Nothing);
}

TEST(DirectoryWatchTest, KnowsWhichFilesAreBeingWritten) {
  const TemporaryDirectory root;
  DirectoryWatch watch;
  watch.follow({root.path});
  write_text(root.path + "/closed.yaml", "x");

  std::ofstream file(root.path + "/a.yaml");
  EXPECT_TRUE(watch.saw_change());
  EXPECT_TRUE(watch.being_written().empty()) << "nothing is in it yet";
  file << "half" << std::flush;
  EXPECT_TRUE(watch.saw_change());
  EXPECT_EQ(watch.being_written(), (std::set{root.path + "/a.yaml"}));
  EXPECT_EQ(watch.wait(kLong, kQuiet, {}), Seen::Change) << "asking does not make it deaf";
  file.close();
  EXPECT_FALSE(watch.being_written().empty()) << "as it was seen last";
  EXPECT_TRUE(watch.saw_change());
  EXPECT_TRUE(watch.being_written().empty());
}

TEST(DirectoryWatchTest, HearsNothingOfALogThatIsWrittenBesideTheManifests) {
  const TemporaryDirectory root;
  std::ofstream file(root.path + "/x.log");
  DirectoryWatch watch;
  watch.follow({root.path});

  file << "line\n" << std::flush;

  EXPECT_FALSE(watch.saw_change());
}

TEST(DirectoryWatchTest, ForgetsAFileThatWasReplacedOrRemovedWhileItWasWritten) {
  const TemporaryDirectory root;
  DirectoryWatch watch;
  watch.follow({root.path});
  std::ofstream one(root.path + "/a.yaml");
  std::ofstream two(root.path + "/b.yaml");
  one << "half" << std::flush;
  two << "half" << std::flush;
  ASSERT_TRUE(watch.saw_change());
  ASSERT_EQ(watch.being_written().size(), 2U);

  write_text(root.path + "/.new", "whole");
  std::filesystem::rename(root.path + "/.new", root.path + "/a.yaml");
  std::filesystem::remove(root.path + "/b.yaml");

  EXPECT_TRUE(watch.saw_change());
  EXPECT_TRUE(watch.being_written().empty());
}

TEST(DirectoryWatchTest, SeesADirectoryThatWasReplaced) {
  const TemporaryDirectory root;
  const std::string path = root.path + "/d";
  std::filesystem::create_directory(path);
  DirectoryWatch watch;
  watch.follow({path});
  std::filesystem::rename(path, path + ".old");
  std::filesystem::create_directory(path);
  EXPECT_EQ(watch.wait(kLong, kQuiet, {}), Seen::Change);

  EXPECT_TRUE(watch.follow({path}));

  write_text(path + "/a.yaml", "x");
  EXPECT_EQ(watch.wait(kLong, kQuiet, {}), Seen::Change);
}

TEST(DirectoryWatchTest, EndsWhenWokenOrStopped) {
  DirectoryWatch watch;
  watch.wake();
  EXPECT_EQ(watch.wait(kLong, kQuiet, {}), Seen::Wake);

  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(watch.wait(kLong, kQuiet, stop.get_token()), Seen::Stop);
}

}  // namespace
}  // namespace sallyport::store
