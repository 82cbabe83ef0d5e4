// SPDX-License-Identifier: Apache-2.0
// What a BIG-IP is configured to be: its objects, and the declaration that AS3 keeps in a data-group. A value: copied
// to be saved, to be synced to a peer, and to be tried out before a declaration takes effect.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "e2e/simulators/json.hpp"

namespace sallyport::simulators::bigip {

/// {"ltm virtual", "/T/A/vs"}: a tmsh component and a full path.
using ObjectKey = std::pair<std::string, std::string>;
/// Objects as iControl REST shows them. Members that start with '_' are the simulator's own and are never shown:
/// `_declared` (hash of the declared object), `_tenant`, `_application`, `_profiles`.
using Objects = std::map<ObjectKey, Json>;

struct Config {
  Json declaration;           ///< the stored ADC; null when AS3 never stored one
  std::vector<Json> history;  ///< older ones, the newest first
  Objects objects;
  long id = 0;  ///< changes with every change of the configuration; equal ids mean equal configurations
};

/// Module -> level: {"ltm", "nominal"}.
using Modules = std::map<std::string, std::string>;

/// What the factory leaves in /Common: the stock profiles, monitors and certificates.
[[nodiscard]] Config factory_config();
[[nodiscard]] Modules factory_modules();
[[nodiscard]] bool provisioned(const Modules& modules, const std::string& list);  ///< "apm" or "apm, asm": any of them

/// An object with what every iControl item has: kind, name, partition, subPath, fullPath, generation, selfLink.
[[nodiscard]] Json item(const std::string& component, const std::string& full_path);
/// Is there an object of one of these comma-separated components? "ltm monitor" stands for all its types.
[[nodiscard]] bool has_object(const Objects& objects, const std::string& components, const std::string& full_path);
[[nodiscard]] std::string partition_of(const std::string& full_path);  ///< "/T/A/vs" -> "T"

/// Names of the members of this class ("Tenant" in an ADC, "Application" in a tenant), sorted.
[[nodiscard]] std::vector<std::string> members_of_class(const Json& parent, std::string_view cls);

/// A copy in which private keys, passphrases and ciphertexts are "sha256:…": for the control API and the journal.
[[nodiscard]] Json redacted(const Json& document);

}  // namespace sallyport::simulators::bigip
