// SPDX-License-Identifier: Apache-2.0
// The course of a pass: what it comes to. The requests that change something are in changes.cpp.
#include "reconcilers/providers/idp/registration/pass.hpp"

#include <algorithm>

#include "operator/base/digest.hpp"
#include "operator/base/log.hpp"
#include "operator/base/text.hpp"

namespace sallyport::idp::registration {
namespace {

using ir::Outcome;
using State = Record::State;

/// Client information is small; a key set in it may not be.
constexpr std::size_t kLargestAnswer = 256UL << 10U;

std::string orphans_in_words(int count) {
  return count == 1 ? "the answer to one registration was lost and may have left a client behind that nobody can use"
                    : "the answers to " + std::to_string(count) +
                          " registrations were lost; each may have left a client behind that nobody can use";
}

std::string abandoned_in_words(const std::string& client_id) {
  return "the registration record of client " + client_id +
         " is lost: unless somebody has deleted it at the provider, it works on, and from here nobody can delete it";
}

}  // namespace

Office::Office(const ir::IdpConnection& to, Surroundings around)
    : connection(to),
      secrets(around.secrets),
      clock(around.clock),
      can_keep(around.can_keep),
      issuer(to, around.connect, around.clock),
      wire(around.connect, to.ca_bundle, kLargestAnswer),
      ledger(around.vault) {}

Pass::Pass(Office& office, const ir::ClientFragment& fragment, std::stop_token stop)
    : office_(office),
      fragment_(fragment),
      stop_(std::move(stop)),
      owner_(vault_owner(fragment.owner, office.connection.name)),
      asked_(asked_metadata(fragment, office.connection.instance)),
      asked_hash_(sha256_hex(asked_)) {}

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
  if (!fragment_.adopt.empty()) {
    return Error{Code::InvalidSpec,
                 "a client cannot be adopted at a provider of type DynamicRegistration: only the answer to its "
                 "registration gives access to it; remove the annotation, and a new client is registered",
                 {},
                 {}};
  }
  TRY(load());
  discovery_ = TRY(office_.issuer.current(stop_));
  if (record_.state != State::Registered) TRY(register_client());
  Look look = TRY(observe());
  if (look == Look::Gone) {
    const std::string fate = count_if_it_may_live()
                                 ? " is gone, or has a secret that was lost with the answer to an update"
                                 : " had been deleted at the provider";
    notes_.push_back("client " + record_.client_id + fate + "; a new one is registered");
    repaired_ = true;
    record_.forget_client();
    TRY(register_client());
    look = TRY(observe());
  }
  if (look == Look::Gone) {
    return Error{Code::Unavailable,
                 "client " + record_.client_id + " was registered, and the provider does not know it",
                 {},
                 kForAPerson};
  }
  return look == Look::TokenLost ? live_without_token() : settle();
}

Result<Outcome> Pass::make_absent() {
  TRY(load());
  if (record_.state != State::Registered) return forget_lost();
  discovery_ = TRY(office_.issuer.current(stop_));
  return remove_client();
}

Result<Outcome> Pass::make_released() {
  TRY(load());
  if (record_.state != State::Registered) return forget_lost();
  return forget("client " + record_.client_id + " stays at the provider and is managed by nobody");
}

Result<Outcome> Pass::tell_differences() {
  TRY(read_record());
  if (fragment_.wish == ir::Wish::Hold) return Outcome::Pending;
  if (record_.state != State::Registered) {
    if (fragment_.wish == ir::Wish::Absent) return Outcome::Gone;
    note_abandoned();
    notes_.emplace_back("would register a client");
    return Outcome::Pending;
  }
  discovery_ = TRY(office_.issuer.current(stop_));
  const Look look = TRY(look_without_loss());
  if (fragment_.wish == ir::Wish::Absent) {
    if (look == Look::Gone) return Outcome::Gone;
    notes_.push_back("would delete client " + record_.client_id);
    return Outcome::Pending;
  }
  if (look == Look::TokenLost) return live_without_token();
  if (look == Look::Gone) {
    notes_.push_back("client " + record_.client_id + " was deleted at the provider; would register a new one");
    return Outcome::Pending;
  }
  const std::vector<Difference> found = TRY(differences(asked_, record_.metadata));
  if (record_.asked_hash == asked_hash_ && words_of(found, "\n") == record_.insisted) return judge(found);
  for (const Difference& difference : found) notes_.push_back("would change " + difference.words);
  return found.empty() ? Outcome::Applied : Outcome::Pending;
}

