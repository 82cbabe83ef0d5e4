// SPDX-License-Identifier: Apache-2.0
// Everything that writes: ledger, claim, grants, revocations, verification, ledger. Each is safe to repeat after a
// crash in between.
#include <algorithm>
#include <set>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "reconcilers/providers/data/databricks/databricks.hpp"
#include "reconcilers/providers/data/databricks/paths.hpp"
#include "reconcilers/providers/data/databricks/work.hpp"

namespace sallyport::data::databricks {
namespace {

constexpr std::size_t kAlone = 3;  ///< principals in one step that are tried again, each by a request of its own

Error doubtful(std::string why) {
  return {Code::RateLimited, std::move(why), {}, std::chrono::seconds(5)};
}

/// Takes the entries of the principal that an answer names out; whom it took.
std::vector<ir::Principal> take_out(std::vector<ir::Grant>& entries, const std::string& name) {
  std::vector<ir::Principal> taken;
  std::erase_if(entries, [&](const ir::Grant& entry) {
    if (to_lower(entry.principal.value) != to_lower(name)) return false;
    taken.push_back(entry.principal);
    return true;
  });
  return taken;
}

/// Whether the list still is what the plan was made of, with what has been granted since: a change of ours that it does
/// not show would be undone by replacing it.
bool is_as_planned(const Databricks::Work& work, const AccessList& list) {
  return std::all_of(work.plan.changes.begin(), work.plan.changes.end(), [&](const LevelChange& change) {
    const std::string key = change.principal.key();
    const ir::Level now = direct_level(list, key);
    return change.to == ir::Level::None ? now == change.from : now == change.to || work.missed.contains(key);
  });
}

bool revokes(const Plan& plan) {
  return std::any_of(plan.changes.begin(), plan.changes.end(),
                     [](const LevelChange& change) { return change.to == ir::Level::None; });
}

}  // namespace

Result<void> Databricks::carry_out(Work& work, std::stop_token stop) {
  if (work.plan.ahead_changed) TRY(around_.ledgers.save(work.plan.ahead));
  if (work.unclaimed()) TRY(claim(work, stop));
  TRY(grant(work, stop));
  TRY(revoke(work, stop));
  TRY(verify(work, stop));
  return close_ledger(work, stop);
}

/// One endpoint is managed by one installation. The answer to our own PATCH tells of ours alone: another's claim may
/// have followed at once, and then the last one counts. So the endpoint is asked once more before anything is granted;
/// who loses has granted nothing, and its ledger must not say so.
Result<void> Databricks::claim(Work& work, std::stop_token stop) {
  TRY(change_tags(work, write_tag(kInstanceTag, connection_.instance.str()), "update", stop));
  ServingEndpoint now = TRY(resolve(work.endpoint.name, stop));
  if (now.id != work.endpoint.id)
    return doubtful("serving endpoint '" + work.endpoint.name + "' was made anew while it was claimed");
  work.endpoint = std::move(now);
  const auto tag = work.endpoint.tags.find(kInstanceTag);
  if (tag != work.endpoint.tags.end() && tag->second != connection_.instance.str()) {
    TRY(work.had_ledger ? around_.ledgers.save(work.ledger)
                        : around_.ledgers.erase(connection_.name, work.endpoint.id));
    return Error{Code::Conflict,
                 "another installation claimed serving endpoint '" + work.endpoint.name + "' at the same time",
                 {},
                 {}};
  }
  return {};
}

/// PATCH /api/2.0/serving-endpoints/{name}/tags. Its answer has all tags; what they are now is remembered.
Result<void> Databricks::change_tags(Work& work, std::string body, const std::string& action, std::stop_token stop) {
  http::Request request = change_list(work, "PATCH", std::move(body), action);
  request.target = endpoint_path(work.endpoint.name) + "/tags";
  const http::Response answer = TRY(session_.send(request, stop));
  if (const auto tags = read_tags(answer.body)) {
    work.endpoint.tags = *tags;
    catalogue_.remember(work.endpoint);
  } else {
    work.endpoint = TRY(resolve(work.endpoint.name, stop));
  }
  return {};
}

http::Request Databricks::change_list(const Work& work, std::string method, std::string body,
                                      const std::string& action) const {
  http::Request request{.method = std::move(method), .target = list_path(work.endpoint.id)};
  request.headers["Content-Type"] = "application/json";
  request.body = std::move(body);
  const std::string after = short_hash(request.body, 32);
  for (const ir::GrantFragment& fragment : work.effective) {
    if (fragment.wish == ir::Wish::Hold || fragment.wish == ir::Wish::Observe) continue;
    request.changes.push_back({fragment.owner.text(), fragment.owner.uid.str(), fragment.owner.resource_version,
                               fragment.owner.generation,
                               "databricks " + connection_.name + ": serving-endpoints/" + work.endpoint.id, action,
                               short_hash(text_of(work.observed), 32), after});
  }
  return request;
}

/// PATCH /api/2.0/permissions/serving-endpoints/{id}: adds or overwrites the named principals and leaves the rest
/// alone. Who was unknown the last time goes by itself, so that the others' request does not have to fail first.
Result<void> Databricks::grant(Work& work, std::stop_token stop) {
  std::vector<ir::Grant> entries;
  std::vector<ir::Grant> alone;
  for (const LevelChange& change : work.plan.changes) {
    if (change.to == ir::Level::None) continue;
    const auto missed = change.to > change.from ? missed_.find(change.principal.key()) : std::nullopt;
    if (missed && alone.size() == kAlone) {
      work.miss(change.principal, missed->why);
    } else {
      (missed ? alone : entries).push_back({change.principal, change.to});
    }
  }
  TRY(grant_some(work, std::move(entries), stop));
  for (const ir::Grant& entry : alone) TRY(grant_some(work, {entry}, stop));
  return {};
}

void Databricks::miss(Work& work, const ir::Principal& principal, const std::string& why) {
  work.miss(principal, why);
  missed_.add(principal.key(), why);
}

/// One unknown principal fails the whole request (databricks.md 2.1): it is left out, and the others are tried again.
Result<void> Databricks::grant_some(Work& work, std::vector<ir::Grant> entries, std::stop_token stop) {
  while (!entries.empty()) {
    const Result<http::Response> sent =
        session_.send(change_list(work, "PATCH", write_access_list(entries), "update"), stop);
    if (sent) {
      for (const ir::Grant& entry : entries) missed_.forget(entry.principal.key());
      const Result<AccessList> answered = read_access_list(sent->body);
      work.answered = answered ? std::optional{*answered} : std::nullopt;
      return {};
    }
    if (const std::string name = unknown_principal(sent.error().message); !name.empty()) {
      const std::vector<ir::Principal> unknown = take_out(entries, name);
      if (unknown.empty()) return sent.error();
      for (const ir::Principal& principal : unknown) miss(work, principal, "does not exist in the workspace");
      continue;
    }
    // Only a refusal of the content may be a single principal's; everything else would fail again.
    const Code code = sent.error().code;
    if (code != Code::InvalidSpec && code != Code::NotFound) return sent.error();
    if (entries.size() == 1) {
      const auto& [principal, level] = entries.front();
      const bool lowers = level < direct_level(work.observed, principal.key());
      if (code == Code::NotFound || lowers) return sent.error();  // what is to be taken back is not left as it is
      miss(work, principal, sent.error().message);
      return {};
    }
    const auto half = entries.begin() + static_cast<std::ptrdiff_t>(entries.size() / 2);
    TRY(grant_some(work, {entries.begin(), half}, stop));
    return grant_some(work, {half, entries.end()}, stop);
  }
  return {};
}

/// There is no DELETE: revoking is reading, dropping and PUT (databricks.md 2.1). Only on two reads that agree and are
/// as expected, because a lagging one would take away what somebody else has just given; and not when there is
/// something on the list that we cannot say again.
Result<void> Databricks::revoke(Work& work, std::stop_token stop) {
  if (!revokes(work.plan)) return {};
  const AccessList first = TRY(read_list(work.endpoint.id, stop));
  const AccessList second = TRY(read_list(work.endpoint.id, stop));
  if (text_of(first) != text_of(second))
    return doubtful("two reads of the access list do not agree yet; nothing is revoked on a doubtful one");
  if (!is_as_planned(work, second))
    return doubtful("the access list is not what it was a moment ago; nothing is revoked before another look");
  if (const AccessEntry* entry = inexpressible(second)) {
    return Error{Code::Refused,
                 "revoking replaces the whole access list, and it has an entry that is not understood here (" +
                     std::string(trim(entry->principal.value + " " + entry->unknown)) +
                     ") and would get lost; nothing is revoked. Take the grant away by hand, or upgrade Sallyport",
                 "PUT " + connection_.host + list_path(work.endpoint.id),
                 {}};
  }
  return replace_list(work, second, stop);
}

/// PUT /api/2.0/permissions/serving-endpoints/{id}. Our own direct entry stays in, or we would lock ourselves out. A
/// principal that was deleted may still stand on the list, and fails the request as any unknown one does.
Result<void> Databricks::replace_list(Work& work, const AccessList& list, std::stop_token stop) {
  std::set<std::string> leaving;
  for (const LevelChange& change : work.plan.changes) {
    if (change.to == ir::Level::None) leaving.insert(change.principal.key());
  }
  std::vector<ir::Grant> staying;
  for (const auto& [key, entry] : list) {
    if (entry.direct != ir::Level::None && !leaving.contains(key)) staying.push_back({entry.principal, entry.direct});
  }
  for (;;) {
    const Result<http::Response> sent =
        session_.send(change_list(work, "PUT", write_access_list(staying), "delete"), stop);
    if (sent) return {};
    const std::string name = unknown_principal(sent.error().message);
    const std::vector<ir::Principal> unknown = name.empty() ? std::vector<ir::Principal>{} : take_out(staying, name);
    if (unknown.empty() || std::any_of(unknown.begin(), unknown.end(),
                                       [&](const ir::Principal& one) { return work.untouchable.covers(one); })) {
      return sent.error();
    }
    work.plan.notes.push_back("'" + name + "' stood on the access list and does not exist any more; its entry went");
  }
}

/// Reads lag, and may even go back (ucx #4738): a bounded wait for two good looks in a row, then an honest "not yet".
/// The first may be the answer to the grant itself, which tells the whole list (databricks.md 2); a list that was
/// replaced is read twice.
Result<void> Databricks::verify(Work& work, std::stop_token stop) {
  if (work.plan.changes.empty() && work.plan.leaving.empty()) return {};
  const bool seen = work.plan.changes.empty() || (work.answered && !revokes(work.plan) && work.is_done(*work.answered));
  int good = seen ? 1 : 0;
  for (int attempt = 0; attempt < 6; ++attempt) {
    work.observed = TRY(read_list(work.endpoint.id, stop));
    const bool as_wanted = work.is_done(work.observed);
    good = as_wanted ? good + 1 : 0;
    if (good == 2) return {};
    if (!as_wanted && work.plan.changes.empty())
      return doubtful(
          "two reads of the access list do not agree yet; nothing is taken for given back by a doubtful one");
    if (!as_wanted && !around_.clock.sleep(std::chrono::milliseconds(500 * (attempt + 1)), stop)) break;
  }
  return Error{Code::RateLimited,
               "the change was sent, but is not visible in the access list yet",
               {},
               std::chrono::seconds(10)};
}

/// What nobody wants and is given back leaves the ledger; a ledger in which nothing is left goes, and the claim with
/// it.
Result<void> Databricks::close_ledger(Work& work, std::stop_token stop) {
  ir::Ledger settled = settle(work.plan.ledger, work.observed);
  // Nothing can be given back to who does not exist any more.
  std::erase_if(settled.entries,
                [&](const auto& entry) { return entry.second.owners.empty() && work.missed.contains(entry.first); });
  if (!settled.entries.empty()) {
    if (!same(settled, work.plan.ahead)) TRY(around_.ledgers.save(settled));
    return {};
  }
  if (!work.had_ledger && !work.plan.ahead_changed) return {};
  const auto claimed = work.endpoint.tags.find(kInstanceTag);
  if (claimed != work.endpoint.tags.end() && claimed->second == connection_.instance.str())
    TRY(change_tags(work, write_tag_removal(kInstanceTag), "delete", stop));
  return around_.ledgers.erase(connection_.name, work.endpoint.id);
}

}  // namespace sallyport::data::databricks
