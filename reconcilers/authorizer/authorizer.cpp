// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/authorizer.hpp"

#include <algorithm>
#include <utility>

namespace sallyport::authorizer {
namespace {

/// For all that is waited for: the issuer's keys, a place in a lane, the workspace. nginx gives the answer twelve
/// seconds.
constexpr std::chrono::seconds kPatience{10};
/// A decision is not remembered up to the very end of what it rests on: the request has to arrive upstream as well.
constexpr std::chrono::seconds kMargin{1};

bool may_be_a_new_key(const token::Refusal& refusal) {
  return refusal.reason == token::Reason::KeyUnknown;
}

std::string lane_of(const std::string& url) {
  const Result<http::Url> parsed = http::parse_url(url);
  return parsed ? parsed->origin() : url;
}

}  // namespace

Authorizer::Authorizer(Surroundings around)
    : around_(std::move(around)),
      cache_(around_.most_cached),
      rates_(around_.most_cached, around_.clock),
      bulkhead_(around_.bulkhead) {}

void Authorizer::follow(std::shared_ptr<const Snapshot> snapshot) {
  around_.issuers.follow(*snapshot);
  const std::lock_guard lock(mutex_);
  snapshot_ = std::move(snapshot);
}

std::shared_ptr<const Snapshot> Authorizer::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

void Authorizer::ask(Ask ask, Answer answer) {
  begin(std::make_shared<Question>(Question{std::move(ask), std::move(answer), around_.clock.steady() + kPatience}));
}

void Authorizer::begin(const Asked& asked) {
  const std::shared_ptr<const Snapshot> snapshot = this->snapshot();
  if (snapshot == nullptr) {
    return conclude(asked, refuse(Reason::PolicyExpired, "nothing is installed on this gateway yet"));
  }
  if (around_.clock.now() >= snapshot->use_until) {
    return conclude(asked, refuse(Reason::PolicyExpired, "what is installed was to be used until " +
                                                             to_rfc3339(snapshot->use_until) +
                                                             ", and the operator has not been heard of since"));
  }
  asked->policy = snapshot->find(asked->ask.endpoint);
  if (asked->policy == nullptr || asked->policy->exchange_of(asked->ask.backend) == nullptr) {
    return conclude(asked, refuse(Reason::EndpointUnknown, "there is no policy for this endpoint and backend"));
  }
  const auto token = bearer_of(asked->ask.authorization.reveal());
  if (!token) return conclude(asked, refuse(token.error(), "one header 'Authorization: Bearer ...' is needed"));
  asked->token = Secret(std::string(*token));
  asked->key = key_of(asked->token, *asked->policy, asked->ask.backend);
  if (const auto known = cache_.find(asked->key, around_.clock.now())) return answer_known(asked, known);
  decide(asked);
}

/// Whether what was judged by is still in force.
bool Authorizer::holds(const Question& asked) const {
  const std::shared_ptr<const Snapshot> snapshot = this->snapshot();
  if (around_.clock.now() >= snapshot->use_until) return false;
  const auto policy = snapshot->find(asked.ask.endpoint);
  return policy != nullptr && policy->document == asked.policy->document;
}

void Authorizer::decide(const Asked& asked) {
  const std::shared_ptr<KeyCache> keys = around_.issuers.keys_of(asked->policy->issuer);
  const KeyCache::Keys current = keys->current();
  if (current.set == nullptr) return fetch_keys_and_decide(asked, keys);
  judge(asked, *current.set, true, keys);
}

void Authorizer::fetch_keys_and_decide(const Asked& asked, const std::shared_ptr<KeyCache>& keys) {
  const bool taken =
      bulkhead_.run(lane_of(asked->policy->issuer.jwks_uri), [this, asked, keys](const std::stop_token&) {
        const KeyCache::Keys fresh = keys->renewed();
        if (fresh.set == nullptr) {
          const std::string trouble = keys->trouble();
          return conclude(asked, refuse(Reason::KeysUnavailable,
                                        "the issuer's keys cannot be had" + (trouble.empty() ? "" : ": " + trouble)));
        }
        judge(asked, *fresh.set, false, keys);
      });
  if (!taken) conclude(asked, refuse(Reason::KeysUnavailable, "too many wait for the issuer's keys"));
}

void Authorizer::judge(const Asked& asked, const token::KeySet& keys, bool may_fetch,
                       const std::shared_ptr<KeyCache>& cache) {
  const Policy& policy = *asked->policy;
  const SystemTime now = around_.clock.now();
  auto claims = token::validate(asked->token.reveal(), keys, policy.demand, now);
  if (!claims) {
    if (may_fetch && may_be_a_new_key(claims.error())) return fetch_keys_and_decide(asked, cache);
    return conclude(asked, refuse(claims.error()));
  }
  const GrantVerdict grants = judge_grants(policy, *claims, now);
  if (grants.refused) {
    Decision decision = refuse(*grants.refused, grants.detail);
    decision.caller = {claims->issuer, claims->subject, claims->client};
    return conclude(asked, decision);
  }
  const SystemTime until = std::min({claims->expires, grants.holds_until,
                                     now + std::chrono::duration_cast<SystemTime::duration>(policy.cache_window)});
  join_exchange(asked, {{claims->issuer, claims->subject, claims->client}, grants.holds_until, until});
}

void Authorizer::join_exchange(const Asked& asked, Valid valid) {
  const Exchange& where = *asked->policy->exchange_of(asked->ask.backend);
  if (auto ready = around_.upstream.ready(*asked->policy, where)) {
    return answer_known(asked, let_in(asked, valid, *ready));
  }
  const std::string lane = lane_of(where.token_endpoint);
  std::shared_ptr<const Decision> known;
  {
    const std::lock_guard lock(waiting_mutex_);
    // Somebody's exchange may have ended since this one was looked up: it is remembered before it leaves `waiting_`.
    known = cache_.find(asked->key, around_.clock.now());
    std::size_t& waiting = waiting_by_lane_[lane];
    if (known == nullptr && waiting < around_.most_waiting) {
      ++waiting;
      const auto [at, first] = waiting_.try_emplace(asked->key);
      at->second.push_back(asked);
      if (!first) return;
    } else if (known == nullptr) {
      known = std::make_shared<const Decision>(
          refuse(Reason::UpstreamUnavailable, "too many wait for the workspace's tokens"));
    }
  }
  if (known != nullptr) return answer_known(asked, known);
  const bool taken = bulkhead_.run(
      lane, [this, asked, valid = std::move(valid)](const std::stop_token& stop) { exchange(asked, valid, stop); });
  if (taken) return;
  for (const Asked& each : take_waiting(*asked)) {
    conclude(each, refuse(Reason::UpstreamUnavailable, "too many wait for the workspace's tokens"));
  }
}

void Authorizer::exchange(const Asked& first, const Valid& valid, const std::stop_token& stop) {
  const Policy& policy = *first->policy;
  auto token = around_.upstream.get(policy, *policy.exchange_of(first->ask.backend), first->token, first->until, stop);
  // It may have taken seconds: what was true before it may no longer be.
  if (token && !holds(*first)) {
    for (const Asked& each : take_waiting(*first)) begin(each);
    return;
  }
  if (token && around_.clock.now() >= valid.grants_until) {
    token = std::unexpected(refuse(Reason::GrantEnded, "the grant ended at " + to_rfc3339(valid.grants_until)));
  }
  if (token) {
    const auto decision = let_in(first, valid, *token);
    for (const Asked& each : take_waiting(*first)) answer_known(each, decision);
    return;
  }
  token.error().caller = valid.caller;
  for (const Asked& each : take_waiting(*first)) conclude(each, token.error());
}

/// Remembers it as well, before those who wait are let go: whoever asks in between finds the one or the other.
std::shared_ptr<const Decision> Authorizer::let_in(const Asked& asked, const Valid& valid, const UpstreamToken& token) {
  auto decision = std::make_shared<Decision>();
  decision->authorization = Secret("Bearer " + token.token.reveal());
  decision->caller = valid.caller;
  cache_.put(asked->key, decision, std::min(valid.until, token.expires - kMargin), around_.clock.now());
  return decision;
}

std::vector<Authorizer::Asked> Authorizer::take_waiting(const Question& asked) {
  const std::string lane = lane_of(asked.policy->exchange_of(asked.ask.backend)->token_endpoint);
  const std::lock_guard lock(waiting_mutex_);
  const auto at = waiting_.find(asked.key);
  if (at == waiting_.end()) return {};
  std::vector<Asked> waiting = std::move(at->second);
  waiting_.erase(at);
  const auto count = waiting_by_lane_.find(lane);
  count->second -= std::min(count->second, waiting.size());
  if (count->second == 0) waiting_by_lane_.erase(count);
  return waiting;
}

void Authorizer::answer_known(const Asked& asked, const std::shared_ptr<const Decision>& decision) {
  if (const auto& limit = asked->policy->rate_limit; limit && decision->allowed()) {
    const std::string identity = asked->policy->id + "\n" + decision->caller.issuer + "\n" + decision->caller.subject;
    if (const auto wait = rates_.over(identity, {limit->requests_per_second, limit->burst})) {
      Decision limited =
          refuse(Reason::RateLimited, "more than " + std::to_string(limit->requests_per_second) + " requests a second");
      limited.retry_after = wait;
      limited.caller = decision->caller;
      return conclude(asked, limited);
    }
  }
  if (around_.on_decision) around_.on_decision(*decision, asked->policy.get());
  asked->answer(*decision, asked->policy);
}

void Authorizer::conclude(const Asked& asked, const Decision& decision) {
  if (around_.on_decision) around_.on_decision(decision, asked->policy.get());
  asked->answer(decision, asked->policy);
}

}  // namespace sallyport::authorizer
