// SPDX-License-Identifier: Apache-2.0
// Whom the client trusts, against real handshakes with a listener.
#include "operator/http/tls_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "tests/operator/http/tls_server.hpp"
#include "tests/testing/mutual_tls_server.hpp"
#include "tests/testing/raw_server.hpp"
#include "tests/testing/test_certificates.hpp"

namespace sallyport::http {
namespace {

using namespace std::chrono_literals;
using testing::CertificatePair;
using testing::CertificateWish;
using ::testing::HasSubstr;
using testing::MutualTlsServer;
using testing::RawServer;
using testing::RawSocket;
using testing::TemporaryFolder;
using testing::TestAuthority;

constexpr std::chrono::seconds kLong{20};

Result<Response> get(const std::string& url, const TlsOptions& tls) {
  ClientOptions options;
  options.base_url = url;
  options.tls = tls;
  auto client = make_client(options);
  if (!client) return client.error();
  return (*client)->send({.target = "/"}, kLong, {});
}

void expect_refused(const Result<Response>& result, const std::string& words) {
  ASSERT_FALSE(result) << "answered " << result->status;
  EXPECT_EQ(result.error().code, Code::Unavailable);
  EXPECT_THAT(result.error().message, HasSubstr(words));
}

void expect_served(const Result<Response>& result) {
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->body, "over TLS");
}

class TlsPeerTest : public ::testing::Test {
 protected:
  TestAuthority authority_;
  TlsOptions trusting_{.ca_bundle_pem = authority_.cert_pem()};
};

TEST_F(TlsPeerTest, TrustsACertificateOfItsAuthority) {
  const TlsServer server(authority_.issue({.names = {"localhost"}}));

  expect_served(get(server.url("localhost"), trusting_));
}

TEST_F(TlsPeerTest, TrustsAnAuthorityFromAFile) {
  const TlsServer server(authority_.issue({.names = {"localhost"}}));
  const TemporaryFolder folder;

  expect_served(get(server.url("localhost"), {.ca_file = folder.write("ca.crt", authority_.cert_pem())}));
}

TEST_F(TlsPeerTest, ReadsTheAuthorityAgainForEachNewConnection) {
  const TestAuthority other;
  const TlsServer server(authority_.issue({.names = {"localhost"}}));
  const TemporaryFolder folder;
  ClientOptions options;
  options.base_url = server.url("localhost");
  options.tls.ca_file = folder.write("ca.crt", other.cert_pem());
  const auto client = make_client(options);
  ASSERT_TRUE(client);
  expect_refused((*client)->send({.target = "/"}, kLong, {}), "unknown CA");

  folder.write("ca.crt", authority_.cert_pem());

  expect_served((*client)->send({.target = "/"}, kLong, {}));
}

TEST_F(TlsPeerTest, RefusesAnUnknownAuthority) {
  const TlsServer server(TestAuthority("Somebody Else").issue({.names = {"localhost"}}));

  expect_refused(get(server.url("localhost"), trusting_), "TLS: unknown CA");
}

TEST_F(TlsPeerTest, TrustsOnlyTheSystemWhenNoAuthorityIsNamed) {
  const TlsServer server(authority_.issue({.names = {"localhost"}}));

  expect_refused(get(server.url("localhost"), {}), "TLS: unknown CA");
}

TEST_F(TlsPeerTest, ReadsTheSystemsAuthoritiesOnceAndNotForEachConnection) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> first(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> second(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  start_library();
  SSL_CTX_set_default_verify_paths(first.get());  // as the library does for each connection
  EXPECT_EQ(sk_X509_OBJECT_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(first.get()))), 0);

  TlsPeer peer(std::make_shared<TlsOptions>(), "localhost");
  ASSERT_TRUE(peer.equip(first.get()));
  ASSERT_TRUE(peer.equip(second.get()));

  EXPECT_EQ(SSL_CTX_get_cert_store(first.get()), system_authorities());
  EXPECT_EQ(SSL_CTX_get_cert_store(second.get()), system_authorities());
}

TEST_F(TlsPeerTest, RefusesACertificateForAnotherNameAndSaysWhichNamesItHas) {
  const TlsServer server(authority_.issue({.names = {"other.example"}, .addresses = {"192.0.2.1"}}));

  const Result<Response> result = get(server.url("localhost"), trusting_);

  expect_refused(result, "certificate is for another name: wanted localhost");
  EXPECT_THAT(result.error().message, HasSubstr("other.example, 192.0.2.1"));
}

TEST_F(TlsPeerTest, DoesNotAcceptANameThatStandsInTheSubjectOnly) {
  const TlsServer server(authority_.issue({.common_name = "localhost"}));

  expect_refused(get(server.url("localhost"), trusting_), "another name");
}

TEST_F(TlsPeerTest, ChecksAnAddressAgainstTheAddressesOfTheCertificate) {
  const TlsServer right(authority_.issue({.addresses = {"127.0.0.1"}}));
  const TlsServer wrong(authority_.issue({.names = {"127.0.0.1"}, .addresses = {"127.0.0.2"}}));

  expect_served(get(right.url("127.0.0.1"), trusting_));
  expect_refused(get(wrong.url("127.0.0.1"), trusting_), "another name: wanted 127.0.0.1");
}

