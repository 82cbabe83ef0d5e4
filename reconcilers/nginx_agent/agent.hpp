// SPDX-License-Identifier: Apache-2.0
// Installs what the operator publishes on the nginx of this machine (ADR 11).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "operator/base/clock.hpp"
#include "reconcilers/nginx_agent/generation.hpp"
#include "reconcilers/nginx_agent/local.hpp"
#include "reconcilers/nginx_agent/nginx.hpp"
#include "reconcilers/nginx_agent/report.hpp"
#include "reconcilers/nginx_agent/source.hpp"
#include "reconcilers/publication/endpoint.hpp"
#include "reconcilers/publication/manifest.hpp"
#include "reconcilers/publication/objects.hpp"

namespace sallyport::nginx_agent {

/// References outlive the agent.
struct AgentSurroundings {
  Source& source;
  Nginx& nginx;
  const Clock& clock;
  /// The addresses of a host, kept for half a minute by who answers.
  std::function<Result<std::vector<std::string>>(const std::string& host)> resolve;
};

/// Used by one thread. Everything that it knows is on the disk: it may be killed at any moment and goes on from there.
class Agent {
 public:
  Agent(Local local, token::KeySet trusted, AgentSurroundings around);

  /// Looks once: what is published, which addresses hosts have, what nginx runs with; and does what has to be done.
  /// What is installed goes on whatever fails. Policies are in force when it returns, files of nginx no sooner than two
  /// seconds after the last reload.
  Report step();

 private:
  struct Refused {
    std::string text;   // of an endpoint's file
    std::string words;  // nginx's
  };

  void read_installed();
  void follow_source();
  Result<void> take(const std::string& sealed);
  [[nodiscard]] bool is_older_than_ours(const publication::Entry& entry) const;
  Result<publication::Endpoint> fetch(const publication::Entry& entry);
  Result<void> fetch_object(const std::string& name);

  void render_all();
  Result<std::string> render(const publication::Endpoint& endpoint) const;
  void serve(const std::string& id, std::string text);
  void keep_or_leave_out(const std::string& id, const std::string& why);

  Result<void> make_current();
  Result<Nginx::Judgement> judge(const EndpointFiles& endpoints);
  Result<Generation> tested_generation();
  Result<std::map<std::string, std::string>> culprits_of(const std::string& said);
  void reload();
  void see_what_runs();
  void tidy(const std::string& former_generation, const std::vector<publication::Entry>& former_entries);
  [[nodiscard]] Report report() const;

  const Local local_;
  token::KeySet trusted_;
  const AgentSurroundings around_;
  const publication::Objects objects_;
  const Generations generations_;

  bool installed_read_ = false;  // what a former process installed
  std::string sealed_;
  std::optional<publication::Manifest> manifest_;
  std::map<std::string, publication::Endpoint> documents_;  // by id
  std::map<std::string, std::string> missing_;              // endpoints whose document cannot be had, and why
  EndpointFiles in_place_;                                  // endpoints' files that `current` points to
  EndpointFiles wanted_;                                    // those that are to be
  std::map<std::string, Refused> refused_;                  // by id
  std::map<std::string, EndpointReport> states_;            // by id
  std::vector<publication::Entry> tidied_entries_;
  std::string source_trouble_, nginx_trouble_;
  std::optional<SteadyTime> reloaded_, looked_;
  bool running_ = false;
};

}  // namespace sallyport::nginx_agent
