// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/issuers.hpp"

#include <algorithm>

namespace sallyport::authorizer {
namespace {

KeyWindows windows_of(const publication::Issuer& issuer) {
  KeyWindows windows;
  windows.refresh = std::chrono::ceil<std::chrono::seconds>(issuer.refresh);
  windows.cool_down = std::chrono::ceil<std::chrono::seconds>(issuer.cool_down);
  windows.stale_after = std::chrono::ceil<std::chrono::seconds>(issuer.stale_after);
  return windows;
}

}  // namespace

std::shared_ptr<KeyCache> Issuers::find_or_make(const publication::Issuer& issuer) {
  const auto found = std::ranges::find(issuers_, issuer, &Due::issuer);
  if (found != issuers_.end()) return found->keys;
  issuers_.push_back({issuer, std::make_shared<KeyCache>(make_fetch_(issuer), windows_of(issuer), clock_)});
  return issuers_.back().keys;
}

std::shared_ptr<KeyCache> Issuers::keys_of(const publication::Issuer& issuer) {
  const std::lock_guard lock(mutex_);
  return find_or_make(issuer);
}

void Issuers::follow(const Snapshot& snapshot) {
  const std::lock_guard lock(mutex_);
  std::vector<Due> named;
  for (const auto& [id, policy] : snapshot.policies) {
    if (std::ranges::find(named, policy->issuer, &Due::issuer) != named.end()) continue;
    named.push_back({policy->issuer, find_or_make(policy->issuer)});
  }
  issuers_ = std::move(named);
}

std::vector<Issuers::Due> Issuers::due() const {
  const SteadyTime now = clock_.steady();
  std::vector<Due> due = all();
  std::erase_if(due, [now](const Due& d) { return d.keys->next_refresh() > now; });
  return due;
}

std::vector<Issuers::Due> Issuers::all() const {
  const std::lock_guard lock(mutex_);
  return issuers_;
}

}  // namespace sallyport::authorizer
