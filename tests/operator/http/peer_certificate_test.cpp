// SPDX-License-Identifier: Apache-2.0
#include "operator/http/peer_certificate.hpp"

#include <gmock/gmock.h>

#include "tests/operator/http/mutual_tls.hpp"

namespace sallyport::http {
namespace {

using ::testing::ElementsAre;

std::optional<PeerCertificate> seen_of(const TestPki& pki, const TlsOptions& shown) {
  std::optional<PeerCertificate> seen;
  ListenerOptions options;
  const auto identity = std::make_shared<ServerIdentity>();
  EXPECT_TRUE(identity->exchange(pki.server()));
  options.identity = identity;
  const auto listener = listen(options, [&](const Incoming& request) {
    seen = request.certificate;
    return Outgoing{};
  });
  const auto answer = client_of((*listener)->port(), shown)->send({.target = "/"}, std::chrono::seconds(20), {});
  EXPECT_TRUE(answer) << answer.error().text();
  return seen;
}

TEST(PeerCertificates, TellNamesAndEnd) {
  const TestPki pki;
  const auto seen = seen_of(pki, pki.client("urn:sallyport:agent:one"));

  ASSERT_TRUE(seen);
  EXPECT_THAT(seen->uris, ElementsAre("urn:sallyport:agent:one"));
  EXPECT_LT(std::chrono::abs(seen->valid_until - pki.term.until), std::chrono::seconds(1));
}

TEST(PeerCertificates, AreNotThereOfWhoShowsNone) {
  const TestPki pki;
  EXPECT_FALSE(seen_of(pki, pki.stranger()));
}

}  // namespace
}  // namespace sallyport::http
