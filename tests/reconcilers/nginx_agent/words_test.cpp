// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/words.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

namespace sallyport::nginx_agent {
namespace {

/// What nginx makes of a text in single quotes (ngx_conf_read_token): a backslash goes before a quote or another
/// backslash, and stands for a character before t, r and n; anything else it leaves.
std::string as_nginx_reads(std::string text) {
  text = text.substr(1, text.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_NE(text[i], '\'');
    EXPECT_NE(text[i], '$');
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    EXPECT_EQ(text[i + 1], 'u') << "nothing but \\uXXXX";
    out += text[i];
  }
  return out;
}

TEST(PlainWord, IsWhatNeedsNoQuotes) {
  for (const char* word :
       {"a", "fraud.ml.example.com", "/var/lib/sallyport/objects/0af", "10.0.0.0/8", "[::1]:8443", "a_b~c-d@e"})
    EXPECT_EQ(plain_word(word), Result<std::string>(word));
}

TEST(PlainWord, IsNothingThatNginxCouldTakeForMore) {
  for (const char* word : {"",     " ",   "a b",  "a;", "a{",  "a}",  "$a",  "\"a\"", "'a'", "a\\",
                           "a\nb", "a#b", "a\tb", "a*", "a|b", "a(b", "a=b", "a%b",   "a,b", "\xc3\xa9"})
    EXPECT_FALSE(plain_word(word)) << word;
  EXPECT_FALSE(plain_word(std::string_view("a\0b", 3)));
}

TEST(CommonNamePattern, MatchesTheNameAndNothingThatHoldsIt) {
  const std::string quoted = *common_name_pattern("big-ip.example.com");
  EXPECT_EQ(quoted, R"x("(^|[^\x5c],)CN=big-ip[.]example[.]com(,|$)")x");
  const std::regex pattern(quoted.substr(1, quoted.size() - 2));
  const auto matches = [&](const std::string& subject) { return std::regex_search(subject, pattern); };
  EXPECT_TRUE(matches("CN=big-ip.example.com"));
  EXPECT_TRUE(matches("O=Lab,CN=big-ip.example.com,C=DE"));
  EXPECT_FALSE(matches("CN=big-ip.example.com.evil.org"));
  EXPECT_FALSE(matches("CN=big-ipXexample.com"));
  EXPECT_FALSE(matches("O=x\\,CN=big-ip.example.com,CN=evil")) << "within another attribute's value";
  for (const char* text : {"", "a*", "a\"", "a$", "a\\d", "a(b)", "a|b"})
    EXPECT_FALSE(common_name_pattern(text)) << text;
}

TEST(JsonText, ComesOutOfNginxAsTheSameJson) {
  const nlohmann::json document = {{"plain", "https://login.example.com/a?b=c&d=%20"},
                                   {"hostile", "quotes \" ' and $request_id ${x} and \\ and \n\t\r and {}; and `~"},
                                   {"unicode", "\xc3\xa9 \xe2\x82\xac"},
                                   {"list", {"fraud:score", "a\"b"}},
                                   {"number", 7}};
  for (const bool ascii : {false, true}) {
    const std::string text = document.dump(-1, ' ', ascii);
    EXPECT_EQ(nlohmann::json::parse(as_nginx_reads(json_text(text))), document) << json_text(text);
  }
}

TEST(Milliseconds, AreSecondsWhereTheyAreWhole) {
  EXPECT_EQ(milliseconds(300000), "300s");
  EXPECT_EQ(milliseconds(1500), "1500ms");
}

}  // namespace
}  // namespace sallyport::nginx_agent
