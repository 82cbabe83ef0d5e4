// SPDX-License-Identifier: Apache-2.0
#include "operator/http/line_splitter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::http {
namespace {

using ::testing::ElementsAre;

class LineSplitterTest : public ::testing::Test {
 protected:
  Result<void> feed(std::string_view bytes) {
    return splitter_.feed(bytes, [this](std::string_view line) {
      lines_.emplace_back(line);
      return Result<void>();
    });
  }
  LineSplitter splitter_{8};
  std::vector<std::string> lines_;
};

TEST_F(LineSplitterTest, GivesTheSameLinesForEveryCut) {
  const std::string text = "one\n\ntwo\r\nthree\n";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      lines_.clear();
      ASSERT_TRUE(feed(text.substr(0, first)));
      ASSERT_TRUE(feed(text.substr(first, second - first)));
      ASSERT_TRUE(feed(text.substr(second)));
      ASSERT_THAT(lines_, ElementsAre("one", "", "two", "three")) << first << " " << second;
      ASSERT_FALSE(splitter_.in_mid_line());
    }
  }
}

TEST_F(LineSplitterTest, KeepsAnUnfinishedLine) {
  ASSERT_TRUE(feed("one\ntw"));

  EXPECT_THAT(lines_, ElementsAre("one"));
  EXPECT_TRUE(splitter_.in_mid_line());
}

TEST_F(LineSplitterTest, TakesALineOfExactlyItsLimit) {
  ASSERT_TRUE(feed("12345678\n"));

  EXPECT_THAT(lines_, ElementsAre("12345678"));
}

TEST_F(LineSplitterTest, RefusesALongerLineFinishedOrNot) {
  EXPECT_FALSE(feed("123456789\n"));
  EXPECT_FALSE(LineSplitter(8).feed("123456789", [](std::string_view) { return Result<void>(); }));
  ASSERT_TRUE(feed("12345"));
  const Result<void> fed = feed("6789");
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, Code::Unavailable);
}

TEST_F(LineSplitterTest, EndsWithTheErrorOfItsReader) {
  int calls = 0;

  const Result<void> fed = splitter_.feed("a\nb\n", [&](std::string_view) {
    ++calls;
    return Result<void>(Error{Code::Conflict, "stop", {}, {}});
  });

  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().message, "stop");
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace sallyport::http
