// SPDX-License-Identifier: Apache-2.0
// From events to the queue: which objects have to be looked at when one has changed, how soon, and which events are
// only the echo of our own writes.
#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <unordered_map>
#include <vector>

#include "operator/runtime/work_queue.hpp"
#include "operator/store/store.hpp"
#include "reconcilers/shared/caches.hpp"

namespace sallyport::program {

using ControllerQueue = runtime::WorkQueue<Key>;

/// Thread-safe. References outlive it.
class Routing {
 public:
  Routing(const shared::Caches& caches, const store::Store& store, ControllerQueue& queue)
      : caches_(caches), store_(store), queue_(queue) {}

  /// Queues the changed object itself and whoever depends on it. A person's edit goes first, a start's backlog last;
  /// what only shows our own status again is not queued at all.
  void changed(const Key& key, store::Cause cause);
  /// For an instance that does not work yet: remembers what the object looks like.
  void note(const Key& key);

 private:
  using Connections = std::vector<const Key*>;

  [[nodiscard]] bool is_news(const Key& key);
  [[nodiscard]] std::set<Key> note_connections(const Key& key);

  const shared::Caches& caches_;
  const store::Store& store_;
  ControllerQueue& queue_;
  std::mutex mutex_;
  /// By a hash of the key: a hash of everything in the object that a person or another controller decides.
  std::unordered_map<std::uint64_t, std::uint64_t> seen_;
  /// By the same, of endpoints: the connections that each has something at. Who leaves one is not to be found there
  /// any more.
  std::unordered_map<std::uint64_t, Connections> placed_at_;
  std::set<Key> connections_;  ///< what `placed_at_` points to
};

}  // namespace sallyport::program
