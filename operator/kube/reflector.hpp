// SPDX-License-Identifier: Apache-2.0
// Keeps a cache of one collection the same as the API server's: everything once, then every change, for ever; through
// ended streams, expired versions, refusals and outages. client-go's reflector is the model (tools/cache/reflector.go).
//
// What it promises: a deletion is reported only when the server said so, by an event or by a complete list without the
// object; `synced()` only after a complete list that was begun after the last relist(); the version never moves past an
// event that was not handled.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "operator/kube/backoff.hpp"
#include "operator/kube/client.hpp"
#include "operator/kube/hooks.hpp"
#include "operator/kube/scan.hpp"

namespace sallyport::kube {

/// Initial: found by the first list. Changed: new or another version. Deleted: gone.
enum class Seen { Initial, Changed, Deleted };

/// The cache that is kept. Called from the reflector's thread only, one call at a time; none may throw.
struct Sink {
  /// Puts one object into the cache. An error leaves the cache as it was; the reflector goes on.
  std::function<Result<void>(std::string_view object)> put;
  std::function<void(const std::string& ns, const std::string& name)> forget;
  /// After the cache was updated.
  std::function<void(const ObjectHead& object, Seen seen)> changed;
  /// The cache now shows everything up to this version. May be empty.
  std::function<void(const std::string& version)> advanced{};
};

struct ReflectorOptions {
  const Clock* clock = &system_clock();
  Random* random = &system_random();
  Hooks hooks{};
  std::chrono::milliseconds idle = std::chrono::seconds(90);  ///< silence after which a watch is taken for dead
};

class Reflector {
 public:
  /// `lists` and `watches` outlive this.
  Reflector(Client& lists, Client& watches, Selection what, Sink sink, ReflectorOptions options = {});

  /// Blocks until `stop`. To be called once, on a thread of its own.
  void run(std::stop_token stop);
  /// One list or one watch, as `run` repeats it, and how long to wait before the next. For tests.
  [[nodiscard]] std::chrono::milliseconds step(std::stop_token stop);
  /// Breaks off what runs and fills the cache anew, as after an expired version: what is missing from the new list is
  /// reported as deleted. From any thread; does not wait.
  void relist();

  /// Filled once, and anew since the last relist().
  [[nodiscard]] bool synced() const { return answered_ == asked_; }
  /// The version up to which the cache is complete; empty before the first list.
  [[nodiscard]] std::string version() const;
  [[nodiscard]] const Selection& selection() const { return what_; }

 private:
  /// What is remembered of an object besides the cache: enough to notice its end and its replacement.
  struct Known {
    std::uint64_t uid = 0;      ///< hash: there is one for every object in the cluster, Secrets above all
    std::uint64_t version = 0;  ///< hash; 0: could not be read
    std::uint64_t round = 0;
  };
  using Index = std::map<std::pair<std::string, std::string>, Known>;

  /// How a list or watch ended.
  struct Ending {
    WatchEnd why = WatchEnd::Closed;
    bool relist = false;  ///< forget the version
    std::string message{};
    std::optional<std::chrono::milliseconds> retry_after{};
  };

  Ending fill_by_list(std::stop_token stop);
  Ending follow(std::stop_token stop);
  Ending judge(const Result<http::Response>& answer, SteadyTime began);
  Ending judge_status(const http::Response& response);
  Ending judge_failure(const Error& error);
  std::chrono::milliseconds conclude(const Ending& ending);
  std::chrono::seconds server_timeout();

  Result<void> take_line(std::string_view line);
  void take_bookmark(const ObjectHead& head);
  void take_object(const ObjectHead& head, std::string_view object);
  void take_deletion(const ObjectHead& head);
  [[nodiscard]] std::stop_source start_step();
  void start_round();
  void finish_round(const std::string& version);
  void advance(const std::string& version);

  Client& lists_;
  Client& watches_;
  const Selection what_;
  const Sink sink_;
  const ReflectorOptions options_;
  Backoff backoff_;

  Index index_;
  std::uint64_t round_ = 0;
  bool filling_ = false;                     ///< between start_round and finish_round
  int answers_ = 0;                          ///< what was asked for when this round started
  bool stream_lists_ = true;                 ///< false once the server has refused WatchList
  int broken_fills_ = 0;                     ///< WatchList streams in a row that ended before their end mark
  int refusals_ = 0;                         ///< watches in a row that brought nothing but a refusal
  int very_short_ = 0;                       ///< clean ends in a row without an event and within a second
  std::chrono::milliseconds idle_;           ///< for the next stream
  std::chrono::milliseconds stream_idle_{};  ///< for the one that runs
  std::size_t lines_ = 0;                    ///< of the stream that runs
  bool bookmarked_ = false;                  ///< the stream that runs has brought a bookmark
  SteadyTime last_line_{};
  std::optional<Ending> told_{};  ///< an ending that the stream itself announced (ERROR event, unreadable line)

  std::atomic<int> asked_{1};     ///< fills that were asked for: the first, and each relist()
  std::atomic<int> answered_{0};  ///< as it was when the last complete fill began
  mutable std::mutex mutex_;
  std::string version_;                      ///< written by run()'s thread only, under the mutex
  std::stop_source step_{std::nostopstate};  ///< ends the list or watch that runs
};

}  // namespace sallyport::kube
