// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/reconcile.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/schema/bounds.hpp"
#include "operator/schema/condition.hpp"
#include "reconcilers/protected_endpoint/decide.hpp"
#include "reconcilers/protected_endpoint/hand_out.hpp"
#include "reconcilers/protected_endpoint/watch.hpp"
#include "reconcilers/shared/allow.hpp"

namespace sallyport::protected_endpoint {

struct Reconciler::Pass {
  Key key;
  EndpointPtr seen;    ///< as the cache had it
  EndpointPtr object;  ///< as last written: its status is what the API server confirmed
  Validated validated;
  Fragments fragments;
  std::optional<Error> slot_error;
  bool dropped = false;  ///< places of a released connection: `object` lacks them already, the stored status does not
};

namespace {

EndpointPtr with_status(const EndpointPtr& object, api::ProtectedEndpointStatus status) {
  auto copy = std::make_shared<store::Object<api::ProtectedEndpoint>>(*object);
  copy->status = std::move(status);
  return copy;
}

std::string json_of(const api::ProtectedEndpointStatus& status) {
  return schema::write_within_bounds(status).dump();
}

/// What differs in memory may be the same once written, since what is empty is left out.
bool says_the_same(const api::ProtectedEndpointStatus& a, const api::ProtectedEndpointStatus& b) {
  return a == b || json_of(a) == json_of(b);
}

/// Ready=Unknown at first sight, so that nobody who waits for Ready passes too early.
void greet(api::ProtectedEndpointStatus& status, std::int64_t generation, SystemTime now) {
  if (schema::find_condition(status.conditions, "Ready") != nullptr) return;
  schema::set_condition(
      status.conditions,
      {"Ready", schema::ConditionStatus::Unknown, generation, "", "Reconciling", "the object has just been seen"}, now);
}

/// Nothing stands in its way, and of Ready nothing new can be said.
bool is_on_its_way(const api::ProtectedEndpointStatus& status) {
  const schema::Condition* ready = schema::find_condition(status.conditions, "Ready");
  const schema::Condition* synced = schema::find_condition(status.conditions, "Synced");
  return ready != nullptr && ready->status == schema::ConditionStatus::Unknown && ready->reason == "Pending" &&
         synced != nullptr && synced->status == schema::ConditionStatus::True &&
         ready->observed_generation == status.observed_generation;
}

/// A time that has passed is no next try. Nothing else need happen before it is told anew: a verdict that stays the
/// same is no news.
std::optional<std::chrono::milliseconds> until_told_anew(const std::optional<api::Retry>& retry, SystemTime now) {
  if (!retry) return std::nullopt;
  const Result<SystemTime> due = parse_rfc3339(retry->at);
  if (!due) return std::nullopt;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - now);
  return std::max<std::chrono::milliseconds>(left, std::chrono::seconds(1));
}

bool same_place(const api::Placement& a, const api::Placement& b) {
  return a.system == b.system && a.connection == b.connection && a.id == b.id;
}

/// Takes what one place holds of an owner off the board and out of the ledgers.
Result<void> strike_off(shared::World& world, const Uid& owner, const api::Placement& placement) {
  const auto forget = [&](const auto& link, const Key& target) {
    if (link) link->forget(target, owner);
  };
  switch (placement.system) {
    case api::PlacementSystem::F5:
      if (const auto place = parse_edge_placement(placement.id))
        forget(world.gateways.get(placement.connection), shared::tenant_target(placement.connection, place->tenant));
      return {};
    case api::PlacementSystem::OIDC:
      forget(world.providers.get(placement.connection), shared::client_target(owner));
      return world.vault.erase(ir::registration_key(owner, placement.connection));
    case api::PlacementSystem::Databricks: {
      const std::string endpoint = parse_grant_placement(placement.id);
      forget(world.workspaces.get(placement.connection), shared::serving_target(endpoint));
      return shared::disown(world.ledgers, owner, placement.connection, endpoint);
    }
  }
  return {};
}

}  // namespace

Result<std::optional<Slot>> Reconciler::slot_for(const Validated& v) {
  const EndpointPtr& object = v.found.object;
  const std::string& gateway = object->spec.gateway_ref.name;
  if (auto kept = kept_slot(object->status, gateway)) return kept;
  const bool wants_one = v.edge.wish == ir::Wish::Present || v.edge.wish == ir::Wish::Observe;
  if (!wants_one || !v.found.gateway) return std::optional<Slot>{};
  const auto link = world_.gateways.get(gateway);
  const auto health = link ? link->last_look() : nullptr;
  if (!health || !*health) return std::optional<Slot>{};  // the device's own addresses are not known yet
  const Slots::OnDevice on_device(health, &(*health)->addresses_in_use);
  const Slots::Applications applications(health, &(*health)->unclaimed);
  const Slot slot = TRY(slots_.reserve(object, v.found.gateway->spec, on_device, applications));
  return std::optional{slot};
}

