// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/shared/connection.hpp"

#include <algorithm>
#include <set>

#include "operator/base/text.hpp"
#include "operator/runtime/outcome.hpp"
#include "reconcilers/shared/allow.hpp"

namespace sallyport::shared {
namespace {

using schema::ConditionStatus;

class Judge {
 public:
  Judge(std::vector<schema::Condition>& list, std::int64_t generation, SystemTime now)
      : list_(list), generation_(generation), now_(now) {}
  void say(std::string_view type, ConditionStatus status, std::string_view reason, std::string_view message) {
    schema::set_condition(
        list_, {std::string(type), status, generation_, "", std::string(reason), one_line(message, 2048)}, now_);
  }

 private:
  std::vector<schema::Condition>& list_;
  std::int64_t generation_;
  SystemTime now_;
};

std::string names_of(const std::vector<User>& users) {
  std::set<std::string> names;
  for (const User& user : users) names.insert(user.name);
  std::vector<std::string> some;
  for (const std::string& name : names) {
    if (some.size() == 10) {
      some.push_back("and " + std::to_string(names.size() - 10) + " more");
      break;
    }
    some.push_back(name);
  }
  return join(some, ", ");
}

void judge_ready(Judge& judge, const ConnectionState& state) {
  const auto not_ready = [&](ConditionStatus status, std::string_view reason, const std::string& message) {
    judge.say("Ready", status, reason, message);
  };
  if (state.meta.deletion_timestamp && !state.users.empty()) {
    return not_ready(ConditionStatus::False, "InUse",
                     "cannot go while it is used by " + names_of(state.users) +
                         "; delete or move them, or, if the system is gone for good, set the annotation " +
                         std::string(api::kForceRelease) + ": " + state.meta.name);
  }
  if (!state.errors.empty())
    return not_ready(ConditionStatus::False, "InvalidSpec",
                     state.errors.front().path + " " + state.errors.front().reason);
  if (!state.credentials_missing.empty()) {
    return not_ready(ConditionStatus::False, "SecretNotFound",
                     "there is no Secret '" + state.credentials_missing +
                         "' in the operator's namespace; create it with the credentials");
  }
  if (state.unusable) {
    return not_ready(ConditionStatus::False, runtime::outcome_of(state.unusable->code).reason, state.unusable->text());
  }
  if (!state.looked) return not_ready(ConditionStatus::Unknown, "Pending", "the system has not been looked at yet");
  if (state.unreachable) {
    return not_ready(ConditionStatus::False, runtime::outcome_of(state.unreachable->code).reason,
                     state.unreachable->text());
  }
  judge.say("Ready", ConditionStatus::True, "Ready", "the system answers and can be written to");
}

}  // namespace

std::vector<User> users_of(const Caches& caches, api::PlacementSystem system, const std::string& connection) {
  std::vector<User> users;
  for (const auto& endpoint : caches.endpoints.list()) {
    for (const api::Placement& placement : endpoint->status.placements) {
      if (placement.system == system && placement.connection == connection) {
        users.push_back({endpoint->meta.ns + "/" + endpoint->meta.name, placement.id});
      }
    }
  }
  return users;
}

ir::SecretHandle credentials_handle(const store::Store& store, const std::string& name) {
  if (name.empty()) return {};
  const auto secret = store.secrets().get(store.operator_namespace(), name);
  if (!secret) return {};
  return {secret->meta.ns, secret->meta.name, secret->meta.uid.str(), secret->meta.resource_version};
}

void judge_connection(std::vector<schema::Condition>& conditions, const ConnectionState& state, SystemTime now) {
  Judge judge(conditions, state.meta.generation, now);
  const schema::Condition* ready = schema::find_condition(conditions, "Ready");
  const bool as_before = ready != nullptr && ready->observed_generation == state.meta.generation;
  if (state.errors.empty()) {
    judge.say("Accepted", ConditionStatus::True, "Accepted", "the spec is valid");
  } else {
    std::vector<std::string> texts;
    for (const schema::FieldError& error : state.errors) texts.push_back(error.path + " " + error.reason);
    judge.say("Accepted", ConditionStatus::False, "InvalidSpec", join(texts, "; "));
  }
  if (state.looked) {
    if (state.unreachable) {
      judge.say("Reachable", ConditionStatus::False, runtime::outcome_of(state.unreachable->code).reason,
                state.unreachable->text());
    } else {
      judge.say("Reachable", ConditionStatus::True, "Reachable", "the last look at the system worked");
    }
  }
  const bool well = state.errors.empty() && state.credentials_missing.empty() && !state.unusable;
  const bool leaving = state.meta.deletion_timestamp && !state.users.empty();
  if (as_before && well && !leaving && !state.looked) return;  // a restart knows nothing better before it has looked
  judge_ready(judge, state);
}

bool remember_orphans(const schema::Metadata& meta, const std::vector<User>& users, std::vector<api::Orphan>& orphans) {
  if (!is_released(meta)) return false;
  bool added = false;
  for (const User& user : users) {
    const bool known = std::any_of(orphans.begin(), orphans.end(), [&](const api::Orphan& orphan) {
      return orphan.id == user.id && orphan.owner == user.name;
    });
    if (known) continue;
    orphans.push_back({user.name, user.id, "force-release: the system was declared gone for good"});
    added = true;
  }
  return added;
}

std::vector<Key> dependents(const Key& changed, const Caches& caches, const store::Store& store) {
  std::vector<Key> keys;
  const auto endpoints_of = [&](const auto& list, auto test) {
    for (const auto& endpoint : list) {
      if (test(*endpoint)) keys.push_back({"ProtectedEndpoint", endpoint->meta.ns, endpoint->meta.name});
    }
  };
  const auto uses = [&](const store::Object<api::ProtectedEndpoint>& endpoint) {
    const auto& placements = endpoint.status.placements;
    const bool placed =
        std::any_of(placements.begin(), placements.end(), [&](const auto& p) { return p.connection == changed.name; });
    const bool workspace =
        !endpoint.spec.backends.empty() && endpoint.spec.backends.front().workspace_ref.name == changed.name;
    return placed || workspace || endpoint.spec.gateway_ref.name == changed.name ||
           endpoint.spec.identity.provider_ref.name == changed.name;
  };
  if (changed.kind == "F5Gateway" || changed.kind == "IdentityProvider" || changed.kind == "DatabricksWorkspace") {
    endpoints_of(caches.endpoints.list(), uses);
    if (changed.kind != "DatabricksWorkspace") return keys;
    for (const auto& workspace : caches.workspaces.list()) {  // rivals for the same workspace
      if (workspace->meta.name != changed.name) keys.push_back({"DatabricksWorkspace", "", workspace->meta.name});
    }
  } else if (changed.kind == "Namespace") {
    endpoints_of(caches.endpoints.list(changed.name), [](const auto&) { return true; });
  } else if (changed.kind == "Secret") {
    endpoints_of(caches.endpoints.list(changed.ns), [&](const auto& endpoint) {
      const std::string client = endpoint.spec.client && !endpoint.spec.client->secret_name.empty()
                                     ? endpoint.spec.client->secret_name
                                     : endpoint.meta.name + "-client";
      return endpoint.spec.tls.secret_name == changed.name || client == changed.name;
    });
    if (changed.ns != store.operator_namespace()) return keys;
    for (const auto& gateway : caches.gateways.list()) {
      if (gateway->spec.bigip && gateway->spec.bigip->credentials_secret == changed.name)
        keys.push_back({"F5Gateway", "", gateway->meta.name});
    }
    for (const auto& provider : caches.providers.list()) {
      const auto& registration = provider->spec.registration;
      if (registration && registration->credentials_secret == changed.name)
        keys.push_back({"IdentityProvider", "", provider->meta.name});
    }
    for (const auto& workspace : caches.workspaces.list()) {
      if (workspace->spec.auth.credentials_secret == changed.name)
        keys.push_back({"DatabricksWorkspace", "", workspace->meta.name});
    }
  } else if (changed.kind == "ProtectedEndpoint") {
    const auto endpoint = caches.endpoints.get(changed.ns, changed.name);
    // Rivals for a host: whoever waits for one, and whoever claims the same.
    const auto is_other = [&](const auto& other) {
      return other.meta.ns != changed.ns || other.meta.name != changed.name;
    };
    endpoints_of(caches.endpoints.find(kConflictedWord), is_other);
    if (endpoint) {
      endpoints_of(caches.endpoints.find(host_word(endpoint->spec.host)),
                   [&](const auto& other) { return is_other(other) && other.spec.host == endpoint->spec.host; });
    }
    if (!endpoint) {
      for (const auto& gateway : caches.gateways.list()) keys.push_back({"F5Gateway", "", gateway->meta.name});
      for (const auto& provider : caches.providers.list())
        keys.push_back({"IdentityProvider", "", provider->meta.name});
      for (const auto& workspace : caches.workspaces.list())
        keys.push_back({"DatabricksWorkspace", "", workspace->meta.name});
      return keys;
    }
    for (const api::Placement& placement : endpoint->status.placements) {
      static constexpr std::array kKinds{"F5Gateway", "IdentityProvider", "DatabricksWorkspace"};
      keys.push_back({kKinds[static_cast<std::size_t>(placement.system)], "", placement.connection});
    }
  }
  return keys;
}

}  // namespace sallyport::shared
