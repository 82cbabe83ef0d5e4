// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/bigip/as3_plan.hpp"

#include <algorithm>

#include "e2e/simulators/bigip/device_check.hpp"
#include "e2e/simulators/bigip/reachability.hpp"
#include "e2e/simulators/bigip/realize.hpp"
#include "operator/base/digest.hpp"

namespace sallyport::simulators::bigip {

namespace {

constexpr const char* kStaleHash =
    "The hash you submitted does not match the hash on the current Tenant. This usually indicates there was a change "
    "to "
    "the Tenant since you pulled this hash. You will want to do a GET and see what the changes are.";
constexpr std::chrono::milliseconds kParsing{500};

/// One tenant's verdict and what would come of it.
struct Verdict {
  Json result;
  std::optional<Objects> objects{};  ///< empty when the tenant failed
  bool changed = false;
};

bool is_empty_tenant(const Json& tenant) {
  return members_of_class(tenant, "Application").empty();
}

Verdict judge(const Unit& unit, const Attempt& attempt, const std::string& name) {
  const Json& declared = attempt.adc[name];
  Verdict verdict;
  verdict.result = {{"host", "localhost"}, {"tenant", name}, {"declarationId", attempt.id}, {"runTime", 0}};
  const Json& before = member(unit.running.declaration, name);
  const std::string key = text_of(declared, "optimisticLockKey");
  if (!key.empty() && !before.is_null() && key != lock_key(before)) {
    verdict.result = {{"code", 422}, {"message", kStaleHash}, {"tenant", name}, {"host", "localhost"}};
    return verdict;
  }
  Objects wanted = realize(name, declared);
  if (const auto wrong = device_check(name, declared, wanted, unit.running.objects)) {
    verdict.result.update({{"code", 422}, {"message", "declaration failed"}, {"response", *wrong}});
    return verdict;
  }
  const Json changes = changes_between(objects_of(unit.running.objects, name), wanted);
  verdict.changed = !changes.empty();
  verdict.result.update({{"code", 200}, {"message", verdict.changed ? "success" : "no change"}});
  if (verdict.changed) verdict.result["lineCount"] = changes.size() + 1;
  if (attempt.dry_run) verdict.result["dryRun"] = true;
  if (attempt.dry_run && attempt.debug) verdict.result["changes"] = changes;
  verdict.objects = std::move(wanted);
  return verdict;
}

/// Which applications the stored tenant would gain, change and lose.
Json application_changes(const Json& before, const Json& after) {
  Json effect = {{"added", Json::array()}, {"replaced", Json::array()}, {"removed", Json::array()}};
  for (const std::string& name : members_of_class(after, "Application")) {
    if (!member(before, name).is_object())
      effect["added"].push_back(name);
    else if (before[name] != after[name])
      effect["replaced"].push_back(name);
    effect["hashes"][name] = short_hash(after[name].dump(), 16);
  }
  for (const std::string& name : members_of_class(before, "Application")) {
    if (!member(after, name).is_object()) effect["removed"].push_back(name);
  }
  if (const std::string label = text_of(after, "label", text_of(before, "label")); !label.empty())
    effect["label"] = label;
  return effect;
}

/// The declaration that AS3 stores: the new one's own members, its good tenants, and the untouched ones of before.
Json merged_declaration(const Unit& unit, const Attempt& attempt, const std::vector<std::string>& failed,
                        SystemTime now) {
  Json merged = Json::object();
  for (const std::string& name : members_of_class(unit.running.declaration, "Tenant")) {
    merged[name] = unit.running.declaration[name];
  }
  for (const auto& [name, value] : attempt.adc.items()) {
    if (std::ranges::find(failed, name) != failed.end()) continue;
    const bool tenant = value.is_object() && text_of(value, "class") == "Tenant";
    if (tenant && is_empty_tenant(value)) {
      merged.erase(name);
      continue;
    }
    merged[name] = value;
    if (tenant) merged[name].erase("optimisticLockKey");
  }
  merged["updateMode"] = "selective";
  merged["controls"]["archiveTimestamp"] = to_rfc3339(now);
  return merged;
}

/// Drops the tenants that the path does not name, other than Common; adds those that updateMode "complete" deletes.
Attempt scoped(Attempt attempt, const Config& device) {
  for (const std::string& name : members_of_class(attempt.adc, "Tenant")) {
    const bool wanted = attempt.tenants.empty() || std::ranges::find(attempt.tenants, name) != attempt.tenants.end();
    if (!wanted && name != kCommon) attempt.adc.erase(name);
  }
  if (text_of(attempt.adc, "updateMode") == "complete") {
    for (const std::string& name : members_of_class(device.declaration, "Tenant")) {
      if (!attempt.adc.contains(name)) attempt.adc[name] = {{"class", "Tenant"}};
    }
  }
  return attempt;
}

/// Schema errors of the per-application endpoint lack the tenant (measured: "/A5/vs/...").
Refusal as_seen(Refusal refusal, const Attempt& attempt) {
  const std::string prefix = "/" + attempt.application_scope + "/";
  if (attempt.application_scope.empty() || refusal.stage != Refusal::Stage::Schema) return refusal;
  for (std::string& error : refusal.errors) {
    if (error.starts_with(prefix)) error.erase(0, prefix.size() - 1);
  }
  return refusal;
}

struct Tally {
  Json results = Json::array();
  std::vector<std::string> failed{};
  std::size_t good = 0;
  bool changed = false;
};

Tally judge_all(const Unit& unit, const Attempt& attempt, Job& job) {
  Tally tally;
  Unit seen = unit;  // a tenant is judged with those before it in place
  for (const std::string& name : members_of_class(attempt.adc, "Tenant")) {
    Verdict verdict = judge(seen, attempt, name);
    tally.results.push_back(std::move(verdict.result));
    if (!verdict.objects) {
      tally.failed.push_back(name);
      continue;
    }
    ++tally.good;
    tally.changed = tally.changed || verdict.changed;
    for (const auto& [key, ignored] : objects_of(seen.running.objects, name)) seen.running.objects.erase(key);
    for (const auto& [key, made] : *verdict.objects) seen.running.objects[key] = made;
    if (!attempt.dry_run) job.tenants[name] = std::move(*verdict.objects);
  }
  if (tally.results.empty()) {
    tally.results.push_back({{"code", 200},
                             {"message", "no change"},
                             {"host", "localhost"},
                             {"runTime", 0},
                             {"declarationId", attempt.id}});
    if (attempt.dry_run) tally.results[0]["dryRun"] = true;
  }
  return tally;
}

/// Takes a stored Common that nobody means to change out of the attempt: what stands in it is not simulated.
bool take_out_common(const Unit& unit, Attempt& attempt) {
  const Json& stored = member(unit.running.declaration, kCommon);
  if (stored.is_null() || member(attempt.adc, kCommon) != stored) return false;
  attempt.adc.erase(kCommon);
  return true;
}

/// Common is worked through before all others and again after them.
void surround_with_common(const Unit& unit, const Attempt& attempt, Tally& tally) {
  Json result = {{"host", "localhost"}, {"tenant", kCommon}, {"declarationId", attempt.id},
                 {"runTime", 0},        {"code", 200},       {"message", "no change"}};
  if (attempt.dry_run) result["dryRun"] = true;
  if (unit.common_trouble.empty()) {
    ++tally.good;
  } else {
    result.update({{"code", 422}, {"message", "declaration failed"}, {"response", unit.common_trouble}});
    tally.failed.emplace_back(kCommon);
  }
  tally.results.insert(tally.results.begin(), result);
  tally.results.push_back(std::move(result));
}

}  // namespace

Json refusal_body(const Refusal& refusal, const std::vector<std::string>& tenants, const Json& id) {
  Json body = {{"code", refusal.code}, {"message", refusal.message}};
  if (refusal.message.starts_with("InvalidPatchOperationError") || refusal.message.starts_with("invalid patch"))
    return body;
  if (!refusal.errors.empty()) body["errors"] = refusal.errors;
  body.update({{"host", "localhost"}, {"tenant", tenants}, {"declarationFullId", ""}, {"declarationId", id}});
  return body;
}

Plan plan(Group& group, Unit& unit, const Attempt& asked) {
  Attempt attempt = scoped(asked, unit.running);
  const bool with_common = take_out_common(unit, attempt);
  const std::vector<std::string> tenants = members_of_class(attempt.adc, "Tenant");
  Plan made;
  made.takes = kParsing;
  if (attempt.validation == Validation::Wanted && !(tenants.empty() && !attempt.tenants.empty())) {
    if (auto refusal = validate(attempt.adc, unit.running, unit.modules)) {
      made.status = refusal->code;
      made.body = refusal_body(as_seen(std::move(*refusal), attempt), tenants, attempt.id);
      return made;
    }
  }
  made.takes = group.declaration_time(tenants.size());
  Job job{.history_limit = attempt.history_limit};
  Tally tally = judge_all(unit, attempt, job);
  if (with_common) surround_with_common(unit, attempt, tally);
  for (Json& result : tally.results) {
    if (result.contains("runTime")) result["runTime"] = made.takes.count();
  }
  Json after = merged_declaration(unit, attempt, tally.failed, group.options().clock->now());
  Json shown = after;
  for (const std::string& name : members_of_class(after, "Tenant")) {
    if (std::ranges::find(tenants, name) == tenants.end()) shown.erase(name);
  }
  made.body = {{"results", std::move(tally.results)}, {"declaration", std::move(shown)}};
  if (attempt.dry_run) made.body["dryRun"] = true;
  if (!tally.failed.empty()) made.status = tally.good > 0 ? 207 : 422;
  if (made.status != 200) made.body["code"] = made.status;
  made.effect = {{"tenants", Json::object()}, {"dryRun", attempt.dry_run}, {"outcome", made.status}};
  for (const std::string& name : tenants) {
    if (attempt.dry_run || std::ranges::find(tally.failed, name) != tally.failed.end()) continue;
    made.effect["tenants"][name] = application_changes(member(unit.running.declaration, name), member(after, name));
    made.effect["tenants"][name]["virtuals"] = reachability(job.tenants[name]);
  }
  made.changes = tally.changed && !attempt.dry_run;
  if (!attempt.dry_run) {
    job.declaration = std::move(after);
    job.save = attempt.persist;
    job.sync_group = attempt.sync_group;
    made.effect["saved"] = job.save;
    if (!job.sync_group.empty()) made.effect["synced"] = job.sync_group;
  }
  made.job = std::move(job);
  return made;
}

}  // namespace sallyport::simulators::bigip
