// SPDX-License-Identifier: Apache-2.0
// The classes of AS3 3.56 that this simulator knows, written by hand after F5's published schema. A class that AS3 has
// and that is not here is refused loudly rather than waved through.
#pragma once

#include <string_view>

#include "e2e/simulators/bigip/schema.hpp"

namespace sallyport::simulators::bigip {

/// Built once and kept; thread-safe.
[[nodiscard]] const Check& service_https_check();
[[nodiscard]] const Check& service_address_check();
[[nodiscard]] const Check& pool_check();
[[nodiscard]] const Check& monitor_check();
[[nodiscard]] const Check& tls_server_check();
[[nodiscard]] const Check& tls_client_check();
[[nodiscard]] const Check& certificate_check();
[[nodiscard]] const Check& ca_bundle_check();
[[nodiscard]] const Check& http_profile_check();
[[nodiscard]] const Check& tcp_profile_check();
[[nodiscard]] const Check& multiplex_profile_check();
[[nodiscard]] const Check& traffic_log_profile_check();
[[nodiscard]] const Check& access_profile_check();
[[nodiscard]] const Check& per_request_access_policy_check();
[[nodiscard]] const Check& endpoint_policy_check();
[[nodiscard]] const Check& irule_check();
[[nodiscard]] const Check& data_group_check();

/// Names in quick succession: "icmp", or {"use"}, {"bigip"} of a Monitor.
[[nodiscard]] Check monitor_reference();
/// The check of a class, or nullptr for one that is not simulated.
[[nodiscard]] const Check* find_class(std::string_view name);
/// Is it a class of AS3 3.56 at all? (definitions/Application, additionalProperties.class.enum)
[[nodiscard]] const std::vector<std::string>& known_classes();

}  // namespace sallyport::simulators::bigip
