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
  std::string agent;  ///< its name, which its file has, too
  SystemTime at;
  std::int64_t serial = 0;
  bool running = false;
  std::string trouble;
  std::map<std::string, InstalledEndpoint> endpoints;  ///< by id
};

/// Unavailable for what is no report: somebody may be writing it, or it is of a newer agent.
[[nodiscard]] Result<AgentReport> read_report(const std::string& agent, std::string_view text);

/// How far an endpoint is, by all agents that are not silent.
struct Standing {
  enum class Where { Waiting, InForce, NotTaken };
  Where where = Where::Waiting;
  std::string why;  ///< for a person; empty when it is in force
};
[[nodiscard]] Standing standing_of(const std::string& id, const std::string& document,
                                   const std::vector<AgentReport>& reports, SystemTime now);

/// The first agent that may still serve an endpoint that was taken out by this serial; empty: none. An agent that was
/// silent for longer than a publication may be used lets nobody in.
[[nodiscard]] std::string still_served_by(const std::string& id, std::int64_t serial,
                                          const std::vector<AgentReport>& reports, std::chrono::milliseconds use_for,
                                          SystemTime now);

/// For status: agents that are silent, or in trouble; that there is none.
[[nodiscard]] std::vector<std::string> notes_on(const std::vector<AgentReport>& reports, SystemTime now);

}  // namespace sallyport::edge::nginx
