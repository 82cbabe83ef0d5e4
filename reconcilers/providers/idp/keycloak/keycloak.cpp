// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/keycloak/keycloak.hpp"

#include "reconcilers/providers/idp/telling.hpp"

namespace sallyport::idp::keycloak {

Result<std::unique_ptr<IdpProvider>> Keycloak::create(const ir::IdpConnection& connection, Surroundings around) {
  TRY(metadata_urls(connection.issuer));
  const std::string base = TRY(admin_base(connection.issuer));
  return std::unique_ptr<IdpProvider>(new Keycloak(connection, std::move(around), base));
}

Keycloak::Keycloak(const ir::IdpConnection& connection, Surroundings around, const std::string& base)
    : realm_(connection, std::move(around), base) {}

Result<Discovery> Keycloak::discover(std::stop_token stop) {
  return realm_.issuer.read_with_keys(std::move(stop));
}

ir::Verdict Keycloak::converge(const ir::ClientFragment& fragment, std::stop_token stop) {
  Pass pass(realm_, fragment, std::move(stop));
  switch (fragment.wish) {
    case ir::Wish::Present:
      return pass.present();
    case ir::Wish::Absent:
      return pass.absent();
    case ir::Wish::Release:
      return pass.release();
    case ir::Wish::Hold:
    case ir::Wish::Observe:
      break;
  }
  return pass.compare();
}

ir::Verdict Keycloak::compare(const ir::ClientFragment& fragment, std::stop_token stop) {
  return Pass(realm_, fragment, std::move(stop)).compare();
}

Result<Credentials> Keycloak::credentials(const ir::ClientFragment& fragment) {
  const ir::Owner owner = vault_owner(fragment.owner, realm_.connection.name);
  const Record record = TRY(read(TRY(realm_.vault.load(owner.uid))));
  if (record.state != Record::State::Registered) {
    return Error{Code::NotFound, "no client is registered for " + fragment.owner.text(), {}, {}};
  }
  const Discovery discovery = TRY(realm_.issuer.current({}));
  return Credentials{record.client_id, record.client_secret, realm_.connection.issuer, discovery.token_endpoint,
                     fragment.audience};
}

std::string Keycloak::render(const ir::ClientFragment& fragment) const {
  const Wanted wanted = wanted_of(fragment, realm_.connection);
  std::string text;
  for (const std::string& scope : wanted.scopes)
    text += "POST " + realm_.base + "/client-scopes " + realm_scope_body(scope, wanted.instance) + "\n";
  const std::string secret = fragment.owner.ns + "/" + fragment.consumer_secret + "#client_secret";
  return text + "POST " + realm_.base + "/clients\n" + for_people(wanted, secret) + "\n";
}

}  // namespace sallyport::idp::keycloak
