// SPDX-License-Identifier: Apache-2.0
#include "operator/store/kubernetes_document.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sallyport::store {
namespace {

TEST(Document, DropsWhatOnlyTheApiServerNeeds) {
  const auto document = Document::parse(R"({"metadata": {"name": "a", "managedFields": [{"manager": "x"}],
    "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{...}", "mine": "1"}},
    "spec": {"host": "a.example.com"}})");

  ASSERT_TRUE(document.has_value());
  EXPECT_FALSE(document->member("metadata").contains("managedFields"));
  EXPECT_EQ(document->member("metadata").at("annotations"), (nlohmann::json{{"mine", "1"}}));
  EXPECT_EQ(document->member("spec").at("host"), "a.example.com");
}

TEST(Document, ReadsItsMetadata) {
  const auto document = Document::parse(R"({"metadata": {"name": "a", "namespace": "risk", "uid": "u1"}})");
  ASSERT_TRUE(document.has_value());
  const auto metadata = document->metadata();
  ASSERT_TRUE(metadata.has_value());
  EXPECT_EQ(metadata->ns, "risk");
  EXPECT_EQ(metadata->uid, Uid("u1"));
}

TEST(Document, TakesAMemberThatIsAbsentOrNullForEmpty) {
  const auto document = Document::parse(R"({"spec": null})");
  ASSERT_TRUE(document.has_value());
  EXPECT_EQ(document->member("spec"), nlohmann::json::object());
  EXPECT_EQ(document->member("status"), nlohmann::json::object());
}

TEST(Document, RefusesWhatIsNoObjectOrTooDeep) {
  for (const char* text : {"", "[]", "\"a\"", "{", "{\"a\": 1} {}"})
    EXPECT_FALSE(Document::parse(text).has_value()) << text;
  std::string deep = "{\"a\":";
  for (int i = 0; i < 70; ++i) deep += "[";
  for (int i = 0; i < 70; ++i) deep += "]";
  const auto document = Document::parse(deep + "}");
  ASSERT_FALSE(document.has_value());
  EXPECT_EQ(document.error().message, "nested deeper than 64 levels");
}

}  // namespace
}  // namespace sallyport::store
