// SPDX-License-Identifier: Apache-2.0
// Remembers what we wrote until the watch has shown it to us: a controller that acts on a cache older than its own last
// write undoes or repeats that write (KEP-5647 guards Kubernetes' own controllers against the same).
#pragma once

#include <map>
#include <mutex>
#include <string>
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
  /// We have just made this version of the object with this uid.
  void wrote(const Key& key, const Uid& uid, const std::string& version);
  /// The newest version of this life of the object that we know of: `seen`, or what we have made of it since.
  [[nodiscard]] std::string newest(const Key& key, const Uid& uid, const std::string& seen) const;
  /// The cache shows this version of the object.
  void seen(const Key& key, const std::string& version);
  void deleted(const Key& key);
  /// The cache of this scope shows everything up to this version. Returns the keys that became fresh by that alone.
  std::vector<Key> advanced(const std::string& kind, const std::string& ns, const std::string& version);
  [[nodiscard]] bool fresh(const Key& key) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::string> scopes_;  ///< (kind, namespace) -> version
  std::map<Key, std::string> awaited_;
  std::map<Key, std::pair<Uid, std::string>> made_;  ///< until the object is deleted
};

}  // namespace sallyport::store
