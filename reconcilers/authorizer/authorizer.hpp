// SPDX-License-Identifier: Apache-2.0
// Decides on each request that nginx asks about: from memory where it can, and otherwise after the one thing that has
// to be waited for, the issuer's keys or the workspace's token.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/http/client.hpp"
#include "operator/http/request_rates.hpp"
#include "reconcilers/authorizer/ask.hpp"
#include "reconcilers/authorizer/bulkhead.hpp"
#include "reconcilers/authorizer/decision_cache.hpp"
#include "reconcilers/authorizer/issuers.hpp"
#include "reconcilers/authorizer/snapshot.hpp"
#include "reconcilers/authorizer/upstream_tokens.hpp"

namespace sallyport::authorizer {

/// Everything that it needs from the rest of the program. References outlive it.
struct Surroundings {
  Issuers& issuers;
  UpstreamTokens& upstream;
  const Clock& clock;
  /// Told of each decision, before it is answered. `policy` may be null.
  std::function<void(const Decision&, const Policy*)> on_decision = {};
  std::size_t most_cached = 50000;  ///< decisions
  /// Asks that wait for one workspace: those beyond are refused at once, so that it cannot take all connections.
  std::size_t most_waiting = 512;
  BulkheadLimits bulkhead{};
};

/// Thread-safe.
class Authorizer {
 public:
  /// Called once per ask, from the caller's thread or another.
  using Answer = std::function<void(const Decision&, std::shared_ptr<const Policy>)>;

  explicit Authorizer(Surroundings around);

  /// What is judged by from now on. Nobody is let in before the first.
  void follow(std::shared_ptr<const Snapshot> snapshot);
  [[nodiscard]] std::shared_ptr<const Snapshot> snapshot() const;

  void ask(Ask ask, Answer answer);

  /// Answers whoever still waits; from then on only what is known is answered as before. Before what answers lead
  /// through goes away.
  void stop() { bulkhead_.stop(); }

 private:
  struct Question {
    Ask ask;
    Answer answer;
    SteadyTime until;  // nginx waits a little longer
    std::shared_ptr<const Policy> policy{};
    Secret token{};
    DecisionKey key{};
  };
  using Asked = std::shared_ptr<Question>;
  struct Valid {  // a token that may pass
    token::Caller caller;
    SystemTime grants_until;  // and when the last of the grants that let it ends
    SystemTime until;         // how long that may be remembered
  };

  void begin(const Asked& asked);
  void decide(const Asked& asked);
  [[nodiscard]] bool holds(const Question& asked) const;
  void fetch_keys_and_decide(const Asked& asked, const std::shared_ptr<KeyCache>& keys);
  void judge(const Asked& asked, const token::KeySet& keys, bool may_fetch, const std::shared_ptr<KeyCache>& cache);
  void join_exchange(const Asked& asked, Valid valid);
  std::shared_ptr<const Decision> let_in(const Asked& asked, const Valid& valid, const UpstreamToken& token);
  std::vector<Asked> take_waiting(const Question& asked);
  void exchange(const Asked& first, const Valid& valid, const std::stop_token& stop);
  void conclude(const Asked& asked, const Decision& decision);
  void answer_known(const Asked& asked, const std::shared_ptr<const Decision>& decision);

  const Surroundings around_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_;
  DecisionCache cache_;
  http::RequestRates rates_;
  std::mutex waiting_mutex_;
  std::map<DecisionKey, std::vector<Asked>> waiting_;  // for the exchange of one of them
  std::map<std::string, std::size_t> waiting_by_lane_;
  Bulkhead bulkhead_;  // last: its jobs use everything above
};

}  // namespace sallyport::authorizer
