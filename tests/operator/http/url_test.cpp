// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "operator/http/client.hpp"

namespace sallyport::http {
namespace {

TEST(ParseUrl, SplitsAnUrlIntoItsParts) {
  const Result<Url> url = parse_url("HTTPS://Idp.Example.COM:8443/a/b%20c?x=1&y=%2F");

  ASSERT_TRUE(url);
  EXPECT_EQ(*url, (Url{"https", "idp.example.com", 8443, "/a/b%20c?x=1&y=%2F"}));
  EXPECT_EQ(url->text(), "https://idp.example.com:8443/a/b%20c?x=1&y=%2F");
  EXPECT_EQ(url->without_query(), "https://idp.example.com:8443/a/b%20c");
}

TEST(ParseUrl, FillsInThePortAndThePath) {
  EXPECT_EQ(*parse_url("http://h"), (Url{"http", "h", 80, "/"}));
  EXPECT_EQ(*parse_url("https://h?q=1"), (Url{"https", "h", 443, "/?q=1"}));
  EXPECT_EQ(parse_url("https://h:443/")->origin(), "https://h");
  EXPECT_EQ(parse_url("http://h:443/")->origin(), "http://h:443");
}

TEST(ParseUrl, KeepsAnIpv6AddressWithoutItsBrackets) {
  const Result<Url> url = parse_url("https://[2001:DB8::1]:6443/api");

  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "2001:db8::1");
  EXPECT_EQ(url->origin(), "https://[2001:db8::1]:6443");
}

class RefusedUrl : public ::testing::TestWithParam<const char*> {};

TEST_P(RefusedUrl, IsAnInvalidSpec) {
  const Result<Url> url = parse_url(GetParam());

  ASSERT_FALSE(url) << url->text();
  EXPECT_EQ(url.error().code, Code::InvalidSpec);
}

INSTANTIATE_TEST_SUITE_P(ParseUrl, RefusedUrl,
                         ::testing::Values("", "example.com", "ftp://h/", "http://", "http:///path", "https://u:p@h/",
                                           "https://h:0/", "https://h:65536/", "https://h:12x/", "https://h:/",
                                           "https://h:-1/", "https://h/a b", "https://h/a\nb", "https://h/#part",
                                           "https://h/%zz", "https://h/%4", "https://a..b/", "https://-a.example/",
                                           "https://0x7f.1/", "https://127.1/", "https://2130706433/",
                                           "https://256.1.1.1/", "https://[::1", "https://[1.2.3.4]/",
                                           "https://[::1]x/", "https://h\\@e/", "https://h\xc3\xa9/",
                                           "https://h/\xc3\xa9", "https://ex ample/", "https://h%2f/"));

TEST(ParseUrl, TellsThisMachineFromANameThatLooksLikeIt) {
  for (const char* here :
       {"http://localhost:1", "http://LOCALHOST", "http://127.0.0.1", "http://127.8.9.10", "http://[::1]:1"})
    EXPECT_TRUE(parse_url(here)->is_loopback()) << here;
  for (const char* elsewhere :
       {"http://127.evil.example", "http://localhost.evil.example", "http://128.0.0.1", "http://[::2]"})
    EXPECT_FALSE(parse_url(elsewhere)->is_loopback()) << elsewhere;
}

TEST(ParseUrl, ShowsNeitherCredentialsNorQueryInItsComplaint) {
  EXPECT_EQ(parse_url("https://user:hunter2@h/").error().text().find("hunter2"), std::string::npos);
  EXPECT_EQ(parse_url("https://h/a b?token=hunter2").error().text().find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace sallyport::http
