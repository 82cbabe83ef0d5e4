// SPDX-License-Identifier: Apache-2.0
// An issuer's keys, fetched again before they are old, kept while the issuer does not answer, and given up when that
// has lasted too long.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"
#include "reconcilers/token/key_set.hpp"

namespace sallyport::authorizer {

struct KeyWindows {
  std::chrono::seconds refresh{std::chrono::minutes(5)};     ///< fetched again in the background when they are as old
  std::chrono::seconds cool_down{30};                        ///< least time between a fetch and one for an unknown key
  std::chrono::seconds stale_after{std::chrono::hours(24)};  ///< no longer used when the last answer is as old
  int max_waiting = 64;  ///< callers that wait for one fetch; those beyond do without
};

enum class KeyState {
  Empty,  ///< never fetched: every token is refused
  Fresh,
  Stale,  ///< a refresh is overdue by more than `cool_down`; used
  Dead,   ///< older than `stale_after`: every token is refused
};
[[nodiscard]] std::string_view to_string(KeyState state);

/// What a fetch changed, for events and metrics.
struct KeyChange {
  enum class What {
    Added,
    Removed,
    Replaced,     ///< another key under an id that is or was in use: the issuer's mistake, or somebody else's key
    SetAside,     ///< was used, and is still in the set, but can no longer be used
    Compromised,  ///< its private part was published; not used again as long as this process lives
  };
  What what;
  std::string id;     ///< `kid`, or the thumbprint of a key without one
  std::string why{};  ///< of SetAside
  friend bool operator==(const KeyChange&, const KeyChange&) = default;
};

/// Thread-safe. A fetch runs in the thread that needs it, one at a time, without the lock: others go on with what is
/// there, and only those who need the same fetch wait for it.
class KeyCache {
 public:
  /// GET of the issuer's `jwks_uri`; returns the body, within a deadline of its own (5 s).
  using Fetch = std::function<Result<std::string>()>;

  KeyCache(Fetch fetch, KeyWindows windows, const Clock& clock);

  struct Keys {
    std::shared_ptr<const token::KeySet> set;  ///< null when Empty or Dead
    KeyState state = KeyState::Empty;
  };
  [[nodiscard]] Keys current() const;

  /// For a token whose key is not there: both providers that were measured sign with a new key the moment they publish
  /// it. Fetches, or waits for the fetch under way (as one of at most `max_waiting`); within `cool_down` of the last
  /// one neither.
  Keys renewed();

  /// Fetches if it is time to. For the thread in the background, which calls it at `next_refresh()`.
  void refresh();
  [[nodiscard]] SteadyTime next_refresh() const;

  /// What changed since the last call.
  [[nodiscard]] std::vector<KeyChange> take_changes();
  /// Why the last fetch failed; empty when it did not.
  [[nodiscard]] std::string trouble() const;

 private:
  using Lock = std::unique_lock<std::mutex>;
  using Thumbprints = std::map<std::string, std::string>;  // by id, or by themselves for keys without one
  static Thumbprints thumbprints_of(const token::KeySet& set);

  void fetch_unlocked(Lock& lock);
  bool note_compromised(const token::KeySet& fresh);
  [[nodiscard]] bool is_believable(const token::KeySet& fresh);
  void take(token::KeySet fresh);
  void change(KeyChange::What what, const std::string& id, const std::string& why = {});
  [[nodiscard]] Keys look() const;

  const Fetch fetch_;
  const KeyWindows windows_;
  const Clock& clock_;

  mutable std::mutex mutex_;
  std::condition_variable fetched_;
  std::shared_ptr<const token::KeySet> set_;
  SteadyTime taken_{};  // when the set was last confirmed
  SteadyTime last_attempt_{}, next_refresh_;
  std::uint64_t fetches_ = 0;  // that have ended
  bool fetching_ = false;
  int waiting_ = 0;
  int failures_ = 0;                     // in a row
  std::optional<Thumbprints> doubtful_;  // of an answer with far fewer keys, until it is given twice
  Thumbprints former_;                   // of all keys that were ever used; bounded
  std::set<std::string> compromised_;    // thumbprints; bounded
  std::string trouble_;
  std::vector<KeyChange> changes_;  // bounded
};

}  // namespace sallyport::authorizer
