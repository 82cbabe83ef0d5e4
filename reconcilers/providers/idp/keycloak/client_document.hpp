// SPDX-License-Identifier: Apache-2.0
// A client as Keycloak's JSON has it (ClientRepresentation): what is asked for, what was read, and what is between
// them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "operator/http/client.hpp"
#include "reconcilers/ir/client.hpp"

namespace sallyport::idp::keycloak {

/// A client attribute that names the instance and the owner: our mark.
inline constexpr const char* kInstanceAttribute = "sallyport-instance";
inline constexpr const char* kUidAttribute = "sallyport-uid";
/// The protocol mapper that puts the audience into tokens.
inline constexpr const char* kAudienceMapper = "sallyport-audience";

struct Wanted {
  std::string id;         ///< the row's UUID, derived from instance, connection and owner: creating twice makes one
  std::string client_id;  ///< what people and tokens call it
  Secret secret;          ///< our own, kept before Keycloak sees it
  std::string name;
  std::string description;
  std::string instance;
  std::string uid;
  std::string audience;          ///< empty: no mapper of ours
  std::set<std::string> scopes;  ///< by name, attached as default scopes: in every token, without being asked for
};

struct Seen {
  std::string id;
  std::string client_id;
  Secret secret;  ///< empty: a public client, or one whose secret we may not read
  std::string instance;
  std::string uid;
  std::string mapper_id;  ///< of kAudienceMapper; empty: not there
  std::set<std::string> default_scopes;
  std::set<std::string> optional_scopes;
  std::string document;  ///< all of it, for comparing; holds the secret, so it goes nowhere else
};

/// An administrator may keep the secret in Keycloak's own vault; what is shown then is a reference to it, or stars.
[[nodiscard]] bool is_hidden(const Secret& secret);

/// Unavailable for anything but a client's JSON.
[[nodiscard]] Result<Seen> read_client(const std::string& body, const std::string& where);
/// The answer to a search by clientId: at most one.
[[nodiscard]] Result<std::vector<Seen>> read_clients(const std::string& body, const std::string& where);

/// What is to be done so that `seen` becomes `wanted`.
struct Gap {
  std::vector<std::string> fields;  ///< in words; never the value of a secret
  std::string mapper;               ///< in words; empty: nothing
  std::set<std::string> attach;
  std::set<std::string> detach;

  [[nodiscard]] bool empty() const { return fields.empty() && mapper.empty() && attach.empty() && detach.empty(); }
  [[nodiscard]] std::vector<std::string> words() const;
};

/// `removable`: scopes that may be taken off when they are not wanted; null: all but Keycloak's own `basic` and
/// `service_account`, which give `sub` and `client_id` to a machine's tokens.
[[nodiscard]] Result<Gap> compare(const Wanted& wanted, const Seen& seen, const std::set<std::string>* removable);

/// Body of POST /clients: all of it, with mapper and scopes; a scope that the realm does not have is ignored (measured
/// with 26.7). `publicClient: false` is always sent: without it Keycloak makes a public client and drops the secret
/// without a word (oidc.md 3.2).
[[nodiscard]] std::string create_body(const Wanted& wanted);
/// Body of PUT /clients/{id}, which merges: what is absent stays.
[[nodiscard]] std::string update_body(const Wanted& wanted);
/// Body of PUT /clients/{id} that takes our marks off.
[[nodiscard]] std::string unmark_body();
/// Body of POST and PUT of protocol-mappers/models.
[[nodiscard]] std::string mapper_body(const Wanted& wanted, const std::string& mapper_id);

/// For people: what would be sent, with `secret_place` ("namespace/name#key") instead of the secret.
[[nodiscard]] std::string for_people(const Wanted& wanted, const std::string& secret_place);
/// Of everything but the secret.
[[nodiscard]] std::string hash_of(const Wanted& wanted);

}  // namespace sallyport::idp::keycloak
