// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/data/databricks/databricks.hpp"

#include <algorithm>

#include "operator/base/text.hpp"
#include "reconcilers/providers/data/databricks/paths.hpp"
#include "reconcilers/providers/data/databricks/work.hpp"

namespace sallyport::data::databricks {
namespace {

using ir::Outcome;
using ir::Wish;

ir::Verdict verdict_of(Outcome outcome) {
  ir::Verdict verdict;
  verdict.outcome = outcome;
  return verdict;
}

/// The ledger is written before anything is granted: for whom it has no word, nothing was. One without an owner may be
/// anybody's.
bool has_nothing(const std::vector<ir::Ledger>& ledgers, const Uid& owner) {
  return std::all_of(ledgers.begin(), ledgers.end(), [&](const ir::Ledger& ledger) {
    return std::none_of(ledger.entries.begin(), ledger.entries.end(), [&](const auto& entry) {
      return entry.second.owners.empty() || entry.second.owners.contains(owner);
    });
  });
}

/// Whether there is an endpoint, and whether it can be granted on, is said by itself alone (`resolve`): what went wrong
/// beside it says nothing of either.
Error beside_the_endpoint(Error error) {
  if (error.code == Code::NotFound || error.code == Code::InvalidSpec) error.code = Code::Unavailable;
  return error;
}

}  // namespace

Databricks::Databricks(ir::DataConnection connection, std::unique_ptr<http::Client> http, Surroundings around)
    : connection_(connection),
      around_(around),
      session_(std::move(connection), std::move(http), std::move(around)),
      catalogue_(session_, around_.clock),
      missed_(around_.clock) {}

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

/// The list of endpoints is good enough to see that nothing has to be done. Before anything is written, refused or
/// taken for gone, the endpoint itself is asked: it may have been recreated under its name, and then has another id.
Result<Databricks::Work> Databricks::look(const Step& step, const std::vector<ir::Ledger>& ledgers,
                                          std::stop_token stop) {
  const auto at = [&](const ServingEndpoint& endpoint) -> Result<Work> {
    Result<Work> work = look_at(step, endpoint, ledgers, stop);
    if (!work) return beside_the_endpoint(work.error());
    return work;
  };
  const auto listed = catalogue_.find(step.serving_endpoint, stop);
  const bool known = listed && *listed && !(*listed)->invocations_url.empty();
  if (!known) return at(TRY(resolve(step.serving_endpoint, stop)));
  Result<Work> work = look_at(step, **listed, ledgers, stop);
  if (work ? !work->depends_on_endpoint() : work.error().code != Code::NotFound) return work;
  const ServingEndpoint now = TRY(resolve(step.serving_endpoint, stop));
  if (!work || now.id != work->endpoint.id) return at(now);
  if (now == work->endpoint) return work;
  work->endpoint = now;
  if (const Result<void> planned = plan(*work, stop); !planned) return beside_the_endpoint(planned.error());
  return work;
}

Result<Databricks::Work> Databricks::look_at(const Step& step, const ServingEndpoint& endpoint,
                                             const std::vector<ir::Ledger>& ledgers, std::stop_token stop) {
  Work work;
  work.fragments = step.fragments;
  work.untouchable.self_key = TRY(me(stop)).key();
  work.endpoint = endpoint;
  work.observed = TRY(read_list(work.endpoint.id, stop));
  const std::optional<ir::Ledger> known = TRY(around_.ledgers.load(connection_.name, work.endpoint.id));
  work.ledger = known.value_or(ir::Ledger{connection_.name, work.endpoint.id, step.serving_endpoint, {}});
  work.had_ledger = known.has_value();
  for (const ir::Ledger& ledger : ledgers) {
    if (ledger.endpoint_id != work.endpoint.id) work.former.push_back(ledger);
  }
  {
    const std::lock_guard lock(mutex_);
    if (const auto seen = in_force_.find(work.endpoint.id); seen != in_force_.end()) work.in_force = seen->second;
    if (const auto seen = standing_.find(work.endpoint.id); seen != standing_.end()) work.standing = seen->second;
  }
  TRY(plan(work, stop));
  return work;
}

Result<void> Databricks::plan(Work& work, std::stop_token stop) {
  judge_consent(work);
  work.plan = plan_access(work.ledger, work.observed, work.effective, work.untouchable,
                          long_standing(work.standing, around_.clock.steady()));
  if (work.plan.learned && !work.confirmed) {
    if (text_of(TRY(read_list(work.endpoint.id, stop))) != text_of(work.observed)) {
      return Error{
          Code::RateLimited,
          "two reads of the access list do not agree yet; what others granted is not learned from a doubtful one",
          {},
          std::chrono::seconds(5)};
    }
    work.confirmed = true;
  }
  std::erase_if(work.plan.changes, [&](const LevelChange& change) {
    const auto known = change.to > change.from ? missed_.find(change.principal.key()) : std::nullopt;
    if (!known || known->due) return false;
    work.miss(change.principal, known->why);
    return true;
  });
  return {};
}

/// The serving endpoint itself has the last word: whose it is (another instance's), and whether it consents. The latter
/// counts for what is held, too: consent taken away heeds nothing that the team says.
void Databricks::judge_consent(Work& work) const {
  const auto instance = work.endpoint.tags.find(kInstanceTag);
  work.foreign = instance != work.endpoint.tags.end() && instance->second != connection_.instance.str();
  const auto consent = work.endpoint.tags.find(kNamespaceTag);
  work.refused.clear();
  work.effective.clear();
  for (const ir::GrantFragment& fragment : work.fragments) {
    ir::GrantFragment effective = fragment;
    std::optional<Error> refused;
    const bool needs_consent = fragment.require_tag && (fragment.wish == Wish::Present || fragment.wish == Wish::Hold);
    if (work.foreign && fragment.wish != Wish::Hold) {
      refused = Error{Code::Conflict,
                      "serving endpoint '" + work.endpoint.name + "' is managed by another installation (its tag " +
                          kInstanceTag + " is '" + instance->second +
                          "'); let one of the two have it, or delete the tag if that installation is gone for good",
                      fragment.field + ".serving.endpoint",
                      {}};
      effective.wish = Wish::Hold;
    } else if (!work.foreign && needs_consent &&
               (consent == work.endpoint.tags.end() || consent->second != fragment.owner.ns)) {
      refused =
          Error{Code::Refused,
                "serving endpoint '" + work.endpoint.name + "' does not consent: its owner has to give it the tag " +
                    kNamespaceTag + "=" + fragment.owner.ns,
                fragment.field + ".serving.endpoint",
                {}};
      effective.wish = Wish::Absent;  // consent taken away: what was granted goes
    }
    work.refused.push_back(refused);
    work.effective.push_back(effective);
  }
}

/// Who never had anything here is gone without a question: what cannot be reached, is not ours or never was must not
/// keep an object from being deleted.
std::vector<ir::Verdict> Databricks::converge(const Step& step, std::stop_token stop) {
  const auto ledgers = around_.ledgers.of(connection_.name, step.serving_endpoint);
  if (!ledgers) return without_endpoint(step, beside_the_endpoint(ledgers.error()));
  const auto is_gone = [&](const ir::GrantFragment& fragment) {
    return (fragment.wish == Wish::Absent || fragment.wish == Wish::Release) &&
           has_nothing(*ledgers, fragment.owner.uid);
  };
  Step open{step.serving_endpoint, {}};
  std::copy_if(step.fragments.begin(), step.fragments.end(), std::back_inserter(open.fragments), std::not_fn(is_gone));
  const std::vector<ir::Verdict> converged =
      open.fragments.empty() ? std::vector<ir::Verdict>{} : converge_open(open, *ledgers, stop);
  std::vector<ir::Verdict> verdicts;
  auto next = converged.begin();
  for (const ir::GrantFragment& fragment : step.fragments)
    verdicts.push_back(is_gone(fragment) ? verdict_of(Outcome::Gone) : *next++);
  return verdicts;
}

std::vector<ir::Verdict> Databricks::converge_open(const Step& step, const std::vector<ir::Ledger>& ledgers,
                                                   std::stop_token stop) {
  Result<Work> work = look(step, ledgers, stop);
  if (!work) {
    // The endpoint is gone, and whatever stood on its list with it.
    const Result<void> forgotten = work.error().code == Code::NotFound ? forget(ledgers) : Result<void>{};
    return without_endpoint(step, forgotten ? work.error() : beside_the_endpoint(forgotten.error()));
  }
  Result<void> done = forget(work->former);
  if (done && !work->foreign) done = carry_out(*work, stop);
  remember_standing(*work);
  if (!done) return verdicts_of(*work, beside_the_endpoint(done.error()));
  std::vector<ir::Verdict> verdicts = verdicts_of(*work, std::nullopt);
  for (ir::Verdict& verdict : verdicts) verdict.drift_repaired = verdict.outcome == Outcome::Applied && repairs(*work);
  const std::lock_guard lock(mutex_);
  in_force_[work->endpoint.id] = now_in_force(*work);
  return verdicts;
}

void Databricks::remember_standing(const Work& work) {
  auto standing = now_standing(work, around_.clock.steady());
  const std::lock_guard lock(mutex_);
  if (standing.empty()) {
    standing_.erase(work.endpoint.id);
  } else {
    standing_[work.endpoint.id] = std::move(standing);
  }
}

/// A recreated endpoint has a new id; whatever stood on the old one went with it.
Result<void> Databricks::forget(const std::vector<ir::Ledger>& ledgers) {
  for (const ir::Ledger& ledger : ledgers) {
    TRY(around_.ledgers.erase(ledger.workspace, ledger.endpoint_id));
    const std::lock_guard lock(mutex_);
    in_force_.erase(ledger.endpoint_id);
    standing_.erase(ledger.endpoint_id);
  }
  return {};
}

std::vector<ir::Verdict> Databricks::compare(const Step& step, std::stop_token stop) {
  Step as_present = step;
  for (ir::GrantFragment& fragment : as_present.fragments) {
    if (fragment.wish == Wish::Observe) fragment.wish = Wish::Present;
  }
  const Result<Work> work = look(as_present, {}, stop);
  if (!work) {
    ir::Verdict unknown = verdict_of(Outcome::Unknown);
    unknown.error = work.error();
    return std::vector<ir::Verdict>(step.fragments.size(), unknown);
  }
  std::vector<ir::Verdict> verdicts = verdicts_of(*work, std::nullopt);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    ir::Verdict& verdict = verdicts[i];
    const bool claims = work->unclaimed() && step.fragments[i].wish == Wish::Present;
    if (verdict.outcome != Outcome::Applied || (work->plan.changes.empty() && !claims)) continue;
    verdict.outcome = Outcome::Unknown;
    verdict.notes.clear();
    if (claims) verdict.notes.push_back("tag " + kInstanceTag + ": none, would be " + connection_.instance.str());
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
  return "PATCH " + endpoint_path(fragment.serving_endpoint) + "/tags " +
         write_tag(kInstanceTag, connection_.instance.str()) +
         "\nPATCH /api/2.0/permissions/serving-endpoints/<id of " + fragment.serving_endpoint + ">\n" +
         write_access_list(fragment.grants);
}

}  // namespace sallyport::data::databricks
