// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/metadata.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sallyport::schema {
namespace {

using nlohmann::json;

TEST(ReadMetadata, ReadsWhatWeKeep) {
  const auto read = read_metadata(json::parse(R"({"metadata": {
      "name": "fraud", "namespace": "risk", "uid": "u-1", "resourceVersion": "42", "generation": 7,
      "creationTimestamp": "2026-01-31T10:20:30Z", "deletionTimestamp": "2026-02-01T00:00:00Z",
      "labels": {"team": "risk"}, "annotations": {"note": "x"}, "finalizers": ["a/b", "c/d"]}})"));

  ASSERT_TRUE(read.has_value());
  Metadata want{"fraud", "risk", Uid("u-1"), "42", 7, "2026-01-31T10:20:30Z"};
  want.deletion_timestamp = "2026-02-01T00:00:00Z";
  want.labels = {{"team", "risk"}};
  want.annotations = {{"note", "x"}};
  want.finalizers = {"a/b", "c/d"};
  EXPECT_EQ(*read, want);
}

TEST(ReadMetadata, NeedsNoMoreThanAName) {
  const auto read = read_metadata(json::parse(R"({"metadata": {"name": "x", "labels": null}})"));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, (Metadata{"x", "", Uid(), "", 0, ""}));
}

TEST(ReadMetadata, NeverLooksAtManagedFieldsAndForgetsLastApplied) {
  const auto read = read_metadata(json::parse(R"({"metadata": {"name": "x", "managedFields": 5, "annotations":
      {"kubectl.kubernetes.io/last-applied-configuration": "{}", "kept": "1"}}})"));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->annotations, (std::map<std::string, std::string>{{"kept", "1"}}));
}

TEST(ReadMetadata, NamesTheFieldThatIsWrong) {
  const auto where = [](const char* text) {
    const auto read = read_metadata(json::parse(text));
    return read.has_value() ? std::string("read") : read.error().where;
  };
  EXPECT_EQ(where("[]"), "metadata");
  EXPECT_EQ(where("{}"), "metadata");
  EXPECT_EQ(where(R"({"metadata": []})"), "metadata");
  EXPECT_EQ(where(R"({"metadata": {}})"), "metadata.name");
  EXPECT_EQ(where(R"({"metadata": {"name": 1}})"), "metadata.name");
  EXPECT_EQ(where(R"({"metadata": {"name": "x", "generation": "1"}})"), "metadata.generation");
  EXPECT_EQ(where(R"({"metadata": {"name": "x", "labels": []}})"), "metadata.labels");
  EXPECT_EQ(where(R"({"metadata": {"name": "x", "labels": {"a": 1}}})"), "metadata.labels[a]");
  EXPECT_EQ(where(R"({"metadata": {"name": "x", "finalizers": {}}})"), "metadata.finalizers");
  EXPECT_EQ(where(R"({"metadata": {"name": "x", "finalizers": [1]}})"), "metadata.finalizers");
  EXPECT_EQ(where(R"({"metadata": {"name": "x", "uid": {}}})"), "metadata.uid");
}

}  // namespace
}  // namespace sallyport::schema
