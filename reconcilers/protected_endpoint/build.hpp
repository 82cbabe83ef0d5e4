// SPDX-License-Identifier: Apache-2.0
// Step 3: from decisions to fragments, the wanted state in our own words. No clock, no network, no randomness.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "operator/base/result.hpp"
#include "reconcilers/ir/client.hpp"
#include "reconcilers/ir/edge.hpp"
#include "reconcilers/ir/grant.hpp"
#include "reconcilers/protected_endpoint/place.hpp"
#include "reconcilers/protected_endpoint/validate.hpp"

namespace sallyport::protected_endpoint {

/// A backend's serving endpoint, as its workspace said.
struct KnownServing {
  std::string invocations_url;          ///< where it really is; empty: not known yet
  std::string authorization_details{};  ///< what a token for it is asked for with
  bool open = true;                     ///< requests may go there: access is granted, and nobody refuses
};

/// What build cannot know by itself.
struct BuildInputs {
  InstanceId instance;
  std::optional<Slot> slot;                ///< on the gateway; none: not decided yet
  std::vector<KnownServing> serving = {};  ///< by backend; those that are missing are not known
};

/// One thing that this object has outside, or wants there, and the connection it is reached by.
template <class F>
struct Placed {
  std::string connection;
  F fragment;
};

struct Fragments {
  std::vector<Placed<ir::ClientFragment>> clients;  ///< the current one first, then what is left at former places
  std::vector<Placed<ir::GrantFragment>> grants;    ///< one for each backend of the spec, then the former places
  std::vector<Placed<ir::EdgeFragment>> edges;      ///< as of clients
  std::size_t backends = 0;                         ///< of the spec
};

[[nodiscard]] Fragments build(const Validated& validated, const BuildInputs& inputs);

/// What tokens must say by the spec and its provider, whoever checks them. Without what depends on the workspace.
/// There has to be a provider.
[[nodiscard]] ir::TokenCheck token_rules(const Validated& validated);

/// Where a caller's token becomes one of the workspace (databricks.md 6.1).
[[nodiscard]] std::string token_endpoint_of(const api::DatabricksWorkspaceSpec& workspace);

/// Every place that these fragments may write to (those that are Present), to be recorded before they do.
[[nodiscard]] std::vector<api::Placement> places_of(const Fragments& fragments);

/// Where requests go, from an invocations URL.
struct Upstream {
  ir::ServingHost host;
  std::string path;
};
[[nodiscard]] Result<Upstream> parse_upstream(const std::string& invocations_url);

[[nodiscard]] ir::Owner owner_of(const EndpointPtr& object);

}  // namespace sallyport::protected_endpoint
