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
#include "reconcilers/nginx_agent/machine.hpp"
#include "reconcilers/nginx_agent/nginx.hpp"
#include "reconcilers/nginx_agent/report.hpp"
#include "reconcilers/nginx_agent/source.hpp"
#include "reconcilers/publication/endpoint.hpp"
#include "reconcilers/publication/follower.hpp"
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
  Agent(Machine machine, publication::Follower follower, AgentSurroundings around);

  /// Looks once: what is published, which addresses hosts have, what nginx runs with; and does what has to be done.
  /// What is installed goes on whatever fails. Policies are in force when it returns, files of nginx no sooner than two
  /// seconds after the last reload.
  Report step();

 private:
  struct Document {
    std::string name;  // its object
    publication::Endpoint endpoint;
    friend bool operator==(const Document& a, const Document& b) { return a.name == b.name; }
  };
  struct Resolved {
    std::vector<std::string> addresses;
    std::string trouble;  // why there are none
    friend bool operator==(const Resolved&, const Resolved&) = default;
  };
  struct Refused {
    std::string text;   // of an endpoint's file
    std::string words;  // nginx's
    SteadyTime at;
  };
  struct RefusedWhole {
    std::string generation;  // that nginx refused though nobody is to blame
    Error error;
    SteadyTime at;
  };
  using Words = std::map<std::string, std::string>;  // nginx's, by endpoint

  Result<void> prepare();
  Result<void> follow_source();
  Result<void> take(const std::string& sealed);
  Result<Document> fetch(const publication::Entry& entry);
  Result<void> fetch_object(const std::string& name);
  void read_documents(const publication::Manifest& manifest, bool from_source);

  bool resolve_all();
  bool forget_refusals();
  void render_all();
  void serve_each_door_once();
  void serve(const std::string& id, std::string text);
  void keep_or_leave_out(const std::string& id, const std::string& why);

  Result<void> make_current();
  Result<Nginx::Judgement> judge(const Generation& generation);
  Result<std::string> tested_generation();
  Result<Words> culprits_of(const std::string& said);
  Result<void> search(const EndpointFiles& base, const std::vector<std::string>& ids, Words& culprits);
  void refuse(const std::string& id, const std::string& words);
  Result<void> put_in_place(const std::string& generation);
  void reload();
  void go_back();
  void see_what_runs();
  void tidy();
  [[nodiscard]] Report report() const;

  const Machine machine_;
  publication::Follower follower_;
  const AgentSurroundings around_;
  const publication::Objects objects_;
  const Generations generations_;

  bool prepared_ = false;
  std::string sealed_;                            // the manifest that was taken last
  std::map<std::string, Document> documents_;     // by endpoint
  Words missing_;                                 // endpoints whose document cannot be had, and why
  std::map<std::string, Resolved> resolved_;      // by host
  bool changed_ = true;                           // since files were last made
  EndpointFiles in_place_;                        // endpoints' files that `current` points to
  EndpointFiles wanted_;                          // those that are to be
  std::map<std::string, Refused> refused_;        // by endpoint
  std::map<std::string, EndpointReport> states_;  // by endpoint
  std::string next_;                              // generation of those; empty until it is made
  std::optional<RefusedWhole> refused_whole_;
  std::string former_generation_;
  std::set<std::string> needed_before_;  // objects
  std::string source_trouble_, install_trouble_, running_trouble_;
  std::optional<SteadyTime> reloaded_, switched_, looked_;
  bool running_ = false;
};

}  // namespace sallyport::nginx_agent
