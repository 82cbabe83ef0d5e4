// SPDX-License-Identifier: Apache-2.0
// What is seen of a certificate, against real handshakes with a listener.
#include "operator/http/certificate_look.hpp"

#include <gmock/gmock.h>

#include "tests/operator/http/tls_server.hpp"
#include "tests/testing/raw_server.hpp"
#include "tests/testing/test_certificates.hpp"

namespace sallyport::http {
namespace {

using namespace std::chrono_literals;
using testing::CertificateWish;
using ::testing::HasSubstr;
using testing::RawServer;
using testing::TestAuthority;

constexpr std::chrono::seconds kPatience{20};

Url url_of(const TlsServer& server, const std::string& host) {
  return *parse_url(server.url(host) + "/x");
}

class CertificateLook : public ::testing::Test {
 protected:
  TestAuthority authority_;
  TlsOptions trusting_{.ca_bundle_pem = authority_.cert_pem()};
};

TEST_F(CertificateLook, TellsWhenATrustedOneExpires) {
  const TlsServer server(authority_.issue({.names = {"localhost"}, .valid_until = 2h}));
  const SystemTime now = std::chrono::system_clock::now();

  const auto shown = look_at_certificate(url_of(server, "localhost"), trusting_, kPatience, {});

  ASSERT_TRUE(shown) << shown.error().text();
  EXPECT_EQ(shown->refusal, "");
  EXPECT_LE(shown->until, now + 2h);
  EXPECT_GT(shown->until, now + 1h);
}

TEST_F(CertificateLook, TellsWhyItIsRefusedAndWhenItExpiresAllTheSame) {
  const SystemTime now = std::chrono::system_clock::now();
  const auto refusal = [&](const CertificateWish& wish, const TlsOptions& tls) {
    const TlsServer server(authority_.issue(wish));
    const auto shown = look_at_certificate(url_of(server, "localhost"), tls, kPatience, {});
    EXPECT_TRUE(shown) << shown.error().text();
    return shown.value_or(ShownCertificate{});
  };
  const TestAuthority another("Another");

  EXPECT_THAT(refusal({.names = {"localhost"}}, {.ca_bundle_pem = another.cert_pem()}).refusal,
              HasSubstr("unknown CA"));
  EXPECT_THAT(refusal({.names = {"other.test"}}, trusting_).refusal, HasSubstr("certificate is for another name"));
  const ShownCertificate expired = refusal({.names = {"localhost"}, .valid_until = -1min}, trusting_);
  EXPECT_EQ(expired.refusal, "certificate has expired");
  EXPECT_LT(expired.until, now);
}

TEST_F(CertificateLook, FailsWhereNobodyShowsOne) {
  const RawServer silent([](testing::RawSocket&, int) {});
  const Url url = *parse_url("https://127.0.0.1:" + std::to_string(silent.port()));

  const auto shown = look_at_certificate(url, trusting_, kPatience, {});

  ASSERT_FALSE(shown);
  EXPECT_EQ(shown.error().code, Code::Unavailable);
  EXPECT_THAT(shown.error().text(), HasSubstr("no certificate was shown"));
}

TEST_F(CertificateLook, EndsWhenItIsStopped) {
  const TlsServer server(authority_.issue({.names = {"localhost"}}));
  std::stop_source stop;
  stop.request_stop();

  const auto shown = look_at_certificate(url_of(server, "127.0.0.1"), trusting_, kPatience, stop.get_token());

  ASSERT_FALSE(shown);
  EXPECT_EQ(shown.error().code, Code::ShuttingDown);
}

TEST_F(CertificateLook, RefusesWhatCannotBeAsked) {
  EXPECT_EQ(look_at_certificate(*parse_url("http://127.0.0.1:1"), {}, kPatience, {}).error().code, Code::InvalidSpec);
  EXPECT_EQ(look_at_certificate(*parse_url("https://127.0.0.1:1"), {.ca_bundle_pem = "x"}, kPatience, {}).error().code,
            Code::InvalidSpec);
}

}  // namespace
}  // namespace sallyport::http
