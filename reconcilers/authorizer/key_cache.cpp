// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/key_cache.hpp"

#include <algorithm>
#include <utility>

namespace sallyport::authorizer {
namespace {

using token::KeySet;
using What = KeyChange::What;

constexpr std::chrono::seconds kLongestPause = std::chrono::minutes(5);
constexpr std::size_t kMaxRemembered = 1024;

}  // namespace

std::string_view to_string(KeyState state) {
  switch (state) {
    case KeyState::Empty:
      return "Empty";
    case KeyState::Fresh:
      return "Fresh";
    case KeyState::Stale:
      return "Stale";
    case KeyState::Dead:
      return "Dead";
  }
  return "Empty";
}

KeyCache::KeyCache(Fetch fetch, KeyWindows windows, const Clock& clock)
    : fetch_(std::move(fetch)), windows_(windows), clock_(clock), next_refresh_(clock.steady()) {}

KeyCache::Keys KeyCache::look() const {
  if (set_ == nullptr) return {};
  const auto age = clock_.steady() - taken_;
  if (age >= windows_.stale_after) return {nullptr, KeyState::Dead};
  return {set_, age <= windows_.refresh + windows_.cool_down ? KeyState::Fresh : KeyState::Stale};
}

KeyCache::Keys KeyCache::current() const {
  const std::lock_guard lock(mutex_);
  return look();
}

KeyCache::Keys KeyCache::renewed() {
  Lock lock(mutex_);
  if (fetching_) {
    if (waiting_ >= windows_.max_waiting) return look();
    ++waiting_;
    fetched_.wait(lock, [this, before = fetches_] { return fetches_ != before; });
    --waiting_;
  } else if (fetches_ == 0 || clock_.steady() - last_attempt_ >= windows_.cool_down) {
    fetch_unlocked(lock);
  }
  return look();
}

void KeyCache::refresh() {
  Lock lock(mutex_);
  if (!fetching_ && clock_.steady() >= next_refresh_) fetch_unlocked(lock);
}

SteadyTime KeyCache::next_refresh() const {
  const std::lock_guard lock(mutex_);
  return next_refresh_;
}

void KeyCache::fetch_unlocked(Lock& lock) {
  fetching_ = true;
  const std::set<std::string> compromised = compromised_;
  lock.unlock();
  Result<KeySet> fresh = guard(Code::Unavailable, "fetching the keys",
                               [&]() -> Result<KeySet> { return KeySet::read(TRY(fetch_()), compromised); });
  lock.lock();
  fetching_ = false;
  ++fetches_;
  fetched_.notify_all();
  last_attempt_ = clock_.steady();
  if (fresh && !note_compromised(*fresh) && !is_believable(*fresh)) {
    fresh = Error{Code::Unavailable,
                  "the key set has only " + std::to_string(fresh->keys().size()) +
                      " keys of use; not believed until the issuer says so again",
                  {},
                  {}};
  }
  if (fresh) {
    take(std::move(*fresh));
    next_refresh_ = last_attempt_ + windows_.refresh;
    failures_ = 0;
    trouble_.clear();
  } else {
    const auto pause = windows_.cool_down * (1 << std::min(failures_++, 10));
    next_refresh_ = last_attempt_ + std::clamp(pause, windows_.cool_down, std::max(windows_.cool_down, kLongestPause));
    trouble_ = fresh.error().message;
  }
}

KeyCache::Thumbprints KeyCache::thumbprints_of(const KeySet& set) {
  Thumbprints found;
  for (const auto& key : set.keys()) found.emplace(key.id().empty() ? key.thumbprint() : key.id(), key.thumbprint());
  return found;
}

/// Whether there are any. Such a set is taken as it is: what it no longer has must not be used for another minute.
bool KeyCache::note_compromised(const KeySet& fresh) {
  bool any = false;
  for (const token::UnusedKey& key : fresh.unused()) {
    if (!key.compromised) continue;
    any = true;
    if (compromised_.size() < kMaxRemembered && compromised_.insert(key.thumbprint).second) {
      change(What::Compromised, key.id.empty() ? key.thumbprint : key.id);
    }
  }
  return any;
}

/// A set that lost nine tenths of its keys is more often a fault of the issuer than its wish.
bool KeyCache::is_believable(const KeySet& fresh) {
  const std::size_t before = look().set ? set_->keys().size() : 0;
  const bool shrunk = fresh.keys().empty() || fresh.keys().size() * 10 <= before;
  Thumbprints now = thumbprints_of(fresh);
  const bool said_before = doubtful_ == now;
  doubtful_.reset();
  if (!shrunk || said_before) return true;
  doubtful_ = std::move(now);
  return false;
}

void KeyCache::take(KeySet fresh) {
  const Thumbprints before = set_ ? thumbprints_of(*set_) : Thumbprints();
  const Thumbprints after = thumbprints_of(fresh);
  for (const auto& [id, thumbprint] : after) {
    const auto former = former_.find(id);
    if (former != former_.end() && former->second != thumbprint) {
      change(What::Replaced, id);
    } else if (!before.contains(id)) {
      change(What::Added, id);
    }
  }
  for (const auto& [id, thumbprint] : before) {
    if (after.contains(id)) continue;
    const auto unused =
        std::find_if(fresh.unused().begin(), fresh.unused().end(), [&id = id](const auto& k) { return k.id == id; });
    if (unused == fresh.unused().end()) change(What::Removed, id);
    if (unused != fresh.unused().end()) change(What::SetAside, id, unused->why);
  }
  if (former_.size() > kMaxRemembered) former_.clear();
  for (const auto& [id, thumbprint] : after) former_.insert_or_assign(id, thumbprint);
  set_ = std::make_shared<const KeySet>(std::move(fresh));
  taken_ = last_attempt_;
}

void KeyCache::change(What what, const std::string& id, const std::string& why) {
  if (changes_.size() < kMaxRemembered) changes_.push_back({what, id, why});
}

std::vector<KeyChange> KeyCache::take_changes() {
  const std::lock_guard lock(mutex_);
  return std::exchange(changes_, {});
}

std::string KeyCache::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

}  // namespace sallyport::authorizer
