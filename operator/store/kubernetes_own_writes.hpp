// SPDX-License-Identifier: Apache-2.0
// Remembers what we wrote until the watch has shown it to us: a controller that acts on a cache older than its own last
// write undoes or repeats that write (KEP-5647 guards Kubernetes' own controllers against the same).
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "operator/base/key.hpp"
#include "operator/base/strong_id.hpp"

namespace sallyport::store {

/// Thread-safe. Versions are compared as numbers (KEP-5504).
class OwnWrites {
 public:
  /// A kind is watched, in one namespace or (empty) in all. Keys outside every watched scope are always fresh: no watch
  /// would ever say otherwise.
  void watch(const std::string& kind, const std::string& ns);
  /// We have just made this version of the object with this uid; `status` is given when it was the status.
  void wrote(const Key& key, const Uid& uid, const std::string& version, std::string_view status = {});
  /// The newest version of this life of the object that we know of: `seen`, or what we have made of it since.
  [[nodiscard]] std::string newest(const Key& key, const Uid& uid, const std::string& seen) const;
  /// The same for an object of which the cache shows nothing: empty, or what we have made of it.
  [[nodiscard]] std::string newest(const Key& key) const;
  /// Hash of the status that we wrote last to this life of the object, if it was after `seen`.
  [[nodiscard]] std::optional<std::size_t> status_after(const Key& key, const Uid& uid, const std::string& seen) const;
  [[nodiscard]] static std::size_t hash_of(std::string_view status) { return std::hash<std::string_view>()(status); }
  /// What the version of an object that has just come into the cache tells.
  struct Seen {
    bool is_echo = false;      ///< not newer than our own last write to it
    bool was_awaited = false;  ///< it is fresh by that, and somebody had asked in vain
  };
  Seen seen(const Key& key, const std::string& version);
  void deleted(const Key& key);
  /// The cache of this scope shows everything up to this version. Returns the keys that became fresh by that alone and
  /// that somebody had asked for in vain.
  std::vector<Key> advanced(const std::string& kind, const std::string& ns, const std::string& version);
  [[nodiscard]] bool fresh(const Key& key);

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::string> scopes_;  ///< (kind, namespace) -> version
  struct Awaited {
    std::string version;
    bool asked = false;  ///< somebody asked whether it is fresh, and it was not
  };
  std::map<Key, Awaited> awaited_;
  struct Made {
    Uid uid;
    std::string version;
    std::string status_version{};  ///< of our last write to the status; empty: there was none
    std::size_t status = 0;        ///< its hash
  };
  std::map<Key, Made> made_;  ///< the last hundreds; a forgotten one costs a read, no more
};

}  // namespace sallyport::store
