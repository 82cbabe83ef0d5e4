// SPDX-License-Identifier: Apache-2.0
// The full target state of every system for a set of manifests: what would be sent, and what would be refused and why.
// Offline and deterministic: the same manifests give the same bytes.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "operator/program/cli/systems.hpp"

namespace sallyport::program::cli {

/// One object at one system.
struct RenderedPart {
  std::string connection;
  std::string state;  ///< "present", "absent", "held", "left"; "observed" when only looked at
  std::string why;    ///< for everything but present
  std::string text;   ///< what would be sent; empty: nothing
};

struct RenderedEndpoint {
  std::string ns;
  std::string name;
  std::vector<Complaint> refused{};
  RenderedPart client{};
  std::vector<RenderedPart> grants{};  ///< one for each backend
  RenderedPart edge{};
  std::string secret_name{};
  std::map<std::string, std::string> secret{};  ///< keys of the consumer's Secret
};

struct RenderedGateway {
  std::string name;
  std::string declaration;  ///< over all endpoints of the gateway
};

struct Rendering {
  InstanceId instance;
  std::vector<RenderedEndpoint> endpoints;
  std::vector<RenderedGateway> gateways;
  std::vector<std::string> problems;  ///< of documents and connections
  std::vector<std::string> assumed;
  [[nodiscard]] bool refused() const;  ///< whether anything was
};

[[nodiscard]] Rendering render(Material& material);

void print_text(std::ostream& out, const Rendering& rendering);
/// {"instance", "gateways": [{"name", "declaration"}], "endpoints": [{"namespace", "name", "client", "grants", "edge",
/// "secret": {"name", "data"}, "refused": [{"reason", "message"}]}], "problems", "assumed"}; a part has "connection",
/// "state", "why", and "request": {"line", "before", "headers", "body"} where one would be sent; "before" has the lines
/// of what is sent first, where it is not there yet: a claim, the scopes of a realm.
[[nodiscard]] nlohmann::ordered_json to_json(const Rendering& rendering);

}  // namespace sallyport::program::cli
