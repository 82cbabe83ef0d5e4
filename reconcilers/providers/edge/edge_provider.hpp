// SPDX-License-Identifier: Apache-2.0
// What every gateway backend can do: tell how it is, show what of ours is on it, and make changes entry by entry.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/http/client.hpp"
#include "reconcilers/ir/edge.hpp"
#include "reconcilers/ir/secret_source.hpp"

namespace sallyport::edge {

/// The gateway as a whole, read before the first write and then every few minutes.
struct Condition {
  std::string active_unit;                 ///< origin that takes writes
  std::string version;                     ///< "AS3 3.56.0, BIG-IP 17.1.1"
  std::vector<std::string> notes;          ///< for status: "TLS verification is off", "the peer is not in sync: ..."
  std::set<std::string> addresses_in_use;  ///< virtual addresses, ours and foreign, self IPs, SNAT translations
  std::vector<std::string> unclaimed;      ///< places whose tenant has our instance's name (tenant/application)
  bool unsaved = false;                    ///< changed since the last persist; kept by the target, not by check
  bool incomplete = false;                 ///< something of ours was lost there: every target has to be looked at again
};

/// One application of ours as found on the gateway.
struct Entry {
  std::string owner_mark;  ///< short hash of the owner's uid, from the mark on the thing itself
  std::string hash;        ///< of the fragment last applied, from the same mark
  bool in_force = true;    ///< false: it was handed over, and does not work yet, or no more, as it was
  ir::Facts shown{};       ///< what is known of the certificate that it shows (certificate.hpp)
};

struct Observed {
  /// Every application of the tenants that were asked for, foreign ones too: those have an empty owner_mark.
  std::map<ir::EdgePlace, Entry> entries;
  /// Tenants of the wanted names that exist and carry another label than ours: nothing in them is touched.
  std::set<std::string> foreign_tenants;
  bool incomplete = false;  ///< what is not among the entries may be in force all the same: the record of it is lost
};

/// The pure result of diff: entries to put and places to remove; everything else is left alone.
struct Changes {
  std::vector<ir::EdgeFragment> put;
  std::vector<ir::EdgeFragment> remove;
  [[nodiscard]] bool empty() const { return put.empty() && remove.empty(); }
};

enum class Persisted { Saved, NothingToSave };

/// Applications by the ledgers, each with the object that it is for ("risk/fraud-scoring").
using Placed = std::map<std::string, std::string>;

/// One device group. Calls are serialised by its target; they block and honour `stop`.
class EdgeProvider {
 public:
  virtual ~EdgeProvider() = default;

  /// Reads only. Conflict when two units are ACTIVE, Unavailable when none answers, InvalidSpec-free: a device that
  /// lacks a module or AS3 gives NotFound with the words of what to do.
  [[nodiscard]] virtual Result<Condition> check(std::stop_token stop) = 0;

  /// Reads only: the entries of these tenants. An unreadable tenant is an Error, never an empty one (I9).
  [[nodiscard]] virtual Result<Observed> observe(const std::set<std::string>& tenants, std::stop_token stop) = 0;

  /// Makes the changes. One verdict per put and remove, in that order. An entry that the device rejects is quarantined
  /// (Rejected, with the device's words and the CR field it maps to) while the others go through. A write whose answer
  /// was lost is looked up, never sent again blindly.
  [[nodiscard]] virtual std::vector<ir::Verdict> apply(const Changes& changes, std::stop_token stop) = 0;

  /// Reads only: which of these (already applied) entries no longer look as declared on the device itself. Slow: a dry
  /// run.
  [[nodiscard]] virtual Result<std::set<ir::EdgePlace>> drifted(const std::vector<ir::EdgeFragment>& applied,
                                                                std::stop_token stop) = 0;

  /// Reads only: which of these, rejected before, the device would take now. As far as a dry run tells: what only the
  /// device's own database refuses shows in a write alone.
  [[nodiscard]] virtual Result<std::set<ir::EdgePlace>> would_take(const std::vector<ir::EdgeFragment>& rejected,
                                                                   std::stop_token stop) = 0;

  /// Persists what was changed since the last call: save, and config-sync with the peer, verified. Nothing is sent when
  /// there is nothing to persist, except for the first call: what a former process changed may not be saved. A removal
  /// counts as done only after this succeeded (a reboot would bring it back). Conflict when another unit has taken over
  /// since: the tenants that were changed have to be observed first.
  [[nodiscard]] virtual Result<Persisted> persist(std::stop_token stop) = 0;

  /// What `apply` would send for this fragment, for people and for tests, secrets as `<secret ns/name#key>`. Offline.
  [[nodiscard]] virtual std::string render(const std::vector<ir::EdgeFragment>& fragments) const = 0;

  /// Ends what is held open outside (a login token).
  virtual void close(std::stop_token stop) = 0;

  /// Whether a change has to be persisted, or a reboot would undo it. Where not, persist does what has to be done now
  /// and then, and is called after each check.
  [[nodiscard]] virtual bool needs_saving() const { return true; }
  /// When to look again, though nothing failed: what was handed over in the last step is not in force yet.
  [[nodiscard]] virtual std::optional<std::chrono::milliseconds> look_again() const { return std::nullopt; }
  /// How often check and persist have to be called at least.
  [[nodiscard]] virtual std::optional<std::chrono::milliseconds> heartbeat() const { return std::nullopt; }
};

/// Pure. Ownership-aware: a place whose mark names another owner is neither put nor removed but Rejected with Conflict.
struct Diff {
  Changes changes;
  /// Fragments that need no change, or may not be touched. A held one that is there is Applied with the hash found
  /// there.
  std::map<ir::EdgePlace, ir::Verdict> settled;
};
[[nodiscard]] Diff diff(const std::vector<ir::EdgeFragment>& wanted, const Observed& observed);

/// What an Applied verdict tells for status: "address", and "path" of the virtual server ("/tenant/application/vs").
[[nodiscard]] ir::Facts facts_of(const ir::EdgeFragment& fragment);

/// The owner's mark as it stands on the outside object: 16 hex digits of SHA-256 over the uid.
[[nodiscard]] std::string owner_mark(const Uid& uid);

/// For a person: why the place is not touched.
[[nodiscard]] std::string marked_by_another(const ir::EdgePlace& place);

/// Everything a backend needs from the rest of the program. References outlive the provider.
struct Surroundings {
  /// Makes the client for one origin; wraps it so that every change is fenced and audited.
  std::function<Result<std::unique_ptr<http::Client>>(http::ClientOptions)> connect;
  ir::SecretSource& secrets;
  const Clock& clock;
  Random& random;
  /// The F5Gateway as it is now, in whose name the configuration is saved and synced; without it only its name is told.
  std::function<ir::Owner()> gateway{};
  /// The applications that are on this gateway by the ledgers; without it none is known.
  std::function<Placed()> placed{};
  /// What else a person should know of the gateway. Thread-safe.
  std::function<std::vector<std::string>()> notes{};
};

/// registry.cpp: the one place that names backends. InvalidSpec for a connection that cannot be used as it is written.
[[nodiscard]] Result<std::unique_ptr<EdgeProvider>> make_edge_provider(const ir::EdgeConnection& connection,
                                                                       Surroundings around);

/// The credentials of a gateway that the operator makes itself; nothing for one where somebody else has to. For the
/// `data` of a Secret.
[[nodiscard]] std::optional<Result<ir::SecretBytes>> new_credentials(const ir::EdgeConnection& connection);

}  // namespace sallyport::edge
