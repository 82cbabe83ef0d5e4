// SPDX-License-Identifier: Apache-2.0
// What the agents of a gateway tell (nginx_agent/report.hpp): each leaves its report beside the publication.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"

namespace sallyport::edge::nginx {

/// An agent tells every half minute; one that is silent for so long does not run, or cannot write.
inline constexpr std::chrono::minutes kSilent{2};

struct InstalledEndpoint {
  std::string document;  ///< SHA-256
  std::string state;     ///< "Live" | "Pending" | "Kept" | "LeftOut"
  std::string why;
};

struct AgentReport {
  std::string agent;     ///< its name, which its file has, too
  bool readable = true;  ///< false: it is there, and may serve anything; only `agent` and `trouble` are told
  SystemTime at;
  std::int64_t serial = 0;
  bool running = false;
  std::string trouble;
  std::map<std::string, InstalledEndpoint> endpoints;  ///< by id
};

/// One that is not readable for what is no report, or has a time that cannot be: it may be of a newer agent, or
/// damaged.
[[nodiscard]] AgentReport read_report(const std::string& agent, std::string_view text, SystemTime now);
[[nodiscard]] AgentReport unreadable_report(const std::string& agent, const std::string& why);

/// How far an endpoint is, by all agents that are not silent.
struct Standing {
  enum class Where {
    Unheard,  ///< there is no such agent
    Waiting,
    InForce,
    NotTaken,
  };
  Where where = Where::Waiting;
  std::string why;  ///< for a person; empty when it is in force
};
[[nodiscard]] Standing standing_of(const std::string& id, const std::string& document,
                                   const std::vector<AgentReport>& reports, SystemTime now);

/// The first agent that may still serve an endpoint that was taken out by this serial; empty: none. An agent that was
/// silent for longer than what it has may be used lets nobody in.
[[nodiscard]] std::string still_served_by(const std::string& id, std::int64_t serial,
                                          const std::vector<AgentReport>& reports, std::chrono::milliseconds use_for,
                                          SystemTime now);

/// Whether any agent is not silent.
[[nodiscard]] bool is_heard(const std::vector<AgentReport>& reports, SystemTime now);

/// The highest serial that any agent tells of; 0: none.
[[nodiscard]] std::int64_t highest_serial(const std::vector<AgentReport>& reports);

/// For status: agents that are silent, or in trouble; that there is none.
[[nodiscard]] std::vector<std::string> notes_on(const std::vector<AgentReport>& reports, SystemTime now);

}  // namespace sallyport::edge::nginx
