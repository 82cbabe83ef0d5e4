// SPDX-License-Identifier: Apache-2.0
// Where custom resources come from and where their status goes: a Kubernetes API server, or a directory of YAML. The
// reconcilers see only this.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "operator/base/key.hpp"
#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"
#include "operator/base/strong_id.hpp"
#include "operator/schema/field.hpp"
#include "operator/store/object.hpp"

namespace sallyport::store {

/// Why a key is handed to the queue.
enum class Cause {
  Initial,
  Changed,
  Echo,      ///< shows a version that is not newer than our own last write: as a rule, that write
  CaughtUp,  ///< fresh again, after somebody asked and it was not: see Store::fresh
  Deleted,
};

/// One kind to be cached: how to decode an object into its typed cache. Made by `watch_kind<K>()` (store/watched.hpp).
/// `decode` gets one object as JSON text (with apiVersion, metadata, spec, status), puts it into the cache and returns
/// its metadata; it never throws. `forget` takes it out.
struct WatchedKind {
  /// What an API server refuses by the kind's CRD; a file has nobody else to check it.
  struct Faults {
    std::vector<schema::FieldError> of_spec{};
    std::vector<schema::FieldError>
        of_change{};  ///< immutable fields that differ; only looked for in a spec without faults
  };
  schema::KindName kind;
  std::function<Result<schema::Metadata>(std::string_view json)> decode;
  std::function<void(const std::string& ns, const std::string& name)> forget;
  /// Both are whole objects; `before` may be empty.
  std::function<Faults(std::string_view before, std::string_view now)> check{};
  /// A status as `schema::write` would put it: equal statuses are equal texts.
  std::function<std::string(std::string_view status_json)> normal_status{};
  /// What is in the cache, as far as a write has to know it.
  struct Shown {
    Uid uid;
    std::string resource_version;
    std::function<std::string()> status;
  };
  std::function<std::optional<Shown>(const std::string& ns, const std::string& name)> shown{};
  /// As `decode`, with faults that the text by itself does not show.
  std::function<Result<schema::Metadata>(std::string_view json, const std::vector<schema::FieldError>& more)>
      decode_with{};
};

struct SecretWrite {
  std::string ns;
  std::string name;
  std::map<std::string, Secret> bytes;  ///< the whole `data`
  std::map<std::string, std::string> labels{};
  std::map<std::string, std::string> annotations{};
  std::optional<schema::Metadata> controller{};  ///< owner reference to this CR, when the Secret should go with it
  std::string controller_kind{};
  /// Empty: must not exist yet (Conflict when it does). Otherwise only this version is replaced (Conflict when
  /// changed).
  std::string expected_resource_version{};
};

struct SecretRead {
  schema::Metadata meta;
  std::map<std::string, Secret> bytes;
};

enum class EventType { Normal, Warning };

/// Thread-safe. Writes block, honour the lease (ShuttingDown when it is not held), and return only after the other side
/// has confirmed them. Every Error names the object. Conflict: changed meanwhile, or the uid is another one.
class Store {
 public:
  virtual ~Store() = default;

  using OnChange = std::function<void(const Key& key, Cause cause)>;
  /// Fills the caches of these kinds (and of Namespace and Secret metadata) and keeps them current until `stop`.
  /// `on_change` is called after the cache was updated. Returns at once; see synced().
  [[nodiscard]] virtual Result<void> start(std::vector<WatchedKind> kinds, OnChange on_change,
                                           std::stop_token stop) = 0;
  /// True when every cache has been filled once. Nothing may act before.
  [[nodiscard]] virtual bool synced() const = 0;
  /// False while the cache still shows this object as it was before our own last write to it (own writes come back
  /// through the watch): acting on it could undo or repeat that write. After a "no", on_change comes with CaughtUp when
  /// it is fresh again.
  [[nodiscard]] virtual bool fresh(const Key& key) const = 0;

  [[nodiscard]] virtual const Cache<Namespace>& namespaces() const = 0;
  [[nodiscard]] virtual const Cache<SecretMeta>& secrets() const = 0;
  /// The operator's own namespace: connection credentials, registrations, ledgers.
  [[nodiscard]] virtual const std::string& operator_namespace() const = 0;

  /// Replaces the status (server-side apply as `sallyport-status`). `status_json` is the whole status object, as
  /// `schema::write` makes it. Conflict when the one that it was computed from is not there any more.
  [[nodiscard]] virtual Result<void> write_status(const Key& key, const schema::Metadata& seen,
                                                  std::string_view status_json) = 0;
  enum class Finalizer { Present, Absent };
  /// Adds or removes `sallyport.dev/finalizer`, with the uid as a precondition. Already so: succeeds without a write.
  [[nodiscard]] virtual Result<void> set_finalizer(const Key& key, const schema::Metadata& seen,
                                                   Finalizer finalizer) = 0;
  /// Creates or replaces an object of one of our own kinds (AccessLedger) from its spec, as `sallyport`. Conflict when
  /// it was changed since the cache showed it or we wrote it.
  [[nodiscard]] virtual Result<void> write_object(const Key& key, std::string_view spec_json) = 0;
  [[nodiscard]] virtual Result<void> delete_object(const Key& key) = 0;

  /// Reads past the cache. NotFound, Refused, Unavailable.
  [[nodiscard]] virtual Result<SecretRead> read_secret(const std::string& ns, const std::string& name) = 0;
  [[nodiscard]] virtual Result<schema::Metadata> write_secret(const SecretWrite& secret) = 0;
  /// Only this uid; gone already: succeeds.
  [[nodiscard]] virtual Result<void> delete_secret(const std::string& ns, const std::string& name, const Uid& uid) = 0;

  /// Deduplicated and rate-limited; dropped rather than waited for. `reason` is CamelCase.
  virtual void event(const Key& about, const schema::Metadata& meta, EventType type, const std::string& reason,
                     const std::string& message) = 0;

  /// The instance id (8 characters), made once and kept (a ConfigMap, or a file). Refuses to make a new one silently
  /// when it cannot be read.
  [[nodiscard]] virtual Result<InstanceId> instance_id() = 0;
};

}  // namespace sallyport::store