/// The ledger comes before the deed: finalizer and placements are confirmed by the store before anything is sent.
Result<void> Reconciler::record_places(Pass& pass) {
  const SystemTime now = world_.around.clock.now();
  std::vector<api::Placement> added = places_of(pass.fragments);
  std::erase_if(added, [&](const api::Placement& wanted) {
    const auto& placements = pass.object->status.placements;
    return std::any_of(placements.begin(), placements.end(),
                       [&](const api::Placement& placement) { return same_place(placement, wanted); });
  });
  const bool changed = pass.object->status.conditions.empty() || !added.empty();
  api::ProtectedEndpointStatus status = pass.object->status;
  // Since something has to be written, what has been done meanwhile is told with it.
  if (changed)
    status = status_of(pass.validated, pass.fragments, verdicts_so_far(world_, pass.fragments), now);  // pure
  greet(status, pass.object->meta.generation, now);
  status.placements.insert(status.placements.end(), added.begin(), added.end());
  const bool outside = !status.placements.empty();
  if (outside && !pass.validated.deleting) {
    TRY(world_.store.set_finalizer(pass.key, pass.object->meta, store::Store::Finalizer::Present));  // cluster
  }
  if (changed) {
    TRY(world_.write_status(pass.key, pass.object->meta, json_of(status)));  // cluster
    const std::lock_guard lock(mutex_);
    if (is_on_its_way(status)) note_told(pass.object->meta.uid, world_.around.clock.steady());
  }
  pass.object = with_status(pass.object, std::move(status));
  pass.validated.found.object = pass.object;
  return {};
}

Verdicts Reconciler::hand_out(const Pass& pass) {
  Verdicts verdicts = hand_out_fragments(world_, pass.validated, pass.fragments);
  verdicts.slot = pass.slot_error;
  return verdicts;
}

/// A connection whose system is gone for good lets its users go; it keeps the list of what was left behind. Nothing of
/// the user stays on record: should the system come back, nobody would act on it.
Result<void> Reconciler::drop_released(Pass& pass) {
  const auto released = [&](const auto& cache, const api::Placement& placement) {
    const auto connection = cache.get("", placement.connection);
    if (!connection || !shared::is_released(connection->meta)) return false;
    return std::any_of(connection->status.orphans.begin(), connection->status.orphans.end(), [&](const auto& orphan) {
      return orphan.id == placement.id && orphan.owner == pass.key.ns + "/" + pass.key.name;
    });
  };
  const auto is_released = [&](const api::Placement& placement) {
    switch (placement.system) {
      case api::PlacementSystem::F5:
        return released(world_.caches.gateways, placement);
      case api::PlacementSystem::OIDC:
        return released(world_.caches.providers, placement);
      case api::PlacementSystem::Databricks:
        return released(world_.caches.workspaces, placement);
    }
    return false;
  };
  api::ProtectedEndpointStatus status = pass.object->status;
  const auto gone = std::stable_partition(status.placements.begin(), status.placements.end(),
                                          [&](const auto& placement) { return !is_released(placement); });
  if (gone == status.placements.end()) return {};
  for (auto placement = gone; placement != status.placements.end(); ++placement)
    TRY(strike_off(world_, pass.object->meta.uid, *placement));  // cluster; twice does no harm
  pass.dropped = true;
  status.placements.erase(gone, status.placements.end());
  pass.object = with_status(pass.object, std::move(status));
  pass.validated.found.object = pass.object;
  return {};
}

/// With the lock held. What was told long ago keeps nothing back any more.
void Reconciler::note_told(const Uid& owner, SteadyTime now) {
  if (told_.size() >= sweep_told_at_) {
    std::erase_if(told_, [&](const auto& one) { return now - one.second >= world_.around.progress_interval; });
    sweep_told_at_ = std::max(kFewTold, 2 * told_.size());  // so that a mass of new ones is not swept for each of them
  }
  told_[owner] = now;
}

/// How long this status may still be kept back. A person waits for Ready and for what stands in its way; that another
/// step on the way to it is done can be told together with the next.
std::chrono::milliseconds Reconciler::silence_left(const Pass& pass, const api::ProtectedEndpointStatus& status) {
  using std::chrono::milliseconds;
  const bool on_its_way = is_on_its_way(pass.object->status) && is_on_its_way(status) && !pass.dropped;
  const SteadyTime now = world_.around.clock.steady();
  const std::lock_guard lock(mutex_);
  const auto last = told_.find(pass.object->meta.uid);
  if (on_its_way && last != told_.end()) {
    const auto left = last->second + world_.around.progress_interval - now;
    if (left > SteadyTime::duration::zero()) return std::chrono::ceil<milliseconds>(left);
  }
  if (on_its_way || is_on_its_way(status)) {
    note_told(pass.object->meta.uid, now);
  } else {
    told_.erase(pass.object->meta.uid);
  }
  return milliseconds{0};
}

