// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"
#include "operator/program/cli/statuses.hpp"
#include "operator/program/cli/table.hpp"
#include "operator/schema/codec.hpp"

namespace sallyport::program::cli {
namespace {

using schema::Condition;
using schema::ConditionStatus;

constexpr std::array kSystems{"F5", "OIDC", "Databricks"};

bool chosen(const schema::Metadata& meta, const Choice& choice) {
  return (choice.name.empty() || meta.name == choice.name) &&
         (choice.ns.empty() || meta.ns.empty() || meta.ns == choice.ns);
}

Tone tone_of(const Condition* condition) {
  if (condition == nullptr || condition->status == ConditionStatus::Unknown) return Tone::Warn;
  const bool bad_when_true = condition->type == "Conflicted" || condition->type == "Stalled";
  return (condition->status == ConditionStatus::True) != bad_when_true ? Tone::Good : Tone::Bad;
}

Cell status_cell(const Condition* condition) {
  return {condition == nullptr ? "Unknown" : std::string(schema::to_string(condition->status)), tone_of(condition)};
}

std::string reason_of(const Condition* condition) {
  return condition == nullptr ? "NotSeenYet" : condition->reason;
}

std::string when(const std::string& text, SystemTime now) {
  const auto time = parse_rfc3339(text);
  return time ? relative(*time, now) : text;
}

/// A running operator tells another time once this one has passed.
std::string next_try(const std::string& text, SystemTime now) {
  const auto time = parse_rfc3339(text);
  return (time && *time < now ? "was due " : "") + when(text, now);
}

template <class K>
bool is_ready(const store::Object<K>& object) {
  const Condition* ready = schema::find_condition(object.status.conditions, "Ready");
  return ready != nullptr && ready->status == ConditionStatus::True;
}

void print_conditions(std::ostream& out, const std::vector<Condition>& conditions, std::int64_t generation,
                      SystemTime now) {
  if (conditions.empty()) {
    out << "  no conditions: the operator has not looked at it yet; see that it runs (sallyport run)\n";
    return;
  }
  Table table({"CONDITION", "STATUS", "REASON", "SINCE", "MESSAGE"});
  for (const Condition& condition : conditions) {
    const bool old = condition.observed_generation > 0 && condition.observed_generation < generation;
    table.add({condition.type, status_cell(&condition), condition.reason, when(condition.last_transition_time, now),
               (old ? "(of generation " + std::to_string(condition.observed_generation) + ") " : std::string()) +
                   condition.message});
  }
  table.print(out, 2);
}

void print_notes(std::ostream& out, const std::vector<std::string>& notes) {
  for (const std::string& note : notes) out << "  note: " << one_line(note, 1024) << "\n";
}

void print_detail(std::ostream& out, const store::Object<api::ProtectedEndpoint>& object, SystemTime now) {
  const api::ProtectedEndpointStatus& status = object.status;
  out << "\nProtectedEndpoint " << object.meta.ns << "/" << object.meta.name << "\n";
  if (object.meta.deletion_timestamp)
    out << "  being deleted since " << when(*object.meta.deletion_timestamp, now) << "\n";
  if (!status.url.empty()) out << "  " << one_line(status.url) << "\n";
  if (status.client) {
    out << "  client " << one_line(status.client->id) << ", credentials in Secret " << object.meta.ns << "/"
        << one_line(status.client->secret_name) << "\n";
  }
  print_conditions(out, status.conditions, object.meta.generation, now);
  if (!status.placements.empty()) {
    Table table({"SYSTEM", "CONNECTION", "PLACE", "ADDRESS", "APPLIED"});
    for (const api::Placement& placement : status.placements) {
      table.add(
          {kSystems.at(static_cast<std::size_t>(placement.system)), placement.connection, placement.id,
           placement.address,
           placement.hash.empty() ? std::string("not yet") : "generation " + std::to_string(placement.generation)});
    }
    out << "\n";
    table.print(out, 2);
  }
  for (const api::DatabricksStatus& told : status.databricks)
    if (!told.notes.empty()) print_notes(out, told.notes);
  if (status.retry && !status.retry->at.empty()) {
    out << "  next try (at the latest) " << next_try(status.retry->at, now) << " (" << one_line(status.retry->at)
        << "): " << one_line(status.retry->reason, 1024) << "\n";
  }
}

template <class K>
void print_connection_detail(std::ostream& out, std::string_view kind, const store::Object<K>& object, SystemTime now) {
  out << "\n" << kind << " " << object.meta.name << "\n";
  if (object.meta.deletion_timestamp)
    out << "  being deleted since " << when(*object.meta.deletion_timestamp, now) << "\n";
  print_conditions(out, object.status.conditions, object.meta.generation, now);
  if constexpr (requires { object.status.notes; }) print_notes(out, object.status.notes);
  for (const api::Orphan& orphan : object.status.orphans)
    out << "  left behind: " << one_line(schema::write(orphan).dump(), 1024) << "\n";
}

/// Each connection of every kind: f(kind, object).
template <class F>
void each_connection(const shared::Caches& caches, F f) {
  for (const auto& object : caches.gateways.list()) f("F5Gateway", *object);
  for (const auto& object : caches.providers.list()) f("IdentityProvider", *object);
  for (const auto& object : caches.workspaces.list()) f("DatabricksWorkspace", *object);
}

void print_endpoints(std::ostream& out, const Statuses& statuses, const Choice& choice, SystemTime now) {
  Table table({"NAMESPACE", "NAME", "READY", "REASON", "SYNCED", "HOST", "ADDRESS", "NEXT TRY"});
  for (const auto& object : statuses.caches.endpoints.list()) {
    if (!chosen(object->meta, choice)) continue;
    const auto& status = object->status;
    const Condition* ready = schema::find_condition(status.conditions, "Ready");
    const Condition* synced = schema::find_condition(status.conditions, "Synced");
    table.add({object->meta.ns, object->meta.name, status_cell(ready), reason_of(ready), status_cell(synced),
               object->spec.host, status.virtual_server ? status.virtual_server->address : "",
               status.retry && !status.retry->at.empty() ? next_try(status.retry->at, now) : ""});
  }
  if (!table.empty()) table.print(out);
}

void print_connections(std::ostream& out, const Statuses& statuses, const Choice& choice) {
  Table table({"CONNECTION", "NAME", "READY", "REASON", "USERS"});
  each_connection(statuses.caches, [&](const char* kind, const auto& object) {
    if (!chosen(object.meta, choice)) return;
    const Condition* ready = schema::find_condition(object.status.conditions, "Ready");
    table.add({kind, object.meta.name, status_cell(ready), reason_of(ready), std::to_string(object.status.users)});
  });
  if (!table.empty()) {
    out << "\n";
    table.print(out);
  }
}

template <class K>
nlohmann::ordered_json to_json(std::string_view kind, const store::Object<K>& object) {
  nlohmann::ordered_json out = {{"kind", kind}};
  if (!object.meta.ns.empty()) out["namespace"] = object.meta.ns;
  out["name"] = object.meta.name;
  out["generation"] = object.meta.generation;
  out["deleting"] = object.meta.deletion_timestamp.has_value();
  out["status"] = schema::write_ordered(object.status);
  return out;
}

}  // namespace

bool has_any(const Statuses& statuses, const Choice& choice) {
  bool any = false;
  for (const auto& object : statuses.caches.endpoints.list()) any = any || chosen(object->meta, choice);
  each_connection(statuses.caches, [&](const char*, const auto& object) { any = any || chosen(object.meta, choice); });
  return any;
}

void print_text(std::ostream& out, const Statuses& statuses, const Choice& choice, SystemTime now) {
  print_endpoints(out, statuses, choice, now);
  print_connections(out, statuses, choice);
  const bool named = !choice.name.empty();
  for (const auto& object : statuses.caches.endpoints.list())
    if (chosen(object->meta, choice) && (named || !is_ready(*object))) print_detail(out, *object, now);
  each_connection(statuses.caches, [&](const char* kind, const auto& object) {
    if (chosen(object.meta, choice) && (named || !is_ready(object))) print_connection_detail(out, kind, object, now);
  });
}

nlohmann::ordered_json to_json(const Statuses& statuses, const Choice& choice) {
  nlohmann::ordered_json out = {{"endpoints", nlohmann::ordered_json::array()},
                                {"connections", nlohmann::ordered_json::array()}};
  for (const auto& object : statuses.caches.endpoints.list())
    if (chosen(object->meta, choice)) out["endpoints"].push_back(to_json("ProtectedEndpoint", *object));
  each_connection(statuses.caches, [&](const char* kind, const auto& object) {
    if (chosen(object.meta, choice)) out["connections"].push_back(to_json(kind, object));
  });
  out["problems"] = statuses.problems;
  return out;
}

std::string relative(SystemTime time, SystemTime now) {
  const bool past = time <= now;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(past ? now - time : time - now).count();
  const std::string much = seconds < 120      ? std::to_string(seconds) + "s"
                           : seconds < 7200   ? std::to_string(seconds / 60) + "m"
                           : seconds < 172800 ? std::to_string(seconds / 3600) + "h"
                                              : std::to_string(seconds / 86400) + "d";
  return past ? much + " ago" : "in " + much;
}

}  // namespace sallyport::program::cli
