// SPDX-License-Identifier: Apache-2.0
// The course of a pass: what it comes to. The requests that change something are in changes.cpp.
#include "reconcilers/providers/idp/keycloak/pass.hpp"

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

namespace sallyport::idp::keycloak {
namespace {

using ir::Outcome;
using State = Record::State;

/// The namespace's and the object's name are for people, the hash keeps it unique; Keycloak's column takes 255
/// characters.
std::string client_id_of(const ir::Owner& owner, const ir::IdpConnection& connection) {
  const std::string unique = short_hash(connection.name + "/" + owner.uid.str(), 8);
  return "sallyport-" + connection.instance.str() + "-" + owner.ns.substr(0, 63) + "-" + owner.name.substr(0, 100) +
         "-" + unique;
}

}  // namespace

Realm::Realm(const ir::IdpConnection& to, Surroundings around, std::string admin_url)
    : connection(to),
      base(std::move(admin_url)),
      vault(around.vault),
      issuer(to, around.connect, around.clock),
      admin(base, around.connect, to.ca_bundle, {to.credentials, around.secrets, around.clock}),
      recent_scopes(around.clock) {}

Wanted wanted_of(const ir::ClientFragment& fragment, const ir::IdpConnection& connection) {
  Wanted wanted;
  const ir::Owner& owner = fragment.owner;
  wanted.id = uuid_v5("oidc client/" + connection.instance.str() + "/" + connection.name + "/" + owner.uid.str());
  wanted.client_id = fragment.adopt.empty() ? client_id_of(owner, connection) : fragment.adopt;
  wanted.name = fragment.client_name;
  wanted.description = "Managed by Sallyport for " + owner.text() + "; changes made here are undone";
  wanted.instance = connection.instance.str();
  wanted.uid = owner.uid.str();
  wanted.audience = fragment.audience;
  wanted.scopes = {fragment.scopes.begin(), fragment.scopes.end()};
  return wanted;
}

Pass::Pass(Realm& realm, const ir::ClientFragment& fragment, std::stop_token stop)
    : realm_(realm),
      fragment_(fragment),
      stop_(std::move(stop)),
      owner_(vault_owner(fragment.owner, realm.connection.name)),
      wanted_(wanted_of(fragment, realm.connection)),
      derived_id_(wanted_.id) {}

ir::Verdict Pass::present() {
  return verdict(make_present());
}
ir::Verdict Pass::absent() {
  return verdict(make_absent());
}
ir::Verdict Pass::release() {
  return verdict(make_released());
}
ir::Verdict Pass::compare() {
  return verdict(tell_differences());
}

Result<Outcome> Pass::make_present() {
  for (const std::string& grant : fragment_.grant_types) {
    if (grant != "client_credentials") {
      return Error{Code::InvalidSpec, "grant type '" + grant + "' is not supported for Keycloak", {}, {}};
    }
  }
  TRY(load());
  if (fragment_.owner.generation < record_.generation) {
    return Error{Code::Conflict,
                 "generation " + std::to_string(record_.generation) + " of this object is registered already",
                 {},
                 {}};
  }
  token_url_ = TRY(realm_.issuer.current(stop_)).token_endpoint;
  const bool is_new = record_.state == State::None;
  std::optional<Seen> seen = is_new ? TRY(begin()) : std::optional<Seen>{};
  if (!fragment_.adopt.empty() && fragment_.adopt != record_.client_id) {
    return needs_a_person("client '" + fragment_.adopt + "' cannot be adopted: " + fragment_.owner.text() +
                              " has client '" + record_.client_id + "' already",
                          {});
  }
  if (!is_new) seen = TRY(observe(record_.id));
  const bool was_there = seen.has_value();
  if (!seen) {
    if (record_.state == State::Registered) {
      notes_.push_back("client " + record_.client_id + " had been deleted at the provider and was made anew");
      repaired_ = true;
    }
    TRY(create());
    seen = TRY(observe(record_.id));
  }
  if (!seen) return Error{Code::Unavailable, "client " + record_.client_id + " was made, and is not there", {}, {}};
  return settle(*seen, was_there);
}

Result<Outcome> Pass::settle(const Seen& seen, bool was_there) {
  const Whose owner = whose(seen);
  if (owner == Whose::Foreign || (owner == Whose::Unmarked && !record_.adopted)) return taken(seen);
  const Gap gap = TRY(gap_to(seen));
  const bool same_wish = record_.state == State::Registered && record_.asked_hash == asked_hash_;
  if (!gap.empty()) {
    TRY(repair(seen, gap));
    const std::optional<Seen> after = TRY(observe(record_.id));
    if (!after)
      return Error{Code::Unavailable, "client " + record_.client_id + " vanished while it was being put right", {}, {}};
    if (const Gap left = TRY(gap_to(*after)); !left.empty()) {
      return Error{Code::InvalidSpec,
                   "Keycloak keeps the client otherwise than asked: " + join(left.words(), "; "),
                   realm_.admin.where("PUT", "/clients/" + record_.id),
                   {}};
    }
    if (same_wish && was_there) {
      repaired_ = true;
      notes_.push_back("put right: " + join(gap.words(), "; "));
    }
  }
  const std::set<std::string> attached = record_.adopted ? wanted_.scopes : std::set<std::string>{};
  if (same_wish && record_.scopes == attached) return Outcome::Applied;
  record_.state = State::Registered;
  record_.asked_hash = asked_hash_;
  record_.scopes = attached;
  TRY(save());
  return Outcome::Applied;
}

Result<Outcome> Pass::make_absent() {
  TRY(load());
  const std::optional<Seen> seen = TRY(find_ours());
  std::set<std::string> scopes = record_.used;
  if (seen && whose(*seen) == Whose::Ours) {
    scopes.insert(seen->default_scopes.begin(), seen->default_scopes.end());
    TRY(change("DELETE", "/clients/" + seen->id));
    if (TRY(observe(seen->id))) {
      return Error{Code::Unavailable,
                   "client " + seen->client_id + " was deleted, and is still there",
                   realm_.admin.where("DELETE", "/clients/" + seen->id),
                   {}};
    }
  } else if (seen) {
    notes_.push_back("client " + seen->client_id + " does not carry our mark and was left alone");
  }
  TRY(remove_unused_scopes(std::move(scopes)));
  TRY(forget());
  return Outcome::Gone;
}

Result<Outcome> Pass::make_released() {
  TRY(load());
  const std::optional<Seen> seen = TRY(find_ours());
  if (seen && whose(*seen) == Whose::Ours && !seen->uid.empty()) {
    TRY(change("PUT", "/clients/" + seen->id, unmark_body()));
    notes_.push_back("client " + seen->client_id + " stays at the provider and is managed by nobody");
  }
  TRY(forget());
  return Outcome::Gone;
}

Result<Outcome> Pass::tell_differences() {
  TRY(load());
  if (fragment_.wish == ir::Wish::Hold) return Outcome::Pending;
  token_url_ = TRY(realm_.issuer.current(stop_)).token_endpoint;
  const std::optional<Seen> seen = TRY(find_ours());
  if (fragment_.wish == ir::Wish::Absent) {
    if (!seen || whose(*seen) != Whose::Ours) return Outcome::Gone;
    notes_.push_back("would delete client " + seen->client_id);
    return Outcome::Pending;
  }
  if (!seen) {
    notes_.push_back(fragment_.adopt.empty() ? "would make client " + wanted_.client_id
                                             : "client '" + fragment_.adopt + "' does not exist and cannot be adopted");
    return Outcome::Pending;
  }
  if (whose(*seen) == Whose::Foreign) return taken(*seen);
  if (record_.state == State::None) wanted_.secret = seen->secret;
  const Gap gap = TRY(gap_to(*seen));
  for (const std::string& words : gap.words()) notes_.push_back("would put right: " + words);
  return gap.empty() ? Outcome::Applied : Outcome::Pending;
}

Result<void> Pass::load() {
  const Result<ir::SecretBytes> bytes = realm_.vault.load(owner_.uid);
  if (!bytes && bytes.error().code != Code::NotFound) return bytes.error();
  if (bytes) record_ = TRY(read(*bytes));
  if (record_.state != State::None) {
    wanted_.id = record_.id;
    wanted_.client_id = record_.client_id;
    wanted_.secret = record_.client_secret;
  }
  asked_hash_ = hash_of(wanted_);
  return {};
}

Result<void> Pass::save() {
  record_.generation = fragment_.owner.generation;
  return realm_.vault.save(owner_, write(record_));
}

Result<void> Pass::forget() {
  return realm_.vault.erase(owner_.uid);
}

Result<std::optional<Seen>> Pass::begin() {
  // A record that was lost is made again from what is there: the consumers' secret goes on working.
  std::optional<Seen> seen = fragment_.adopt.empty() ? TRY(observe(derived_id_)) : TRY(find_for_adoption());
  if (seen && whose(*seen) == Whose::Foreign) return taken(*seen);
  if (seen && is_hidden(seen->secret)) return hidden(*seen);
  record_.state = State::Intent;
  record_.adopted = !fragment_.adopt.empty();
  record_.id = seen ? seen->id : derived_id_;
  record_.client_id = seen && record_.adopted ? seen->client_id : wanted_.client_id;
  record_.client_secret = seen && !seen->secret.empty() ? seen->secret : random_token();
  wanted_.id = record_.id;
  wanted_.client_id = record_.client_id;
  wanted_.secret = record_.client_secret;
  asked_hash_ = hash_of(wanted_);
  record_.used = wanted_.scopes;
  TRY(save());
  return seen;
}

Result<std::optional<Seen>> Pass::find_for_adoption() {
  // Exact, since `search` is left out (oidc.md 3.2).
  const std::string path = "/clients?clientId=" + percent_encode(fragment_.adopt);
  const http::Response response = TRY(get(path));
  if (!response.ok()) return failure(response, "GET", path);
  for (Seen& seen : TRY(read_clients(response.body, realm_.admin.where("GET", path)))) {
    if (seen.client_id == fragment_.adopt) return std::optional(std::move(seen));
  }
  return Error{Code::NotFound,
               "client '" + fragment_.adopt + "' does not exist and cannot be adopted",
               realm_.admin.where("GET", path),
               {}};
}

Result<std::optional<Seen>> Pass::observe(const std::string& id) {
  const std::string path = "/clients/" + percent_encode(id);
  const http::Response response = TRY(get(path));
  if (response.ok()) return std::optional(TRY(read_client(response.body, realm_.admin.where("GET", path))));
  // Only in Keycloak's own words: a proxy's 404 would have clients made twice.
  if (response.status == 404 && !error_code(response).empty()) return std::optional<Seen>{};
  Error error = failure(response, "GET", path);
  if (error.code == Code::NotFound) error.code = Code::Unavailable;
  return error;
}

Result<std::optional<Seen>> Pass::find_ours() {
  if (record_.state != State::None) return observe(record_.id);
  if (fragment_.adopt.empty()) return observe(derived_id_);
  Result<std::optional<Seen>> found = find_for_adoption();
  if (!found && found.error().code == Code::NotFound) return std::optional<Seen>{};
  return found;
}

Pass::Whose Pass::whose(const Seen& seen) const {
  if (seen.instance == wanted_.instance && seen.uid == wanted_.uid) return Whose::Ours;
  if (!seen.instance.empty() || !seen.uid.empty()) return Whose::Foreign;
  // The id itself is a mark: it is derived from instance and owner.
  return seen.id == derived_id_ ? Whose::Ours : Whose::Unmarked;
}

Error Pass::taken(const Seen& seen) const {
  const std::string by = seen.instance.empty() ? "" : one_line(" (marked by instance " + seen.instance + ")", 80);
  return needs_a_person("client '" + seen.client_id + "' belongs to somebody else" + by,
                        realm_.admin.where("GET", "/clients/" + seen.id));
}

Error Pass::hidden(const Seen& seen) const {
  return needs_a_person("the secret of client '" + seen.client_id +
                            "' is hidden (Keycloak shows a reference to its vault, or stars), so nobody could sign in "
                            "with what would be handed out; set it in Keycloak itself, where we may read it",
                        realm_.admin.where("GET", "/clients/" + seen.id));
}

Result<Gap> Pass::gap_to(const Seen& seen) const {
  const bool adopts = record_.adopted || (record_.state == State::None && !fragment_.adopt.empty());
  return keycloak::compare(wanted_, seen, adopts ? &record_.scopes : nullptr);
}

ir::Verdict Pass::verdict(const Result<Outcome>& result) {
  ir::Verdict said;
  said.outcome = result ? *result : outcome_of(result.error());
  if (!result) said.error = result.error();
  said.hash = fragment_.hash();
  said.facts["issuer"] = realm_.connection.issuer;
  if (!token_url_.empty()) said.facts["token_url"] = token_url_;
  if (!fragment_.audience.empty()) said.facts["audience"] = fragment_.audience;
  if (record_.state == State::Registered) said.facts["client_id"] = record_.client_id;
  said.notes = notes_;
  said.drift_repaired = repaired_ && result;
  return said;
}

}  // namespace sallyport::idp::keycloak
