// SPDX-License-Identifier: Apache-2.0
// The Keycloak backend: clients of one realm, through its admin REST API (measured with 26.7, see oidc.md 3.2).
#pragma once

#include <memory>
#include <string>

#include "reconcilers/providers/idp/idp_provider.hpp"
#include "reconcilers/providers/idp/keycloak/pass.hpp"

namespace sallyport::idp::keycloak {

/// Id and secret are chosen by us, so every step can be repeated and nothing can be lost.
///
/// Scopes are the realm's, and their names are what stands in a token's `scope`. One that exists is attached and never
/// changed; one that is missing is made, with the attribute `sallyport-instance`. Realm scopes are never deleted, ours
/// included: whether somebody else has meanwhile come to use one cannot be known without reading every client of the
/// realm. A client of ours has the scopes that are declared and no other; of an adopted one only those are taken off
/// that we put on.
class Keycloak final : public IdpProvider {
 public:
  /// InvalidSpec for an issuer that is no https URL of a realm (http on this machine). Nothing is sent.
  [[nodiscard]] static Result<std::unique_ptr<IdpProvider>> create(const ir::IdpConnection& connection,
                                                                   Surroundings around);

  [[nodiscard]] Result<Discovery> discover(std::stop_token stop) override;
  [[nodiscard]] ir::Verdict converge(const ir::ClientFragment& fragment, std::stop_token stop) override;
  [[nodiscard]] ir::Verdict compare(const ir::ClientFragment& fragment, std::stop_token stop) override;
  [[nodiscard]] Result<Credentials> credentials(const ir::ClientFragment& fragment) override;
  [[nodiscard]] std::string render(const ir::ClientFragment& fragment) const override;

 private:
  Keycloak(const ir::IdpConnection& connection, Surroundings around, const std::string& base);

  Realm realm_;
};

}  // namespace sallyport::idp::keycloak
