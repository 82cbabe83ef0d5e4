// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/data/databricks/databricks.hpp"

#include <algorithm>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "reconcilers/providers/data/databricks/work.hpp"

namespace sallyport::data::databricks {
namespace {

using ir::Outcome;
using ir::Wish;

std::string endpoint_path(const std::string& name) {
  return "/api/2.0/serving-endpoints/" + percent_encode(name);
}
std::string list_path(const std::string& id) {
  return "/api/2.0/permissions/serving-endpoints/" + percent_encode(id);
}

ir::Verdict unknown(const Error& error) {
  ir::Verdict verdict;
  verdict.outcome = Outcome::Unknown;
  verdict.error = error;
  return verdict;
}

}  // namespace

Databricks::Databricks(ir::DataConnection connection, std::unique_ptr<http::Client> http, Surroundings around)
    : connection_(connection),
      around_(around),
      session_(std::move(connection), std::move(http), std::move(around)),
      catalogue_(session_, around_.clock) {}

Result<ir::Principal> Databricks::me(std::stop_token stop) {
  {
    const std::lock_guard lock(mutex_);
    if (me_) return *me_;
  }
  const http::Response response = TRY(session_.send({.target = "/api/2.0/preview/scim/v2/Me"}, stop));
  const ir::Principal principal = TRY(read_me(response.body));
  const std::lock_guard lock(mutex_);
  me_ = principal;
  return principal;
}

Result<std::string> Databricks::check(std::stop_token stop) {
  {
    const std::lock_guard lock(mutex_);
    me_.reset();
  }
  return TRY(me(stop)).value;
}

Result<ServingEndpoint> Databricks::resolve(const std::string& name, std::stop_token stop) {
  const http::Response response = TRY(session_.send({.target = endpoint_path(name)}, stop));
  ServingEndpoint endpoint = TRY(read_serving_endpoint(response.body, connection_.host));
  catalogue_.remember(endpoint);
  return endpoint;
}

Result<AccessList> Databricks::read_list(const std::string& id, std::stop_token stop) {
  const http::Response response = TRY(session_.send({.target = list_path(id)}, stop));
  return read_access_list(response.body);
}

/// The list is good enough to see that nothing has to be done. Before anything is claimed, refused or taken for gone by
/// it, the endpoint itself is asked.
Result<Databricks::Work> Databricks::look(const Step& step, std::stop_token stop) {
  const auto listed = catalogue_.find(step.serving_endpoint, stop);
  const bool known = listed && *listed && !(*listed)->invocations_url.empty();
  if (!known) return look_at(step, TRY(resolve(step.serving_endpoint, stop)), stop);
  Result<Work> work = look_at(step, **listed, stop);
  if (work ? !work->depends_on_endpoint() : work.error().code != Code::NotFound) return work;
  const ServingEndpoint now = TRY(resolve(step.serving_endpoint, stop));
  if (work && now == **listed) return work;
  return look_at(step, now, stop);
}

Result<Databricks::Work> Databricks::look_at(const Step& step, const ServingEndpoint& endpoint, std::stop_token stop) {
  Work work;
  work.fragments = step.fragments;
  work.untouchable.self_key = TRY(me(stop)).key();
  work.endpoint = endpoint;
  work.observed = TRY(read_list(work.endpoint.id, stop));
  const std::optional<ir::Ledger> known = TRY(around_.ledgers.load(connection_.name, work.endpoint.id));
  work.ledger = known.value_or(ir::Ledger{connection_.name, work.endpoint.id, step.serving_endpoint, {}});
  work.had_ledger = known.has_value();
  judge_consent(work);
  work.plan = plan_access(work.ledger, work.observed, work.effective, work.untouchable);
  return work;
}

/// The serving endpoint itself has the last word: whose it is (another instance's), and whether it consents.
void Databricks::judge_consent(Work& work) const {
  const auto instance = work.endpoint.tags.find(kInstanceTag);
  const bool foreign = instance != work.endpoint.tags.end() && instance->second != connection_.instance.str();
  const auto consent = work.endpoint.tags.find(kNamespaceTag);
  for (const ir::GrantFragment& fragment : work.fragments) {
    ir::GrantFragment effective = fragment;
    std::optional<Error> refused;
    if (foreign) {
      refused = Error{Code::Conflict,
                      "serving endpoint '" + work.endpoint.name + "' is managed by another installation (its tag " +
                          kInstanceTag + " is '" + instance->second + "')",
                      "spec.backends[0].serving.endpoint",
                      {}};
      effective.wish = Wish::Hold;
    } else if (fragment.wish == Wish::Present && fragment.require_tag &&
               (consent == work.endpoint.tags.end() || consent->second != fragment.owner.ns)) {
      refused =
          Error{Code::Refused,
                "serving endpoint '" + work.endpoint.name + "' does not consent: its owner has to give it the tag " +
                    kNamespaceTag + "=" + fragment.owner.ns,
                "spec.backends[0].serving.endpoint",
                {}};
      effective.wish = Wish::Absent;  // consent taken away: what was granted goes
    }
    work.refused.push_back(refused);
    work.effective.push_back(effective);
  }
}

/// A recreated endpoint has a new id; whatever stood on the old one went with it.
Result<void> Databricks::forget_former_ids(const Step& step, const std::string& current_id) {
  for (const ir::Ledger& ledger : TRY(around_.ledgers.of(connection_.name, step.serving_endpoint))) {
    if (ledger.endpoint_id != current_id) TRY(around_.ledgers.erase(connection_.name, ledger.endpoint_id));
  }
  return {};
}

std::vector<ir::Verdict> Databricks::converge(const Step& step, std::stop_token stop) {
  Result<Work> work = look(step, stop);
  if (!work) {
    const Error& error = work.error();
    if (error.code == Code::NotFound && unknown_principal(error.message).empty()) return endpoint_gone(step);
    return std::vector<ir::Verdict>(step.fragments.size(), unknown(error));
  }
  Result<void> done = forget_former_ids(step, work->endpoint.id);
  if (done) done = carry_out(*work, stop);
  std::vector<ir::Verdict> verdicts = verdicts_of(*work, done ? std::nullopt : std::optional{done.error()});
  for (ir::Verdict& verdict : verdicts) verdict.drift_repaired = verdict.outcome == Outcome::Applied && repairs(*work);
  return verdicts;
}

std::vector<ir::Verdict> Databricks::endpoint_gone(const Step& step) {
  const Result<void> forgotten = forget_former_ids(step, "");
  std::vector<ir::Verdict> verdicts;
  for (const ir::GrantFragment& fragment : step.fragments) {
    ir::Verdict verdict;
    if (!forgotten) {
      verdict = unknown(forgotten.error());
    } else if (fragment.wish == Wish::Present) {
      verdict.outcome = Outcome::Rejected;
      verdict.error = Error{Code::NotFound,
                            "there is no serving endpoint '" + step.serving_endpoint + "' in workspace '" +
                                connection_.name + "'; create it, or correct the name",
                            "spec.backends[0].serving.endpoint",
                            {}};
    } else {
      verdict.outcome = fragment.wish == Wish::Hold ? Outcome::Pending : Outcome::Gone;
    }
    verdicts.push_back(verdict);
  }
  return verdicts;
}

/// Ledger, claim, grants, revocations, verification, ledger: each safe to repeat after a crash in between.
Result<void> Databricks::carry_out(Work& work, std::stop_token stop) {
  if (work.plan.ledger_changed) TRY(around_.ledgers.save(work.plan.ledger));
  if (work.plan.changes.empty()) return close_ledger(work, stop);
  TRY(claim(work, stop));
  TRY(grant(work, stop));
  TRY(revoke(work, stop));
  TRY(verify(work, stop));
  return close_ledger(work, stop);
}

/// PATCH /api/2.0/serving-endpoints/{name}/tags: one endpoint is managed by one installation.
Result<void> Databricks::claim(Work& work, std::stop_token stop) {
  if (work.endpoint.tags.contains(kInstanceTag)) return {};
  http::Request request = change_list(work, "PATCH", write_tag(kInstanceTag, connection_.instance.str()), "update");
  request.target = endpoint_path(work.endpoint.name) + "/tags";
  const http::Response answer = TRY(session_.send(request, stop));
  ServingEndpoint now = work.endpoint;
  if (const auto tags = read_tags(answer.body)) {
    now.tags = *tags;
  } else {
    now = TRY(resolve(work.endpoint.name, stop));
  }
  catalogue_.remember(now);
  const auto tag = now.tags.find(kInstanceTag);
  if (tag != now.tags.end() && tag->second != connection_.instance.str()) {
    return Error{Code::Conflict,
                 "another installation claimed serving endpoint '" + work.endpoint.name + "' at the same time",
                 {},
                 {}};
  }
  work.endpoint = now;
  return {};
}

http::Request Databricks::change_list(const Work& work, std::string method, std::string body,
                                      const std::string& action) const {
  http::Request request{.method = std::move(method), .target = list_path(work.endpoint.id)};
  request.headers["Content-Type"] = "application/json";
  request.body = std::move(body);
  const std::string after = short_hash(request.body, 32);
  for (const ir::GrantFragment& fragment : work.fragments) {
    if (fragment.wish == Wish::Hold || fragment.wish == Wish::Observe) continue;
    request.changes.push_back({fragment.owner.text(), fragment.owner.uid.str(), fragment.owner.resource_version,
                               fragment.owner.generation,
                               "databricks " + connection_.name + ": serving-endpoints/" + work.endpoint.id, action,
                               short_hash(text_of(work.observed), 32), after});
  }
  return request;
}

/// PATCH /api/2.0/permissions/serving-endpoints/{id}: adds or overwrites the named principals and leaves the rest
/// alone.
Result<void> Databricks::grant(Work& work, std::stop_token stop) {
  std::vector<ir::Grant> entries;
  for (const LevelChange& change : work.plan.changes) {
    if (change.to != ir::Level::None) entries.push_back({change.principal, change.to});
  }
  return grant_some(work, std::move(entries), stop);
}

/// One unknown principal fails the whole request (databricks.md 2.1): it is left out, and the others are tried again.
Result<void> Databricks::grant_some(Work& work, std::vector<ir::Grant> entries, std::stop_token stop) {
  while (!entries.empty()) {
    const Result<http::Response> sent =
        session_.send(change_list(work, "PATCH", write_access_list(entries), "update"), stop);
    if (sent) return {};
    const std::string name = unknown_principal(sent.error().message);
    if (name.empty()) {
      // Only a refusal of the content may be a single principal's; everything else would fail again.
      const Code code = sent.error().code;
      if ((code != Code::InvalidSpec && code != Code::NotFound) || entries.size() == 1) {
        if (code == Code::InvalidSpec && entries.size() == 1) {
          work.miss(entries.front().principal, sent.error().message);
          return {};
        }
        return sent.error();
      }
      const auto half = entries.begin() + static_cast<std::ptrdiff_t>(entries.size() / 2);
      TRY(grant_some(work, {entries.begin(), half}, stop));
      return grant_some(work, {half, entries.end()}, stop);
    }
    const std::size_t before = entries.size();
    std::erase_if(entries, [&](const ir::Grant& entry) {
      if (to_lower(entry.principal.value) != to_lower(name)) return false;
      work.miss(entry.principal, "does not exist in the workspace");
      return true;
    });
    if (entries.size() == before) return sent.error();
  }
  return {};
}

/// There is no DELETE: revoking is reading, dropping and PUT (databricks.md 2.1). Only on two reads that agree, because
/// a lagging read would take away what somebody else has just given; our own direct entry stays in, or we would lock
/// ourselves out.
Result<void> Databricks::revoke(Work& work, std::stop_token stop) {
  std::set<std::string> leaving;
  for (const LevelChange& change : work.plan.changes) {
    if (change.to == ir::Level::None) leaving.insert(change.principal.key());
  }
  if (leaving.empty()) return {};
  const AccessList first = TRY(read_list(work.endpoint.id, stop));
  const AccessList second = TRY(read_list(work.endpoint.id, stop));
  if (text_of(first) != text_of(second)) {
    return Error{Code::RateLimited,
                 "two reads of the access list do not agree yet; nothing is revoked on a doubtful one",
                 {},
                 std::chrono::seconds(5)};
  }
  std::vector<ir::Grant> staying;
  for (const auto& [key, entry] : second) {
    if (entry.direct != ir::Level::None && !leaving.contains(key)) staying.push_back({entry.principal, entry.direct});
  }
  TRY(session_.send(change_list(work, "PUT", write_access_list(staying), "delete"), stop));
  return {};
}

/// Reads lag, and may even go back (ucx #4738): a bounded wait for two good reads in a row, then an honest "not yet".
Result<void> Databricks::verify(Work& work, std::stop_token stop) {
  int good = 0;
  for (int attempt = 0; attempt < 6; ++attempt) {
    work.observed = TRY(read_list(work.endpoint.id, stop));
    const bool as_wanted =
        std::all_of(work.plan.changes.begin(), work.plan.changes.end(), [&](const LevelChange& change) {
          return work.missed.contains(change.principal.key()) ||
                 direct_level(work.observed, change.principal.key()) == change.to;
        });
    good = as_wanted ? good + 1 : 0;
    if (good == 2) return {};
    if (!as_wanted && !around_.clock.sleep(std::chrono::milliseconds(500 * (attempt + 1)), stop)) break;
  }
  return Error{Code::RateLimited,
               "the change was sent, but is not visible in the access list yet",
               {},
               std::chrono::seconds(10)};
}

/// What is in force counts as applied; a ledger in which nothing is left goes, and the claim with it.
Result<void> Databricks::close_ledger(Work& work, std::stop_token stop) {
  ir::Ledger settled = settle(work.plan.ledger, work.observed);
  std::erase_if(settled.entries, [](const auto& entry) {
    return entry.second.owners.empty() && entry.second.before == ir::Level::None &&
           entry.second.applied == ir::Level::None;
  });
  const auto claimed = work.endpoint.tags.find(kInstanceTag);
  const bool ours = claimed != work.endpoint.tags.end() && claimed->second == connection_.instance.str();
  if (settled.entries.empty()) {
    if (ours && (work.had_ledger || work.plan.ledger_changed)) {
      http::Request request = change_list(work, "PATCH", write_tag_removal(kInstanceTag), "delete");
      request.target = endpoint_path(work.endpoint.name) + "/tags";
      TRY(session_.send(request, stop));
    }
    if (work.had_ledger || work.plan.ledger_changed) TRY(around_.ledgers.erase(connection_.name, work.endpoint.id));
    return {};
  }
  if (!same(settled, work.plan.ledger)) TRY(around_.ledgers.save(settled));
  return {};
}

std::vector<ir::Verdict> Databricks::verdicts_of(const Work& work, const std::optional<Error>& failed) const {
  std::vector<ir::Verdict> verdicts;
  for (std::size_t i = 0; i < work.fragments.size(); ++i) {
    const ir::GrantFragment& fragment = work.fragments[i];
    ir::Verdict verdict;
    verdict.facts = {{"endpoint_id", work.endpoint.id}, {"invocations_url", work.endpoint.invocations_url}};
    if (fragment.wish == Wish::Hold) {
      verdict.outcome = Outcome::Pending;
    } else if (work.refused[i]) {
      verdict.outcome = Outcome::Rejected;
      verdict.error = work.refused[i];
    } else if (failed) {
      verdict.outcome = Outcome::Unknown;
      verdict.error = failed;
    } else if (fragment.wish == Wish::Present) {
      verdict.outcome = Outcome::Applied;
      verdict.notes = work.plan.notes;
      for (const ir::Grant& grant : fragment.grants) {
        const std::string key = grant.principal.key();
        if (work.untouchable.covers(grant.principal))
          verdict.notes.push_back("'" + grant.principal.value + "' is never changed; it keeps what it has");
        const auto missed = work.missed.find(key);
        if (missed == work.missed.end()) continue;
        verdict.missing.push_back(key);
        verdict.notes.push_back(std::string(to_string(grant.principal.type)) + " '" + grant.principal.value + "' " +
                                missed->second);
      }
      if (!work.endpoint.ready) verdict.notes.push_back("the serving endpoint is not ready");
      const std::string others = foreign_entries(work);
      if (!others.empty()) verdict.notes.push_back("entries of others, left as they are (Additive): " + others);
    } else {
      verdict.outcome = Outcome::Gone;
    }
    verdicts.push_back(verdict);
  }
  return verdicts;
}

std::vector<ir::Verdict> Databricks::compare(const Step& step, std::stop_token stop) {
  Step as_present = step;
  for (ir::GrantFragment& fragment : as_present.fragments) {
    if (fragment.wish == Wish::Observe) fragment.wish = Wish::Present;
  }
  const Result<Work> work = look(as_present, stop);
  if (!work) return std::vector<ir::Verdict>(step.fragments.size(), unknown(work.error()));
  std::vector<ir::Verdict> verdicts = verdicts_of(*work, std::nullopt);
  for (ir::Verdict& verdict : verdicts) {
    if (verdict.outcome != Outcome::Applied || work->plan.changes.empty()) continue;
    verdict.outcome = Outcome::Unknown;
    verdict.notes.clear();
    for (const LevelChange& change : work->plan.changes) {
      const auto name = [](ir::Level level) {
        return level == ir::Level::None ? std::string("none") : std::string(to_string(level));
      };
      verdict.notes.push_back("'" + change.principal.value + "': " + name(change.from) + " -> " + name(change.to));
    }
  }
  return verdicts;
}

std::string Databricks::render(const ir::GrantFragment& fragment) const {
  return "PATCH /api/2.0/permissions/serving-endpoints/<id of " + fragment.serving_endpoint + ">\n" +
         write_access_list(fragment.grants);
}

}  // namespace sallyport::data::databricks
