// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/decision_cache.hpp"

#include <cstring>

#include "operator/base/digest.hpp"

namespace sallyport::authorizer {

DecisionKey key_of(const Secret& token, const Policy& policy, std::string_view backend) {
  // None of the parts can hold a NUL, so that no two of them can be shifted against each other.
  std::string text;
  text.reserve(token.reveal().size() + policy.id.size() + policy.document.size() + backend.size() + 3);
  for (const std::string_view part :
       {std::string_view(token.reveal()), std::string_view(policy.id), std::string_view(policy.document)}) {
    text.append(part);
    text.push_back('\0');
  }
  text.append(backend);
  const std::string hash = sha256(text);
  DecisionKey key;
  static_assert(sizeof(key.hash) == 32);
  std::memcpy(key.hash.data(), hash.data(), sizeof(key.hash));
  return key;
}

DecisionCache::Entry DecisionCache::find(const DecisionKey& key, SystemTime now) {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  if (now >= found->second->until) {
    items_.erase(found->second);
    index_.erase(found);
    return nullptr;
  }
  items_.splice(items_.begin(), items_, found->second);
  return found->second->decision;
}

void DecisionCache::put(const DecisionKey& key, Entry decision, SystemTime until, SystemTime now) {
  if (most_ == 0 || until <= now) return;
  const std::lock_guard lock(mutex_);
  if (const auto found = index_.find(key); found != index_.end()) {
    items_.erase(found->second);
    index_.erase(found);
  }
  while (items_.size() >= most_) {
    index_.erase(items_.back().key);
    items_.pop_back();
  }
  items_.push_front({key, std::move(decision), until});
  index_.emplace(key, items_.begin());
}

std::size_t DecisionCache::size() const {
  const std::lock_guard lock(mutex_);
  return items_.size();
}

}  // namespace sallyport::authorizer
