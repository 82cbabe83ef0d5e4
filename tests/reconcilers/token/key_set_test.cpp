// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/key_set.hpp"

#include <gtest/gtest.h>

#include "tests/reconcilers/token/token_issuer.hpp"

namespace sallyport::token {
namespace {

using testing::SigningKey;

KeySet set_of(const json& keys) {
  auto set = KeySet::read(json{{"keys", keys}}.dump());
  EXPECT_TRUE(set);
  return set ? std::move(*set) : KeySet();
}

std::string chosen(const KeySet& set, const Header& header) {
  const auto key = set.choose(header);
  return key ? (*key)->id() : std::string(to_string(key.error().reason));
}

json with(json jwk, const std::string& name, json value) {
  jwk[name] = std::move(value);
  return jwk;
}

TEST(KeySet, FindsTheKeyThatTheHeaderNames) {
  const KeySet set = set_of(json::array({SigningKey("P-256", "a").jwk(), SigningKey("P-384", "b").jwk()}));
  EXPECT_EQ(chosen(set, {Algorithm::ES256, "a", ""}), "a");
  EXPECT_EQ(chosen(set, {Algorithm::ES384, "b", ""}), "b");
  EXPECT_EQ(chosen(set, {Algorithm::ES384, "a", ""}), "key_unfit");
  EXPECT_EQ(chosen(set, {Algorithm::ES256, "c", ""}), "key_unknown");
}

TEST(KeySet, WithoutAnIdTakesTheOnlyKeyThatFits) {
  const json first = SigningKey("P-256", "a").jwk(), second = SigningKey("P-256", "b").jwk();
  const json other = SigningKey("P-384", "c").jwk();
  EXPECT_EQ(chosen(set_of(json::array({first, other})), {Algorithm::ES256, "", ""}), "a");
  EXPECT_EQ(chosen(set_of(json::array({first, second})), {Algorithm::ES256, "", ""}), "key_unknown");
  EXPECT_EQ(chosen(set_of(json::array({other})), {Algorithm::ES256, "", ""}), "key_unknown");
}

TEST(KeySet, SetsAKeyAsideThatItCannotUseAndKeepsTheOthers) {
  const json good = SigningKey("P-256", "good").jwk(), twice = SigningKey("P-256", "twice").jwk();
  const json encryption = with(SigningKey("P-256", "enc").jwk(), "use", "enc");
  const json published = with(SigningKey("P-256", "published").jwk(), "d", "AAAA");
  const json secret{{"kty", "oct"}, {"kid", "secret"}, {"k", "AAAA"}};
  const KeySet set =
      set_of(json::array({good, twice, twice, encryption, published, secret, json("key"), json{{"kid", 7}}}));
  ASSERT_EQ(set.keys().size(), 1U);
  EXPECT_EQ(set.keys().front().id(), "good");
  std::vector<std::string> unused;
  for (const UnusedKey& key : set.unused()) unused.push_back(key.id + ": " + key.why + (key.compromised ? "!" : ""));
  EXPECT_EQ(unused,
            (std::vector<std::string>{
                "twice: shares its 'kid' with another key", "twice: shares its 'kid' with another key",
                "enc: 'use' is not 'sig'", "published: holds what only its owner may know!",
                "secret: holds what only its owner may know", ": is not an object", ": 'kid' is not a string"}));
}

TEST(KeySet, DoesNotTrustAKeyWhosePrivatePartWasPublishedUnderAnyId) {
  const json good = SigningKey("P-256", "a").jwk();
  const json published = with(with(good, "kid", "b"), "d", "AAAA");
  EXPECT_TRUE(set_of(json::array({good, published})).keys().empty());
  const std::string thumbprint = PublicKey::read(good)->thumbprint();
  const auto later = KeySet::read(json{{"keys", json::array({good})}}.dump(), {thumbprint});
  ASSERT_TRUE(later);
  ASSERT_EQ(later->unused().size(), 1U);
  EXPECT_EQ(later->unused().front().why, "is the public part of a private key that was published");
}

TEST(KeySet, IsRefusedAsAWholeWhenItIsNone) {
  const auto error_of = [](const std::string& text) { return KeySet::read(text).error().message; };
  EXPECT_EQ(error_of("<html>"), "the key set is not JSON");
  EXPECT_EQ(error_of("{}"), "the key set has no list 'keys' (RFC 7517 section 5)");
  EXPECT_EQ(error_of(R"({"keys":{}})"), "the key set has no list 'keys' (RFC 7517 section 5)");
  EXPECT_EQ(error_of(R"({"keys":[],"keys":[]})"), "the key set has a member twice");
  EXPECT_EQ(error_of(json{{"keys", std::vector<int>(101)}}.dump()), "the key set has more than 100 keys");
  EXPECT_EQ(error_of(json{{"keys", json::array()}, {"x", std::string(kMaxKeySetSize, 'x')}}.dump()),
            "the key set is longer than 256 KiB");
  EXPECT_TRUE(KeySet::read(R"({"keys":[]})"));
}

}  // namespace
}  // namespace sallyport::token