/// One write, and an event where Ready turned.
Result<runtime::Next> Reconciler::tell(Pass& pass, const api::ProtectedEndpointStatus& status) {
  if (const auto left = silence_left(pass, status); left.count() > 0) {
    return runtime::Next{std::nullopt, left, runtime::Priority::Normal};
  }
  TRY(world_.write_status(pass.key, pass.object->meta, json_of(status)));  // cluster
  const schema::Condition* before = schema::find_condition(pass.object->status.conditions, "Ready");
  const schema::Condition* after = schema::find_condition(status.conditions, "Ready");
  if (after != nullptr && (before == nullptr || before->status != after->status || before->reason != after->reason)) {
    const bool good =
        after->status == schema::ConditionStatus::True || after->reason == "Pending" || after->reason == "Deleting";
    world_.store.event(pass.key, pass.object->meta, good ? store::EventType::Normal : store::EventType::Warning,
                       after->reason, after->message);
  }
  return runtime::Next{};
}

Result<runtime::Next> Reconciler::finish(Pass& pass, const Verdicts& verdicts) {
  const EndpointPtr seen = world_.caches.endpoints.get(pass.key.ns, pass.key.name);
  const SystemTime now = world_.around.clock.now();
  const api::ProtectedEndpointStatus status = status_of(pass.validated, pass.fragments, verdicts, now);  // pure
  runtime::Next next;
  if (pass.dropped || !says_the_same(status, pass.object->status) ||
      (seen && seen != pass.seen && !says_the_same(status, seen->status))) {
    next = TRY(tell(pass, status));
  } else {
    world_.keep_status(pass.key);
  }
  // Else the wish to be gone would stay on its target's board, which nobody looks up by the place any more.
  if (!next.again_after) forget_gone(world_, pass.fragments, verdicts);
  if (status.placements.empty()) {
    // What only observes has no placement; another address each time would be another difference each time.
    if (pass.validated.edge.wish != ir::Wish::Observe) slots_.release(pass.object->meta.uid);
    if (pass.validated.deleting) {
      TRY(world_.store.set_finalizer(pass.key, pass.object->meta, store::Store::Finalizer::Absent));  // cluster
      forget_fragments(world_, pass.fragments);
    }
  }
  if (!next.again_after) next.again_after = until_told_anew(status.retry, now);
  if (const auto turn = next_turn(pass.validated, status, now)) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*turn - now);
    next.again_after = std::min(next.again_after.value_or(left), left);
  }
  return next;
}

runtime::Next Reconciler::reconcile(const Key& key, std::stop_token) {
  const EndpointPtr object = world_.caches.endpoints.get(key.ns, key.name);
  if (!object || !world_.store.fresh(key))
    return {};  // gone, or the cache is behind our own last write: its event comes

  Pass pass{key, object, object, {}, {}, std::nullopt};
  const SystemTime now = world_.around.clock.now();
  pass.validated = validate(dereference(object, world_.caches, world_.store, now));  // cluster (caches), pure
  std::vector<KnownServing> serving = heed_workspaces(world_, pass.validated);       // queue
  const auto issuer = world_.providers.get(object->spec.identity.provider_ref.name);
  pass.validated.issuer_seen = issuer && issuer->last_look() != nullptr;
  if (const Result<void> dropped = drop_released(pass); !dropped) return {dropped.error(), std::nullopt};
  const Result<std::optional<Slot>> slot = slot_for(pass.validated);
  if (!slot) pass.slot_error = slot.error();
  pass.fragments = build(pass.validated, {world_.instance, slot ? *slot : std::nullopt, std::move(serving)});  // pure
  if (const Result<void> recorded = record_places(pass); !recorded) return {recorded.error(), std::nullopt};
  const Verdicts verdicts = hand_out(pass);  // queue
  Result<runtime::Next> told = finish(pass, verdicts);
  if (!told) return {told.error(), std::nullopt};
  // An address may become free, and a rival for the host gain or lose its right to it, without any event of this
  // object.
  const bool look_again = pass.slot_error || pass.validated.found.host_contested;
  constexpr std::chrono::milliseconds kLookAgain = std::chrono::minutes(1);
  if (look_again) told->again_after = std::min(told->again_after.value_or(kLookAgain), kLookAgain);
  if (const auto end = next_end(pass.validated.found)) {  // access ends to the second
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*end - now);
    told->again_after = std::min(told->again_after.value_or(left), left);
    told->again_priority = runtime::Priority::High;
  }
  return *std::move(told);
}

}  // namespace sallyport::protected_endpoint
