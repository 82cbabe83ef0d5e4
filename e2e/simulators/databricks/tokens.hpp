// SPDX-License-Identifier: Apache-2.0
// Who may sign in, and which tokens are alive. Only digests of tokens are kept.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "e2e/simulators/databricks/call.hpp"
#include "operator/base/clock.hpp"
#include "operator/base/secret.hpp"

namespace sallyport::simulators::databricks {

class Tokens {
 public:
  /// A new OAuth token that lives until `expires`.
  [[nodiscard]] Secret issue(const std::string& principal_id, SteadyTime expires);
  /// A personal access token that lives until it is revoked.
  void accept(const Secret& token, const std::string& principal_id);
  /// Who the token speaks for; nothing when it is unknown, revoked or too old.
  [[nodiscard]] std::optional<Caller> check(std::string_view token, SteadyTime now) const;
  /// Ends this token; false when it is not alive.
  bool revoke(std::string_view token);
  /// Ends all tokens of a principal; returns how many.
  std::size_t revoke_of(const std::string& principal_id);

 private:
  struct Record {
    Caller caller;
    std::optional<SteadyTime> expires{};
  };
  std::map<std::string, Record> records_;  ///< by SHA-256
};

/// Secrets of service principals by application id.
class ClientSecrets {
 public:
  void set(const std::string& client_id, Secret secret);
  [[nodiscard]] bool accepts(const std::string& client_id, const Secret& secret) const;

 private:
  std::map<std::string, Secret> secrets_;
};

}  // namespace sallyport::simulators::databricks
