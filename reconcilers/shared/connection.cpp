// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/shared/connection.hpp"

#include <algorithm>
#include <set>

#include "operator/base/log.hpp"
#include "operator/base/text.hpp"
#include "operator/runtime/outcome.hpp"
#include "operator/schema/bounds.hpp"
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

std::string words_on(const Error& unreachable) {
  return unreachable.text() + advice_on(unreachable, "spec");
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
  if (state.no_credentials) return not_ready(ConditionStatus::False, "SecretNotFound", state.no_credentials->text());
  if (state.unusable) {
    return not_ready(ConditionStatus::False, runtime::outcome_of(state.unusable->code).reason, state.unusable->text());
  }
  if (!state.looked) return not_ready(ConditionStatus::Unknown, "Pending", "the system has not been looked at yet");
  if (state.unreachable) {
    return not_ready(ConditionStatus::False, runtime::outcome_of(state.unreachable->code).reason,
                     words_on(*state.unreachable));
  }
  judge.say("Ready", ConditionStatus::True, "Ready", "the system answers and can be written to");
}

constexpr std::size_t kMostOrphans = schema::most_items(&api::F5GatewayStatus::orphans);
static_assert(kMostOrphans == schema::most_items(&api::IdentityProviderStatus::orphans) &&
              kMostOrphans == schema::most_items(&api::DatabricksWorkspaceStatus::orphans));

constexpr const char* kGateway = "F5Gateway";
constexpr const char* kProvider = "IdentityProvider";
constexpr const char* kWorkspace = "DatabricksWorkspace";

using Endpoint = store::Object<api::ProtectedEndpoint>;

bool is_connection(const std::string& kind) {
  return kind == kGateway || kind == kProvider || kind == kWorkspace;
}

bool uses(const Endpoint& endpoint, const std::string& connection) {
  const auto& placements = endpoint.status.placements;
  const auto& backends = endpoint.spec.backends;
  return endpoint.spec.gateway_ref.name == connection || endpoint.spec.identity.provider_ref.name == connection ||
         std::ranges::any_of(backends, [&](const auto& b) { return b.workspace_ref.name == connection; }) ||
         std::ranges::any_of(placements, [&](const auto& p) { return p.connection == connection; });
}

bool names_secret(const Endpoint& endpoint, const std::string& secret) {
  const auto& upstream = endpoint.spec.upstream;
  return endpoint.spec.tls.secret_name == secret || consumer_secret_name(endpoint) == secret ||
         (upstream && upstream->service_principal && upstream->service_principal->secret_name == secret);
}

template <class List, class Test>
void add_endpoints(std::vector<Key>& keys, const List& list, Test test) {
  for (const auto& endpoint : list) {
    if (test(*endpoint)) keys.push_back({"ProtectedEndpoint", endpoint->meta.ns, endpoint->meta.name});
  }
}

/// Others that may speak for the same workspace.
void add_rivals(std::vector<Key>& keys, const std::string& name, const Caches& caches) {
  for (const auto& workspace : caches.workspaces.list()) {
    if (workspace->meta.name != name) keys.push_back({kWorkspace, "", workspace->meta.name});
  }
}

void add_connections_with(std::vector<Key>& keys, const std::string& secret, const Caches& caches) {
  for (const auto& gateway : caches.gateways.list()) {
    if (credentials_secret_name(gateway->meta.name, gateway->spec) == secret)
      keys.push_back({kGateway, "", gateway->meta.name});
  }
  for (const auto& provider : caches.providers.list()) {
    const auto& registration = provider->spec.registration;
    if (registration && registration->credentials_secret == secret)
      keys.push_back({kProvider, "", provider->meta.name});
  }
  for (const auto& workspace : caches.workspaces.list()) {
    if (workspace->spec.auth.credentials_secret == secret) keys.push_back({kWorkspace, "", workspace->meta.name});
  }
}

void add_all_connections(std::vector<Key>& keys, const Caches& caches) {
  for (const auto& gateway : caches.gateways.list()) keys.push_back({kGateway, "", gateway->meta.name});
  for (const auto& provider : caches.providers.list()) keys.push_back({kProvider, "", provider->meta.name});
  for (const auto& workspace : caches.workspaces.list()) keys.push_back({kWorkspace, "", workspace->meta.name});
}

