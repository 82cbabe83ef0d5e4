// SPDX-License-Identifier: Apache-2.0
#include "operator/http/server_identity.hpp"

#include <gmock/gmock.h>

#include "tests/operator/http/mutual_tls.hpp"

namespace sallyport::http {
namespace {

constexpr std::chrono::seconds kLong{20};

class ServerIdentityOf : public ::testing::Test {
 protected:
  std::unique_ptr<Listener> start() {
    ListenerOptions options;
    options.identity = identity_;
    auto listener = listen(options, [](const Incoming& request) {
      const auto& known = request.certificate;
      return Outgoing{.body = !known ? "nobody" : known->uris.empty() ? "nameless" : known->uris.front()};
    });
    EXPECT_TRUE(listener) << listener.error().text();
    return *std::move(listener);
  }
  static std::string ask(Client& client) {
    const auto answer = client.send({.target = "/"}, kLong, {});
    return answer ? answer->body : "failed: " + answer.error().text();
  }

  TestPki pki_;
  std::shared_ptr<ServerIdentity> identity_ = std::make_shared<ServerIdentity>();
};

TEST_F(ServerIdentityOf, TellsClientsByTheirCertificates) {
  ASSERT_TRUE(identity_->exchange(pki_.server()));
  const auto listener = start();

  EXPECT_EQ(ask(*client_of(listener->port(), pki_.client("urn:one"))), "urn:one");
  EXPECT_EQ(ask(*client_of(listener->port(), pki_.client("urn:two"))), "urn:two");
  EXPECT_EQ(ask(*client_of(listener->port(), pki_.stranger())), "nobody");
}

TEST_F(ServerIdentityOf, BelievesNoCertificateOfAnotherAuthority) {
  ASSERT_TRUE(identity_->exchange(pki_.server()));
  const auto listener = start();
  TlsOptions forged = TestPki().client("urn:one");
  forged.ca_bundle_pem = pki_.stranger().ca_bundle_pem;

  EXPECT_EQ(ask(*client_of(listener->port(), forged)), "nobody");
}

TEST_F(ServerIdentityOf, BelievesNoCertificateThatHasEndedOrIsAServers) {
  ASSERT_TRUE(identity_->exchange(pki_.server()));
  const auto listener = start();
  const SystemTime now = pki_.now;
  const auto hours = [&](int from, int until) {
    return pki::Term{now + std::chrono::hours(from), now + std::chrono::hours(until)};
  };

  EXPECT_EQ(ask(*client_of(listener->port(), pki_.client("urn:one", hours(-2, -1)))), "nobody");
  EXPECT_EQ(ask(*client_of(listener->port(), pki_.client("urn:one", hours(1, 2)))), "nobody");
  TlsOptions as_server = pki_.stranger();
  const IdentityPem server = pki_.server();
  as_server.client_cert_pem = server.certificate;
  as_server.client_key_pem = server.key;
  EXPECT_EQ(ask(*client_of(listener->port(), as_server)), "nobody");
}

TEST_F(ServerIdentityOf, IsExchangedUnderOpenConnections) {
  ASSERT_TRUE(identity_->exchange(pki_.server()));
  const auto listener = start();
  const auto client = client_of(listener->port(), pki_.client("urn:one"));
  ASSERT_EQ(ask(*client), "urn:one");

  IdentityPem other = pki_.server();
  other.client_authorities = TestPki().stranger().ca_bundle_pem;
  ASSERT_TRUE(identity_->exchange(other));

  EXPECT_EQ(ask(*client), "nobody") << "it came before, and its authority is believed no more";
}

TEST_F(ServerIdentityOf, ShowsWhatItShowedBeforeWhereTheNextCannotBeUsed) {
  ASSERT_TRUE(identity_->exchange(pki_.server()));
  const auto context = identity_->context();
  const IdentityPem good = pki_.server();
  for (const IdentityPem& bad :
       {IdentityPem{"rubbish", good.key, good.client_authorities},
        IdentityPem{good.certificate, Secret("rubbish"), good.client_authorities},
        IdentityPem{good.certificate, pki_.server().key, good.client_authorities},
        IdentityPem{good.certificate, good.key, ""}, IdentityPem{good.certificate, good.key, "rubbish"}}) {
    const auto exchanged = identity_->exchange(bad);
    ASSERT_FALSE(exchanged);
    EXPECT_EQ(exchanged.error().code, Code::InvalidSpec);
  }
  EXPECT_EQ(identity_->context(), context);
}

TEST_F(ServerIdentityOf, TurnsEverybodyAwayBeforeThereIsOne) {
  const auto listener = start();

  EXPECT_THAT(ask(*client_of(listener->port(), pki_.stranger())), ::testing::HasSubstr("failed"));
  ASSERT_TRUE(identity_->exchange(pki_.server()));
  EXPECT_EQ(ask(*client_of(listener->port(), pki_.stranger())), "nobody");
}

TEST_F(ServerIdentityOf, LetsStrangersSendLittle) {
  ASSERT_TRUE(identity_->exchange(pki_.server()));
  ListenerOptions options;
  options.identity = identity_;
  options.max_anonymous_body_bytes = 10;
  options.max_body_bytes = 1000;
  const auto listener = listen(options, [](const Incoming& request) { return Outgoing{.body = request.body}; });
  const auto put = [&](const TlsOptions& tls) {
    const auto client = client_of((*listener)->port(), tls);
    const auto answer =
        client->send({.method = "PUT", .target = "/", .body = std::string(500, 'a'), .session = true}, kLong, {});
    return answer ? answer->status : 0;
  };

  EXPECT_EQ(put(pki_.client("urn:one")), 200);
  EXPECT_EQ(put(pki_.stranger()), 413);
}

TEST_F(ServerIdentityOf, EndsAConnectionWhereTheAnswerSaysSo) {
  ASSERT_TRUE(identity_->exchange(pki_.server()));
  ListenerOptions options;
  options.identity = identity_;
  const auto listener = listen(options, [](const Incoming&) { return Outgoing{.ends_connection = true}; });
  const auto client = client_of((*listener)->port(), pki_.stranger());

  const auto answer = client->send({.target = "/"}, kLong, {});

  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(answer->header("Connection"), "close");
}

}  // namespace
}  // namespace sallyport::http
