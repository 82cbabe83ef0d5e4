// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/watch.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "operator/schema/duration.hpp"
#include "reconcilers/protected_endpoint/decide.hpp"

namespace sallyport::protected_endpoint {
namespace {

using schema::ConditionStatus;
using std::chrono::days;
using std::chrono::seconds;

/// Long enough for a person to mend a renewal that does not come.
constexpr days kSoon{14};
/// databricks.md 6.9: what a serving endpoint bears, and no support case raises.
constexpr seconds kLongestAnswer{297};
constexpr int kMostQueriesPerSecond = 200;  ///< of a workspace, without route optimisation

/// What is judged here is a route; where none shall be, there is nothing to say.
bool applies(const Validated& v) {
  return v.edge.wish != ir::Wish::Absent && v.edge.wish != ir::Wish::Release;
}

struct Word {
  ConditionStatus status = ConditionStatus::True;
  std::string reason;
  std::string message;
};

// --- certificates -------------------------------------------------------------------------------------------------

struct Side {
  std::string name;  ///< begins a sentence
  const api::CertificateStatus* certificate;
  bool is_ours;    ///< what was handed over is shown until something else is; else it may have been replaced since
  bool our_trust;  ///< the gateway trusts by what stands in the connection, as the operator does
  std::string_view advice;
};

std::vector<Side> sides_of(const Validated& v, const api::ProtectedEndpointStatus& status) {
  const auto* front =
      status.virtual_server && status.virtual_server->certificate ? &*status.virtual_server->certificate : nullptr;
  std::vector<Side> sides{{"the gateway's certificate", front, true, true, "renew the Secret of spec.tls"}};
  const bool generated = api::is_generated(spec_of(v.found).identity);
  const auto& backends = spec_of(v.found).backends;
  for (const api::Backend& backend : backends) {
    const api::DatabricksStatus* told = told_of(status, backend);
    const auto* back = told != nullptr && told->certificate ? &*told->certificate : nullptr;
    const std::string of = backends.size() > 1 ? " of backend '" + backend.name + "'" : "";
    sides.push_back({"the serving host's certificate" + of, back, false, generated, "ask the workspace's owner"});
  }
  return sides;
}

std::optional<SystemTime> end_of(const Side& side) {
  if (side.certificate == nullptr) return std::nullopt;
  const Result<SystemTime> until = parse_rfc3339(side.certificate->valid_until);
  return until ? std::optional{*until} : std::nullopt;
}

std::string days_left(std::chrono::system_clock::duration left) {
  const auto count = std::chrono::floor<days>(left).count();
  if (count == 0) return "less than a day";
  return std::to_string(count) + (count == 1 ? " day" : " days");
}

/// The worst that one side has to say. Unknown: it was not seen, or says nothing of what the gateway makes of it.
Word word_on(const Side& side, SystemTime now) {
  const std::string& name = side.name;
  const auto until = end_of(side);
  if (!until) return {ConditionStatus::Unknown, "NotSeen", name + " has not been seen yet"};
  const std::string& problem = side.certificate->problem;
  const bool unknown_authority = problem.starts_with("unknown CA");
  if (unknown_authority && !side.our_trust)
    return {ConditionStatus::Unknown, "NotSeen", name + " chains to an authority that only the gateway may know"};
  if (!problem.empty()) {
    const std::string_view advice =
        unknown_authority ? "see that the DatabricksWorkspace's spec.caBundle has the authority that it chains to now"
                          : side.advice;
    return {ConditionStatus::False, "Untrusted",
            name + " is not to be trusted: " + problem + "; " + std::string(advice)};
  }
  const std::string& at = side.certificate->valid_until;
  if (*until <= now && !side.is_ours) {
    return {ConditionStatus::Unknown, "NotSeen", name + " was last seen with one that ended at " + at};
  }
  if (*until <= now)
    return {ConditionStatus::False, "Expired", name + " has expired at " + at + "; " + std::string(side.advice)};
  const std::string valid = name + " is valid until " + at;
  if (*until - now > kSoon) return {ConditionStatus::True, "Valid", valid};
  return {ConditionStatus::True, "ExpiresSoon", valid + ", " + days_left(*until - now) + " from now"};
}

void judge_trust_chain(Conditions& conditions, const Validated& v, const api::ProtectedEndpointStatus& status,
                       SystemTime now) {
  std::vector<Word> words;
  std::vector<std::string> messages;
  for (const Side& side : sides_of(v, status)) {
    words.push_back(word_on(side, now));
    messages.push_back(words.back().message);
  }
  const auto bad = std::ranges::find(words, ConditionStatus::False, &Word::status);
  if (bad != words.end()) return conditions.set("TrustChainValid", bad->status, bad->reason, bad->message);
  const std::string all = join(messages, "; ");
  const bool unseen =
      std::ranges::all_of(words, [](const Word& one) { return one.status == ConditionStatus::Unknown; });
  if (unseen) return conditions.set("TrustChainValid", ConditionStatus::Unknown, "NotSeen", all);
  const bool soon = std::ranges::find(words, "ExpiresSoon", &Word::reason) != words.end();
  conditions.set("TrustChainValid", ConditionStatus::True, soon ? "ExpiresSoon" : "Valid", all);
}

// --- the issuer ---------------------------------------------------------------------------------------------------

const schema::Condition* issuers_own(const Validated& v) {
  return v.found.provider ? schema::find_condition(v.found.provider->status.conditions, "IdentityConfigCurrent")
                          : nullptr;
}

/// How long gateways go on with the keys that they have; empty where what is wrong is no outage.
std::optional<SystemTime> believed_until(const Validated& v, const schema::Condition& own) {
  const bool outage = own.reason == api::kIssuerUnreachable || own.reason == api::kKeysUnreachable;
  const Result<SystemTime> since = parse_rfc3339(own.last_transition_time);
  if (own.status != ConditionStatus::False || !outage || !since) return std::nullopt;
  return *since + v.found.provider->spec.keys.value_or(api::KeySettings{}).stale_after;
}

void judge_identity_config(Conditions& conditions, const Validated& v, SystemTime now) {
  const auto say = [&](ConditionStatus status, std::string_view reason, const std::string& message) {
    conditions.set("IdentityConfigCurrent", status, reason, message);
  };
  const schema::Condition* own = issuers_own(v);
  if (own == nullptr) return say(ConditionStatus::Unknown, "NotSeen", "the issuer has not been looked at yet");
  const std::string name = "IdentityProvider '" + v.found.provider->meta.name + "'";
  // Not what it says when all is well: that changes with each key, and every endpoint would have to be told.
  if (own->status != ConditionStatus::False)
    return say(own->status, own->reason, "issuer, endpoints and keys of " + name + " are current");
  const std::string said = name + ": " + own->message;
  if (own->reason != "IssuerChanged" && !api::is_generated(spec_of(v.found).identity))
    return say(ConditionStatus::Unknown, own->reason,
               said + "; by which keys the referenced policy checks is not known");
  const auto until = believed_until(v, *own);
  if (!until) return say(ConditionStatus::False, own->reason, said);
  if (now < *until)
    return say(ConditionStatus::True, "Stale",
               said + "; tokens are checked by the keys that are known until " + to_rfc3339(*until));
  // A restart knows nothing better before it has looked itself.
  if (!v.issuer_seen) return say(ConditionStatus::Unknown, "NotSeen", said + "; it is looked at anew");
  say(ConditionStatus::False, own->reason, said);
}

// --- limits -------------------------------------------------------------------------------------------------------

std::string longest_answer() {
  return std::to_string(kLongestAnswer.count()) + "s";
}

/// What Databricks serves for others: chat, completions, embeddings, agents.
bool takes_small_bodies_only(const api::DatabricksStatus& told) {
  return !told.task.empty();
}

bool is_route_optimised(const api::DatabricksStatus& told) {
  return !told.authorization_details.empty();
}

void judge_limits(Conditions& conditions, const Validated& v, const api::ProtectedEndpointStatus& status) {
  const api::Traffic traffic = spec_of(v.found).traffic.value_or(api::Traffic{});
  const std::chrono::milliseconds response = traffic.timeouts.value_or(api::Timeouts{}).response;
  if (response < kLongestAnswer) {
    return conditions.set("TrafficWithinLimits", ConditionStatus::False, "ResponseTimeoutTooShort",
                          "spec.traffic.timeouts.response: after " + schema::write_duration(response) +
                              " the gateway gives up, while the serving endpoint may take " + longest_answer() +
                              "; callers get 504 for answers between the two");
  }
  const auto& all = status.databricks;
  if (all.empty() || std::ranges::find(all, "", &api::DatabricksStatus::invocations_url) != all.end()) {
    return conditions.set("TrafficWithinLimits", ConditionStatus::Unknown, "NotSeen",
                          "the serving endpoint has not been seen yet");
  }
  const bool optimised = std::ranges::all_of(all, is_route_optimised);
  if (traffic.rate_limit && traffic.rate_limit->requests_per_second > kMostQueriesPerSecond && !optimised) {
    return conditions.set(
        "TrafficWithinLimits", ConditionStatus::False, "RateAboveLimit",
        "spec.traffic.rateLimit.requestsPerSecond: " + std::to_string(traffic.rate_limit->requests_per_second) +
            " is more than the " + std::to_string(kMostQueriesPerSecond) +
            " a second that a workspace answers in all, unless the serving endpoint is route-optimised");
  }
  std::string message = "answers may take " + longest_answer() + " and the gateway waits " +
                        schema::write_duration(response) + "; bodies may have " +
                        (std::ranges::any_of(all, takes_small_bodies_only) ? "4 MB (the gateway passes 16)" : "16 MB");
  if (std::ranges::any_of(all, &api::DatabricksStatus::scales_to_zero))
    message += "; it scales to zero: a first request waits for it, and may get 429, 503 or 504 meanwhile";
  conditions.set("TrafficWithinLimits", ConditionStatus::True, "WithinLimits", message);
}

}  // namespace

void judge_watched(Conditions& conditions, const Validated& v, const api::ProtectedEndpointStatus& status,
                   SystemTime now) {
  if (!applies(v)) {
    for (const std::string_view type : {"TrustChainValid", "IdentityConfigCurrent", "TrafficWithinLimits"})
      conditions.remove(type);
    return;
  }
  judge_trust_chain(conditions, v, status, now);
  judge_identity_config(conditions, v, now);
  judge_limits(conditions, v, status);
}

std::optional<SystemTime> next_turn(const Validated& v, const api::ProtectedEndpointStatus& status, SystemTime now) {
  if (!applies(v)) return std::nullopt;
  std::optional<SystemTime> next;
  const auto consider = [&](SystemTime time) {
    if (time > now && (!next || time < *next)) next = time;
  };
  for (const Side& side : sides_of(v, status)) {
    const auto until = end_of(side);
    if (!until) continue;
    consider(*until);
    consider(*until - kSoon);
    const auto left = *until - now;
    if (left <= kSoon) consider(*until - std::chrono::floor<days>(left) + seconds(1));  // the days left are told
  }
  if (const schema::Condition* own = issuers_own(v)) {
    if (const auto until = believed_until(v, *own)) consider(*until);
  }
  return next;
}

}  // namespace sallyport::protected_endpoint
