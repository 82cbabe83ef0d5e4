// SPDX-License-Identifier: Apache-2.0
// Step 1: gathers everything that an endpoint refers to, from caches only. The result is a value: what follows is pure.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/store/store.hpp"
#include "reconcilers/ir/owner.hpp"
#include "reconcilers/shared/caches.hpp"

namespace sallyport::protected_endpoint {

using EndpointPtr = store::ObjectPtr<api::ProtectedEndpoint>;

/// A Secret as far as one may know without reading it.
struct SecretState {
  enum class Standing { Missing, NotUsable /* without the label */, Usable };
  Standing standing = Standing::Missing;
  ir::SecretHandle handle;
};

/// Connections by their names; those that are not there (yet) are missing.
struct Connections {
  std::map<std::string, store::ObjectPtr<api::F5Gateway>> gateways;
  std::map<std::string, store::ObjectPtr<api::IdentityProvider>> providers;
  std::map<std::string, store::ObjectPtr<api::DatabricksWorkspace>> workspaces;
};

/// What one backend of the spec refers to.
struct FoundBackend {
  store::ObjectPtr<api::DatabricksWorkspace> workspace;  ///< null: there is none of that name
  store::ObjectPtr<api::DatabricksWorkspace> winner;     ///< an older connection to the same; null: there is none
};

struct Found {
  EndpointPtr object;
  SystemTime now{};                            ///< which decides what has ended
  std::shared_ptr<const store::Namespace> ns;  ///< null: not seen (yet)
  store::ObjectPtr<api::F5Gateway> gateway;    ///< null: there is none of that name
  store::ObjectPtr<api::IdentityProvider> provider;
  std::vector<FoundBackend> backends;  ///< as the spec has them; where it has none, one that was not found
  SecretState tls;
  SecretState upstream;         ///< of the one principal that goes upstream, where the spec names it
  EndpointPtr host_winner;      ///< an older endpoint that claims the same host and may have it; null: the host is ours
  bool host_contested = false;  ///< another endpoint claims it: who has it may change without an event of this one
  Connections placed_at;        ///< of every place in the ledger, former ones among them
};

/// // cluster (caches)
[[nodiscard]] Found dereference(const EndpointPtr& object, const shared::Caches& caches, const store::Store& store,
                                SystemTime now);

}  // namespace sallyport::protected_endpoint
