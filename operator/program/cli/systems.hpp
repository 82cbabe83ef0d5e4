// SPDX-License-Identifier: Apache-2.0
// The providers behind the connections of a Material, and what each endpoint wants of them: the reconcilers' own steps,
// without their queues.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "operator/program/cli/material.hpp"
#include "reconcilers/protected_endpoint/build.hpp"
#include "reconcilers/protected_endpoint/slots.hpp"
#include "reconcilers/shared/world.hpp"

namespace sallyport::program::cli {

/// A backend's serving endpoint at its workspace; where it names none, an empty name.
struct ServingRef {
  std::string workspace;
  std::string endpoint;
  friend auto operator<=>(const ServingRef&, const ServingRef&) = default;
};
[[nodiscard]] ServingRef serving_of(const api::Backend& backend);

/// Makes each provider when it is first asked for. Not thread-safe. Pointers live as long as this.
class Systems {
 public:
  Systems(Material& material, shared::Connect connect);
  ~Systems();
  Systems(const Systems&) = delete;
  Systems& operator=(const Systems&) = delete;

  /// NotFound: no such connection, or no credentials; InvalidSpec: it cannot be used as it is written.
  [[nodiscard]] Result<edge::EdgeProvider*> gateway(const std::string& name);
  [[nodiscard]] Result<idp::IdpProvider*> provider(const std::string& name);
  [[nodiscard]] Result<data::DataProvider*> workspace(const std::string& name);
  [[nodiscard]] ir::LedgerStore& ledgers() { return ledgers_; }
  /// Where each backend's serving endpoint is, as its workspace says now, or else said before; and what follows from
  /// that for the route.
  [[nodiscard]] std::vector<protected_endpoint::KnownServing> serving(protected_endpoint::Validated& v);
  /// Ends what providers hold open outside (a login token).
  void close();

 private:
  Material& material_;
  shared::Connect connect_;
  shared::StoreSecrets secrets_;
  shared::StoreVault vault_;
  shared::StoreLedgers ledgers_;
  std::map<std::string, Result<std::unique_ptr<edge::EdgeProvider>>> gateways_;
  std::map<std::string, Result<std::unique_ptr<idp::IdpProvider>>> providers_;
  std::map<std::string, Result<std::unique_ptr<data::DataProvider>>> workspaces_;
  std::map<ServingRef, data::ServingEndpoint> serving_;  ///< as looked up
};

/// One thing about an endpoint that is not accepted, in the words of its condition.
struct Complaint {
  std::string reason;   ///< "InvalidSpec", "NotAllowed", "RefNotFound", ...
  std::string message;  ///< begins with the field
  friend bool operator==(const Complaint&, const Complaint&) = default;
};
[[nodiscard]] std::vector<Complaint> complaints_of(const protected_endpoint::Validated& validated);
/// Faults in the specs of connections: "F5Gateway edge: spec.bigip.units ...".
[[nodiscard]] std::vector<std::string> connection_faults(const shared::Caches& caches);

/// Hands out places on gateways in the order of the asking, beside those that placements hold already.
class Slots {
 public:
  explicit Slots(const Material& material);
  void take_addresses(const std::set<std::string>& in_use);
  /// Empty: none is wanted. NotFound: the pool is exhausted.
  [[nodiscard]] Result<std::optional<protected_endpoint::Slot>> slot_for(const protected_endpoint::Validated& v);

 private:
  protected_endpoint::Slots slots_;
  protected_endpoint::Slots::OnDevice on_device_;
};

}  // namespace sallyport::program::cli
