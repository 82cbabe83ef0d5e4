// SPDX-License-Identifier: Apache-2.0
// A certificate authority of our own: it vouches for the operator's server and for the agents that enrolled, and for
// nobody else.
#pragma once

#include <string>
#include <vector>

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"
#include "operator/pki/certificate.hpp"
#include "operator/pki/key.hpp"

namespace sallyport::pki {

/// Bytes of the longest request that is looked at; one for RSA with 8192 bits has less than half of it.
inline constexpr std::size_t kMaxRequestSize = 8192;

/// A value; may be used by any number of threads. What it issues ends no later than itself.
class Authority {
 public:
  /// A new key, and a certificate that it signs itself.
  [[nodiscard]] static Result<Authority> make(const std::string& common_name, const Term& term);
  /// `certificate` may be followed by those above it, which are handed out with what is issued. InvalidSpec where it is
  /// no authority's, or the key is another one's.
  [[nodiscard]] static Result<Authority> read(const std::string& certificate, const Secret& key);

  [[nodiscard]] const Certificate& certificate() const { return certificate_; }
  [[nodiscard]] const Key& key() const { return key_; }

  /// For a server that is asked for by these names (or IP addresses). PEM, its own first. InvalidSpec for a name that
  /// is none.
  [[nodiscard]] Result<std::string> issue_server(const Key& key, const std::vector<std::string>& names,
                                                 const Term& term) const;
  /// For a client, whom `uri` names: of the request only the key counts, which has to have signed it. InvalidSpec for a
  /// request that is none, or a key that is not strong.
  [[nodiscard]] Result<std::string> issue_client(std::string_view request, const std::string& uri,
                                                 const Term& term) const;

 private:
  Authority(Certificate certificate, Key key, std::string above)
      : certificate_(std::move(certificate)), key_(std::move(key)), above_(std::move(above)) {}

  [[nodiscard]] Result<std::string> sign(x509_st* leaf, const char* usage) const;

  Certificate certificate_;
  Key key_;
  std::string above_;  // PEM: its own certificate, where that does not sign itself, and those above it
};

}  // namespace sallyport::pki
