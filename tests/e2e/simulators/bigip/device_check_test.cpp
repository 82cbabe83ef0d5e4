// SPDX-License-Identifier: Apache-2.0
// What mcpd refuses although AS3 found it valid, and what defaults make of a declaration (f5.md 1.7).
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "tests/e2e/simulators/bigip/bigip_testing.hpp"

namespace sallyport::simulators::testing {
namespace {

struct Identity {
  std::string certificate;
  std::string key;
};

std::string text_of_bio(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  std::string text(bytes, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

/// A fresh self-signed certificate (P-256) and its key.
Identity make_identity() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_pubkey(certificate, key);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_sign(certificate, key, EVP_sha256());
  BIO* certificate_bio = BIO_new(BIO_s_mem());
  BIO* key_bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_bio, certificate);
  PEM_write_bio_PrivateKey(key_bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return {text_of_bio(certificate_bio), text_of_bio(key_bio)};
}

Json application() {
  return Bigip::application("192.0.2.40");
}

/// What mcpd says of /T/A, or nothing.
std::string complaint(const Json& declared, Bigip& device) {
  const Reply reply = device.declare({{"T", Bigip::tenant({{"A", declared}})}});
  return reply.status == 200 ? "" : text_of(reply.body["results"][0], "response");
}
std::string complaint(const Json& declared) {
  Bigip device;
  return complaint(declared, device);
}

TEST(Mcpd, RefusesAKeyOfAnotherCertificate) {
  const Identity mine = make_identity();
  const Identity other = make_identity();
  Json with = application();
  with["crt"] = {{"class", "Certificate"}, {"certificate", mine.certificate}, {"privateKey", mine.key}};
  EXPECT_EQ(complaint(with), "");

  with["crt"]["privateKey"] = other.key;
  EXPECT_EQ(complaint(with), "01070317:3: profile /T/A/crt's key and certificate do not match");
}

TEST(Mcpd, RefusesAnAddressThatAnotherPartitionHas) {
  Bigip device;
  device.control("edit", {{"component", "ltm virtual-address"},
                          {"path", "/Common/192.0.2.40"},
                          {"properties", {{"address", "192.0.2.40"}}}});

  EXPECT_EQ(complaint(application(), device),
            "0107176c:3: Invalid Virtual Address, the IP address 192.0.2.40 already exists.");
}

TEST(Mcpd, RefusesTwoVirtualsOnOneAddressAndPort) {
  Bigip device;

  const Reply reply = device.declare({{"T", Bigip::tenant({{"A", application()}, {"B", application()}})}});

  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.body["results"][0]["response"],
            "01070333:3: Virtual Server /T/B/vs illegally shares destination address, source address, service port, "
            "ip-protocol, and vlan with Virtual Server /T/A/vs.");
}

TEST(Defaults, MakeASecondVirtualOnPort80UnlessToldNotTo) {
  Bigip device;
  Json open = application();
  open["vs"].erase("redirect80");

  ASSERT_EQ(complaint(open, device), "");

  const Json virtuals = device.get("/_sim/virtuals").body;
  ASSERT_EQ(virtuals.size(), 2U);
  EXPECT_EQ(virtuals[1]["port"], 80);
  EXPECT_EQ(virtuals[1]["accessProfile"], "");
}

TEST(Defaults, DoNotVerifyTheUpstreamAndInsertXForwardedFor) {
  Bigip device;
  Json plain = application();
  plain["out"] = {{"class", "TLS_Client"}};
  plain["http"] = {{"class", "HTTP_Profile"}};

  ASSERT_EQ(complaint(plain, device), "");

  EXPECT_EQ(device.get("/mgmt/tm/ltm/profile/server-ssl/~T~A~out").body["peerCertMode"], "ignore");
  EXPECT_EQ(device.get("/mgmt/tm/ltm/profile/http/~T~A~http").body["insertXforwardedFor"], "enabled");
}

}  // namespace
}  // namespace sallyport::simulators::testing
