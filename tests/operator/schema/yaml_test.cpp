// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/yaml.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sallyport::schema {
namespace {

using Json = nlohmann::ordered_json;

TEST(ToYaml, WritesBlocksInTheOrderOfKeys) {
  const Json document =
      Json::parse(R"({"b": 1, "a": {"list": ["x", {"k": "v", "l": [1]}, [], {}, [[1, 2]]], "none": null},
      "t": true, "f": 1.5})");
  EXPECT_EQ(to_yaml(document), R"(b: 1
a:
  list:
  - x
  - k: v
    l:
    - 1
  - []
  - {}
  - - - 1
      - 2
  none: null
t: true
f: 1.5
)");
}

TEST(ToYaml, QuotesWhatCouldBeTakenForSomethingElse) {
  for (const char* text :
       {"yes", "No",  "ON",  "off",  "y",    "N",    "true",  "False",      "null", "NULL", "~",    "",
        "1",   "-1",  "1.5", "0x1",  "1e3",  ".inf", "12:30", "2026-01-31", "- a",  "a: b", "a #b", "#a",
        "[a]", "{a}", "*a",  "&a",   "!a",   "%a",   "@a",    "`a",         "'a",   "\"a",  "|",    ">",
        "a:",  "a ",  " a",  "a\nb", "a\tb", "=",    "<<",    "?",          "-",    ":",    ",a",   "a\xC2\x85"}) {
    EXPECT_EQ(to_yaml(Json(text)).front(), '"') << text;
  }
}

TEST(ToYaml, LeavesHarmlessTextPlain) {
  for (const char* text :
       {"name", "fraud.ml.example.com", "/Common/x", "a b", "https://x.example/y?z", "it's", "a-b_c", "_x"}) {
    EXPECT_EQ(to_yaml(Json(text)), std::string(text) + "\n");
  }
}

TEST(ToYaml, QuotesKeysByTheSameRule) {
  EXPECT_EQ(to_yaml(Json{{"on", 1}, {"a b", 2}, {"1", 3}}), "\"on\": 1\na b: 2\n\"1\": 3\n");
}

TEST(ToYaml, IsReadBackAsItWas) {
  Json document;
  int i = 0;
  for (const char* text :
       {"yes",    "",   "a\nb", "\t", "a: b", "#",    "é",     "\xE2\x80\xA8", "\xC2\x85", "\xEF\xBB\xBF",     "\x7f",
        "\x01",   "'",  "\"",   "\\", "- x",  "0x1F", "1_000", "{{ x }}",      "a\r\nb",   "\xF0\x9F\x8C\xB7", " lead",
        "trail ", "%x", "a?b",  "|x", ">x",   "? x"}) {
    document["plain"][std::to_string(i)] = text;
    document["keys"][std::string("k") + text] = i++;
    document["list"].push_back(Json{{text, {text}}});
  }
  document["numbers"] = {1, -1, 0, 1.5, 1e300, 18446744073709551615U, INT64_MIN, true, nullptr};
  document["nested"] = Json::parse(R"([[[{"a": [[], {}, [{}]]}]], [[1], [2]]])");

  const auto back = parse_yaml(to_yaml(document));

  ASSERT_TRUE(back.has_value()) << back.error().text();
  ASSERT_EQ(back->size(), 1U);
  EXPECT_EQ(back->front(), nlohmann::json::parse(document.dump()));
}

TEST(ToYamlStream, PutsALineBeforeEachDocument) {
  EXPECT_EQ(to_yaml_stream({Json{{"a", 1}}, Json{{"b", 2}}}), "---\na: 1\n---\nb: 2\n");
}

}  // namespace
}  // namespace sallyport::schema
