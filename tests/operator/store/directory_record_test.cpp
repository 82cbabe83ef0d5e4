// SPDX-License-Identifier: Apache-2.0
#include "operator/store/directory_record.hpp"

#include <nlohmann/json.hpp>

#include "tests/operator/store/directory_edge.hpp"

namespace sallyport::store {
namespace {

Record record(const std::string& kind) {
  Record made{.key = {kind, "risk", "a"}};
  made.meta = {.name = "a",
               .ns = "risk",
               .uid = Uid("u1"),
               .resource_version = "7",
               .generation = 3,
               .creation_timestamp = "2026-01-02T03:04:05Z",
               .deletion_timestamp = "2026-01-03T03:04:05Z",
               .labels = {{"l", "1"}},
               .annotations = {{"n", "2"}},
               .finalizers = {"f"}};
  return made;
}

TEST(RecordTest, SurvivesBeingWritten) {
  Record object = record("Gate");
  object.file = "team/a.yaml";
  object.spec = R"({"host":"h"})";
  object.accepted = R"({"host":"g"})";
  object.status = R"({"address":"x"})";
  object.faults = {{"spec.host", "is wrong"}};

  const auto read = read_record(write_record(object).reveal());

  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->key, object.key);
  EXPECT_EQ(read->meta, object.meta);
  EXPECT_EQ(std::tie(read->file, read->spec, read->accepted, read->status, read->faults),
            std::tie(object.file, object.spec, object.accepted, object.status, object.faults));
}

TEST(RecordTest, KeepsTheBytesOfTheOperatorsOwnSecrets) {
  Record secret = record("Secret");
  secret.bytes.emplace("k", Secret(std::string("\0\xff binary", 9)));
  secret.owner = Uid("u9");

  const auto read = read_record(write_record(secret).reveal());

  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->bytes, secret.bytes);
  EXPECT_EQ(read->owner, secret.owner);
}

TEST(RecordTest, IsAnErrorWhenItIsNone) {
  for (const char* text : {"", "7", "{}", "{\"kind\":\"Gate\"}", "{\"kind\":1,\"metadata\":{\"name\":\"a\"}}",
                           "{\"kind\":\"Secret\",\"metadata\":{\"name\":\"a\"},\"data\":{\"k\":\"%\"}}"}) {
    EXPECT_EQ(read_record(text).error().code, Code::InvalidSpec) << text;
  }
}

TEST(ObjectText, IsAWholeObject) {
  Record object = record("Gate");
  object.status = R"({"address":"x"})";

  const auto whole = nlohmann::json::parse(object_text(object, R"({"host":"h"})"));

  EXPECT_EQ(whole.at("spec").at("host"), "h");
  EXPECT_EQ(whole.at("status").at("address"), "x");
  EXPECT_EQ(whole.at("metadata").at("uid"), "u1");
  EXPECT_EQ(whole.at("kind"), "Gate");
}

}  // namespace
}  // namespace sallyport::store
