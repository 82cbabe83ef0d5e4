// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/registration/registration.hpp"

#include "reconcilers/providers/idp/telling.hpp"

namespace sallyport::idp::registration {

Result<std::unique_ptr<IdpProvider>> Registration::create(const ir::IdpConnection& connection, Surroundings around) {
  TRY(metadata_urls(connection.issuer));
  if (!connection.registration_endpoint.empty()) {
    TRY(parse_endpoint(connection.registration_endpoint, "spec.registration.endpoint"));
  }
  return std::unique_ptr<IdpProvider>(new Registration(connection, std::move(around)));
}

Registration::Registration(const ir::IdpConnection& connection, Surroundings around)
    : office_(connection, std::move(around)) {}

Result<Discovery> Registration::discover(std::stop_token stop) {
  return office_.issuer.read_with_keys(std::move(stop));
}

ir::Verdict Registration::converge(const ir::ClientFragment& fragment, std::stop_token stop) {
  Pass pass(office_, fragment, std::move(stop));
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

ir::Verdict Registration::compare(const ir::ClientFragment& fragment, std::stop_token stop) {
  return Pass(office_, fragment, std::move(stop)).compare();
}

Result<Credentials> Registration::credentials(const ir::ClientFragment& fragment) {
  const Record record = TRY(office_.ledger.load(vault_owner(fragment.owner, office_.connection.name)));
  if (record.state != Record::State::Registered) {
    return Error{Code::NotFound, "no client is registered for " + fragment.owner.text(), {}, {}};
  }
  const Discovery discovery = TRY(office_.issuer.current({}));
  return Credentials{record.client_id, record.client_secret, office_.connection.issuer, discovery.token_endpoint,
                     fragment.audience};
}

std::string Registration::render(const ir::ClientFragment& fragment) const {
  const ir::IdpConnection& connection = office_.connection;
  std::string text = "POST ";
  text += connection.registration_endpoint.empty() ? "<registration_endpoint of " + connection.issuer + ">"
                                                   : connection.registration_endpoint;
  if (!connection.credentials.name.empty()) {
    text += "\nAuthorization: Bearer <secret " + connection.credentials.ns + "/" + connection.credentials.name +
            "#initial_access_token>";
  }
  return text + "\n" + for_people(asked_metadata(fragment, connection.instance)) + "\n";
}

}  // namespace sallyport::idp::registration
