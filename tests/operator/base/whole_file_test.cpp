// SPDX-License-Identifier: Apache-2.0
#include "operator/base/whole_file.hpp"

#include <gtest/gtest.h>

#include "tests/testing/files.hpp"

namespace sallyport {
namespace {

using testing::read_text;
using testing::TemporaryDirectory;
using testing::write_text;

ino_t inode(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

TEST(ReplaceFile, PutsANewFileInThePlaceOfTheOld) {
  const TemporaryDirectory root;
  const std::string path = root.path + "/deep/er/a";
  ASSERT_TRUE(replace_file(path, "one", Care::Kept).has_value());
  const std::string hold = root.path + "/hold";  // keeps the old file's number in use
  std::filesystem::create_hard_link(path, hold);

  ASSERT_TRUE(replace_file(path, "two", Care::Kept).has_value());

  EXPECT_EQ(read_text(path), "two");
  EXPECT_EQ(read_text(hold), "one") << "whoever has the old file open sees it whole";
  EXPECT_NE(inode(path), inode(hold));
  EXPECT_EQ(testing::mode_of(path), 0600U);
  EXPECT_EQ(testing::mode_of(root.path + "/deep"), 0700U);
}

TEST(ReplaceFile, LeavesNothingBehindWhenItFails) {
  const TemporaryDirectory root;
  std::filesystem::create_directory(root.path + "/a");
  write_text(root.path + "/a/x", "in the way");

  EXPECT_EQ(replace_file(root.path + "/a", "one", Care::Kept).error().code, Code::Unavailable);

  std::size_t entries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root.path)) entries += entry.exists() ? 1 : 0;
  EXPECT_EQ(entries, 1U);
}

TEST(ReplaceFiles, PutsNothingInPlaceBeforeAllAreWritten) {
  const TemporaryDirectory root;
  write_text(root.path + "/a", "old");

  EXPECT_FALSE(replace_files({{root.path + "/a", "new"}, {root.path + "/a/b", "new"}}, Care::Kept).has_value());

  EXPECT_EQ(read_text(root.path + "/a"), "old");
}

TEST(ReplaceFiles, TakesMany) {
  const TemporaryDirectory root;
  std::vector<FileWrite> files;
  for (int i = 0; i < 100; ++i) files.push_back({root.path + "/" + std::to_string(i), "x"});

  ASSERT_TRUE(replace_files(files, Care::Kept).has_value());

  EXPECT_EQ(read_text(root.path + "/99"), "x");
}

TEST(RemoveFile, TakesWhatIsGoneForRemoved) {
  const TemporaryDirectory root;
  write_text(root.path + "/a", "x");

  EXPECT_TRUE(remove_file(root.path + "/a").has_value());
  EXPECT_TRUE(remove_file(root.path + "/a").has_value());
  EXPECT_FALSE(std::filesystem::exists(root.path + "/a"));
}

TEST(ReadWholeFile, RefusesWhatIsNoFileOrTooLarge) {
  const TemporaryDirectory root;
  write_text(root.path + "/a", "12345");
  ASSERT_EQ(::mkfifo((root.path + "/fifo").c_str(), 0600), 0);

  EXPECT_EQ(read_whole_file(root.path + "/a", 5).value(), "12345");
  EXPECT_EQ(read_whole_file(root.path + "/a", 4).error().code, Code::Unavailable);
  EXPECT_EQ(read_whole_file(root.path + "/none", 5).error().code, Code::NotFound);
  EXPECT_EQ(read_whole_file(root.path + "/fifo", 5).error().code, Code::Unavailable) << "and does not wait";
  EXPECT_EQ(read_whole_file(root.path, 5).error().code, Code::Unavailable);
}

}  // namespace
}  // namespace sallyport