Result<void> Pass::load() {
  TRY(read_record());
  if (fragment_.owner.generation >= record_.generation) return {};
  return Error{Code::Conflict,
               "generation " + std::to_string(record_.generation) + " of this object is registered already",
               {},
               {}};
}

Result<void> Pass::read_record() {
  record_ = TRY(office_.ledger.load(owner_));
  if (!record_.empty() || record_.kept || fragment_.known_id.empty()) return {};
  // There is no record, though the owner's status tells of a client: somebody took it away. Where we erased it, the
  // ledger knows; where a crash came between that and the end of the client in the status, one that is gone is told of.
  record_.abandoned = {fragment_.known_abandoned.begin(), fragment_.known_abandoned.end()};
  record_.orphans = std::max(0, fragment_.known_lost - static_cast<int>(record_.abandoned.size()));
  record_.abandoned.insert(fragment_.known_id);
  return {};
}

Result<void> Pass::save() {
  record_.generation = fragment_.owner.generation;
  return office_.ledger.save_or_pocket(owner_, record_);
}

Result<Pass::Look> Pass::observe() {
  if (!record_.managed()) return ask_token_endpoint();
  TRY(check_client_uri());
  // Not repeatable, though it is a GET: a server may replace the token with every answer (RFC 7592 section 3).
  const http::Response response = TRY(office_.wire.send(record_.registration_client_uri, managing("GET"), stop_));
  if (response.ok()) return read_answer_to_get(response);
  if (may_be_gone(response)) return ask_token_endpoint();
  return error_of(response, where_of("GET", record_.registration_client_uri), hidden());
}

Result<Pass::Look> Pass::look_without_loss() {
  if (office_.can_keep || !record_.managed()) return observe();
  notes_.push_back("client " + record_.client_id +
                   " is compared by its record, and only whether it lives was asked, at the token endpoint: the answer "
                   "to a look at the client itself may replace the registration access token, and nothing can be kept "
                   "here");
  const Look look = TRY(ask_token_endpoint());
  return look == Look::Gone ? Look::Gone : Look::Here;
}

Result<Pass::Look> Pass::read_answer_to_get(const http::Response& response) {
  const std::string where = where_of("GET", record_.registration_client_uri);
  Answer answer = TRY(read_answer(response, where));
  if (answer.client_id != record_.client_id) {
    return Error{Code::Unavailable, "the answer is about another client than " + record_.client_id, where, {}};
  }
  if (!shares_origin(answer.registration_client_uri)) answer.registration_client_uri.clear();
  const Record before = record_;
  record_.take(answer);
  const bool replaced = before.registration_access_token != record_.registration_access_token ||
                        before.client_secret != record_.client_secret ||
                        before.registration_client_uri != record_.registration_client_uri ||
                        before.secret_expires_at != record_.secret_expires_at;
  // The old token and secret are dead now: nothing comes before this.
  if (replaced) TRY(office_.ledger.save_or_pocket(owner_, record_));
  return Look::Here;
}

Result<TokenAnswer> Pass::try_to_sign_in() {
  if (record_.client_secret.empty()) {
    return Error{Code::Unavailable,
                 "it cannot be told whether client " + record_.client_id + " lives: the provider gave it no secret",
                 {},
                 {}};
  }
  return request_token(office_.wire,
                       {discovery_.token_endpoint, record_.client_id, record_.client_secret, auth_of(record_.metadata)},
                       stop_);
}

Result<Pass::Look> Pass::ask_token_endpoint() {
  const TokenAnswer answer = TRY(try_to_sign_in());
  if (answer.meaning == TokenAnswer::Meaning::Issued) return Look::TokenLost;
  if (answer.meaning == TokenAnswer::Meaning::InvalidClient) return Look::Gone;
  Error error =
      answer.error.value_or(Error{}).context("it cannot be told whether client " + record_.client_id + " lives");
  error.code = Code::Unavailable;
  return error;
}

