// SPDX-License-Identifier: Apache-2.0
#include "operator/http/server_certificate.hpp"

#include <gtest/gtest.h>

#include "operator/http/client.hpp"
#include "operator/http/listener.hpp"
#include "tests/testing/test_certificates.hpp"

namespace sallyport::http {
namespace {

using testing::CertificatePair;
using testing::TemporaryFolder;
using testing::TestAuthority;

void install(const TemporaryFolder& folder, const CertificatePair& pair) {
  folder.write("tls.crt", pair.cert_pem);
  folder.write("tls.key", pair.key_pem);
}

TEST(ServerCertificate, IsReadAgainOnlyWhenItsFilesChanged) {
  const TestAuthority authority;
  const TemporaryFolder folder;
  install(folder, authority.issue({}));
  ServerCertificate certificate(folder.path() + "/tls.crt", folder.path() + "/tls.key");
  ASSERT_TRUE(certificate.refresh());
  const auto first = certificate.context();

  ASSERT_TRUE(certificate.refresh());
  EXPECT_EQ(certificate.context(), first);
  install(folder, authority.issue({}));
  ASSERT_TRUE(certificate.refresh());
  EXPECT_NE(certificate.context(), first);
}

TEST(ServerCertificate, StaysWhatItWasWhenTheNewFilesAreBad) {
  const TestAuthority authority;
  const TemporaryFolder folder;
  install(folder, authority.issue({}));
  ServerCertificate certificate(folder.path() + "/tls.crt", folder.path() + "/tls.key");
  ASSERT_TRUE(certificate.refresh());
  const auto first = certificate.context();

  folder.write("tls.crt", "damaged");
  const Result<void> refreshed = certificate.refresh();

  ASSERT_FALSE(refreshed);
  EXPECT_EQ(refreshed.error().code, Code::InvalidSpec);
  EXPECT_EQ(certificate.context(), first);
  EXPECT_TRUE(certificate.refresh()) << "the same bad files are reported once";
}

TEST(ServerCertificate, IsRefusedWithAKeyThatIsNotItsOwn) {
  const TestAuthority authority;
  const TemporaryFolder folder;
  install(folder, {authority.issue({}).cert_pem, authority.issue({}).key_pem, {}});
  ServerCertificate certificate(folder.path() + "/tls.crt", folder.path() + "/tls.key");

  EXPECT_FALSE(certificate.refresh());
}

TEST(ServerCertificate, IsExchangedUnderARunningListener) {
  const TestAuthority authority;
  const TemporaryFolder folder;
  const CertificatePair old = authority.issue({}), renewed = authority.issue({});
  install(folder, old);
  ListenerOptions options;
  options.tls_cert_file = folder.path() + "/tls.crt";
  options.tls_key_file = folder.path() + "/tls.key";
  const auto listener = listen(options, [](const Incoming&) { return Outgoing{}; });
  ASSERT_TRUE(listener) << listener.error().text();
  const auto shows = [&](const CertificatePair& pair) {
    ClientOptions client_options;
    client_options.base_url = "https://127.0.0.1:" + std::to_string((*listener)->port());
    client_options.tls.pinned_sha256 = pair.sha256;
    const auto client = make_client(client_options);
    return (*client)->send({.target = "/"}, std::chrono::seconds(20), {}).has_value();
  };
  ASSERT_TRUE(shows(old));

  install(folder, renewed);

  EXPECT_TRUE(shows(renewed));
  EXPECT_FALSE(shows(old));
}

}  // namespace
}  // namespace sallyport::http
