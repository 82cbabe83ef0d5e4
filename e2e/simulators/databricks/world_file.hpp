// SPDX-License-Identifier: Apache-2.0
// Worlds as JSON: what a workspace holds when the simulator starts. The world that is used without a file is itself
// such a text (default_world.cpp), and serves as the example.
#pragma once

#include <string_view>

#include "e2e/simulators/databricks/world.hpp"

namespace sallyport::simulators::databricks {

/// The application id that stands for "operator" when no client is given on the command line.
constexpr std::string_view kOperatorId = "5a110000-0000-4000-8000-000000000001";

/// Fills an empty world. Members, all optional:
///   workspace_id, account_id, cloud
///   users               [{"user_name","display_name","id","external_id","active","token"}]
///   service_principals  [{"application_id","display_name","id","external_id","active","client_secret","token"}]
///   groups [{"display_name","members":[reference],"source":"account|workspace|system","id","external_id"}]
///   serving_endpoints   [{"name","id","creator":reference,"tags":{},"description","task","ready","foundation_model",
///                         "route_optimized","endpoint_url","permissions":{reference: level}}]
///   inherited_permissions {reference: level}
///   securables (unity_catalog.hpp), ip_access (ip_access_lists.hpp)
///   federation_policies (federation.hpp), switches (switches.hpp), troubles (trouble.hpp), rate_limits (limits.hpp)
/// A reference is "user:NAME", "group:NAME" or "service-principal:APPLICATION-ID"; "$operator" in any text stands for
/// `operator_id`. InvalidSpec for an unknown member, a wrong type or a reference to nobody.
[[nodiscard]] Result<void> read_world(std::string_view text, std::string_view operator_id, World& world);

/// The world that is there without a file.
[[nodiscard]] std::string_view default_world();

/// One of the lists' items, as the control API takes them too.
[[nodiscard]] Result<Principal> read_principal(const Json& json, PrincipalKind kind);
[[nodiscard]] Result<void> read_endpoint(const Json& json, World& world);
[[nodiscard]] Result<Entries> read_entries(const Json& json, const Directory& directory);

}  // namespace sallyport::simulators::databricks
