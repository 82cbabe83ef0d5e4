// SPDX-License-Identifier: Apache-2.0
// An issuer with one key whose tokens are right in every point, and whatever a test makes wrong about one; and what the
// tests of `validate` share.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "operator/base/digest.hpp"
#include "reconcilers/token/validate.hpp"
#include "tests/testing/signing_key.hpp"

namespace sallyport::token {

using nlohmann::json;

/// 2026-11-22 00:00:00 UTC; the tokens of the issuer were issued a minute ago and are valid for another nine.
inline const SystemTime kNow = std::chrono::sys_days{std::chrono::year(2026) / 11 / 22};

inline std::int64_t seconds_at(std::chrono::seconds from_now) {
  return std::chrono::duration_cast<std::chrono::seconds>((kNow + from_now).time_since_epoch()).count();
}

class TokenIssuer {
 public:
  using Edit = std::function<void(json&)>;

  explicit TokenIssuer(std::string algorithm = "ES256")
      : algorithm_(std::move(algorithm)), key_(type_for(algorithm_)) {}

  [[nodiscard]] static Demand demand() {
    Demand demand;
    demand.issuer = "https://login.example.com";
    demand.audience = "https://ml.example.com";
    demand.algorithms = {Algorithm::RS256, Algorithm::ES256};
    demand.scopes = {"fraud:score"};
    demand.groups = {"risk"};
    return demand;
  }
  [[nodiscard]] json header() const { return {{"alg", algorithm_}, {"kid", key_.id()}, {"typ", "at+jwt"}}; }
  [[nodiscard]] static json payload() {
    return {{"iss", "https://login.example.com"},
            {"aud", "https://ml.example.com"},
            {"sub", "alice"},
            {"client_id", "fraud-app"},
            {"jti", "1"},
            {"iat", seconds_at(std::chrono::minutes(-1))},
            {"exp", seconds_at(std::chrono::minutes(9))},
            {"scope", "fraud:read fraud:score"},
            {"groups", {"risk", "all"}}};
  }
  [[nodiscard]] json jwk() const {
    json jwk = key_.jwk();
    jwk["alg"] = algorithm_;
    return jwk;
  }
  [[nodiscard]] std::string key_set() const { return json{{"keys", json::array({jwk()})}}.dump(); }
  [[nodiscard]] const testing::SigningKey& key() const { return key_; }

  /// A token with an edited header and payload, correctly signed.
  [[nodiscard]] std::string token(const Edit& edit_header = {}, const Edit& edit_payload = {}) const {
    json header = this->header(), payload = TokenIssuer::payload();
    if (edit_header) edit_header(header);
    if (edit_payload) edit_payload(payload);
    return key_.token_of(algorithm_, header.dump(), payload.dump());
  }
  [[nodiscard]] std::string with_payload(const Edit& edit) const { return token({}, edit); }
  /// Texts that no JSON library would write, correctly signed.
  [[nodiscard]] std::string raw(const std::string& header, const std::string& payload) const {
    return key_.token_of(algorithm_, header, payload);
  }

 private:
  static std::string type_for(const std::string& algorithm) {
    if (algorithm.starts_with("RS") || algorithm.starts_with("PS")) return "RSA";
    if (algorithm == "ES384") return "P-384";
    if (algorithm == "ES512") return "P-521";
    return algorithm == "ES256" ? "P-256" : "Ed25519";
  }

  std::string algorithm_;
  testing::SigningKey key_;
};

/// What becomes of a token: `accept`, or the code of its refusal.
inline std::string verdict(const std::string& token, const std::string& key_set,
                           const Demand& demand = TokenIssuer::demand(), SystemTime now = kNow) {
  const auto keys = KeySet::read(key_set);
  if (!keys) return "no keys: " + keys.error().message;
  const auto claims = validate(token, *keys, demand, now);
  return claims ? "accept" : std::string(to_string(claims.error().reason));
}

/// Sets one member, or takes it away where the value is null.
inline TokenIssuer::Edit set(const std::string& name, json value) {
  return [=](json& object) {
    if (value.is_null()) object.erase(name);
    if (!value.is_null()) object[name] = value;
  };
}

struct Case {
  std::string name;
  std::string token;
  std::string verdict;
};

inline void expect_verdicts(const std::vector<Case>& cases, const std::string& key_set,
                            const Demand& demand = TokenIssuer::demand()) {
  for (const Case& c : cases) EXPECT_EQ(verdict(c.token, key_set, demand), c.verdict) << c.name;
}

class Validate : public ::testing::Test {
 protected:
  std::string with_header(const std::string& name, json value) const {
    return issuer_.token(set(name, std::move(value)));
  }
  std::string with_claim(const std::string& name, json value) const {
    return issuer_.with_payload(set(name, std::move(value)));
  }
  void expect(const std::vector<Case>& cases) const { expect_verdicts(cases, issuer_.key_set()); }

  TokenIssuer issuer_;
};

}  // namespace sallyport::token
