// SPDX-License-Identifier: Apache-2.0
// Virtual servers and virtual addresses: what makes a service reachable.
#pragma once

#include <string>

#include "e2e/simulators/bigip/config.hpp"

namespace sallyport::simulators::bigip {

/// Where a declared object stands. Refers to the declaration; lives no longer than it.
struct Place {
  std::string tenant;
  std::string application;
  std::string name;
  const Json& declared;
  const Json& scope;  ///< the tenant, for what the object points to
  [[nodiscard]] std::string path() const { return "/" + tenant + "/" + application + "/" + name; }
};

/// Service_HTTPS: one virtual an address ("vs", "vs-1-", ...), each with a redirecting twin on port 80 unless
/// redirect80 is false; and the virtual addresses.
void add_service(const Place& place, Objects& out);
void add_service_address(const Place& place, Objects& out);

}  // namespace sallyport::simulators::bigip
