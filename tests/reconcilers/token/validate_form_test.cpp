// SPDX-License-Identifier: Apache-2.0
// Tokens that have to be refused for how they are written.
#include <gtest/gtest.h>

#include "reconcilers/token/validate.hpp"
#include "tests/reconcilers/token/token_issuer.hpp"

namespace sallyport::token {
namespace {

/// The same signature in another text: the last character has four bits that do not count.
std::string with_unused_bit(std::string token) {
  static const std::string kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  token.back() = kDigits[kDigits.find(token.back()) + 1];
  return token;
}

TEST_F(Validate, RefusesWhatWasChangedAfterwards) {
  const std::string good = issuer_.token();
  const std::size_t first = good.find('.'), last = good.rfind('.');
  const std::string signature = *base64url_decode(good.substr(last + 1));
  json other = TokenIssuer::payload();
  other["sub"] = "admin";
  const std::string payload = good.substr(0, first + 1) + base64url_encode(other.dump()) + good.substr(last);
  expect({{"payload", payload, "signature_invalid"},
          {"signature cut", good.substr(0, last + 1) + base64url_encode(signature.substr(0, 60)), "signature_invalid"},
          {"signature empty", good.substr(0, last + 1), "signature_invalid"}});
}

TEST_F(Validate, NoBitCanBeFlipped) {
  const std::string good = issuer_.token();
  const auto keys = KeySet::read(issuer_.key_set());
  ASSERT_TRUE(keys);
  ASSERT_TRUE(validate(good, *keys, TokenIssuer::demand(), kNow));
  for (std::size_t i = 0; i < 8 * good.size(); ++i) {
    std::string bad = good;
    bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
    EXPECT_FALSE(validate(bad, *keys, TokenIssuer::demand(), kNow)) << "bit " << i;
  }
}

TEST_F(Validate, RefusesOtherShapes) {
  const std::string good = issuer_.token();
  const std::string start = good.substr(0, good.rfind('.'));
  const std::string filled = good + std::string((kMaxTokenSize - good.size()) / 4 * 4, 'A');
  const json flattened{{"payload", "e30"}, {"protected", "e30"}, {"signature", "e30"}};
  expect({{"two parts", start, "malformed"},
          {"four parts", good + ".e30", "malformed"},
          {"five parts", good + ".e30.e30", "malformed"},
          {"nothing", "", "malformed"},
          {"dots", "..", "malformed"},
          {"JSON serialisation", flattened.dump(), "malformed"},
          {"just below the largest", filled, "signature_invalid"},
          {"1 MiB", good + std::string(1 << 20, 'A'), "too_large"}});
}

TEST_F(Validate, TakesOneSpellingOfBase64Only) {
  const std::string good = issuer_.token();
  const std::size_t first = good.find('.');
  ASSERT_EQ((good.size() - good.rfind('.') - 1) % 4, 2U);
  expect({{"padded", good + "==", "malformed"},
          {"a space", good.substr(0, first) + " " + good.substr(first), "malformed"},
          {"a newline at the end", good + "\n", "malformed"},
          {"a plus", good.substr(0, first + 1) + "+" + good.substr(first + 2), "malformed"},
          {"a slash", good.substr(0, first + 1) + "/" + good.substr(first + 2), "malformed"},
          {"an impossible length", good + "AAA", "malformed"},
          {"unused bits", with_unused_bit(good), "malformed"}});
}

TEST_F(Validate, TakesOneSpellingOfJsonOnly) {
  const std::string header = issuer_.header().dump(), payload = TokenIssuer::payload().dump();
  const auto with = [&](const std::string& added) { return "{" + added + "," + payload.substr(1); };
  std::string deep(2000, '[');
  deep += std::string(2000, ']');
  expect({{"a list", issuer_.raw(header, "[" + payload + "]"), "malformed"},
          {"no UTF-8", issuer_.raw(header, with("\"x\":\"\xff\"")), "malformed"},
          {"a byte order mark", issuer_.raw(header, "\xEF\xBB\xBF" + payload), "malformed"},
          {"sub twice", issuer_.raw(header, with(R"("sub":"admin")")), "malformed"},
          {"alg twice", issuer_.raw(R"({"alg":"none",)" + header.substr(1), payload), "malformed"},
          {"something after it", issuer_.raw(header, payload + "x"), "malformed"},
          {"a second document", issuer_.raw(header, payload + payload), "malformed"},
          {"more after a NUL byte", issuer_.raw(header, payload + std::string(1, '\0') + payload), "malformed"},
          {"deep", issuer_.raw(header, with("\"x\":" + deep)), "malformed"}});
}

TEST_F(Validate, TakesOneSpellingOfAnEcdsaSignatureOnly) {
  const std::string good = issuer_.token();
  const std::string start = good.substr(0, good.rfind('.') + 1);
  const std::string raw = *base64url_decode(good.substr(start.size()));
  const std::string der = "\x30\x44\x02\x20" + raw.substr(0, 32) + "\x02\x20" + raw.substr(32);
  expect({{"DER", start + base64url_encode(der), "signature_invalid"},
          {"r and s zero", start + base64url_encode(std::string(64, '\0')), "signature_invalid"},
          {"65 bytes", start + base64url_encode(raw + std::string(1, '\0')), "signature_invalid"},
          {"63 bytes", start + base64url_encode(raw.substr(1)), "signature_invalid"}});
}

}  // namespace
}  // namespace sallyport::token
