// SPDX-License-Identifier: Apache-2.0
#include "operator/store/kubernetes_own_writes.hpp"

#include "operator/kube/resource.hpp"

namespace sallyport::store {
namespace {

constexpr std::size_t kRemembered = 1000;

/// What cannot be compared counts as shown by any look at the object: waiting for it could be for ever.
bool shows(const std::string& shown, const std::string& awaited) {
  return !kube::compare_versions(shown, awaited) || kube::at_least(shown, awaited);
}

}  // namespace

void OwnWrites::watch(const std::string& kind, const std::string& ns) {
  const std::lock_guard lock(mutex_);
  scopes_.try_emplace({kind, ns});
}

void OwnWrites::wrote(const Key& key, const Uid& uid, const std::string& version, std::string_view status) {
  const std::lock_guard lock(mutex_);
  if (made_.size() >= kRemembered) std::erase_if(made_, [&](const auto& one) { return !awaited_.contains(one.first); });
  Made& made = made_[key];
  if (made.uid != uid) made = {uid, {}};
  made.version = version;
  if (!status.empty()) {
    made.status_version = version;
    made.status = hash_of(status);
  }
  auto scope = scopes_.find({key.kind, ""});
  if (scope == scopes_.end()) scope = scopes_.find({key.kind, key.ns});
  // The watch may have been faster than the answer to our write.
  if (scope == scopes_.end() || kube::at_least(scope->second, version)) return;
  std::string& awaited = awaited_[key].version;
  if (!kube::at_least(awaited, version)) awaited = version;
}

std::string OwnWrites::newest(const Key& key, const Uid& uid, const std::string& seen) const {
  const std::lock_guard lock(mutex_);
  const auto made = made_.find(key);
  if (made == made_.end() || made->second.uid != uid) return seen;
  return kube::at_least(seen, made->second.version) ? seen : made->second.version;
}

std::string OwnWrites::newest(const Key& key) const {
  const std::lock_guard lock(mutex_);
  const auto made = made_.find(key);
  return made == made_.end() ? "" : made->second.version;
}

std::optional<std::size_t> OwnWrites::status_after(const Key& key, const Uid& uid, const std::string& seen) const {
  const std::lock_guard lock(mutex_);
  const auto made = made_.find(key);
  if (made == made_.end() || made->second.uid != uid || made->second.status_version.empty()) return std::nullopt;
  if (kube::at_least(seen, made->second.status_version)) return std::nullopt;
  return made->second.status;
}

OwnWrites::Seen OwnWrites::seen(const Key& key, const std::string& version) {
  const std::lock_guard lock(mutex_);
  Seen seen;
  const auto made = made_.find(key);
  seen.is_echo = made != made_.end() && kube::at_least(made->second.version, version);
  const auto found = awaited_.find(key);
  if (found == awaited_.end() || !shows(version, found->second.version)) return seen;
  seen.was_awaited = found->second.asked;
  awaited_.erase(found);
  return seen;
}

void OwnWrites::deleted(const Key& key) {
  const std::lock_guard lock(mutex_);
  awaited_.erase(key);
  made_.erase(key);
}

std::vector<Key> OwnWrites::advanced(const std::string& kind, const std::string& ns, const std::string& version) {
  const std::lock_guard lock(mutex_);
  scopes_[{kind, ns}] = version;
  std::vector<Key> fresh;
  for (auto item = awaited_.begin(); item != awaited_.end();) {
    const Key& key = item->first;
    if (key.kind != kind || (!ns.empty() && key.ns != ns) || !kube::at_least(version, item->second.version)) {
      ++item;
      continue;
    }
    if (item->second.asked) fresh.push_back(key);
    item = awaited_.erase(item);
  }
  return fresh;
}

bool OwnWrites::fresh(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = awaited_.find(key);
  if (found == awaited_.end()) return true;
  found->second.asked = true;
  return false;
}

}  // namespace sallyport::store
