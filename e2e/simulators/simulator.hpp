// SPDX-License-Identifier: Apache-2.0
// What every simulator is made of: a stood-in system that answers, and around it one front that keeps the journal,
// injects faults and stretches time. A simulator shares no type with reconcilers/, because it judges them.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"
#include "operator/http/listener.hpp"

namespace sallyport::simulators {

enum class Latency { None, Realistic };

/// From the command line. A system reads what concerns it and ignores the rest.
struct Options {
  int units = 1;                ///< devices of a group (BIG-IP: 1 or 2); each listens on a port of its own
  std::string user = "admin";   ///< BIG-IP: the administrator
  Secret password{};            ///< BIG-IP: of `user`
  Secret token{};               ///< Databricks: a personal access token that is accepted
  std::string client_id{};      ///< Databricks: a service principal that may sign in (OAuth M2M) ...
  Secret client_secret{};       ///< ... and its secret
  std::string world_file{};     ///< Databricks: JSON that replaces the default world; see databricks/world_file.hpp
  std::string scheme = "http";  ///< "https" when served with a certificate: Databricks names its own URLs in answers
  Latency latency = Latency::None;
  double time_scale = 1;                 ///< simulated durations are divided by this
  std::string faults_file{};             ///< JSON, read again whenever it changes; see faults.hpp. Empty: none
  std::string journal_file{};            ///< one JSON line a request; see journal.hpp. Empty: none
  const Clock* clock = &system_clock();  ///< must outlive the simulator
  Random* random = &system_random();     ///< must outlive the simulator
};

/// What the system made of one request.
struct Answer {
  http::Outgoing out{};
  std::string who{};                   ///< the user that was authenticated; empty when nobody was
  bool mutating = false;               ///< the request changed (or was accepted to change) something outside
  std::string effect = "{}";           ///< a JSON object that says what changed; never a secret, hashes only
  std::chrono::milliseconds takes{0};  ///< how long the real system would take; the front scales and applies it
};

/// The system that is stood in for. `answer` and `control` are called by several threads at a time.
class System {
 public:
  virtual ~System() = default;
  /// A request of a product. `unit` counts from 0.
  [[nodiscard]] virtual Answer answer(const http::Incoming& request, int unit) = 0;
  /// A request below /_sim/ that the front does not answer itself (it does /_sim/faults and /_sim/health): the stage
  /// machinery of a scenario, not part of the simulated system, without authentication and kept out of the journal.
  [[nodiscard]] virtual http::Outgoing control(const http::Incoming& request, int unit) = 0;
};

/// A system behind its front: faults, journal, latency.
class Simulator {
 public:
  virtual ~Simulator() = default;
  /// Answers one request; any thread. The effect and its journal line are there before this returns.
  [[nodiscard]] virtual http::Outgoing serve(const http::Incoming& request, int unit) = 0;
  [[nodiscard]] http::Outgoing serve(const http::Incoming& request) { return serve(request, 0); }
};

/// Puts the front before `system`. InvalidSpec for a faults file that cannot be read, Unavailable for a journal that
/// cannot be opened.
[[nodiscard]] Result<std::unique_ptr<Simulator>> make_front(const Options& options, std::unique_ptr<System> system);

}  // namespace sallyport::simulators
