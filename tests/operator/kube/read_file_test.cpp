// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/read_file.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "operator/base/digest.hpp"

namespace sallyport::kube {
namespace {

using ::testing::HasSubstr;

class ReadFile : public ::testing::Test {
 protected:
  ~ReadFile() override { std::filesystem::remove(path_); }
  void write(const std::string& content) const { std::ofstream(path_, std::ios::binary) << content; }
  std::string path_ = (std::filesystem::temp_directory_path() / ("read-file-" + random_name(8))).string();
};

TEST_F(ReadFile, GivesEveryByte) {
  const std::string content("line\r\n\0tail", 11);
  write(content);
  EXPECT_EQ(*read_file(path_), content);
}

TEST_F(ReadFile, NamesAFileThatIsNotThere) {
  const auto read = read_file(path_);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().where, path_);
  EXPECT_THAT(read.error().message, HasSubstr("No such file"));
}

TEST_F(ReadFile, RefusesAnEmptyFileAndOneAboveAMebibyte) {
  write("");
  EXPECT_THAT(read_file(path_).error().message, HasSubstr("empty"));
  write(std::string((1U << 20U) + 1, 'a'));
  EXPECT_THAT(read_file(path_).error().message, HasSubstr("larger"));
  write(std::string(1U << 20U, 'a'));
  EXPECT_TRUE(read_file(path_).has_value());
}

}  // namespace
}  // namespace sallyport::kube
