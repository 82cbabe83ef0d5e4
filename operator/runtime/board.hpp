// SPDX-License-Identifier: Apache-2.0
// The mailbox between a custom resource's reconcile and the outside target that serialises writes: the reconcile pins
// up what it wants, the target takes all that is wanted of it in one step and pins a verdict beside each. Neither waits
// for the other.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "operator/base/strong_id.hpp"

namespace sallyport::runtime {

enum class Submitted {
  Changed,    ///< the target has something new to do: put it into its queue
  Unchanged,  ///< the same was wanted already; its verdict, if there is one, still counts
  Outdated,   ///< of an older generation than what is pinned up: ignored (rule I7)
};

enum class Recorded {
  News,      ///< the verdict is another one than before: the owner has to hear of it
  AsBefore,  ///< the same verdict once more
  Outdated,  ///< something else is wanted by now: such a verdict says nothing about it
};

/// What one owner wants of one target. `hash` covers everything that makes a difference outside.
template <class Fragment>
struct Wanted {
  Uid owner;
  std::int64_t generation = 0;
  std::string hash;
  Fragment fragment;
};

/// Thread-safe. Kept in memory only: after a restart each reconcile submits again.
template <std::totally_ordered TargetKey, std::copyable Fragment, std::equality_comparable Verdict>
class Board {
 public:
  Submitted submit(const TargetKey& target, Wanted<Fragment> wanted) {
    const std::lock_guard lock(mutex_);
    auto [pinned, is_new] = pins_[target].try_emplace(std::move(wanted.owner));
    Pin& pin = pinned->second;
    if (!is_new && wanted.generation < pin.generation) return Submitted::Outdated;
    const bool changed = is_new || pin.hash != wanted.hash;
    if (changed) pin.verdict.reset();
    pin.generation = wanted.generation;
    pin.hash = std::move(wanted.hash);
    pin.fragment = std::move(wanted.fragment);
    return changed ? Submitted::Changed : Submitted::Unchanged;
  }

  /// Everything wanted of the target now, in the order of owners.
  [[nodiscard]] std::vector<Wanted<Fragment>> take(const TargetKey& target) const {
    const std::lock_guard lock(mutex_);
    std::vector<Wanted<Fragment>> all;
    if (const auto pins = pins_.find(target); pins != pins_.end()) {
      for (const auto& [owner, pin] : pins->second) all.push_back({owner, pin.generation, pin.hash, pin.fragment});
    }
    return all;
  }

  /// Pins up the verdict on the fragment that had this hash.
  Recorded record(const TargetKey& target, const Uid& owner, const std::string& hash, Verdict verdict) {
    const std::lock_guard lock(mutex_);
    Pin* pin = find(target, owner);
    if (pin == nullptr || pin->hash != hash) return Recorded::Outdated;
    if (pin->verdict == verdict) return Recorded::AsBefore;
    pin->verdict = std::move(verdict);
    return Recorded::News;
  }

  /// Empty until there is a verdict on what is wanted now.
  [[nodiscard]] std::optional<Verdict> verdict(const TargetKey& target, const Uid& owner) const {
    const std::lock_guard lock(mutex_);
    const auto pins = pins_.find(target);
    if (pins == pins_.end()) return std::nullopt;
    const auto pin = pins->second.find(owner);
    return pin == pins->second.end() ? std::nullopt : pin->second.verdict;
  }

  /// Takes the owner's wish off the board. This deletes nothing outside: that is what a wish to be absent is for, and
  /// only after its verdict may the wish itself go.
  void withdraw(const TargetKey& target, const Uid& owner) {
    const std::lock_guard lock(mutex_);
    const auto pins = pins_.find(target);
    if (pins == pins_.end() || pins->second.erase(owner) == 0) return;
    if (pins->second.empty()) pins_.erase(pins);
  }

  /// The targets with a verdict that `is_such`.
  template <class Predicate>
  [[nodiscard]] std::vector<TargetKey> targets_with(Predicate is_such) const {
    const std::lock_guard lock(mutex_);
    std::vector<TargetKey> targets;
    for (const auto& [target, pins] : pins_) {
      const bool found = std::any_of(pins.begin(), pins.end(), [&](const auto& pinned) {
        return pinned.second.verdict && is_such(*pinned.second.verdict);
      });
      if (found) targets.push_back(target);
    }
    return targets;
  }

  [[nodiscard]] bool has(const TargetKey& target, const Uid& owner) const {
    const std::lock_guard lock(mutex_);
    const auto pins = pins_.find(target);
    return pins != pins_.end() && pins->second.contains(owner);
  }

 private:
  struct Pin {
    std::int64_t generation = 0;
    std::string hash;
    Fragment fragment;
    std::optional<Verdict> verdict;  ///< on `hash`
  };

  Pin* find(const TargetKey& target, const Uid& owner) {
    const auto pins = pins_.find(target);
    if (pins == pins_.end()) return nullptr;
    const auto pin = pins->second.find(owner);
    return pin == pins->second.end() ? nullptr : &pin->second;
  }

  mutable std::mutex mutex_;
  std::map<TargetKey, std::map<Uid, Pin>> pins_;
};

}  // namespace sallyport::runtime
