// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "operator/schema/yaml.hpp"

namespace sallyport::schema {
namespace {

using nlohmann::json;

/// All documents as one JSON array, or the error.
std::string parsed(std::string_view text) {
  const auto documents = parse_yaml(text);
  return documents.has_value() ? json(*documents).dump() : documents.error().text();
}

TEST(ParseYaml, ReadsManifests) {
  EXPECT_EQ(parsed(R"(
apiVersion: v1   # a comment
metadata: {name: edge, labels: {on: "yes"}}
spec:
  list:
  - a
  - {b: 1}
  -
    - nested
  text: |
    two
    lines
  folded: >-
    one
    line
)"),
            R"([{"apiVersion":"v1","metadata":{"labels":{"true":"yes"},"name":"edge"},"spec":{"folded":"one line",)"
            R"("list":["a",{"b":1},["nested"]],"text":"two\nlines\n"}}])");
}

TEST(ParseYaml, ReadsSeveralDocumentsAndLeavesEmptyOnesOut) {
  EXPECT_EQ(parsed("---\na: 1\n---\n---\n# nothing\n---\nb: 2\n...\n"), R"([{"a":1},{"b":2}])");
  EXPECT_EQ(parsed(""), "[]");
  EXPECT_EQ(parsed("# only words\n"), "[]");
}

TEST(ParseYaml, ReadsJson) {
  EXPECT_EQ(parsed(R"({"a": [1, true, null, "x\n"]})"), R"([{"a":[1,true,null,"x\n"]}])");
}

TEST(ParseYaml, ReadsAliasesAndMerges) {
  EXPECT_EQ(parsed("a: &x {k: 1}\nb: *x\n"), R"([{"a":{"k":1},"b":{"k":1}}])");
  EXPECT_EQ(parsed("a: &x {k: 1, l: 2}\nb: {<<: *x, l: 3}\n"), R"([{"a":{"k":1,"l":2},"b":{"k":1,"l":3}}])");
  EXPECT_EQ(parsed("a: &x {k: 1}\nb: &y {k: 2, m: 3}\nc:\n  <<: [*x, *y]\n"),
            R"([{"a":{"k":1},"b":{"k":2,"m":3},"c":{"k":1,"m":3}}])");
  EXPECT_EQ(parsed("a: {\"<<\": 1}"), R"([{"a":{"<<":1}}])");
}

TEST(ParseYaml, MakesKeysText) {
  EXPECT_EQ(parsed("1: a\nyes: b\n2.5: c\n"), R"([{"1":"a","2.5":"c","true":"b"}])");
}

TEST(ParseYaml, NamesLineAndColumn) {
  EXPECT_EQ(parsed("a: 1\nb: 2\na: 3\n"), "line 3, column 1: key 'a' appears twice");
  EXPECT_EQ(parsed("a: 1\nyes: 2\ntrue: 3\n"), "line 3, column 1: key 'true' appears twice");
  EXPECT_EQ(parsed("a:\n  b: .nan\n"),
            "line 2, column 6: JSON has no infinite numbers and no NaN; quote it if it is text");
  EXPECT_EQ(parsed("a: !thing 1\n"), "line 1, column 4: tag !thing is not understood");
  EXPECT_EQ(parsed("a: !thing {b: 1}\n"), "line 1, column 4: tag !thing is not understood");
  EXPECT_EQ(parsed("? [a]\n: 1\n"),
            "line 1, column 3: a map or a list cannot be a key; is a bracket before it not closed?");
  EXPECT_EQ(parsed("~: 1\n"), "line 1, column 1: a key must not be null");
  EXPECT_EQ(parsed("a: &x [*x]\n"), "line 1, column 8: an alias inside its own anchor");
  EXPECT_EQ(parsed("a: {<<: 1}\n"), "line 1, column 9: << takes a map or a list of maps");
  EXPECT_EQ(parsed("a: &x k\n*x : 1\n"), "line 2, column 1: an alias as a key is not understood");
}

TEST(ParseYaml, WantsALineBeforeEachFurtherDocument) {
  EXPECT_EQ(parsed("- a\nb: 1\n"), "line 2, column 1: the document before has ended; a new one wants ---");
  EXPECT_EQ(parsed("---\na: 1\n--- {b: 1}\n"), R"([{"a":1},{"b":1}])");
  EXPECT_EQ(parsed("%YAML 1.1\n---\na: 1\n...\n%YAML 1.1\n---\nb: 1\n"), R"([{"a":1},{"b":1}])");
}

TEST(ParseYaml, RefusesEscapesThatWouldMakeBareBytes) {
  EXPECT_EQ(parsed("a: \"\\N\"\n"), "line 1, column 4: the escapes \\N and \\_ are not understood");
  EXPECT_EQ(parsed("a: \"\\u0085\\u2028\\x41\"\n"),
            "[{\"a\":\"\xC2\x85\xE2\x80\xA8"
            "A\"}]");
}

TEST(ParseYaml, NamesThePlaceOfSyntaxErrorsToo) {
  for (const char* text :
       {"a: [1, 2", "a: 'x", "a: b: c", "\ta: 1", "a: *nobody", "- a\nb: 1", "{a: 1}}", "a: \"\\q\""}) {
    const auto documents = parse_yaml(text);
    ASSERT_FALSE(documents.has_value()) << text;
    EXPECT_EQ(documents.error().code, Code::InvalidSpec);
    EXPECT_TRUE(documents.error().where.starts_with("line ")) << documents.error().text();
  }
}

TEST(ParseYaml, RefusesWhatIsNoText) {
  EXPECT_EQ(parsed("a: 1\nb: \xff\n"), "line 2, column 4: must be text in UTF-8");
  EXPECT_EQ(parsed(std::string_view("a: 1\nb:\0 \xff\n", 11)), "line 2, column 3: a NUL byte; must be text");
  EXPECT_EQ(parsed(std::string_view("\xff\xfe"
                                    "a\0",
                                    4)),
            "line 1, column 1: must be text in UTF-8");
}

TEST(ParseYaml, RefusesTooMuch) {
  EXPECT_EQ(parsed(std::string(kMaxYamlBytes + 1, ' ')), "line 1, column 1: more than 4 MiB");
}

TEST(ParseYaml, NestsToItsLimitAndNoDeeper) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_yaml(nested(kMaxYamlDepth)).has_value());
  EXPECT_EQ(parsed(nested(kMaxYamlDepth + 1)), "line 1, column 65: nested too deeply");
}