Result<Outcome> Pass::settle() {
  std::vector<Difference> found = TRY(differences(asked_, record_.metadata));
  const bool same_wish = record_.asked_hash == asked_hash_;
  // What the server would not have otherwise when it was asked the same is not asked again.
  if (found.empty() || (same_wish && words_of(found, "\n") == record_.insisted)) {
    const bool news = !same_wish || !record_.updating_hash.empty() || record_.insisted != words_of(found, "\n");
    record_.asked_hash = asked_hash_;
    record_.insisted = words_of(found, "\n");
    record_.updating_hash.clear();
    if (news) TRY(save());
    return judge(found);
  }
  const bool drifted = same_wish && record_.updating_hash.empty();
  TRY(update());
  if (drifted) {
    repaired_ = true;
    notes_.push_back("put right: " + words_of(found, "; "));
  }
  return judge(TRY(differences(asked_, record_.metadata)));
}

Result<Outcome> Pass::judge(const std::vector<Difference>& found) {
  for (const Difference& difference : found) {
    if (difference.weight == Difference::Weight::Serious) {
      return Error{Code::InvalidSpec,
                   "the provider registered the client otherwise than asked: " + words_of(found, "; "),
                   where_of("GET", record_.registration_client_uri),
                   {}};
    }
  }
  for (const Difference& difference : found) notes_.push_back("the provider insists on " + difference.words);
  if (record_.client_secret.empty()) {
    return Error{Code::InvalidSpec, "the provider gave client " + record_.client_id + " no secret", {}, {}};
  }
  if (record_.secret_expires_at > 0) {
    const SystemTime at{std::chrono::seconds(record_.secret_expires_at)};
    notes_.push_back("the provider lets the client secret expire at " + to_rfc3339(at));
  }
  return Outcome::Applied;
}

Result<Outcome> Pass::live_without_token() {
  const std::string words =
      "client " + record_.client_id +
      (record_.managed() ? " works, but the provider does not accept its registration access token (any more)"
                         : " works, but the provider gave no way to manage it (RFC 7592)") +
      ": it can be neither changed nor deleted from here. Delete it at the provider, and it is registered anew";
  if (record_.asked_hash == asked_hash_ && record_.updating_hash.empty()) {
    notes_.push_back(words);
    return judge(TRY(differences(asked_, record_.metadata)));
  }
  return Error{Code::Unauthorized, words, record_.registration_client_uri, kForAPerson};
}

Result<Outcome> Pass::forget_lost() {
  return forget(record_.lost() == 0 ? "" : orphans_in_words(record_.lost()));
}

Result<Outcome> Pass::forget(std::string note) {
  TRY(office_.ledger.erase(owner_.uid));
  note_abandoned();
  warn_of_abandoned();
  if (!note.empty()) notes_.push_back(std::move(note));
  return Outcome::Gone;
}

void Pass::note_abandoned() {
  for (const std::string& client : record_.abandoned) notes_.push_back(abandoned_in_words(client));
}

void Pass::warn_of_abandoned() const {
  for (const std::string& client : record_.abandoned)
    log::warning(abandoned_in_words(client), {{"object", fragment_.owner.text()}});
}

ir::Verdict Pass::verdict(const Result<Outcome>& result) {
  ir::Verdict said;
  said.outcome = result ? *result : outcome_of(result.error());
  // Unknown would leave a client standing in the status that is known to be gone. An abandoned one works on.
  const bool gone = none_there_ && !fragment_.known_id.empty() && !record_.abandoned.contains(fragment_.known_id);
  if (!result && gone) said.outcome = Outcome::Rejected;
  if (!result) said.error = result.error();
  said.hash = fragment_.hash();
  said.facts = facts();
  if (said.outcome == Outcome::Applied) {
    if (record_.lost() > 0) notes_.push_back(orphans_in_words(record_.lost()));
    note_abandoned();
  }
  said.notes = notes_;
  said.drift_repaired = repaired_ && result;
  return said;
}

ir::Facts Pass::facts() const {
  ir::Facts facts{{"issuer", office_.connection.issuer}};
  if (!discovery_.token_endpoint.empty()) facts["token_url"] = discovery_.token_endpoint;
  if (!fragment_.audience.empty()) facts["audience"] = fragment_.audience;
  if (record_.left_behind() > 0) facts["orphans"] = std::to_string(record_.left_behind());
  if (!record_.abandoned.empty()) facts["abandoned"] = join({record_.abandoned.begin(), record_.abandoned.end()}, "\n");
  if (record_.state == State::Registered) facts["client_id"] = record_.client_id;
  if (const auto uri = http::parse_url(record_.registration_client_uri))
    facts["registration_uri_origin"] = uri->origin();
  return facts;
}

}  // namespace sallyport::idp::registration
