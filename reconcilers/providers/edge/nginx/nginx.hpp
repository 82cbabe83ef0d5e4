// SPDX-License-Identifier: Apache-2.0
// The NGINX backend: publishes, and tells from what the agents report how far that is installed (ADR 11).
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "reconcilers/providers/edge/certificate.hpp"
#include "reconcilers/providers/edge/edge_provider.hpp"
#include "reconcilers/providers/edge/nginx/published.hpp"

namespace sallyport::edge::nginx {

/// A signing key, as Nginx reads it.
[[nodiscard]] Result<ir::SecretBytes> new_credentials();

class Nginx final : public EdgeProvider {
 public:
  /// InvalidSpec for a directory that cannot be one. Nothing is read or written yet.
  [[nodiscard]] static Result<std::unique_ptr<EdgeProvider>> create(const ir::EdgeConnection& connection,
                                                                    Surroundings around);

  [[nodiscard]] Result<Condition> check(std::stop_token stop) override;
  [[nodiscard]] Result<Observed> observe(const std::set<std::string>& tenants, std::stop_token stop) override;
  [[nodiscard]] std::vector<ir::Verdict> apply(const Changes& changes, std::stop_token stop) override;
  [[nodiscard]] Result<std::set<ir::EdgePlace>> drifted(const std::vector<ir::EdgeFragment>& applied,
                                                        std::stop_token stop) override;
  [[nodiscard]] Result<std::set<ir::EdgePlace>> would_take(const std::vector<ir::EdgeFragment>& rejected,
                                                           std::stop_token stop) override;
  /// Signs what is published anew when a quarter of its time is over, and takes away what nobody needs.
  [[nodiscard]] Result<Persisted> persist(std::stop_token stop) override;
  [[nodiscard]] std::string render(const std::vector<ir::EdgeFragment>& fragments) const override;
  void close(std::stop_token stop) override;
  [[nodiscard]] bool needs_saving() const override { return false; }
  [[nodiscard]] std::optional<std::chrono::milliseconds> look_again() const override;
  [[nodiscard]] std::optional<std::chrono::milliseconds> heartbeat() const override;

 private:
  Nginx(ir::EdgeConnection connection, Surroundings around, std::unique_ptr<http::Client> client);

  /// An endpoint that is published, or was and is not gone from every agent yet.
  struct Known {
    std::string document;  ///< SHA-256
    std::string tenant;
    std::string uid;
    std::string revision;
    std::int64_t generation = 0;
    std::set<std::string> objects;
    ir::Facts shown{};  ///< of its certificate; nothing of one that a former process published
  };
  using KnownById = std::map<std::string, Known>;

  [[nodiscard]] Result<void> open(std::stop_token stop);
  [[nodiscard]] Result<SigningKeys> read_keys();
  [[nodiscard]] Result<Known> read_known(const std::string& document, std::stop_token stop);
  [[nodiscard]] Result<void> look_at_agents(std::stop_token stop);
  [[nodiscard]] std::vector<std::string> lost(const KnownById& endpoints) const;
  [[nodiscard]] static Known known_as(const std::string& document, const publication::Endpoint& endpoint);
  [[nodiscard]] Result<Secret> read_credentials(const ir::UpstreamPrincipal& principal);
  [[nodiscard]] Result<Known> stage(const ir::EdgeFragment& fragment, KeyPairs& pairs, std::stop_token stop);
  [[nodiscard]] Result<void> publish(const KnownById& endpoints, std::vector<http::Change> changes,
                                     std::stop_token stop);
  [[nodiscard]] Result<void> may_publish(const KnownById& endpoints) const;
  [[nodiscard]] Result<void> check_unchanged(std::stop_token stop);
  [[nodiscard]] std::optional<ir::Verdict> refuse_change(const ir::EdgeFragment& fragment) const;
  [[nodiscard]] bool is_due() const;
  [[nodiscard]] bool may_be_unheard() const;
  [[nodiscard]] http::Change change_of_gateway() const;
  [[nodiscard]] ir::Verdict verdict_on(const ir::EdgeFragment& fragment) const;
  [[nodiscard]] ir::Verdict removal_of(const ir::EdgeFragment& fragment) const;
  [[nodiscard]] http::Change change_of(const ir::EdgeFragment& fragment, const Known* before, const Known* after) const;
  [[nodiscard]] Result<void> tidy(std::stop_token stop);

  const ir::EdgeConnection connection_;
  const Surroundings around_;
  const SteadyTime begun_ = around_.clock.steady();
  Published published_;
  std::optional<SigningKeys> keys_{};
  bool opened_ = false;
  std::optional<publication::Manifest> manifest_{};  ///< the last one; its endpoints are in `endpoints_`
  KnownById endpoints_{};                            ///< published
  KnownById leaving_{};                              ///< taken out, and told by an agent still
  KnownById staged_{};                  ///< made anew after the publication was lost, and not published yet
  std::set<std::string> unwanted_{};    ///< lost with it, and to be gone
  bool overtaken_ = false;              ///< what is there is older than what agents have
  std::vector<AgentReport> reports_{};  ///< as last read
  std::set<std::string> unneeded_{};    ///< objects that nobody needed at the last check
  /// For how long an agent may use what it has: what was published before that was shortened, too.
  std::chrono::milliseconds horizon_ = connection_.publication->use_for;
  SteadyTime published_at_{};
  std::optional<SteadyTime> tidied_at_{};
  bool waits_ = false;  ///< something of the last step is not in force yet
};

}  // namespace sallyport::edge::nginx
