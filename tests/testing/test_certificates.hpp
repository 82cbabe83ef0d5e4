// SPDX-License-Identifier: Apache-2.0
// Certificates made while a test runs, so that no key lies in the repository and none ever expires there.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace sallyport::testing {

/// A certificate and its private key as PEM text.
struct CertificatePair {
  std::string cert_pem;
  std::string key_pem;
  std::string sha256;  ///< of the certificate's DER, 64 lower-case hex digits: what a pin is compared with
};

/// What a certificate shall say. The defaults make a server's certificate, valid now.
struct CertificateWish {
  std::string common_name = "test";
  std::vector<std::string> names{};                          ///< DNS names, wildcards allowed
  std::vector<std::string> addresses{};                      ///< IPv4 and IPv6
  std::chrono::seconds valid_from = -std::chrono::hours(1);  ///< relative to now
  std::chrono::seconds valid_until = std::chrono::hours(24);
};

/// A certificate authority of one test. EC P-256 keys: made in a millisecond.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& common_name = "Test Authority");
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  [[nodiscard]] const std::string& cert_pem() const { return pair_.cert_pem; }
  [[nodiscard]] const std::string& key_pem() const { return pair_.key_pem; }
  /// A certificate for servers and clients alike (both extended key usages).
  [[nodiscard]] CertificatePair issue(const CertificateWish& wish) const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
  CertificatePair pair_;
};

/// A certificate that vouches for itself, as appliances ship them.
[[nodiscard]] CertificatePair self_signed(const CertificateWish& wish);

/// A directory that is removed with everything in it at the end of the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  /// Writes `text` to `name`, replacing the file by rename as a mounted Secret does; returns the file's path.
  std::string write(const std::string& name, const std::string& text) const;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace sallyport::testing
