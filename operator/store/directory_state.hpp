// SPDX-License-Identifier: Apache-2.0
// The state directory of standalone mode: what a cluster would keep. Losing it is losing etcd.
//
//   version.json                       {"version": 1}, written last when the directory is made
//   instance                           the instance id
//   counter                            no resourceVersion from here on has been given out
//   lock                               see DirectoryLock
//   uids/<Kind>/<namespace>/<name>.json       of each custom resource: by it, a lost record is noticed
//   objects/<Kind>/<namespace>/<name>.json    one Record each; `_` for the namespace of cluster-scoped kinds
//   secrets/<namespace>/<name>/<key>   the Secrets made for applications, as files for these
//   status/...                         status files that could not be put beside their manifests
//
// The directory has mode 0700, its files 0600 (status: 0644); each is replaced as a whole (directory_file.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "operator/store/directory_record.hpp"

namespace sallyport::store {

/// Not thread-safe. Everything but prepare() only while the directory is locked.
class DirectoryState {
 public:
  explicit DirectoryState(std::string directory) : directory_(std::move(directory)) {}

  /// Makes the directory, or sees that it is fit: ours alone, and empty or a state directory. Takes others' rights
  /// away. InvalidSpec otherwise.
  [[nodiscard]] Result<void> prepare() const;
  /// Makes the instance id and the counter of a new directory; removes what a crash left unfinished. InvalidSpec for a
  /// version that we do not know; Internal when a part is missing or damaged.
  [[nodiscard]] Result<void> take_over();
  /// Internal for a record that is damaged, or that is lost though nobody erased it.
  [[nodiscard]] Result<std::vector<Record>> load() const;

  [[nodiscard]] Result<void> save(const std::vector<const Record*>& records);
  /// Writes the uid files that a crash left missing. Internal where one names another incarnation.
  [[nodiscard]] Result<void> save_uids(const std::vector<const Record*>& records);
  [[nodiscard]] Result<void> erase(const Key& key);
  /// Larger than every one before, across restarts.
  [[nodiscard]] Result<std::string> next_version();
  [[nodiscard]] const InstanceId& instance() const { return instance_; }

  /// Writes a Secret's bytes as files, and removes those of keys that it no longer has.
  [[nodiscard]] Result<void> publish(const Record& secret) const;
  [[nodiscard]] Result<void> withdraw(const Key& secret) const;

  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  [[nodiscard]] std::string path_of(std::string_view part, const Key& key) const;
  [[nodiscard]] Result<void> check_uids() const;
  [[nodiscard]] Result<void> create() const;
  [[nodiscard]] Result<void> read_instance();
  [[nodiscard]] Result<void> read_counter();

  std::string directory_;
  InstanceId instance_{};
  std::map<Key, Uid> uids_;  ///< as on the disk
  std::uint64_t next_ = 1;
  std::uint64_t reserved_ = 1;  ///< as in `counter`
};

}  // namespace sallyport::store
