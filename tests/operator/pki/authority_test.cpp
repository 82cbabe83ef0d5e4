// SPDX-License-Identifier: Apache-2.0
#include "operator/pki/authority.hpp"

#include <gmock/gmock.h>
#include <openssl/x509v3.h>

#include "tests/testing/test_certificates.hpp"

namespace sallyport::pki {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const SystemTime kNow = std::chrono::sys_days{std::chrono::year(2026) / 11 / 22};
const Term kDay{kNow, kNow + 24h};

/// Whether `leaf` is vouched for by `authority`, at a time within its term, for a purpose.
bool vouches(const std::string& authority, const std::string& leaf, int purpose, SystemTime at = kNow + 1h) {
  const Certificate top = *Certificate::read(authority), bottom = *Certificate::read(leaf);
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), X509_STORE_free);
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  X509_STORE_add_cert(store.get(), top.get());
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(X509_STORE_CTX_new(),
                                                                                X509_STORE_CTX_free);
  X509_STORE_CTX_init(context.get(), store.get(), bottom.get(), nullptr);
  X509_STORE_CTX_set_purpose(context.get(), purpose);
  X509_STORE_CTX_set_time(context.get(), 0, std::chrono::system_clock::to_time_t(at));
  return X509_verify_cert(context.get()) == 1;
}

TEST(Authority, VouchesForAServerByItsNames) {
  const Authority authority = *Authority::make("agents", {kNow, kNow + 240h});
  const auto issued = authority.issue_server(*Key::make(), {"agents.ns.svc", "127.0.0.1", "::1"}, kDay);

  ASSERT_TRUE(issued) << issued.error().text();
  const Certificate leaf = *Certificate::read(*issued);
  EXPECT_TRUE(vouches(authority.certificate().pem(), *issued, X509_PURPOSE_SSL_SERVER));
  EXPECT_FALSE(vouches(authority.certificate().pem(), *issued, X509_PURPOSE_SSL_CLIENT));
  EXPECT_EQ(X509_check_host(leaf.get(), "agents.ns.svc", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(leaf.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(leaf.get(), "::1", 0), 1);
}

TEST(Authority, RefusesNamesThatAreNone) {
  const Authority authority = *Authority::make("agents", {kNow, kNow + 240h});
  for (const char* name : {"", "a,DNS:b", "A.example.com", "*.example.com", "a b"}) {
    EXPECT_EQ(authority.issue_server(*Key::make(), {name}, kDay).error().code, Code::InvalidSpec) << name;
  }
  EXPECT_EQ(authority.issue_server(*Key::make(), {}, kDay).error().code, Code::InvalidSpec);
}

TEST(Authority, VouchesForAClientByTheNameThatItIsToldAndTheKeyThatAsked) {
  const Authority authority = *Authority::make("agents", {kNow, kNow + 240h});
  const Key key = *Key::make();
  const auto issued = authority.issue_client(*key.request(), "urn:sallyport:agent:a,DNS:b", kDay);

  ASSERT_TRUE(issued) << issued.error().text();
  EXPECT_TRUE(vouches(authority.certificate().pem(), *issued, X509_PURPOSE_SSL_CLIENT));
  EXPECT_FALSE(vouches(authority.certificate().pem(), *issued, X509_PURPOSE_SSL_SERVER));
  EXPECT_THAT(Certificate::read(*issued)->names(), ElementsAre("urn:sallyport:agent:a,DNS:b"));
  EXPECT_TRUE(Certificate::read(*issued)->is_of(key));
  EXPECT_FALSE(vouches(authority.certificate().pem(), *issued, X509_PURPOSE_SSL_CLIENT, kNow + 25h));
}

TEST(Authority, IsNotTakenForAnotherOfItsName) {
  const Authority one = *Authority::make("agents", {kNow, kNow + 240h});
  const Authority other = *Authority::make("agents", {kNow, kNow + 240h});
  const std::string issued = *one.issue_client(*Key::make()->request(), "urn:a", kDay);

  EXPECT_FALSE(vouches(other.certificate().pem(), issued, X509_PURPOSE_SSL_CLIENT));
}

TEST(Authority, IssuesNothingThatOutlivesIt) {
  const Authority authority = *Authority::make("agents", {kNow, kNow + 2h});
  const std::string issued = *authority.issue_client(*Key::make()->request(), "urn:a", kDay);

  EXPECT_EQ(Certificate::read(issued)->term().until, kNow + 2h);
}

TEST(Authority, TakesNoRequestThatSomebodyElseMade) {
  const Authority authority = *Authority::make("agents", {kNow, kNow + 240h});
  std::string changed = *Key::make()->request();
  changed[changed.size() / 2] = changed[changed.size() / 2] == 'A' ? 'B' : 'A';

  for (const std::string& request :
       {std::string(), std::string("hello"), changed, std::string(9000, 'a'), authority.certificate().pem()}) {
    EXPECT_EQ(authority.issue_client(request, "urn:a", kDay).error().code, Code::InvalidSpec) << request;
  }
}

TEST(Authority, IsTheSameAfterItWasWrittenAndRead) {
  const Authority authority = *Authority::make("agents", {kNow, kNow + 240h});
  const auto read = Authority::read(authority.certificate().pem(), *authority.key().pem());

  ASSERT_TRUE(read) << read.error().text();
  const std::string issued = *read->issue_client(*Key::make()->request(), "urn:a", kDay);
  EXPECT_TRUE(vouches(authority.certificate().pem(), issued, X509_PURPOSE_SSL_CLIENT));
}

TEST(Authority, IsReadOfNoCertificateThatMayNotSignAndOfNoOthersKey) {
  const testing::TestAuthority given;
  const testing::CertificatePair leaf = given.issue({.names = {"a"}});

  EXPECT_TRUE(Authority::read(given.cert_pem(), Secret(given.key_pem())));
  EXPECT_THAT(Authority::read(leaf.cert_pem, Secret(leaf.key_pem)).error().message, HasSubstr("may not sign"));
  EXPECT_THAT(Authority::read(given.cert_pem(), Secret(leaf.key_pem)).error().message, HasSubstr("this key"));
}

}  // namespace
}  // namespace sallyport::pki
