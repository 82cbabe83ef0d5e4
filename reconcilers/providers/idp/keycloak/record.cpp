// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/keycloak/record.hpp"

#include <charconv>

#include "operator/base/text.hpp"

namespace sallyport::idp::keycloak {

ir::SecretBytes write(const Record& record) {
  ir::SecretBytes bytes;
  const auto put = [&bytes](const char* key, const std::string& value) {
    if (!value.empty()) bytes[key] = Secret(value);
  };
  put("state", record.state == Record::State::Registered ? "registered" : "intent");
  put("id", record.id);
  put("client_id", record.client_id);
  put("client_secret", record.client_secret.reveal());
  put("adopted", record.adopted ? "true" : "");
  put("scopes", join({record.scopes.begin(), record.scopes.end()}, " "));
  put("used", join({record.used.begin(), record.used.end()}, " "));
  put("asked_hash", record.asked_hash);
  put("generation", std::to_string(record.generation));
  return bytes;
}

Result<Record> read(const ir::SecretBytes& bytes) {
  const auto text = [&bytes](const char* key) {
    const auto found = bytes.find(key);
    return found == bytes.end() ? std::string() : found->second.reveal();
  };
  const auto words = [&text](const char* key) {
    std::set<std::string> set;
    for (const std::string& word : split(text(key), ' ')) {
      if (!word.empty()) set.insert(word);
    }
    return set;
  };
  Record record;
  const std::string state = text("state");
  record.state = state == "registered" ? Record::State::Registered : Record::State::Intent;
  record.id = text("id");
  record.client_id = text("client_id");
  record.client_secret = Secret(text("client_secret"));
  record.adopted = text("adopted") == "true";
  record.scopes = words("scopes");
  record.used = words("used");
  record.asked_hash = text("asked_hash");
  const std::string generation = text("generation");
  std::from_chars(generation.data(), generation.data() + generation.size(), record.generation);
  const bool known_state = state == "registered" || state == "intent";
  if (!known_state || record.id.empty() || record.client_id.empty() || record.client_secret.empty()) {
    return Error{Code::Internal,
                 "the registration record cannot be understood; restore it, or delete it and the client is found again",
                 {},
                 {}};
  }
  return record;
}

}  // namespace sallyport::idp::keycloak