/// Rivals for a host: whoever waits for one, and whoever claims the same.
void add_of_endpoint(std::vector<Key>& keys, const Key& changed, const Caches& caches) {
  const auto is_other = [&](const Endpoint& other) {
    return other.meta.ns != changed.ns || other.meta.name != changed.name;
  };
  add_endpoints(keys, caches.endpoints.find(kConflictedWord), is_other);
  const auto endpoint = caches.endpoints.get(changed.ns, changed.name);
  if (!endpoint) return add_all_connections(keys, caches);
  add_endpoints(keys, caches.endpoints.find(host_word(endpoint->spec.host)),
                [&](const Endpoint& other) { return is_other(other) && other.spec.host == endpoint->spec.host; });
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

std::string advice_on(const Error& error, const std::string& spec) {
  if (error.code != Code::Unavailable || error.where.starts_with('/')) return {};  // a path is not reached by a network
  return "; see that it runs, that " + spec + " has its right address and CA (or pin), and that the network lets " +
         "the operator reach it";
}

ir::SecretHandle credentials_handle(const store::Store& store, const std::string& name) {
  if (name.empty()) return {};
  const auto secret = store.secrets().get(store.operator_namespace(), name);
  if (!secret) return {};
  return {secret->meta.ns, secret->meta.name, secret->meta.uid.str(), secret->meta.resource_version};
}

Result<void> keep_credentials(store::Store& store, const std::string& name, const Result<ir::SecretBytes>& made) {
  if (!made) return made.error();
  store::SecretWrite secret;
  secret.ns = store.operator_namespace();
  secret.name = name;
  secret.bytes = *made;
  const auto written = store.write_secret(secret);
  if (written || written.error().code == Code::Conflict) return {};
  return written.error();
}

Error missing_credentials(const store::Store& store, const std::string& name, std::string_view field) {
  const ir::SecretHandle secret{store.operator_namespace(), name, {}, {}};
  return {Code::NotFound,
          "there is no " + secret.text() + "; create it with the credentials, in the operator's namespace",
          std::string(field),
          {}};
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
                words_on(*state.unreachable));
    } else {
      judge.say("Reachable", ConditionStatus::True, "Reachable", "the last look at the system worked");
    }
  }
  const bool well = state.errors.empty() && !state.no_credentials && !state.unusable;
  const bool leaving = state.meta.deletion_timestamp && !state.users.empty();
  if (as_before && well && !leaving && !state.looked) return;  // a restart knows nothing better before it has looked
  judge_ready(judge, state);
}

bool remember_orphans(const schema::Metadata& meta, const std::vector<User>& users, std::vector<api::Orphan>& orphans) {
  if (!is_released(meta)) return false;
  using Held = std::pair<std::string, std::string>;
  std::set<Held> held;
  for (const User& user : users) held.emplace(user.name, user.id);
  std::set<Held> listed;
  for (const api::Orphan& orphan : orphans) listed.emplace(orphan.owner, orphan.id);
  std::vector<api::Orphan> added;
  for (const auto& [name, id] : held) {
    if (!listed.contains({name, id}))
      added.push_back({name, id, "force-release: the system was declared gone for good"});
  }
  const std::size_t total = orphans.size() + added.size();
  std::size_t too_many = total - std::min(total, kMostOrphans);
  std::erase_if(orphans, [&](const api::Orphan& orphan) {
    const bool is_free = !held.contains({orphan.owner, orphan.id});
    if (too_many == 0 || !is_free) return false;
    --too_many;
    log::warning("left behind by force-release, and no longer in the list of the connection's status",
                 {{"connection", meta.name}, {"owner", orphan.owner}, {"id", orphan.id}});
    return true;
  });
  added.resize(added.size() -
               std::min(added.size(), too_many));  // the next round's, when those who are listed now are free
  orphans.insert(orphans.end(), added.begin(), added.end());
  return !added.empty();
}

std::vector<Key> dependents(const Key& changed, const Caches& caches, const store::Store& store) {
  std::vector<Key> keys;
  if (is_connection(changed.kind)) {
    add_endpoints(keys, caches.endpoints.list(),
                  [&](const Endpoint& endpoint) { return uses(endpoint, changed.name); });
    if (changed.kind == kWorkspace) add_rivals(keys, changed.name, caches);
  } else if (changed.kind == "Namespace") {
    add_endpoints(keys, caches.endpoints.list(changed.name), [](const Endpoint&) { return true; });
  } else if (changed.kind == "Secret") {
    add_endpoints(keys, caches.endpoints.list(changed.ns),
                  [&](const Endpoint& endpoint) { return names_secret(endpoint, changed.name); });
    if (changed.ns == store.operator_namespace()) add_connections_with(keys, changed.name, caches);
  } else if (changed.kind == "ProtectedEndpoint") {
    add_of_endpoint(keys, changed, caches);
  }
  return keys;
}

}  // namespace sallyport::shared
