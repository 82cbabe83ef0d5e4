// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/registration/record.hpp"

#include <charconv>
#include <optional>

#include "operator/base/text.hpp"

namespace sallyport::idp::registration {
namespace {

using State = Record::State;

constexpr std::size_t kMostErased = 4096;
constexpr std::string_view kIntent = "intent";
constexpr std::string_view kRegistered = "registered";
constexpr std::string_view kNone = "none";

std::string_view to_text(State state) {
  return state == State::Intent ? kIntent : state == State::Registered ? kRegistered : kNone;
}

std::optional<State> parse_state(std::string_view text) {
  if (text == kIntent) return State::Intent;
  if (text == kRegistered) return State::Registered;
  if (text == kNone) return State::None;
  return std::nullopt;
}

const Secret& value_of(const ir::SecretBytes& bytes, const std::string& key) {
  static const Secret kEmpty;
  const auto found = bytes.find(key);
  return found == bytes.end() ? kEmpty : found->second;
}

std::int64_t number_of(const ir::SecretBytes& bytes, const std::string& key) {
  const std::string& text = value_of(bytes, key).reveal();
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

void Record::forget_client() {
  const Record old = std::exchange(*this, Record{});
  orphans = old.orphans;
  abandoned = old.abandoned;
  intent_at = old.intent_at;
  generation = old.generation;
  kept = old.kept;
}

void Record::take(const Answer& answer) {
  client_id = answer.client_id;
  metadata = answer.metadata;
  if (!answer.client_secret.empty()) {
    client_secret = answer.client_secret;
    secret_expires_at = answer.secret_expires_at;
  }
  if (!answer.registration_access_token.empty()) registration_access_token = answer.registration_access_token;
  if (!answer.registration_client_uri.empty()) registration_client_uri = answer.registration_client_uri;
}

ir::SecretBytes write(const Record& record) {
  ir::SecretBytes bytes;
  const auto put = [&bytes](const char* key, const std::string& value) {
    if (!value.empty()) bytes[key] = Secret(value);
  };
  put("state", std::string(to_text(record.state)));
  put("orphans", std::to_string(record.orphans));
  put("abandoned", join({record.abandoned.begin(), record.abandoned.end()}, "\n"));
  put("generation", std::to_string(record.generation));
  if (record.state == State::Intent) put("intent_at", to_rfc3339(record.intent_at));
  put("client_id", record.client_id);
  put("client_secret", record.client_secret.reveal());
  put("registration_access_token", record.registration_access_token.reveal());
  put("registration_client_uri", record.registration_client_uri);
  if (record.secret_expires_at != 0) put("client_secret_expires_at", std::to_string(record.secret_expires_at));
  put("metadata", record.metadata);
  put("asked_hash", record.asked_hash);
  put("insisted", record.insisted);
  put("updating_hash", record.updating_hash);
  return bytes;
}

Result<Record> read(const ir::SecretBytes& bytes) {
  const auto text = [&bytes](const char* key) { return value_of(bytes, key).reveal(); };
  const std::optional<State> state = parse_state(text("state"));
  if (!state || (*state == State::Registered && text("client_id").empty())) {
    return Error{Code::Internal,
                 "the registration record cannot be understood; restore it, or delete it together with the client",
                 {},
                 {}};
  }
  Record record;
  record.kept = true;
  record.state = *state;
  record.orphans = static_cast<int>(number_of(bytes, "orphans"));
  if (const std::string ids = text("abandoned"); !ids.empty()) {
    const std::vector<std::string> each = split(ids, '\n');
    record.abandoned = {each.begin(), each.end()};
  }
  record.generation = number_of(bytes, "generation");
  if (const auto at = parse_rfc3339(text("intent_at"))) record.intent_at = *at;
  record.client_id = text("client_id");
  record.client_secret = value_of(bytes, "client_secret");
  record.registration_access_token = value_of(bytes, "registration_access_token");
  record.registration_client_uri = text("registration_client_uri");
  record.secret_expires_at = number_of(bytes, "client_secret_expires_at");
  record.metadata = text("metadata");
  record.asked_hash = text("asked_hash");
  record.insisted = text("insisted");
  record.updating_hash = text("updating_hash");
  return record;
}

Result<Record> Ledger::load(const ir::Owner& owner) {
  std::optional<Record> unsaved;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = pocket_.find(owner.uid); found != pocket_.end()) unsaved = found->second;
  }
  Result<ir::SecretBytes> bytes = vault_.load(owner.uid);
  if (!bytes && bytes.error().code != Code::NotFound) return bytes.error();
  if (unsaved) {
    TRY(save(owner, *unsaved));
    return *unsaved;
  }
  if (!bytes) return recall(owner.uid);
  Record record = TRY(read(*bytes));
  remember(owner.uid, record);
  return record;
}

void Ledger::remember(const Uid& owner, const Record& record) {
  const std::lock_guard lock(mutex_);
  traces_.insert_or_assign(owner, Trace{record.client_id, record.lost(), record.abandoned});
}

Record Ledger::recall(const Uid& owner) {
  Record none;
  const std::lock_guard lock(mutex_);
  none.kept = erased_.contains(owner);
  if (const auto trace = traces_.find(owner); trace != traces_.end()) {
    none.orphans = trace->second.lost;
    none.abandoned = trace->second.abandoned;
    if (!trace->second.client_id.empty()) none.abandoned.insert(trace->second.client_id);
  }
  return none;
}

Result<void> Ledger::save(const ir::Owner& owner, const Record& record) {
  TRY(vault_.save(owner, write(record)));
  remember(owner.uid, record);
  const std::lock_guard lock(mutex_);
  pocket_.erase(owner.uid);
  erased_.erase(owner.uid);
  return {};
}

Result<void> Ledger::save_or_pocket(const ir::Owner& owner, const Record& record) {
  Result<void> saved = save(owner, record);
  if (saved) return saved;
  const std::lock_guard lock(mutex_);
  pocket_[owner.uid] = record;
  return saved;
}

Result<void> Ledger::erase(const Uid& owner) {
  TRY(vault_.erase(owner));
  const std::lock_guard lock(mutex_);
  pocket_.erase(owner);
  traces_.erase(owner);
  if (erased_.size() >= kMostErased) erased_.clear();
  erased_.insert(owner);
  return {};
}

}  // namespace sallyport::idp::registration
