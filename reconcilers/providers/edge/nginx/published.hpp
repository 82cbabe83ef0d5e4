// SPDX-License-Identifier: Apache-2.0
// The directory that agents fetch from: `manifest`, `objects/`, `keys.json` (the public keys, for whoever enrols an
// agent) and `reports/`, which the agents write. Every change goes through an http::Client, and so through the gate.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "operator/http/client.hpp"
#include "reconcilers/providers/edge/nginx/reports.hpp"
#include "reconcilers/publication/endpoint.hpp"
#include "reconcilers/publication/manifest.hpp"

namespace sallyport::edge::nginx {

/// The keys of one Secret: who signs, who is to sign next, and who signed before.
struct SigningKeys {
  publication::Signer current;
  std::optional<publication::Signer> next;
  std::optional<publication::Signer> previous;
  [[nodiscard]] std::vector<std::string> announced() const;  ///< JWKs of those that may sign the next manifests
  [[nodiscard]] Result<token::KeySet> trusted() const;       ///< whose signature on what is published is ours
};

/// Used by one thread at a time. Each call is read from, or on, the disk when it returns.
class Published {
 public:
  explicit Published(std::unique_ptr<http::Client> client) : client_(std::move(client)) {}

  /// Nothing where there is none. Conflict where nobody who is trusted signed it: it is somebody else's, or the key was
  /// lost.
  [[nodiscard]] Result<std::optional<publication::Manifest>> manifest(const SigningKeys& keys, std::stop_token stop);
  [[nodiscard]] Result<void> put_manifest(const publication::Manifest& manifest, const SigningKeys& keys,
                                          std::vector<http::Change> changes, std::stop_token stop);
  /// keys.json, where it says something else.
  [[nodiscard]] Result<void> put_keys(const publication::Manifest& manifest, http::Change change, std::stop_token stop);

  /// NotFound; InvalidSpec for bytes that its name does not belong to.
  [[nodiscard]] Result<Secret> object(const std::string& name, std::stop_token stop);
  /// Its name. Means nothing to anybody until a manifest leads to it.
  [[nodiscard]] Result<std::string> put_object(const Secret& bytes, const http::Change& change, std::stop_token stop);
  [[nodiscard]] Result<std::set<std::string>> object_names(std::stop_token stop);
  [[nodiscard]] Result<void> remove_object(const std::string& name, http::Change change, std::stop_token stop);

  /// Of each agent, one that cannot be read among them: nobody's stops the others'.
  [[nodiscard]] Result<std::vector<AgentReport>> reports(SystemTime now, std::stop_token stop);
  /// What was written or seen may have gone since.
  void forget() { put_.clear(); }

 private:
  [[nodiscard]] Result<std::optional<std::string>> get(const std::string& target, std::stop_token stop);
  [[nodiscard]] Result<std::vector<std::string>> names(const std::string& target, std::stop_token stop);
  [[nodiscard]] Result<void> put(const std::string& target, std::string bytes, std::vector<http::Change> changes,
                                 std::stop_token stop);

  std::unique_ptr<http::Client> client_;
  std::set<std::string> put_;  ///< objects that were written or seen
};

}  // namespace sallyport::edge::nginx
