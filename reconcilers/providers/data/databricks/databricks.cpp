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
