// SPDX-License-Identifier: Apache-2.0
// Keycloak's admin REST API, and the operator's sign-in at it as the service account of one confidential client, which
// needs the role manage-clients of realm-management and no other (oidc.md 3.2).
#pragma once

#include <mutex>
#include <stop_token>
#include <string>

#include "operator/base/clock.hpp"
#include "reconcilers/ir/secret_source.hpp"
#include "reconcilers/providers/idp/discovery.hpp"
#include "reconcilers/providers/idp/token.hpp"

namespace sallyport::idp::keycloak {

/// "https://host/prefix/realms/r" -> "https://host/prefix/admin/realms/r". InvalidSpec when it is no realm's issuer.
[[nodiscard]] Result<std::string> admin_base(const std::string& issuer);

/// Thread-safe.
class Admin {
 public:
  struct Access {
    ir::SecretHandle credentials;  ///< client_id, client_secret
    ir::SecretSource& secrets;
    const Clock& clock;
  };
  Admin(std::string base, Connect connect, std::string ca_bundle, Access access);

  /// Sends to a path below the realm, such as "/clients". Signs in first when there is no token or it has lived for
  /// three quarters of its life; a 401 is answered with one new sign-in and one repetition (it had no effect). Every
  /// status but a second 401 is a Response.
  [[nodiscard]] Result<http::Response> send(const http::Request& request, const std::string& path, Issuer& issuer,
                                            std::stop_token stop);

  /// "GET https://host/admin/realms/r/clients".
  [[nodiscard]] std::string where(const std::string& method, const std::string& path) const;

 private:
  [[nodiscard]] Result<Secret> token(Issuer& issuer, std::stop_token stop);
  [[nodiscard]] Result<Secret> sign_in(Issuer& issuer, std::stop_token stop);
  void drop(const Secret& token);

  std::string base_;
  Wire wire_;
  Access access_;
  std::mutex mutex_;  ///< held while signing in: many workers need one token, not many
  Secret token_;
  SteadyTime renew_at_{};
};

}  // namespace sallyport::idp::keycloak
