// SPDX-License-Identifier: Apache-2.0
#include "operator/base/digest.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sallyport {
namespace {

TEST(Sha256, GivesTheKnownAnswers) {  // FIPS 180-4 examples
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, ComesAsBytesToo) {
  EXPECT_EQ(base64_encode(sha256("abc")), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

TEST(ShortHash, IsTheBeginningOfTheWholeOne) {
  EXPECT_EQ(short_hash("abc"), "ba7816bf8f");
  EXPECT_EQ(short_hash("abc", 64), sha256_hex("abc"));
  EXPECT_EQ(short_hash("abc", 0), "");
}

TEST(UuidV5, IsTheSameForEverBecauseOutsideNamesDependOnIt) {
  // Recorded, and checked against another implementation (python's uuid5 with the same namespace).
  EXPECT_EQ(uuid_v5("team-a/scoring"), "a98c158a-f303-547c-95e2-64e86d688a1f");
  EXPECT_NE(uuid_v5("team-a/scoring"), uuid_v5("team-a/scorinh"));
}

TEST(UuidV4, HasVersionAndVariantAndDiffersEachTime) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string uuid = uuid_v4();
    ASSERT_EQ(uuid.size(), 36U);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos) << uuid;
    seen.insert(uuid);
  }
  EXPECT_EQ(seen.size(), 100U);
}

TEST(Base64, GivesTheKnownAnswers) {  // RFC 4648 section 10
  const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(base64_encode(plain), coded);
    EXPECT_EQ(base64_decode(coded), Result<std::string>(plain));
  }
}

TEST(Base64, KeepsEveryByte) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(base64_decode(base64_encode(all)), Result<std::string>(all));
}

TEST(Base64, RefusesWhatIsNotStrict) {
  for (const std::string_view text :
       {"Zg", "Zg=", "Z", "Zg===", "Zh==", "Zm9=", "Zm 9", "Zm9v\n", "Zm-_", "====", "=", "Zg==Zg==", "Z=g="}) {
    EXPECT_FALSE(base64_decode(text).has_value()) << text;
  }
}

TEST(Base64Url, HasNoPaddingAndNoCharacterThatUrlsMind) {
  EXPECT_EQ(base64url_encode("f"), "Zg");
  EXPECT_EQ(base64url_encode("\xfb\xff\xfe"), "-__-");
}

TEST(Base64Url, IsReadBackByteByByte) {
  std::string all;
  for (int i = 0; i < 256; ++i) {
    all += static_cast<char>(i);
    EXPECT_EQ(base64url_decode(base64url_encode(all)), Result<std::string>(all));
  }
  EXPECT_EQ(base64url_decode(""), Result<std::string>(""));
}

TEST(Base64Url, HasOneSpellingOnly) {
  for (const std::string_view text :
       {"Z", "Zg==", "Zg=", "Zh", "Zm9", "Zm9vZ", "Zm 9", "Zm9v\n", "Zm+_", "Zm/_", "Zm9v.", "Zg\xc3"}) {
    EXPECT_FALSE(base64url_decode(text).has_value()) << text;
  }
}

TEST(RandomToken, HasTheEntropyAsked) {
  EXPECT_EQ(random_token().reveal().size(), 43U);
  EXPECT_EQ(random_token(16).reveal().size(), 22U);
  EXPECT_FALSE(random_token() == random_token());
}

TEST(RandomName, BeginsWithALetterAndHasOnlyLettersAndDigits) {
  for (int i = 0; i < 200; ++i) {
    const std::string name = random_name(8);
    ASSERT_EQ(name.size(), 8U);
    EXPECT_TRUE(name[0] >= 'a' && name[0] <= 'z') << name;
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace sallyport
