// SPDX-License-Identifier: Apache-2.0
// Real identity providers for the conformance suite: what a person with the provider's own console could do to them.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tests/reconcilers/providers/idp/idp_testing.hpp"

namespace sallyport::conformance {

using Json = nlohmann::json;

/// A provider that runs, and its console.
class RealProvider {
 public:
  virtual ~RealProvider() = default;
  [[nodiscard]] virtual ir::IdpConnection connection() const = 0;
  [[nodiscard]] virtual ir::SecretBytes credentials() const = 0;
  /// What the console shows of a client, in the provider's own words; null when it is not there.
  [[nodiscard]] virtual Json client(const std::string& client_id) = 0;
  /// How many live clients carry this name.
  [[nodiscard]] virtual std::size_t clients_named(const std::string& name) = 0;
  virtual void delete_client(const std::string& client_id) = 0;
  /// Takes away what the client was declared to be.
  virtual void spoil(const std::string& client_id) = 0;
  /// The scopes of the client in the console.
  [[nodiscard]] virtual std::set<std::string> scopes_of(const std::string& client_id) = 0;
};

/// Starts npm oidc-provider in a directory of its own; ends with the object.
class OidcProvider final : public RealProvider {
 public:
  /// Null, with the reason in `why_not`, where it cannot be started.
  static std::unique_ptr<OidcProvider> start(std::string& why_not);
  ~OidcProvider() override;
  OidcProvider(const OidcProvider&) = delete;
  OidcProvider& operator=(const OidcProvider&) = delete;

  [[nodiscard]] ir::IdpConnection connection() const override;
  [[nodiscard]] ir::SecretBytes credentials() const override;
  [[nodiscard]] Json client(const std::string& client_id) override;
  [[nodiscard]] std::size_t clients_named(const std::string& name) override;
  void delete_client(const std::string& client_id) override;
  void spoil(const std::string& client_id) override;
  [[nodiscard]] std::set<std::string> scopes_of(const std::string& client_id) override;

  void revoke_registration_token(const std::string& client_id);
  void set_faults(const Json& rules);
  /// Requests of the operator that changed something, tokens not counted.
  [[nodiscard]] int writes() const;
  [[nodiscard]] std::string journal() const;

 private:
  OidcProvider(pid_t pid, std::filesystem::path folder, const Json& ready);
  Json control(const std::string& method, const std::string& path, const Json& body = {});

  pid_t pid_;
  std::filesystem::path folder_;
  Json ready_;
  std::unique_ptr<http::Client> control_;
};

/// A Keycloak that somebody has started, reached as its administrator. Everything that a test makes carries the test's
/// own names; its clients are removed at the end.
class RunningKeycloak final : public RealProvider {
 public:
  static std::unique_ptr<RunningKeycloak> find(std::string& why_not);
  ~RunningKeycloak() override;
  RunningKeycloak(const RunningKeycloak&) = delete;
  RunningKeycloak& operator=(const RunningKeycloak&) = delete;

  [[nodiscard]] ir::IdpConnection connection() const override;
  [[nodiscard]] ir::SecretBytes credentials() const override;
  [[nodiscard]] Json client(const std::string& client_id) override;
  [[nodiscard]] std::size_t clients_named(const std::string& name) override;
  void delete_client(const std::string& client_id) override;
  void spoil(const std::string& client_id) override;
  [[nodiscard]] std::set<std::string> scopes_of(const std::string& client_id) override;

  /// Below /admin/realms/<realm>.
  Json admin(const std::string& method, const std::string& path, const Json& body = {});
  [[nodiscard]] Json scope_named(const std::string& name);
  /// The claims of an access token for this client.
  [[nodiscard]] Json claims(const std::string& client_id, const Secret& secret);
  [[nodiscard]] const std::string& instance() const { return instance_; }

 private:
  explicit RunningKeycloak(std::map<std::string, std::string> env);
  std::string token(const std::string& form, const std::string& realm);

  std::map<std::string, std::string> env_;
  std::string instance_;
  std::unique_ptr<http::Client> client_;
};

/// A claim set out of a JWT, unchecked.
[[nodiscard]] Json claims_of(const std::string& jwt);

}  // namespace sallyport::conformance
