// SPDX-License-Identifier: Apache-2.0
// The driver of the three connection kinds. A kind says what is its own in a `Traits` struct:
//
//   using Kind, Link, Provider, Health, Description (an ir::*Connection)
//   kKind, kSystem, kThreads
//   credentials(name, Kind::Spec) -> CredentialsName
//   build(name, Kind::Spec, ir::SecretHandle, InstanceId) -> Description
//   make(Description, World&) -> Result<std::unique_ptr<Provider>>
//   step(Description, World&) -> Link::Step
//   links(World&) -> Links<Link>&
//   cache(Caches) -> const Cache&
//   refuse(Object<Kind>, Caches) -> std::optional<Error>; only if one may stand in another's way
//   new_credentials(Description) -> std::optional<Result<ir::SecretBytes>>; only if the operator makes some itself
//   tell(std::optional<Result<Health>>, Kind::Spec, Caches, name, Kind::Status&, SystemTime now)
//
// A provider with close(std::stop_token) is closed when its connection is let go.
#pragma once

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "operator/schema/bounds.hpp"
#include "reconcilers/shared/connection.hpp"

namespace sallyport::shared {

template <class Traits>
class ConnectionReconciler {
 public:
  using Kind = typename Traits::Kind;
  using Provider = typename Traits::Provider;
  explicit ConnectionReconciler(World& world) : world_(world) {}

  [[nodiscard]] runtime::Next reconcile(const Key& key, std::stop_token) {
    const store::ObjectPtr<Kind> object = Traits::cache(world_.caches).get(key.ns, key.name);
    if (!object || !world_.store.fresh(key)) return {};
    const std::vector<User> users = users_of(world_.caches, Traits::kSystem, key.name);  // pure
    if (object->meta.deletion_timestamp && users.empty()) return let_go(key, *object);
    if (Result<void> kept = world_.store.set_finalizer(key, object->meta, store::Store::Finalizer::Present); !kept) {
      return {kept.error(), std::nullopt};  // cluster: in use or not, it must not vanish unseen
    }
    ConnectionState state{object->meta, object->errors, {}, {}, {}, false, users};
    const bool made_credentials = connect(*object, state);
    runtime::Next next = tell(key, *object, state);
    if (made_credentials) next.again_after = kUntilShown;
    return next;
  }

 private:
  static constexpr std::chrono::milliseconds kUntilShown{200};  ///< a Secret of ours by the cache

  /// Makes, or makes anew, the provider behind the link when what it is made from has changed. True: it waits for
  /// credentials that were made just now.
  bool connect(const store::Object<Kind>& object, ConnectionState& state) {
    if (!object.errors.empty()) return false;
    if constexpr (requires { Traits::refuse(object, world_.caches); }) {
      state.unusable = Traits::refuse(object, world_.caches);
      if (state.unusable) return false;
    }
    const CredentialsName credentials = Traits::credentials(object.meta.name, object.spec);
    const ir::SecretHandle handle = credentials_handle(world_.store, credentials.secret);
    const auto wanted = Traits::build(object.meta.name, object.spec, handle, world_.instance);
    if (!credentials.secret.empty() && handle.name.empty()) {
      if (make_credentials(credentials, wanted, state)) return true;
      if (!state.unusable)
        state.no_credentials = missing_credentials(world_.store, credentials.secret, credentials.field);
      return false;  // what works with the credentials that are held goes on
    }
    auto link = Traits::links(world_).get(object.meta.name);
    const std::lock_guard lock(mutex_);
    if (!link || !(made_[object.meta.name] == wanted)) {
      auto provider = Traits::make(wanted, world_);
      if (!provider) {
        state.unusable = provider.error();
        return false;
      }
      if (!link) {
        link = std::make_shared<typename Traits::Link>(Key{std::string(Traits::kKind), "", object.meta.name},
                                                       Traits::step(wanted, world_), Traits::kThreads, world_.around);
        Traits::links(world_).put(object.meta.name, link);
      }
      link->use(std::shared_ptr(std::move(*provider)));
      made_[object.meta.name] = wanted;
    }
    if (const auto health = link->health()) {
      state.looked = true;
      if (!*health) state.unreachable = health->error();
    }
    return false;
  }

  /// Whether there are some now, which the cache does not show yet. Never for a connection in use: that its Secret is
  /// gone is a mishap, and others would not do.
  bool make_credentials(const CredentialsName& name, const typename Traits::Description& connection,
                        ConnectionState& state) {
    if constexpr (requires { Traits::new_credentials(connection); }) {
      if (!state.users.empty() || Traits::links(world_).get(state.meta.name)) return false;
      const auto made = Traits::new_credentials(connection);
      if (!made) return false;
      const Result<void> kept = keep_credentials(world_.store, name.secret, *made);  // cluster
      if (kept) return true;
      state.unusable = kept.error();
    }
    return false;
  }

  runtime::Next tell(const Key& key, const store::Object<Kind>& object, const ConnectionState& state) {
    typename Kind::Status status = object.status;
    status.observed_generation = object.meta.generation;
    remember_orphans(object.meta, state.users, status.orphans);
    const SystemTime now = world_.around.clock.now();
    judge_connection(status.conditions, state, now);  // pure
    const auto link = Traits::links(world_).get(key.name);
    Traits::tell(link ? link->health() : std::nullopt, object.spec, world_.caches, key.name, status, now);
    const auto json = schema::write_within_bounds(status);
    if (json == schema::write(object.status)) {
      world_.keep_status(key);
      return {};
    }
    if (Result<void> written = world_.write_status(key, object.meta, json.dump()); !written) {  // cluster
      return {written.error(), std::nullopt};
    }
    const schema::Condition* before = schema::find_condition(object.status.conditions, "Ready");
    const schema::Condition* after = schema::find_condition(status.conditions, "Ready");
    if (after != nullptr && (before == nullptr || before->status != after->status || before->reason != after->reason)) {
      const bool bad = after->status == schema::ConditionStatus::False;
      world_.store.event(key, object.meta, bad ? store::EventType::Warning : store::EventType::Normal, after->reason,
                         after->message);
    }
    return {};
  }

  runtime::Next let_go(const Key& key, const store::Object<Kind>& object) {
    const auto link = Traits::links(world_).get(key.name);
    Traits::links(world_).erase(key.name);
    if (link) link->stop(std::chrono::milliseconds{0});
    if constexpr (requires(Provider& provider) { provider.close(std::stop_token{}); }) {
      if (const auto provider = link ? link->provider() : nullptr) provider->close({});  // outside: its login token
    }
    {
      const std::lock_guard lock(mutex_);
      made_.erase(key.name);
    }
    const Result<void> gone = world_.store.set_finalizer(key, object.meta, store::Store::Finalizer::Absent);  // cluster
    return {gone ? std::nullopt : std::optional{gone.error()}, std::nullopt};
  }

  World& world_;
  std::mutex mutex_;
  std::map<std::string, typename Traits::Description> made_;  ///< what each link's provider was made from
};

}  // namespace sallyport::shared
