// SPDX-License-Identifier: Apache-2.0
// Which of several instances may write: leader election over a coordination.k8s.io/v1 Lease, with client-go's rules
// (tools/leaderelection). Kubernetes does not fence: it never stops a former leader that still believes. So belief is
// bounded here by our own clock, and every outside write asks `may_write()` first.
//
// Clocks of different machines are never compared: another's lease has run out when *we* have seen it unchanged for its
// whole duration. Time is steady_clock, which goes on while the process is stopped (SIGSTOP), though not while the
// whole machine sleeps.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"
#include "operator/kube/client.hpp"

namespace sallyport::kube {

struct LeaseOptions {
  std::string ns;
  std::string name = "sallyport";
  std::string identity{};  ///< empty: `<hostname>_<uuid>`, so that two processes on one host never collide
  std::chrono::milliseconds duration = std::chrono::seconds(15);        ///< others leave us alone for this long
  std::chrono::milliseconds renew_deadline = std::chrono::seconds(10);  ///< without a renewal for this long: lost
  std::chrono::milliseconds retry = std::chrono::seconds(2);            ///< between two attempts
  std::chrono::milliseconds margin =
      std::chrono::seconds(3);          ///< for clocks that run at different speeds, and a write's own way
  std::function<void()> on_acquired{};  ///< on the lease's thread
  std::function<void()> on_lost{};      ///< on the lease's thread, once; the process should end then
};

/// One candidate. Not reused: what was lost stays lost.
class Lease {
 public:
  enum class Standing { Waiting, Holding, Lost };

  /// InvalidSpec unless duration > renew_deadline + margin's room and renew_deadline > 1.2 retries, as client-go asks.
  /// `http` belongs to the lease alone: a slow request elsewhere must not delay a renewal.
  static Result<std::unique_ptr<Lease>> create(std::unique_ptr<http::Client> http, ClientOptions client,
                                               LeaseOptions options);

  /// Blocks until the lease is lost or `stop` is requested; then gives it back. Request the stop last of all, when no
  /// worker runs any more: another instance may begin within a second.
  void run(std::stop_token stop);
  /// One attempt to acquire or renew, as `run` repeats it, and how long to wait before the next. For tests.
  std::chrono::milliseconds step(std::stop_token stop);
  /// Empties the holder, so that the next instance need not wait for the duration. Does nothing when not held.
  void release();

  [[nodiscard]] Standing standing() const { return standing_; }
  /// ShuttingDown unless the last successful renewal was *begun* less than (duration - margin) ago. To be asked right
  /// before every write to an outside system and to the API server. Thread-safe, no lock, no request.
  [[nodiscard]] Result<void> may_write() const;
  [[nodiscard]] const std::string& identity() const { return options_.identity; }
  /// Who holds it, as last seen; for a standby's log line. On the lease's thread only.
  [[nodiscard]] const std::string& holder() const { return seen_.holder; }

 private:
  /// What counts of a Lease object, and when we first saw it so.
  struct Record {
    std::string holder;
    std::string renew_time;
    std::chrono::milliseconds duration{0};
    std::string document;  ///< the whole object, for the next replacement
    SteadyTime at{};
  };

  Lease(std::unique_ptr<http::Client> http, ClientOptions client, LeaseOptions options);
  Result<void> compete(std::stop_token stop);
  Result<void> renew(std::stop_token stop);
  Result<void> look(std::stop_token stop);
  Result<void> create_object(std::stop_token stop);
  Result<void> write(std::string document, std::stop_token stop);
  void see(std::string document);
  void hold(SteadyTime begun);
  void lose(const std::string& why);
  [[nodiscard]] std::string written(std::string_view document, const std::string& holder) const;
  [[nodiscard]] Ref ref() const;

  const LeaseOptions options_;
  const Clock* clock_;
  Random* random_;
  std::function<void(bool)> count_held_;
  std::function<void()> count_read_again_;
  Client client_;
  Record seen_;
  SteadyTime renewed_{};  ///< when the last successful renewal was begun
  std::atomic<Standing> standing_{Standing::Waiting};
  std::atomic<SteadyTime::rep> write_until_{0};
};

}  // namespace sallyport::kube
