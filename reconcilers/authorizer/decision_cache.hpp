// SPDX-License-Identifier: Apache-2.0
// Decisions that were made a moment ago, so that a caller's next request costs no signature and no exchange.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "operator/base/clock.hpp"
#include "reconcilers/authorizer/ask.hpp"

namespace sallyport::authorizer {

/// SHA-256 over token, endpoint, its document and backend: a decision by an older document is found no more.
struct DecisionKey {
  std::array<std::uint64_t, 4> hash{};
  friend auto operator<=>(const DecisionKey&, const DecisionKey&) = default;
};
[[nodiscard]] DecisionKey key_of(const Secret& token, const Policy& policy, std::string_view backend);

/// Thread-safe. At most `most` decisions; the one that was used longest ago goes first.
class DecisionCache {
 public:
  explicit DecisionCache(std::size_t most) : most_(most) {}

  using Entry = std::shared_ptr<const Decision>;
  /// Null where there is none that still holds.
  [[nodiscard]] Entry find(const DecisionKey& key, SystemTime now);
  /// One that no longer holds `now` takes no place.
  void put(const DecisionKey& key, Entry decision, SystemTime until, SystemTime now);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Hash {
    std::size_t operator()(const DecisionKey& key) const { return key.hash[0]; }
  };
  struct Item {
    DecisionKey key;
    Entry decision;
    SystemTime until;
  };

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::list<Item> items_;  // used last in front
  std::unordered_map<DecisionKey, std::list<Item>::iterator, Hash> index_;
};

}  // namespace sallyport::authorizer