TEST(ParseYaml, CountsTheDepthBehindAliases) {
  std::string text = "a0: &a0 [1]\n";
  for (int i = 1; i < 70; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  }
  EXPECT_NE(parsed(text).find("nested too deeply"), std::string::npos);
}

TEST(ParseYaml, StopsAliasBombs) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) text += (k > 0 ? ", " : "") + before;
    text += "]\n";
  }
  EXPECT_NE(parsed(text).find("too large once its aliases are written out"), std::string::npos);
}

TEST(ParseYaml, SpeaksOfAliasesOnlyWhereThereAreSome) {
  std::string text = "[";
  while (text.size() < kMaxYamlBytes - 8) text += "1,";
  EXPECT_NE(parsed(text + "1]").find("too many values for one text"), std::string::npos);
}

TEST(ParseYaml, StopsAliasesOfOneLargeText) {
  std::string text = "a: &a " + std::string(1 << 20, 'x') + "\nb: [";
  for (int i = 0; i < 1000; ++i) text += "*a, ";
  text += "]\n";
  EXPECT_NE(parsed(text).find("too large once its aliases are written out"), std::string::npos);
}

TEST(ParseYaml, EndsSoonWhateverTheInput) {
  const auto repeat = [](std::string_view piece) {
    std::string text;
    while (text.size() + piece.size() <= kMaxYamlBytes / 8) text += piece;
    return text;
  };
  for (const char* piece :
       {"[", "{",  "- ",   "? ",   ": ",  "&a ", "!a ", "*a ", "'", "\"", "|\n", "a: ", "a:\n ", "---\n",
        "%", "[]", "{a: ", "&a [", "- [", "\n",  " ",   "\t",  "#", ",",  "\\",  "a\n", "!<",    "-\n"}) {
    const auto before = std::chrono::steady_clock::now();
    static_cast<void>(parse_yaml(repeat(piece)));
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(30)) << piece;
  }
}

}  // namespace
}  // namespace sallyport::schema
