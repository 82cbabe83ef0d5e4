// SPDX-License-Identifier: Apache-2.0
// Everything that writes.
#include <algorithm>
#include <set>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "reconcilers/providers/data/databricks/databricks.hpp"
#include "reconcilers/providers/data/databricks/paths.hpp"
#include "reconcilers/providers/data/databricks/work.hpp"

namespace sallyport::data::databricks {

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
    if (fragment.wish == ir::Wish::Hold || fragment.wish == ir::Wish::Observe) continue;
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

}  // namespace sallyport::data::databricks
