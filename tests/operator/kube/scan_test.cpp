// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/scan.hpp"

#include <gmock/gmock.h>

#include "tests/operator/kube/kube_script.hpp"

namespace sallyport::kube {
namespace {

using ::testing::ElementsAre;
using testing::object;

TEST(Scan, SplitsAWatchLine) {
  const auto line = split_watch_line(R"({"type":"ADDED","object":{"a":[1,{"b":"}\"{"}]}})");

  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->type, "ADDED");
  EXPECT_EQ(line->object, R"({"a":[1,{"b":"}\"{"}]})");
}

TEST(Scan, WalksAListWhoseMetadataComesLast) {
  std::vector<std::string> items;
  const auto head = split_list(
      R"({"items": [ {"a":1} , {"b":[]} ], "kind":"List", "metadata":{"resourceVersion":"7","continue":"c\u003d"}})",
      [&](std::string_view item) -> Result<void> {
        items.emplace_back(item);
        return {};
      });

  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->resource_version, "7");
  EXPECT_EQ(head->next, "c=");
  EXPECT_THAT(items, ElementsAre(R"({"a":1})", R"({"b":[]})"));
}

TEST(Scan, TakesAnEmptyOrAbsentListOfItems) {
  for (const char* body :
       {R"({"items":[],"metadata":{"resourceVersion":"7"}})", R"({"items":null,"metadata":{"resourceVersion":"7"}})"}) {
    EXPECT_TRUE(split_list(body, [](std::string_view) { return Result<void>(); }).has_value()) << body;
  }
}

TEST(Scan, RefusesWhatIsNoList) {
  for (const char* body : {"", "<html>", "[]", "{}", R"({"items":[{"a":1})",
                           R"({"items":{},"metadata":{"resourceVersion":"7"}})", R"({"items":[{}],"metadata":{}})"}) {
    EXPECT_FALSE(split_list(body, [](std::string_view) { return Result<void>(); }).has_value()) << body;
  }
}

TEST(Scan, CutsOutWhatNobodyKeeps) {
  EXPECT_EQ(
      essence_of(R"({"kind":"Edge","metadata":{"managedFields":[{"a":"}"}],"name":"a","annotations":)"
                 R"({"kubectl.kubernetes.io/last-applied-configuration":"{\"a\":1}","mine":"1"}}, "spec":{"x": 1}})"),
      R"({"kind":"Edge","metadata":{"name":"a","annotations":{"mine":"1"}},"spec":{"x": 1}})");
  EXPECT_EQ(essence_of(R"({"metadata":{"managedFields":[]},"spec":{"x":1}})", "spec"), R"({"metadata":{}})");
  for (const char* text : {"", "[1]", R"({"a")", R"({"metadata":null})", R"({"metadata":{"annotations":null}})"})
    EXPECT_EQ(essence_of(text), text);
}

TEST(Scan, SeesHowDeepATextIsNested) {
  EXPECT_EQ(depth_of(""), 0U);
  EXPECT_EQ(depth_of(R"({"a":[{"b":"[[[["}],"c":{}})"), 3U);
  EXPECT_EQ(depth_of("]]}[["), 2U);
}

TEST(Scan, ReadsTheHeadOfAnObject) {
  const auto head = read_head(object("a", 5).dump());

  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->ns, "risk");
  EXPECT_EQ(head->name, "a");
  EXPECT_EQ(head->uid, "u1");
  EXPECT_EQ(head->resource_version, "5");
  EXPECT_FALSE(head->initial_events_end);
  EXPECT_EQ(head->generation, 0);
  EXPECT_EQ(read_head(R"({"metadata":{"resourceVersion":"7","generation":12}})")->generation, 12);
}

TEST(Scan, FindsNoHeadWhereNoneIs) {
  for (const char* text :
       {"", "7", "{}", R"({"metadata":7})", R"({"metadata":{"name":"a"}})", R"({"metadata":{"resourceVersion":7}})"}) {
    EXPECT_FALSE(read_head(text).has_value()) << text;
  }
}

TEST(Scan, FailsOnEveryTextThatIsCutOff) {
  const std::string whole = testing::event("MODIFIED", object("a", 5));
  for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
    EXPECT_FALSE(split_watch_line(std::string_view(whole).substr(0, length)).has_value()) << length;
  }
}

TEST(Scan, SpendsNoStackOnNesting) {
  const std::string deep = R"({"type":"ADDED","object":{"metadata":{"resourceVersion":"1"},"spec":)" +
                           std::string(200000, '[') + std::string(200000, ']') + "}}";

  EXPECT_TRUE(split_watch_line(deep).has_value());
}

TEST(ResourceVersion, ComparesAsNumbersOfAnySize) {
  EXPECT_EQ(compare_versions("9", "10"), std::strong_ordering::less);
  EXPECT_EQ(compare_versions("99999999999999999999999", "100000000000000000000000"), std::strong_ordering::less);
  EXPECT_TRUE(at_least("10", "10"));
  EXPECT_FALSE(compare_versions("", "10").has_value());
  EXPECT_FALSE(compare_versions("abc", "10").has_value());
  EXPECT_FALSE(at_least("0123", "1"));
}

}  // namespace
}  // namespace sallyport::kube
