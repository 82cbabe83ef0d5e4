// SPDX-License-Identifier: Apache-2.0
// The store over a directory of manifests: what a cluster would keep of an object is in a state directory, and what
// would be seen by `kubectl get` is written beside the manifests.
//
// An object is known by kind, namespace and name, whatever file declares it. One whose file goes is marked deleted, and
// stays until its finalizer goes; one whose file cannot be read or understood stays as it was. See Tree for what proves
// a removal. A file that comes back while its object is being deleted declares a new object, made once the old is gone.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/store/directory_manifests.hpp"
#include "operator/store/directory_record.hpp"
#include "operator/store/directory_state.hpp"
#include "operator/store/directory_status.hpp"
#include "operator/store/directory_watch.hpp"
#include "operator/store/store.hpp"

namespace sallyport::store {

struct DirectoryOptions {
  std::string manifests;  ///< absolute
  std::string state;      ///< absolute
  std::string operator_namespace = "sallyport-system";
  std::set<std::string> internal_kinds{};                            ///< not to be declared by manifests: AccessLedger
  std::function<Result<void>()> may_write{};                         ///< empty: always; else the lock of `state`
  std::chrono::milliseconds quiet = std::chrono::milliseconds(300);  ///< how long nothing changes before we read
  std::chrono::milliseconds longest = std::chrono::seconds(30);      ///< between reads, where nothing tells of changes
  std::chrono::milliseconds soon = std::chrono::seconds(1);          ///< after a read that has not seen everything
  const Clock* clock = &system_clock();
};

class DirectoryStore final : public Store {
 public:
  explicit DirectoryStore(DirectoryOptions options);
  ~DirectoryStore() override;
  DirectoryStore(const DirectoryStore&) = delete;
  DirectoryStore& operator=(const DirectoryStore&) = delete;

  /// Once. Remembers what to watch; nothing is read before take_over(), for reading gives out uids, which is a write.
  Result<void> start(std::vector<WatchedKind> kinds, OnChange on_change, std::stop_token stop) override;
  /// Once, after start(), and with the licence to write: reads the state and the manifests. synced() from then on.
  Result<void> take_over();
  /// Starts the thread that reads again whenever something changes, until the stop given to start(), or stop().
  void watch();
  /// Waits for that thread; shows the last statuses.
  void stop();
  /// Reads the manifests now. Failures are of the state directory; faults of manifests are logged, and in status files.
  Result<void> scan();
  /// Writes the status files that are due. The watching thread does so shortly after each change.
  void show_status();

  bool synced() const override;
  /// Own writes are in the cache when they return.
  bool fresh(const Key&) const override { return true; }
  const Cache<Namespace>& namespaces() const override { return namespaces_; }
  const Cache<SecretMeta>& secrets() const override { return secrets_; }
  const std::string& operator_namespace() const override { return options_.operator_namespace; }

  /// The same status again is no write.
  Result<void> write_status(const Key& key, const schema::Metadata& seen, std::string_view status_json) override;
  Result<void> set_finalizer(const Key& key, const schema::Metadata& seen, Finalizer finalizer) override;
  /// Conflict for an object that a manifest declares.
  Result<void> write_object(const Key& key, std::string_view spec_json) override;
  Result<void> delete_object(const Key& key) override;

  Result<SecretRead> read_secret(const std::string& ns, const std::string& name) override;
  /// Conflict for a Secret that a manifest declares. Outside the operator's namespace the bytes are also written as
  /// files for the application: `<state>/secrets/<namespace>/<name>/<key>`, mode 0600.
  Result<schema::Metadata> write_secret(const SecretWrite& secret) override;
  Result<void> delete_secret(const std::string& ns, const std::string& name, const Uid& uid) override;

  /// A line in the log; the same again within ten minutes is dropped.
  void event(const Key& about, const schema::Metadata& meta, EventType type, const std::string& reason,
             const std::string& message) override;
  Result<InstanceId> instance_id() override;

 private:
  struct Change {
    Key key;
    Cause cause;
  };
  using Changes = std::vector<Change>;

  // directory.cpp
  void run(std::stop_token stop);
  [[nodiscard]] std::chrono::milliseconds next_wait();
  void tell(const Changes& changes) const;
  [[nodiscard]] Result<void> licence() const;
  [[nodiscard]] Tree look();
  void hold_back_unfinished(Tree& tree);
  void leave_ours_out(Tree& tree) const;
  void report(Tree& tree);
  void put_in_cache(const Record& record);
  void take_from_cache(const Key& key);
  void refresh_namespaces(Changes& changes);
  void mark_due(const Record& record);

  // directory_scan.cpp
  Result<void> absorb(Tree tree, Cause cause);
  [[nodiscard]] bool is_known(const Key& key, const std::shared_ptr<const Manifest>& manifest) const;
  [[nodiscard]] Result<std::optional<Record>> made_from(const Manifest& manifest, const Record* before);
  void take_spec(const Manifest& manifest, Record& record) const;
  [[nodiscard]] Result<void> settle_removals(const Tree& tree, Changes& changes);
  /// Stores and caches records that are new or have changed.
  [[nodiscard]] Result<void> keep(std::vector<Record> records, Cause cause, Changes& changes);
  [[nodiscard]] Result<void> drop(const Key& key, Changes& changes);
  [[nodiscard]] Result<void> drop_orphans();
  [[nodiscard]] Result<void> stamp(Record& record, Uid uid);

  // directory_write.cpp, directory_secret.cpp
  [[nodiscard]] Result<Record> find(const Key& key, const Uid& uid) const;
  [[nodiscard]] Result<void> keep_one(Record record);

  const DirectoryOptions options_;
  DirectoryState state_;
  std::map<std::string, WatchedKind> kinds_;  ///< by kind; fixed by start()
  OnChange on_change_;
  std::stop_token stop_;
  Cache<Namespace> namespaces_;
  Cache<SecretMeta> secrets_;
  DirectoryWatch watch_;

  std::mutex files_mutex_;  ///< held while manifests or status files are read or written; before mutex_
  std::unique_ptr<ManifestReader> reader_;
  StatusFiles status_files_;
  Problems problems_;  ///< as told last
  Problems directory_problems_;
  std::set<std::string> bare_;
  std::set<std::string> ignored_;
  bool settled_ = true;  ///< nothing changed during the last scan, and all that it found was taken over

  mutable std::mutex mutex_;  ///< guards what follows, and the state directory
  std::map<Key, Record> records_;
  std::map<Key, std::shared_ptr<const Manifest>> declared_;  ///< by the last scan
  std::set<std::string> due_;                                ///< status files
  bool synced_ = false;

  std::mutex events_mutex_;
  std::map<std::string, SteadyTime> events_;  ///< when each was last logged

  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace sallyport::store