TEST_F(TlsPeerTest, ChecksTheNameItIsToldInsteadOfTheHost) {
  const TlsServer server(authority_.issue({.names = {"kubernetes.default.svc"}}));
  TlsOptions tls = trusting_;

  tls.server_name = "kubernetes.default.svc";
  expect_served(get(server.url("127.0.0.1"), tls));
  tls.server_name = "other.default.svc";
  expect_refused(get(server.url("127.0.0.1"), tls), "wanted other.default.svc");
}

TEST_F(TlsPeerTest, AcceptsAWildcardForOneLabel) {
  const TlsServer server(authority_.issue({.names = {"*.example.com"}}));
  TlsOptions tls = trusting_;

  tls.server_name = "a.example.com";
  expect_served(get(server.url("127.0.0.1"), tls));
  tls.server_name = "a.b.example.com";
  expect_refused(get(server.url("127.0.0.1"), tls), "another name");
}

TEST_F(TlsPeerTest, RefusesACertificateOutsideItsTime) {
  const TlsServer old(authority_.issue({.names = {"localhost"}, .valid_from = -48h, .valid_until = -24h}));
  const TlsServer early(authority_.issue({.names = {"localhost"}, .valid_from = 24h, .valid_until = 48h}));

  expect_refused(get(old.url("localhost"), trusting_), "expired");
  expect_refused(get(early.url("localhost"), trusting_), "not valid yet");
}

TEST_F(TlsPeerTest, TrustsASelfSignedCertificateThatStandsInTheBundle) {
  const CertificatePair appliance = testing::self_signed({.addresses = {"127.0.0.1"}});
  const TlsServer server(appliance);

  expect_served(get(server.url("127.0.0.1"), {.ca_bundle_pem = appliance.cert_pem}));
  expect_refused(get(server.url("127.0.0.1"), trusting_), "unknown CA");
}

TEST_F(TlsPeerTest, AcceptsThePinnedCertificateWhateverItsNameAndAuthority) {
  const CertificatePair appliance = testing::self_signed({.common_name = "localhost.localdomain"});
  const TlsServer server(appliance);
  std::string colons;
  for (std::size_t i = 0; i < appliance.sha256.size(); i += 2) {
    colons += (i == 0 ? "" : ":") + appliance.sha256.substr(i, 2);
  }
  std::ranges::transform(colons, colons.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });

  expect_served(get(server.url("127.0.0.1"), {.pinned_sha256 = appliance.sha256}));
  expect_served(get(server.url("127.0.0.1"), {.pinned_sha256 = colons}));
}

TEST_F(TlsPeerTest, RefusesAnotherCertificateThanThePinnedOneEvenFromATrustedAuthority) {
  const CertificatePair shown = authority_.issue({.names = {"localhost"}});
  const TlsServer server(shown);
  TlsOptions tls = trusting_;
  tls.pinned_sha256 = std::string(64, 'a');

  const Result<Response> result = get(server.url("localhost"), tls);

  expect_refused(result, "not the pinned one");
  EXPECT_THAT(result.error().message, HasSubstr(shown.sha256));
}

TEST_F(TlsPeerTest, AcceptsAnythingOnlyWhenToldTo) {
  const TlsServer server(testing::self_signed({}));

  expect_served(get(server.url("127.0.0.1"), {.insecure_skip_verify = true}));
}

TEST_F(TlsPeerTest, SaysThatThePortDoesNotSpeakTls) {
  RawServer server([](RawSocket& socket, int) {
    EXPECT_NE(socket.read_until(std::string_view("\x03", 1)), "");
    socket.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  });

  expect_refused(get("https://127.0.0.1:" + std::to_string(server.port()), trusting_), "does not speak TLS");
}

TEST_F(TlsPeerTest, EndsAtTheConnectTimeoutWhenTheHandshakeIsNotAnswered) {
  RawServer server([](RawSocket& socket, int) { EXPECT_TRUE(socket.closed_by_peer(60s)); });
  ClientOptions options;
  options.base_url = "https://127.0.0.1:" + std::to_string(server.port());
  options.connect_timeout = 100ms;
  const auto client = make_client(options);
  ASSERT_TRUE(client);

  expect_refused((*client)->send({.target = "/"}, kLong, {}), "no connection to 127.0.0.1");
}

TEST_F(TlsPeerTest, KeepsATlsConnectionForTheNextRequest) {
  std::set<std::string> peers;
  const CertificatePair shown = authority_.issue({.names = {"localhost"}});
  const TemporaryFolder folder;
  ListenerOptions options;
  options.tls_cert_file = folder.write("tls.crt", shown.cert_pem);
  options.tls_key_file = folder.write("tls.key", shown.key_pem);
  options.threads = 1;
  const auto listener = listen(options, [&](const Incoming& request) {
    peers.insert(request.peer);
    return Outgoing{};
  });
  ASSERT_TRUE(listener);
  ClientOptions client_options;
  client_options.base_url = "https://localhost:" + std::to_string((*listener)->port());
  client_options.tls = trusting_;
  const auto client = make_client(client_options);
  ASSERT_TRUE(client);

  for (int i = 0; i < 10; ++i) ASSERT_TRUE((*client)->send({.target = "/"}, kLong, {}));

  EXPECT_EQ(peers.size(), 1U);
}

