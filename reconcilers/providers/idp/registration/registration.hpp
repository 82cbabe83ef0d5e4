// SPDX-License-Identifier: Apache-2.0
// The plain backend: any provider with dynamic client registration (RFC 7591) and its management (RFC 7592).
#pragma once

#include <memory>
#include <string>

#include "reconcilers/providers/idp/idp_provider.hpp"
#include "reconcilers/providers/idp/registration/pass.hpp"

namespace sallyport::idp::registration {

/// Such a provider has no list of clients and no idempotency key: a registration whose answer is lost leaves a client
/// that nobody has a handle on. It is counted (fact `orphans`), and it is of no use to anybody, since its secret is
/// lost too. A client cannot be adopted, because only its registration's answer gives access to it.
class Registration final : public IdpProvider {
 public:
  /// InvalidSpec for an issuer or registration endpoint that is no https URL (http on this machine). Nothing is sent.
  [[nodiscard]] static Result<std::unique_ptr<IdpProvider>> create(const ir::IdpConnection& connection,
                                                                   Surroundings around);

  [[nodiscard]] Result<Discovery> discover(std::stop_token stop) override;
  [[nodiscard]] ir::Verdict converge(const ir::ClientFragment& fragment, std::stop_token stop) override;
  [[nodiscard]] ir::Verdict compare(const ir::ClientFragment& fragment, std::stop_token stop) override;
  [[nodiscard]] Result<Credentials> credentials(const ir::ClientFragment& fragment) override;
  [[nodiscard]] std::string render(const ir::ClientFragment& fragment) const override;

 private:
  Registration(const ir::IdpConnection& connection, Surroundings around);

  Office office_;
};

}  // namespace sallyport::idp::registration
