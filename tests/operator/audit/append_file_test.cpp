// SPDX-License-Identifier: Apache-2.0
#include "operator/audit/append_file.hpp"

#include "tests/operator/audit/audit_files.hpp"

namespace sallyport::audit {
namespace {

class AppendFileTest : public AuditFiles {};

TEST_F(AppendFileTest, FindsItsLastLineAgain) {
  {
    const auto opened = AppendFile::open(path_);
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(opened->last_line, "");
    ASSERT_TRUE(opened->file->append("one\ntwo\n").has_value());
    ASSERT_TRUE(opened->file->append("three\n").has_value());
  }
  const auto again = AppendFile::open(path_);
  EXPECT_EQ(again->last_line, "three");
  EXPECT_EQ(again->torn, "");
}

TEST_F(AppendFileTest, FindsALastLineThatIsTheOnlyOne) {
  overwrite("one\n");
  EXPECT_EQ(AppendFile::open(path_)->last_line, "one");
}

TEST_F(AppendFileTest, FindsALongLastLineInALongFile) {
  const std::string longest(kMaxLineBytes - 1, 'x');
  overwrite(std::string(3 * kMaxLineBytes, 'y') + "\n" + longest + "\n");
  EXPECT_EQ(AppendFile::open(path_)->last_line, longest);
}

TEST_F(AppendFileTest, KeepsEveryTornEndAside) {
  overwrite("one\nto");
  EXPECT_EQ(AppendFile::open(path_)->torn, "to");
  EXPECT_EQ(content(), "one\n");
  overwrite("one\nthr");
  EXPECT_EQ(AppendFile::open(path_)->torn, "thr");
  EXPECT_EQ(content_of(path_ + ".torn"), "to\nthr\n");
}

TEST_F(AppendFileTest, LeavesAFileAloneThatHasNoLines) {
  overwrite(std::string(3 * kMaxLineBytes, 'x'));
  const auto opened = AppendFile::open(path_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Code::InvalidSpec);
  EXPECT_EQ(content().size(), 3 * kMaxLineBytes);
}

TEST_F(AppendFileTest, LetsTheFileGoWhenItEnds) {
  { const auto first = AppendFile::open(path_); }
  EXPECT_TRUE(AppendFile::open(path_).has_value());
}

}  // namespace
}  // namespace sallyport::audit