std::string https(const std::string& host, int port) {
  return "https://" + host + ":" + std::to_string(port);
}

TEST_F(TlsPeerTest, ShowsItsCertificateFromMemory) {
  const TestAuthority clients("Client Authority");
  const MutualTlsServer server(authority_.issue({.names = {"localhost"}}), clients);
  const CertificatePair own = clients.issue({.common_name = "sallyport"});
  TlsOptions tls = trusting_;
  tls.client_cert_pem = own.cert_pem;
  tls.client_key_pem = Secret(own.key_pem);

  const Result<Response> result = get(https("localhost", server.port()), tls);

  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->body, "sallyport localhost");
}

TEST_F(TlsPeerTest, ReadsItsCertificateAgainForEachNewConnection) {
  const TestAuthority clients("Client Authority");
  const MutualTlsServer server(authority_.issue({.names = {"localhost"}}), clients);
  const TemporaryFolder folder;
  const auto install = [&](const std::string& name) {
    const CertificatePair own = clients.issue({.common_name = name});
    folder.write("own.crt", own.cert_pem);
    folder.write("own.key", own.key_pem);
  };
  install("first");
  ClientOptions options;
  options.base_url = https("localhost", server.port());
  options.tls = trusting_;
  options.tls.client_cert_file = folder.path() + "/own.crt";
  options.tls.client_key_file = folder.path() + "/own.key";
  const auto client = make_client(options);
  ASSERT_TRUE(client) << client.error().text();

  const Result<Response> before = (*client)->send({.target = "/"}, kLong, {});
  install("second");
  const Result<Response> after = (*client)->send({.target = "/"}, kLong, {});
  folder.write("own.key", "damaged");
  const Result<Response> damaged = (*client)->send({.target = "/"}, kLong, {});

  ASSERT_TRUE(before) << before.error().text();
  ASSERT_TRUE(after) << after.error().text();
  EXPECT_EQ(before->body, "first localhost");
  EXPECT_EQ(after->body, "second localhost");
  expect_refused(damaged, "client key is not an unencrypted PEM key");
}

TEST_F(TlsPeerTest, SaysThatItsCertificateIsNotAccepted) {
  const TestAuthority clients("Client Authority");
  const MutualTlsServer server(authority_.issue({.names = {"localhost"}}), clients);

  const Result<Response> result = get(https("localhost", server.port()), trusting_);

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::Unavailable);
}

TEST_F(TlsPeerTest, SendsNoServerNameForAnAddress) {
  const TestAuthority clients("Client Authority");
  const MutualTlsServer server(authority_.issue({.addresses = {"127.0.0.1"}}), clients);
  const CertificatePair own = clients.issue({.common_name = "sallyport"});
  TlsOptions tls = trusting_;
  tls.client_cert_pem = own.cert_pem;
  tls.client_key_pem = Secret(own.key_pem);

  const Result<Response> result = get(https("127.0.0.1", server.port()), tls);

  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->body, "sallyport -");
}

TEST_F(TlsPeerTest, RefusesOptionsThatCannotWork) {
  const CertificatePair one = authority_.issue({}), other = authority_.issue({});
  const TemporaryFolder folder;
  const std::string broken = authority_.cert_pem().substr(0, 200);
  const std::vector<TlsOptions> bad = {
      {.ca_bundle_pem = "no PEM at all"},
      {.ca_bundle_pem = broken},
      {.ca_bundle_pem = authority_.cert_pem() + broken},
      {.ca_file = folder.path() + "/absent"},
      {.pinned_sha256 = "abc"},
      {.pinned_sha256 = std::string(64, 'x')},
      {.client_cert_pem = one.cert_pem},
      {.client_key_pem = Secret(one.key_pem)},
      {.client_cert_pem = one.cert_pem, .client_key_pem = Secret(other.key_pem)},
      {.client_cert_pem = one.cert_pem, .client_key_pem = Secret("nonsense")},
      {.client_cert_file = folder.path() + "/absent", .client_key_file = folder.path() + "/absent"},
  };
  for (const TlsOptions& tls : bad) {
    const Result<void> checked = check_tls(tls);
    ASSERT_FALSE(checked) << &tls - bad.data();
    EXPECT_EQ(checked.error().code, Code::InvalidSpec);
    EXPECT_THAT(checked.error().message, ::testing::Not(HasSubstr("PRIVATE KEY")));
  }
  EXPECT_TRUE(check_tls({}));
  EXPECT_TRUE(check_tls({.client_cert_pem = one.cert_pem, .client_key_pem = Secret(one.key_pem)}));
}

}  // namespace
}  // namespace sallyport::http
