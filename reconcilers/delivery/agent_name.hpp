// SPDX-License-Identifier: Apache-2.0
// Who an agent is: the name in its certificate, and what its report is called.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport::delivery {

/// A pod that enrolled for a gateway.
struct AgentName {
  std::string instance;  ///< of the operator: an authority that was given may be another one's, too
  std::string gateway;
  std::string ns;
  std::string account;  ///< its service account
  std::string pod;
  friend bool operator==(const AgentName&, const AgentName&) = default;
};

/// Whether it may stand in one: lower-case letters, digits, '-' and '.', up to 253 of them.
[[nodiscard]] bool is_name(std::string_view text);

/// "urn:sallyport:agent:k3x8m2qa:edge:edge-system:agent:edge-0". Each part is_name(), so none has a colon.
[[nodiscard]] std::string uri_of(const AgentName& name);
[[nodiscard]] std::optional<AgentName> read_uri(std::string_view uri);

/// As the operator tells of it: "edge-system.edge-0". A namespace has no dot. Long ones end in a hash.
[[nodiscard]] std::string report_name(const AgentName& name);

struct PodName {
  std::string ns;
  std::string pod;
  friend bool operator==(const PodName&, const PodName&) = default;
};
/// Whose report it is; nothing of one that is cut.
[[nodiscard]] std::optional<PodName> pod_of_report(std::string_view report);

}  // namespace sallyport::delivery
