// SPDX-License-Identifier: Apache-2.0
// Everything that the simulated workspace knows, and the questions that more than one of its parts asks. Not
// thread-safe: workspace.cpp holds one lock around each request.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "e2e/simulators/databricks/acl.hpp"
#include "e2e/simulators/databricks/directory.hpp"
#include "e2e/simulators/databricks/endpoint.hpp"
#include "e2e/simulators/databricks/federation.hpp"
#include "e2e/simulators/databricks/ip_access_lists.hpp"
#include "e2e/simulators/databricks/limits.hpp"
#include "e2e/simulators/databricks/switches.hpp"
#include "e2e/simulators/databricks/tokens.hpp"
#include "e2e/simulators/databricks/trouble.hpp"
#include "e2e/simulators/databricks/unity_catalog.hpp"

namespace sallyport::simulators::databricks {

struct World {
  std::string workspace_id = "1234567890123456";
  std::string account_id = "0d26daa6-5e44-4c97-a497-ef015f91254a";
  std::string cloud = "AWS";  ///< AWS, AZURE or GCP
  std::string scheme = "http";
  const Clock* clock = &system_clock();
  double time_scale = 1;

  Directory directory{};
  AclBook acls{};
  Entries inherited{};                          ///< from /serving-endpoints/; `admins` needs no entry
  std::map<std::string, Endpoint> endpoints{};  ///< by name
  Tokens tokens{};
  ClientSecrets client_secrets{};
  std::vector<FederationPolicy> policies{};
  Securables securables{};
  IpAccessBook ip_access{};
  Switches switches{};
  Troubles troubles{};
  Limits limits{};

  /// The endpoint, with an update that has run its time completed; nullptr when there is none of this name.
  [[nodiscard]] Endpoint* endpoint(const std::string& name);
  /// A new endpoint with a new id, and an access list in which the creator may manage (when it is a principal's id).
  Endpoint& open_endpoint(Endpoint endpoint, const std::string& creator_id);
  /// Takes the endpoint away and leaves the access list of its id. False when there was none.
  bool close_endpoint(const std::string& name);
  /// Starts rolling out a completed configuration.
  void roll_out(Endpoint& endpoint, Json config) const;

  /// What inherited entries give, `admins` included.
  [[nodiscard]] Entries inherited_entries() const;
  /// The highest level that a principal has on the object with this id, by itself, its groups or inheritance.
  [[nodiscard]] Level level_on(const std::string& endpoint_id, const std::string& principal_id) const;
  /// The same for an endpoint; foundation models may be queried by everybody.
  [[nodiscard]] Level level_of(const Endpoint& endpoint, const std::string& principal_id) const;
  /// What messages call the principal: its e-mail, application id or group name.
  [[nodiscard]] std::string name_of(const std::string& principal_id) const;
  /// {"user:a@b": "CAN_QUERY"}, for the journal and the control API.
  [[nodiscard]] Json entries_json(const Entries& entries) const;
  /// A simulated duration on the clock of this run.
  [[nodiscard]] std::chrono::milliseconds scaled_duration(std::chrono::milliseconds duration) const;
};

}  // namespace sallyport::simulators::databricks
