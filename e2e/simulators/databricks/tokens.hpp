// SPDX-License-Identifier: Apache-2.0
// Who may sign in, and which tokens are alive. Only digests of tokens are kept.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

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

/// One OAuth secret of a service principal.
struct ClientSecret {
  std::string id;
  Secret value;
  SystemTime created;
  SystemTime expires;
  bool given = false;  ///< by the world, the command line or the control API: the next given one takes its place
};

/// Secrets of service principals by application id, which compares without case.
class ClientSecrets {
 public:
  /// In the place of the one that was given before; lives as long as a secret can.
  void set(const std::string& client_id, Secret secret, SystemTime now);
  /// One more, with a new value.
  const ClientSecret& add(const std::string& client_id, SystemTime now, std::chrono::seconds lifetime);
  /// False when there is none of this id.
  bool remove(const std::string& client_id, const std::string& id);
  /// Oldest first; those that are past their time too.
  [[nodiscard]] const std::vector<ClientSecret>& of(const std::string& client_id) const;
  [[nodiscard]] bool accepts(const std::string& client_id, const Secret& secret, SystemTime now) const;

 private:
  std::map<std::string, std::vector<ClientSecret>> secrets_;
};

/// How long a secret lives at most, and when nothing is said: 730 days (reference 5.3).
constexpr std::chrono::seconds kLongestSecretLife{63072000};

}  // namespace sallyport::simulators::databricks
