// SPDX-License-Identifier: Apache-2.0
// The caches of all kinds, filled by the store, and by which words their objects are found.
#pragma once

#include "operator/store/object.hpp"
#include "reconcilers/api/kinds.hpp"

namespace sallyport::shared {

/// Words of an endpoint: who claims this host, who has this virtual address, who lost a host to somebody.
[[nodiscard]] std::string host_word(const std::string& host);
[[nodiscard]] std::string address_word(const std::string& canonical_address);
inline constexpr const char* kConflictedWord = "conflicted";
/// Words of a ledger: of which serving endpoint's name.
[[nodiscard]] std::string ledger_word(const std::string& workspace, const std::string& endpoint_name);

[[nodiscard]] std::vector<std::string> words_of_endpoint(const store::Object<api::ProtectedEndpoint>& endpoint);
[[nodiscard]] std::vector<std::string> words_of_ledger(const store::Object<api::AccessLedger>& ledger);

/// The Secret in its own namespace that an endpoint's client id and secret are written to.
[[nodiscard]] std::string consumer_secret_name(const store::Object<api::ProtectedEndpoint>& endpoint);

/// The Secret in the operator's namespace that a gateway is written to with; empty where its spec names none.
[[nodiscard]] std::string credentials_secret_name(const std::string& gateway, const api::F5GatewaySpec& spec);

/// One name for an outside system, however its URL is spelt; what is no URL stands for itself.
[[nodiscard]] std::string origin_of(const std::string& url);

/// Whether `a` came first, and so keeps what both claim: by creation time, then by namespace and name.
[[nodiscard]] bool older(const schema::Metadata& a, const schema::Metadata& b);

struct Caches;
/// The connection that speaks for the same workspace, when that is an older one. Two would each take the other's grants
/// for a stranger's (docs/adr/0009).
[[nodiscard]] store::ObjectPtr<api::DatabricksWorkspace> older_of_same_workspace(
    const store::Object<api::DatabricksWorkspace>& workspace, const Caches& caches);

struct Caches {
  store::Cache<store::Object<api::F5Gateway>> gateways;
  store::Cache<store::Object<api::IdentityProvider>> providers;
  store::Cache<store::Object<api::DatabricksWorkspace>> workspaces;
  store::Cache<store::Object<api::ProtectedEndpoint>> endpoints{words_of_endpoint};
  store::Cache<store::Object<api::AccessLedger>> ledgers{words_of_ledger};
};

}  // namespace sallyport::shared

namespace sallyport::store {  // compiled in caches.cpp and nowhere else

extern template class Cache<Object<api::F5Gateway>>;
extern template class Cache<Object<api::IdentityProvider>>;
extern template class Cache<Object<api::DatabricksWorkspace>>;
extern template class Cache<Object<api::ProtectedEndpoint>>;
extern template class Cache<Object<api::AccessLedger>>;

}  // namespace sallyport::store
