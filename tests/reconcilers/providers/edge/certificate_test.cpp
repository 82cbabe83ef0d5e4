// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/certificate.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"
#include "tests/testing/fake_clock.hpp"
#include "tests/testing/test_certificates.hpp"

namespace sallyport::edge {
namespace {

using bigip::testing::make_pems;
using bigip::testing::tls_secret;

SystemTime at(std::int64_t seconds) {
  return SystemTime(std::chrono::seconds(seconds));
}

std::string complaint(const ir::SecretBytes& bytes, SystemTime now = at(1000)) {
  const Result<KeyPair> pair = read_key_pair(bytes, now);
  if (pair) return "";
  EXPECT_EQ(pair.error().code, Code::InvalidSpec);
  EXPECT_EQ(pair.error().where, "spec.tls.secretName");
  return pair.error().message;
}

TEST(ReadKeyPair, TakesALeafWithItsKey) {
  const Result<KeyPair> pair = read_key_pair(tls_secret(make_pems()), at(1000));

  ASSERT_TRUE(pair.has_value());
  EXPECT_TRUE(pair->certificate.starts_with("-----BEGIN CERTIFICATE-----"));
  EXPECT_TRUE(pair->key.reveal().starts_with("-----BEGIN PRIVATE KEY-----"));
  EXPECT_EQ(pair->chain, "");
}

TEST(ReadKeyPair, PartsTheLeafFromItsChainAndDropsWhatStandsBetween) {
  bigip::testing::Pems pems = make_pems();
  pems.certificate += "Bag Attributes: ' \" {\n" + make_pems().certificate;

  const Result<KeyPair> pair = read_key_pair(tls_secret(pems), at(1000));

  ASSERT_TRUE(pair.has_value());
  EXPECT_TRUE(pair->chain.starts_with("-----BEGIN CERTIFICATE-----"));
  EXPECT_EQ((pair->certificate + pair->chain).find("Bag"), std::string::npos);
}

TEST(ReadKeyPair, SaysWhatIsMissing) {
  EXPECT_EQ(complaint({}), "the Secret has no tls.crt");
  EXPECT_EQ(complaint({{"tls.crt", Secret("x")}}), "the Secret has no tls.key");
  EXPECT_EQ(complaint({{"tls.crt", Secret("x")}, {"tls.key", Secret("y")}}), "tls.crt holds no PEM certificate");
}

TEST(ReadKeyPair, RefusesAnothersKey) {
  bigip::testing::Pems pems = make_pems();
  pems.key = make_pems().key;

  EXPECT_EQ(complaint(tls_secret(pems)), "tls.key does not belong to the first certificate of tls.crt");
}

TEST(ReadKeyPair, RefusesABrokenKeyWithoutShowingIt) {
  bigip::testing::Pems pems = make_pems();
  pems.key = "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n";

  const std::string words = complaint(tls_secret(pems));

  EXPECT_EQ(words, "tls.key is no PEM private key, or it is encrypted");
}

TEST(ReadKeyPair, RefusesWhatHasExpiredOrIsNotValidYet) {
  EXPECT_EQ(complaint(tls_secret(make_pems(1, 1000)), at(1000)), "the certificate has expired at 1970-01-01T00:16:40Z");
  EXPECT_EQ(complaint(tls_secret(make_pems(2000, 3000)), at(1000)),
            "the certificate is not valid before 1970-01-01T00:33:20Z");
}

TEST(KeyPairs, ReadsASecretOnceForAllThatShowItsCertificate) {
  bigip::testing::MemorySecrets secrets({"fraud"});
  const sallyport::testing::FakeClock clock;
  KeyPairs pairs(secrets, clock);

  EXPECT_TRUE(pairs.read({"risk", "fraud-tls", "u", "7"}).has_value());
  EXPECT_TRUE(pairs.read({"risk", "fraud-tls", "u", "7"}).has_value());
  EXPECT_EQ(secrets.reads(), 1);
  EXPECT_TRUE(pairs.read({"risk", "fraud-tls", "u", "8"}).has_value());
  EXPECT_EQ(secrets.reads(), 2);
  EXPECT_EQ(pairs.read({"risk", "nobody-tls", "u", "1"}).error().where, "spec.tls.secretName");
}

TEST(Placeholder, NamesTheSecretInsteadOfReadingIt) {
  const KeyPair pair = placeholder({"risk", "fraud-tls", "u", "7"});

  EXPECT_EQ(pair.certificate, "<secret risk/fraud-tls#tls.crt>");
  EXPECT_EQ(pair.key.reveal(), "<secret risk/fraud-tls#tls.key>");
}

KeyPair shown(const std::string& certificate, const std::string& chain = "") {
  return KeyPair{certificate, chain, Secret()};
}

TEST(ShownFacts, TellWhenTheLeafExpiresAndNotWhenItsRootDoes) {
  const testing::TestAuthority authority;
  const auto leaf = authority.issue({.names = {"fraud.ml.example.com"}, .valid_until = std::chrono::hours(9999)});

  const ir::Facts alone = shown_facts(shown(leaf.cert_pem), "fraud.ml.example.com");
  const ir::Facts with_root = shown_facts(shown(leaf.cert_pem, authority.cert_pem()), "fraud.ml.example.com");

  EXPECT_FALSE(alone.contains("certificate_problem"));
  EXPECT_EQ(alone, with_root);
}

TEST(ShownFacts, MindNeitherOrderNorWhatNobodyNeeds) {
  const testing::TestAuthority authority;
  const testing::TestAuthority another("Another");
  const auto leaf = authority.issue({.names = {"a.example.com"}});
  const auto expired = another.issue({.names = {"b.example.com"}, .valid_until = -std::chrono::hours(1)});

  const ir::Facts facts = shown_facts(shown(leaf.cert_pem, expired.cert_pem + authority.cert_pem()), "a.example.com");

  EXPECT_EQ(facts, shown_facts(shown(leaf.cert_pem), "a.example.com"));
}

TEST(ShownFacts, KnowAnEndThatTheClockCannotHold) {
  const auto for_good =
      testing::self_signed({.names = {"a.example.com"}, .valid_until = std::chrono::hours(24 * 365 * 400)});

  EXPECT_EQ(shown_facts(shown(for_good.cert_pem), "a.example.com").at("certificate_until"),
            to_rfc3339(SystemTime::max()));
}

TEST(ShownFacts, TellOfAnotherName) {
  const testing::TestAuthority authority;
  const auto wildcard = authority.issue({.common_name = "fraud.other.com", .names = {"*.ml.example.com"}});

  EXPECT_FALSE(shown_facts(shown(wildcard.cert_pem), "fraud.ml.example.com").contains("certificate_problem"));
  EXPECT_EQ(shown_facts(shown(wildcard.cert_pem), "fraud.other.com").at("certificate_problem"),
            "the certificate is not for fraud.other.com");
}

TEST(ShownFacts, TellOfAChainThatIsNone) {
  const testing::TestAuthority authority;
  const testing::TestAuthority same_name;  // as after a renewal
  const auto leaf = authority.issue({.names = {"a.example.com"}});

  EXPECT_THAT(shown_facts(shown(leaf.cert_pem, same_name.cert_pem()), "a.example.com").at("certificate_problem"),
              ::testing::HasSubstr("none of the certificates after the first of tls.crt has signed it"));
}

TEST(ShownFacts, SayNothingOfAPlaceholder) {
  EXPECT_TRUE(shown_facts(placeholder({"risk", "fraud-tls", "u", "1"}), "a.example.com").empty());
}

}  // namespace
}  // namespace sallyport::edge
