// SPDX-License-Identifier: Apache-2.0
// Kubernetes Events (events.k8s.io/v1): what `kubectl describe` shows under an object. Telling people must never cost
// the work itself: posting does not block, the same thing said again becomes a count, and what is too much is dropped.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "operator/base/clock.hpp"
#include "operator/kube/client.hpp"

namespace sallyport::kube {

struct Note {
  std::string api_version;  ///< of the object that it is about
  std::string kind;
  std::string ns;  ///< empty for cluster-scoped objects; their events go to the namespace "default"
  std::string name;
  std::string uid;
  std::string type;     ///< "Normal" or "Warning"
  std::string reason;   ///< CamelCase
  std::string message;  ///< cut at 1024 bytes
};

struct EventOptions {
  std::string controller = "sallyport.dev/operator";
  std::string instance{};  ///< which process: the lease's identity
  std::size_t queue = 1000;
  std::size_t remembered = 4096;  ///< series kept in memory
  const Clock* clock = &system_clock();
  std::function<void()> on_drop{};
};

/// Thread-safe. The same type, reason and message about the same object within six minutes is one series: its count is
/// sent when it doubles and when it ends. Each object may cause 25 requests at once and one more every five minutes.
class Events {
 public:
  /// `http` belongs to the events alone: they wait behind nothing that matters, and nothing waits behind them.
  Events(std::unique_ptr<http::Client> http, ClientOptions client, EventOptions options = {});

  void post(Note note);
  /// Sends what is posted, until `stop`; what is queued then is dropped.
  void run(std::stop_token stop);
  /// Sends one queued event. False when there was none. For tests.
  bool step(std::stop_token stop);
  /// Sends the last counts of series that have ended. Returns how many were forgotten.
  std::size_t finish_series();

 private:
  struct Series {
    std::string ns;    ///< of the Event object
    std::string name;  ///< likewise
    /// Only until it is sent: who says it again brings it again, and a series may be remembered long after.
    std::unique_ptr<const Note> note{};
    SystemTime first{};
    SystemTime last{};
    SteadyTime last_steady{};
    int count = 1;
    int sent = 0;  ///< the count that the API server knows; 0: the Event does not exist yet
    bool queued = false;
  };
  struct Bucket {
    double tokens = 0;
    SteadyTime filled{};
  };

  using Id = std::uint64_t;  ///< hash of all that makes a note the same as another

  bool take_token(const std::string& uid);
  void enqueue(Id id, Series& series);
  void forget_idle_buckets();
  void drop();
  Result<void> send(const Series& series, std::stop_token stop);
  [[nodiscard]] std::string body_of(const Series& series, const Note& note) const;

  const EventOptions options_;
  Client client_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::map<Id, Series> series_;
  std::map<std::string, Bucket> buckets_;  ///< by uid
  std::deque<Id> queue_;
};

}  // namespace sallyport::kube
