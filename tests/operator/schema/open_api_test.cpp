// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/open_api.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "operator/schema/codec.hpp"
#include "operator/schema/yaml.hpp"
#include "tests/operator/schema/garden.hpp"
#include "tests/operator/schema/golden.hpp"

namespace sallyport::schema {
namespace {

using Json = nlohmann::ordered_json;

TEST(OpenApi, OfASmallStructIsThisText) {
  EXPECT_EQ(to_yaml(open_api<garden::Bed>()), R"(description: A bed.
type: object
required:
- shape
properties:
  shape:
    description: Its shape.
    type: string
    maxLength: 10
  rows:
    description: "Rows of plants. Default: 3."
    type: integer
    format: int32
    minimum: 1
    maximum: 9
)");
}

TEST(OpenApi, OfEveryOptionIsTheGoldenFile) {
  expect_golden("garden.openapi.yaml", to_yaml(open_api<garden::Garden>()));
}

TEST(OpenApi, ComparesAListThatKeepsOneWithTheFormerOne) {
  const Json stops = open_api<garden::Tour>()["properties"]["stops"];
  ASSERT_EQ(stops["x-kubernetes-validations"].size(), 1U);
  EXPECT_EQ(stops["x-kubernetes-validations"][0]["rule"], "self.exists(item, item in oldSelf)");
  EXPECT_EQ(stops["x-kubernetes-validations"][0]["message"], std::string(kMustKeepOne));
}

/// Calls for every schema in a schema.
void each(const Json& schema, const std::function<void(const Json&)>& call) {
  call(schema);
  if (schema.contains("properties")) {
    for (const auto& [name, property] : schema["properties"].items()) each(property, call);
  }
  if (schema.contains("items")) each(schema["items"], call);
  if (schema.contains("additionalProperties")) each(schema["additionalProperties"], call);
}

TEST(OpenApi, HasNoDefaultsAndBoundsEveryTextListAndMap) {
  for (const Json& root : {open_api<garden::Garden>(), open_api<garden::GardenStatus>()}) {
    each(root, [](const Json& schema) {
      EXPECT_FALSE(schema.contains("default")) << schema;
      EXPECT_TRUE(schema.contains("type")) << schema;
      if (schema["type"] == "string") {
        EXPECT_TRUE(schema.contains("maxLength") || schema.contains("enum")) << schema;
      }
      if (schema["type"] == "array") {
        EXPECT_TRUE(schema.contains("maxItems")) << schema;
      }
      if (schema.contains("additionalProperties")) {
        EXPECT_TRUE(schema.contains("maxProperties")) << schema;
      }
    });
  }
}

TEST(CelName, EscapesReservedWordsAndSigns) {
  EXPECT_EQ(cel_name("host"), "host");
  EXPECT_EQ(cel_name("namespace"), "__namespace__");
  EXPECT_EQ(cel_name("in"), "__in__");
  EXPECT_EQ(cel_name("a-b.c/d"), "a__dash__b__dot__c__slash__d");
  EXPECT_EQ(cel_name("a__b"), "a__underscores__b");
}

TEST(CelText, EscapesQuotesAndBackslashes) {
  EXPECT_EQ(cel_text("it's \\"), "'it\\'s \\\\'");
}

}  // namespace
}  // namespace sallyport::schema
