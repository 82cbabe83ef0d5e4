// SPDX-License-Identifier: Apache-2.0
// The gate through which every request to an outside system goes: nothing is asked of the outside without the lease
// (rule I5), and nothing changed without a line in the audit trail, because no other client is handed to the providers.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "operator/audit/trail.hpp"
#include "operator/base/clock.hpp"
#include "operator/http/client.hpp"
#include "operator/metrics/metrics.hpp"

namespace sallyport::audit {

/// What the gate needs. All references outlive the client.
struct Gate {
  Trail& trail;
  /// The fence: fails (ShuttingDown) unless this instance holds the lease, and will for long enough to say so. Called
  /// right before each request, so it must be cheap and never wait.
  std::function<Result<void>()> may_write;
  metrics::Metrics& metrics;
  const Clock& clock;
};

/// Requests other than GET, HEAD and OPTIONS, and all with `changes`, are mutating. One with neither `changes` nor
/// `session` is a fault of ours: Internal, nothing sent. Otherwise, in this order: the fence; an intent per change, on
/// disk; the fence again, since the disk may have been slow; the request; a result per change. A result that cannot be
/// written does not hide the answer: the next intent fails, and nothing more is sent. Session requests and reads pass
/// the fence and leave no line. Reads do, for some have effects: an identity provider may answer the look at a client
/// with a new registration token (RFC 7592), which ends the one that the leader holds.
class GuardedClient final : public http::Client {
 public:
  /// `system` names the connection in metrics ("bigip edge", "databricks prod-eu"); `base_url` is the inner client's,
  /// for the trail.
  GuardedClient(std::unique_ptr<http::Client> inner, Gate gate, std::string system, std::string base_url);

  Result<http::Response> send(const http::Request& request, std::chrono::milliseconds deadline,
                              std::stop_token stop) override;
  /// Reads only: a mutating request is Internal.
  Result<http::Response> stream(const http::Request& request, std::chrono::milliseconds idle, std::stop_token stop,
                                const OnLine& on_line) override;
  /// One more result for the intents of what was accepted under this id, `ok` or `rejected`; nothing for an unknown id.
  void concluded(const std::string& outside_id, http::Ending ending) override;

 private:
  Result<http::Response> send_counted(const http::Request& request, std::chrono::milliseconds deadline,
                                      std::stop_token stop);
  void conclude(const Intent& intent, const Answer& answer);
  void write_result(const Intent& intent, const Answer& answer);

  std::unique_ptr<http::Client> inner_;
  Gate gate_;
  std::string system_;
  std::string base_url_;
  std::mutex mutex_;
  std::map<std::string, Intent> accepted_;  ///< by the other side's id; the few of which no end has been told yet
};

}  // namespace sallyport::audit
