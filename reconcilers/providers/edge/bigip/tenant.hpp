// SPDX-License-Identifier: Apache-2.0
// A tenant as AS3 stores it, and the one entry-wise write that changes some of its applications. Pure.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "operator/http/client.hpp"
#include "reconcilers/ir/edge.hpp"
#include "reconcilers/providers/edge/bigip/json.hpp"
#include "reconcilers/providers/edge/edge_provider.hpp"

namespace sallyport::edge::bigip {

enum class Presence {
  NothingStored,  ///< the device stores no declaration at all: its first tenant has to be POSTed
  Missing,        ///< other tenants, not this one
  There,
};

/// Read from GET /declare/<tenant>; never changed. `declared` may hold private keys: it is not for logs.
struct StoredTenant {
  std::string name;
  Presence presence = Presence::Missing;
  std::shared_ptr<const Json> declared{};  ///< the Tenant object; set when There

  [[nodiscard]] std::string label() const;
  [[nodiscard]] bool is_ours(const InstanceId& instance) const;  ///< also true of one that is not there
  /// Every application but Shared, by name.
  [[nodiscard]] std::map<std::string, Entry> entries() const;
  /// AS3's hash over what it stores of the tenant; empty when it was not asked for.
  [[nodiscard]] std::string lock_key() const;
  /// One of them; empty when it is not there.
  [[nodiscard]] std::optional<Entry> entry(std::string_view application) const;
  /// Keys of what one of them refers to in Shared.
  [[nodiscard]] std::set<std::string> upstreams(std::string_view application) const;
};

/// One application to put (rendered) or, with a null `declared`, to remove.
struct Wanted {
  const ir::EdgeFragment* fragment = nullptr;
  std::shared_ptr<const Json> declared{};
};

struct Write {
  std::string method;                   ///< PATCH or POST
  std::string body;                     ///< of a PATCH: the JSON Patch alone, which As3 wraps
  std::vector<http::Change> changes{};  ///< one for each entry of `wanted` that is changed
  [[nodiscard]] bool empty() const { return body.empty(); }
};

/// The JSON Patch, in an order that never leaves a pointer dangling: Shared objects that are new, applications,
/// removals, Shared objects that nothing refers to any more. Empty when all of it is a removal of what is not there. A
/// POST of the whole tenant where the device stores no declaration. Sent with persist:false (f5.md 1.2): the save comes
/// once, later, by EdgeProvider::persist.
[[nodiscard]] Write compose(const StoredTenant& stored, const std::vector<Wanted>& wanted, const InstanceId& instance,
                            std::string_view gateway);

/// A JSON Patch that changes nothing. For a dry run, in which AS3 compares all that it stores of the tenant.
[[nodiscard]] Write touch(const StoredTenant& stored);

/// A whole declaration with no tenant in it yet.
[[nodiscard]] Json empty_declaration(const InstanceId& instance);

/// A tenant that holds these applications and what they share, as it would be POSTed.
[[nodiscard]] Json whole_tenant(const std::vector<Wanted>& wanted, const InstanceId& instance);

}  // namespace sallyport::edge::bigip
