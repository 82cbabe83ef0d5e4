// SPDX-License-Identifier: Apache-2.0
// The requests of a pass that change something at the provider, each with what is written down before and after it.
#include <algorithm>
#include <utility>

#include "operator/base/digest.hpp"
#include "reconcilers/providers/idp/registration/pass.hpp"

namespace sallyport::idp::registration {
namespace {

using ir::Outcome;
using State = Record::State;

constexpr std::chrono::seconds kMoment{2};
constexpr std::chrono::minutes kFirstWait{1};
constexpr std::chrono::hours kLongestWait{1};
constexpr int kMostDoublings = 6;

/// 4xx, and 503 before anything was done: the provider says that it did not. Of any other failure nobody knows.
bool is_without_effect(const http::Response& response) {
  return (response.status >= 300 && response.status < 500) || response.status == 501 || response.status == 503;
}

/// Of a request that failed without an answer: that it never left. ShuttingDown may also come in the middle of it.
bool was_not_sent(const Error& error) {
  return error.code == Code::InvalidSpec || error.code == Code::Unaudited;
}

}  // namespace

Result<void> Pass::register_client() {
  TRY(wait_after_losses());
  // Asked anew, though it may be known: an intent is written for a provider that answers, or every try against one that
  // is down would count as a lost answer. One that answered a moment ago does.
  discovery_ = TRY(office_.issuer.younger_than(kMoment, stop_));
  if (discovery_.registration_endpoint.empty()) {
    return Error{Code::InvalidSpec,
                 "the issuer's metadata has no registration_endpoint; set spec.registration.endpoint",
                 {},
                 {}};
  }
  initial_token_ = TRY(initial_access_token());
  record_.orphans = record_.lost();
  record_.state = State::Intent;
  record_.intent_at = office_.clock.now();
  record_.generation = fragment_.owner.generation;
  const bool is_first = !record_.kept;
  TRY(office_.ledger.save(owner_, record_));
  if (is_first) warn_of_abandoned();

  http::Request request;
  request.method = "POST";
  request.headers["Content-Type"] = "application/json";
  request.body = asked_;
  if (!initial_token_.empty()) request.authorization = Secret("Bearer " + initial_token_.reveal());
  request.delivery = http::Delivery::OnceAlone;
  request.changes = {change_of(fragment_.owner, office_.connection.name, "", Action::Create)};
  request.changes.front().after = asked_hash_;
  const std::string where = where_of("POST", discovery_.registration_endpoint);
  const Result<http::Response> response = office_.wire.send(discovery_.registration_endpoint, request, stop_);
  if (!response) {
    if (was_not_sent(response.error())) withdraw_intent();
    return response.error().context("register client");
  }
  if (!response->ok()) {
    if (is_without_effect(*response)) withdraw_intent();
    Error error = error_of(*response, where, hidden()).context("register client");
    const ir::SecretHandle& secret = office_.connection.credentials;
    if (error.code == Code::Unauthorized && !secret.name.empty()) error.message += "; renew " + secret.text();
    return error;
  }
  return keep(TRY(read_answer(*response, where)));
}

Result<void> Pass::wait_after_losses() const {
  // The first loss is an accident; a provider that loses every answer must not be filled with orphans.
  const int losses = record_.lost();
  if (losses < 2) return {};
  const auto wait =
      std::min<std::chrono::milliseconds>(kFirstWait * (1 << std::min(losses - 2, kMostDoublings)), kLongestWait);
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(office_.clock.now() - record_.intent_at);
  if (passed < std::chrono::milliseconds{0} || passed >= wait) return {};
  return Error{Code::Unavailable,
               "the answers to " + std::to_string(losses) + " registrations were lost; the next try waits",
               {},
               wait - passed};
}

Result<Secret> Pass::initial_access_token() {
  const ir::SecretHandle& handle = office_.connection.credentials;
  if (handle.name.empty()) return Secret();
  // Read once: an office is made anew when the Secret changes. The lock makes the others wait for the one that reads.
  const std::lock_guard lock(office_.initial_token_mutex);
  if (!office_.initial_token.empty()) return office_.initial_token;
  const ir::SecretBytes bytes = TRY(office_.secrets.read(handle.ns, handle.name));
  const auto token = bytes.find("initial_access_token");
  if (token == bytes.end() || token->second.empty()) {
    return Error{Code::InvalidSpec,
                 handle.text() + " has no key 'initial_access_token'; add it",
                 "spec.registration.credentialsSecret",
                 {}};
  }
  office_.initial_token = token->second;
  return office_.initial_token;
}

Result<void> Pass::keep(const Answer& answer) {
  record_.forget_client();
  record_.state = State::Registered;
  TRY(accept(answer));
  const Result<void> saved = office_.ledger.save(owner_, record_);
  return saved ? saved : undo(saved.error());
}

Result<void> Pass::accept(const Answer& answer) {
  record_.take(answer);
  record_.asked_hash = asked_hash_;
  record_.updating_hash.clear();
  record_.insisted = words_of(TRY(differences(asked_, record_.metadata)), "\n");
  return {};
}

Error Pass::undo(const Error& unsaved) {
  bool deleted = false;
  if (record_.managed() && check_client_uri()) {
    const Result<http::Response> response =
        office_.wire.send(record_.registration_client_uri, managing("DELETE"), stop_);
    deleted = response && response->ok();
  }
  if (deleted) {
    record_.forget_client();
  }
  // Memory is all that is left: a deleted client must not count as an orphan, one that lives must not become one.
  (void)office_.ledger.save_or_pocket(owner_, record_);
  Error error = unsaved.context(deleted ? "the answer could not be kept, and the client was deleted again"
                                        : "the answer could not be kept yet");
  error.code = Code::Unavailable;
  return error;
}

void Pass::withdraw_intent() {
  none_there_ = true;
  record_.forget_client();
  // Without this the next pass counts an orphan that does not exist, which is the safe side: the refusal is what
  // matters.
  // While a client is known, its record stays, though it is empty: one that is not there is a lost one.
  if (record_.empty() && fragment_.known_id.empty()) {
    (void)office_.ledger.erase(owner_.uid);
  } else {
    (void)office_.ledger.save(owner_, record_);
  }
}

Result<void> Pass::update() {
  const std::string before = std::exchange(record_.updating_hash, asked_hash_);
  TRY(save());
  http::Request request = managing("PUT");
  request.headers["Content-Type"] = "application/json";
  request.body = TRY(update_body(record_.client_id, asked_, record_.metadata));
  request.changes.front().before = sha256_hex(record_.metadata);
  request.changes.front().after = asked_hash_;
  const std::string where = where_of("PUT", record_.registration_client_uri);
  const Result<http::Response> response = office_.wire.send(record_.registration_client_uri, request, stop_);
  if (!response) {
    if (was_not_sent(response.error())) {
      record_.updating_hash = before;  // not empty: the answer to an earlier one is still not known
      TRY(save());
    }
    return response.error().context("update client " + record_.client_id);
  }
  if (response->ok()) return take_update(*response);
  // A 401 says nothing about an earlier try, whose answer may have held the token that is asked for now.
  if (is_without_effect(*response) && response->status != 401) {
    record_.updating_hash.clear();
    TRY(save());
  }
  return error_of(*response, where, hidden()).context("update client " + record_.client_id);
}

Result<void> Pass::take_update(const http::Response& response) {
  const std::string where = where_of("PUT", record_.registration_client_uri);
  Answer answer = TRY(read_answer(response, where));
  if (answer.client_id != record_.client_id) {
    return Error{Code::Unavailable, "the answer is about another client than " + record_.client_id, where, {}};
  }
  if (!shares_origin(answer.registration_client_uri)) answer.registration_client_uri.clear();
  TRY(accept(answer));
  return save();
}

Result<Outcome> Pass::remove_client() {
  bool accepted = false;
  if (record_.managed()) {
    TRY(check_client_uri());
    const http::Response response = TRY(office_.wire.send(record_.registration_client_uri, managing("DELETE"), stop_));
    accepted = response.ok();
    if (!accepted && !may_be_gone(response)) {
      return error_of(response, where_of("DELETE", record_.registration_client_uri), hidden())
          .context("delete client " + record_.client_id);
    }
  }
  // Without a secret nothing can be tried, and the provider's word is all there is.
  if (accepted && record_.client_secret.empty()) return forget_counted();
  const TokenAnswer answer = TRY(try_to_sign_in());
  const bool is_unknown = answer.meaning == TokenAnswer::Meaning::InvalidClient;
  if (is_unknown && !accepted) count_if_it_may_live();
  if (is_unknown || (accepted && answer.meaning == TokenAnswer::Meaning::Refused)) return forget_counted();
  if (accepted) {
    return Error{Code::Unavailable,
                 "the provider said that it deleted client " + record_.client_id + ", and still issues tokens to it",
                 where_of("DELETE", record_.registration_client_uri),
                 {}};
  }
  return Error{Code::Unauthorized,
               "client " + record_.client_id +
                   " still works, and there is no registration access token that the provider accepts: delete it there",
               where_of("DELETE", record_.registration_client_uri), kForAPerson};
}

Result<Outcome> Pass::forget_counted() {
  return forget(record_.lost() == 0 ? ""
                                    : std::to_string(record_.lost()) + " lost registrations are no longer counted");
}

bool Pass::count_if_it_may_live() {
  if (record_.updating_hash.empty()) return false;
  ++record_.orphans;
  return true;
}

Result<void> Pass::check_client_uri() const {
  if (shares_origin(record_.registration_client_uri)) return {};
  return needs_a_person("the registration_client_uri of client " + record_.client_id +
                            " is at another origin than the provider: the registration access token is not sent there",
                        where_of("GET", record_.registration_client_uri));
}

bool Pass::may_be_gone(const http::Response& response) {
  const int status = response.status;
  return (status == 401 || status == 404 || status == 405 || status == 410) && is_own_answer(response);
}

bool Pass::shares_origin(const std::string& uri) const {
  const Result<http::Url> there = http::parse_url(uri);
  if (!there) return false;
  const auto is_same = [&there](const std::string& url) {
    const Result<http::Url> here = http::parse_url(url);
    return here && here->origin() == there->origin();
  };
  return is_same(office_.connection.issuer) || is_same(discovery_.registration_endpoint);
}

http::Request Pass::managing(const std::string& method) const {
  http::Request request;
  request.method = method;
  request.delivery = http::Delivery::OnceAlone;
  request.authorization = Secret("Bearer " + record_.registration_access_token.reveal());
  if (method == "GET") return request;
  const Action action = method == "DELETE" ? Action::Delete : Action::Update;
  request.changes = {change_of(fragment_.owner, office_.connection.name, record_.client_id, action)};
  request.changes.front().before = record_.asked_hash;
  return request;
}

std::vector<Secret> Pass::hidden() const {
  return {record_.registration_access_token, record_.client_secret, initial_token_};
}

}  // namespace sallyport::idp::registration
