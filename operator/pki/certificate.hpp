// SPDX-License-Identifier: Apache-2.0
// A certificate (X.509), as far as we look into one.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"
#include "operator/pki/key.hpp"

struct x509_st;  // OpenSSL's X509

namespace sallyport::pki {

/// From when until when. A certificate has no fractions of seconds.
struct Term {
  SystemTime from;
  SystemTime until;
};

/// A value that shares its bytes.
class Certificate {
 public:
  /// The first in a PEM text. InvalidSpec where there is none, or it is damaged.
  [[nodiscard]] static Result<Certificate> read(std::string_view pem);
  /// All of them, in order.
  [[nodiscard]] static Result<std::vector<Certificate>> read_all(std::string_view pem);

  [[nodiscard]] std::string pem() const;
  [[nodiscard]] Term term() const;
  /// Whether it may sign others (basicConstraints, keyUsage).
  [[nodiscard]] bool is_authority() const;
  /// Whether its key is this one's public half.
  [[nodiscard]] bool is_of(const Key& key) const;
  /// Its subject alternative names of the kinds URI and DNS.
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] x509_st* get() const { return certificate_.get(); }

 private:
  explicit Certificate(std::shared_ptr<x509_st> certificate) : certificate_(std::move(certificate)) {}
  friend class Authority;

  std::shared_ptr<x509_st> certificate_;
};

}  // namespace sallyport::pki
