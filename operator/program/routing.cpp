// SPDX-License-Identifier: Apache-2.0
#include "operator/program/routing.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "reconcilers/shared/connection.hpp"

namespace sallyport::program {
namespace {

using runtime::Priority;
using store::Cause;

/// Connections count their users; a mass of new users is counted at once.
constexpr std::chrono::seconds kUsersPause{2};
constexpr std::array kConnections{"F5Gateway", "IdentityProvider", "DatabricksWorkspace"};

bool is_connection(const Key& key) {
  return std::find(kConnections.begin(), kConnections.end(), key.kind) != kConnections.end();
}

bool is_reconciled(const Key& key) {
  return key.kind == "ProtectedEndpoint" || is_connection(key);
}

std::string words_of(const schema::Metadata& meta) {
  std::string words =
      meta.uid.str() + " " + std::to_string(meta.generation) + " " + meta.deletion_timestamp.value_or("");
  for (const auto* pairs : {&meta.labels, &meta.annotations}) {
    for (const auto& [name, value] : *pairs) words.append("\n").append(name).append("=").append(value);
  }
  return words;
}

/// Where the keys are that gateways check tokens by, and whether they are current.
std::string identity_words(const api::IdentityProviderStatus& status) {
  const schema::Condition* current = schema::find_condition(status.conditions, "IdentityConfigCurrent");
  return "\n" + status.jwks_uri + "\n" + (current == nullptr ? "" : current->reason);
}

/// Empty when the object is not (or no longer) in its cache.
std::string words_of(const Key& key, const shared::Caches& caches) {
  const auto of = [&](const auto& cache) {
    const auto object = cache.get(key.ns, key.name);
    return object ? words_of(object->meta) : std::string();
  };
  const auto of_connection = [&](const auto& cache) {
    const auto object = cache.get(key.ns, key.name);
    if (!object) return std::string();
    // Of a connection's status only this concerns its users: who is given up, and why they have to wait.
    const schema::Condition* ready = schema::find_condition(object->status.conditions, "Ready");
    const bool stuck = ready != nullptr && ready->status == schema::ConditionStatus::False;
    std::string words = words_of(object->meta) + "\n" + (stuck ? ready->reason : "");
    for (const api::Orphan& orphan : object->status.orphans)
      words.append("\n").append(orphan.owner).append(" ").append(orphan.id);
    return words;
  };
  if (key.kind == "ProtectedEndpoint") return of(caches.endpoints);
  if (key.kind == "F5Gateway") return of_connection(caches.gateways);
  if (key.kind == "IdentityProvider") {
    const auto provider = caches.providers.get(key.ns, key.name);
    return of_connection(caches.providers) + (provider ? identity_words(provider->status) : std::string());
  }
  if (key.kind == "DatabricksWorkspace") {
    // Nobody may go upstream as the operator itself.
    const auto workspace = caches.workspaces.get(key.ns, key.name);
    return of_connection(caches.workspaces) + (workspace ? "\n" + workspace->status.identity : std::string());
  }
  return {};
}

}  // namespace

bool Routing::is_news(const Key& key) {
  const std::uint64_t name = std::hash<std::string>()(key.text());
  const std::string words = words_of(key, caches_);
  const std::lock_guard lock(mutex_);
  if (words.empty()) {
    seen_.erase(name);
    return true;
  }
  const std::uint64_t now = std::hash<std::string>()(words);
  const auto [known, is_new] = seen_.try_emplace(name, now);
  if (is_new) return true;
  return std::exchange(known->second, now) != now;
}

/// The connections that an endpoint has something at, or had when it was last seen.
std::set<Key> Routing::note_connections(const Key& key) {
  if (key.kind != "ProtectedEndpoint") return {};
  const std::uint64_t name = std::hash<std::string>()(key.text());
  const auto endpoint = caches_.endpoints.get(key.ns, key.name);
  const std::lock_guard lock(mutex_);
  Connections now;
  if (endpoint) {
    for (const api::Placement& placement : endpoint->status.placements) {
      const char* kind = kConnections.at(static_cast<std::size_t>(placement.system));
      now.push_back(&*connections_.insert({kind, "", placement.connection}).first);
    }
  }
  std::set<Key> all;
  for (const Key* connection : now) all.insert(*connection);
  if (const auto before = placed_at_.find(name); before != placed_at_.end()) {
    for (const Key* connection : before->second) all.insert(*connection);
    placed_at_.erase(before);
  }
  if (!now.empty()) placed_at_[name] = std::move(now);
  return all;
}

void Routing::note(const Key& key) {
  (void)is_news(key);
  (void)note_connections(key);
}

void Routing::changed(const Key& key, Cause cause) {
  if (cause == Cause::CaughtUp) {
    if (is_reconciled(key)) queue_.add(key, Priority::Normal);
    return;
  }
  if (!is_reconciled(key)) {
    if (cause == Cause::Initial) return;  // everything is queued by itself at the start
    if (cause == Cause::Echo) return;     // who wrote it knows what is in it
    for (const Key& dependent : shared::dependents(key, caches_, store_)) queue_.add(dependent, Priority::Normal);
    return;
  }
  const bool news = is_news(key);
  const std::set<Key> connections = note_connections(key);
  if (cause == Cause::Initial) return queue_.add(key, Priority::Low);
  for (const Key& connection : connections) queue_.add_after(connection, kUsersPause, Priority::Normal);
  if (!news && cause == Cause::Echo) return;
  queue_.add(key, news ? Priority::High : Priority::Normal);
  if (!news) return;
  for (const Key& dependent : shared::dependents(key, caches_, store_)) {
    if (is_connection(dependent)) {
      queue_.add_after(dependent, kUsersPause, Priority::Normal);
    } else {
      queue_.add(dependent, Priority::Normal);
    }
  }
}

}  // namespace sallyport::program
