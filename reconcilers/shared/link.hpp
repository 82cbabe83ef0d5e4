// SPDX-License-Identifier: Apache-2.0
// A live connection to one outside system: its provider, what is wanted of it (the board), and its own queue and
// threads (the bulkhead), so that a slow system holds up nobody but itself.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "operator/runtime/board.hpp"
#include "operator/runtime/workers.hpp"
#include "reconcilers/ir/owner.hpp"
#include "reconcilers/ir/verdict.hpp"

namespace sallyport::shared {

/// Whether a look at a connection concerns those who wait for it: it can be used, and could not before.
enum class HealthNews { Usable, AsBefore };

/// What every link needs from the program; outlives all links.
struct Around {
  const Clock& clock;
  Random& random;
  metrics::Metrics& metrics;
  std::chrono::milliseconds drift_interval = std::chrono::minutes(10);  ///< between looks at what is converged, +-10 %
  /// Queue the CR: something became of its fragment. As urgent as the wish was, or who waits for an edit to be told of
  /// would wait until ten thousand others have been looked at.
  std::function<void(const Key& owner, runtime::Priority)> on_verdict;
  std::function<void(const Key& connection, HealthNews)>
      on_health;  ///< queue the connection's CR, and who waits for it
  /// How often an object tells of progress that does not change what is said of Ready. Nothing else waits for this.
  std::chrono::milliseconds progress_interval{0};
};

/// The wait until the next look at something converged, spread so that not everything is looked at at once.
[[nodiscard]] inline std::chrono::milliseconds drift_wait(const Around& around) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(around.drift_interval.count()) *
                                                             (0.9 + 0.2 * around.random.unit())));
}

template <class Provider, class Fragment, class Health>
class Link {
 public:
  using Board = runtime::Board<Key, Fragment, ir::Verdict>;
  /// One step of one target: observe, diff, apply, record the verdicts on the board.
  using Step = std::function<runtime::Next(Link& link, const Key& target, std::stop_token stop)>;

  Link(Key connection, Step step, int threads, const Around& around)
      : connection_(std::move(connection)),
        step_(std::move(step)),
        around_(around),
        queue_({.name = connection_.text(), .back_off = {.base = std::chrono::seconds(1)}}, around.clock, around.random,
               around.metrics),
        workers_(
            queue_, [this](const Key& target, std::stop_token stop) { return step_(*this, target, stop); },
            {.threads = threads, .deadline = std::chrono::minutes(15)}, around.clock, around.metrics) {}

  /// A new way to reach the same system (rotated credentials, a new CA): what is wanted stays, and what came to nothing
  /// the former way is tried again at once, whatever wait its failure has earned it.
  void use(std::shared_ptr<Provider> provider) {
    {
      const std::lock_guard lock(mutex_);
      provider_ = std::move(provider);
      health_.reset();
    }
    queue_.add(check_target(), runtime::Priority::High);
    try_failed_again();
  }
  [[nodiscard]] std::shared_ptr<Provider> provider() const {
    const std::lock_guard lock(mutex_);
    return provider_;
  }

  /// Pins up what an owner wants of a target and returns the verdict on exactly that, if there is one. `priority`:
  /// among the targets, when this is news.
  std::optional<ir::Verdict> submit(const Key& target, const Fragment& fragment, runtime::Priority priority) {
    const auto result =
        board_.submit(target, {fragment.owner.uid, fragment.owner.generation, wish_hash(fragment), fragment});
    if (result == runtime::Submitted::Changed) {
      note_urgency(target, fragment.owner.uid, priority);
      queue_.add(target, priority);
    }
    if (result == runtime::Submitted::Outdated) return std::nullopt;
    return board_.verdict(target, fragment.owner.uid);
  }
  /// As `submit`, for what the CR's own ledger says was applied before a restart: it counts as such until the next
  /// look.
  std::optional<ir::Verdict> resume(const Key& target, const Fragment& fragment, const ir::Verdict& remembered) {
    const auto result =
        board_.submit(target, {fragment.owner.uid, fragment.owner.generation, wish_hash(fragment), fragment});
    if (result == runtime::Submitted::Changed) {
      board_.record(target, fragment.owner.uid, wish_hash(fragment), remembered);
      queue_.add_after(target, drift_wait(around_), runtime::Priority::Low);
    }
    return board_.verdict(target, fragment.owner.uid);
  }
  void record(const Key& target, const Fragment& fragment, ir::Verdict verdict) {
    verdict.hash = fragment.hash();
    const ir::Owner& owner = fragment.owner;
    around_.metrics.count(metrics::Metric::Verdicts, {connection_.text(), to_string(verdict.outcome)});
    if (verdict.drift_repaired) around_.metrics.count(metrics::Metric::DriftRepairs, {connection_.text()});
    if (board_.record(target, owner.uid, wish_hash(fragment), std::move(verdict)) == runtime::Recorded::News)
      around_.on_verdict(Key{owner.kind, owner.ns, owner.name}, urgency(target, owner.uid));
  }
  /// What was wanted is seen gone: nothing more to remember.
  void forget(const Key& target, const Uid& owner) {
    board_.withdraw(target, owner);
    note_urgency(target, owner, runtime::Priority::Normal);
  }
  /// Look at this target now, whatever the board says.
  void poke(const Key& target) { queue_.add(target, runtime::Priority::High); }
  [[nodiscard]] bool knows(const Key& target, const Uid& owner) const { return board_.has(target, owner); }
  [[nodiscard]] std::vector<Fragment> wanted(const Key& target) const {
    std::vector<Fragment> fragments;
    for (const auto& wanted : board_.take(target)) fragments.push_back(wanted.fragment);
    return fragments;
  }
  /// All targets that have been looked at.
  [[nodiscard]] std::vector<Key> targets() const {
    return board_.targets_with([](const ir::Verdict&) { return true; });
  }
  [[nodiscard]] std::optional<ir::Verdict> verdict(const Key& target, const Uid& owner) const {
    return board_.verdict(target, owner);
  }

  /// The last look at the system as a whole; empty before the first.
  [[nodiscard]] std::optional<Result<Health>> health() const {
    const auto look = last_look();
    return look ? std::optional{*look} : std::nullopt;
  }
  /// The same without a copy; null before the first look.
  [[nodiscard]] std::shared_ptr<const Result<Health>> last_look() const {
    const std::lock_guard lock(mutex_);
    return health_;
  }
  /// What failed while the system could not be used is tried again once it can.
  void set_health(Result<Health> health) {
    bool usable = false;
    {
      const std::lock_guard lock(mutex_);
      usable = health && (!health_ || !*health_);
      health_ = std::make_shared<const Result<Health>>(std::move(health));
    }
    if (usable) try_failed_again();
    around_.on_health(connection_, usable ? HealthNews::Usable : HealthNews::AsBefore);
  }
  /// Steps of the target with this key look at the system as a whole.
  [[nodiscard]] Key check_target() const { return {"Check", "", connection_.name}; }
  [[nodiscard]] const Key& connection() const { return connection_; }
  [[nodiscard]] const Around& around() const { return around_; }
  [[nodiscard]] runtime::WorkQueue<Key>& queue() { return queue_; }

  /// Lets work in progress end within `grace`.
  void stop(std::chrono::milliseconds grace) { workers_.stop(grace); }

 private:
  void note_urgency(const Key& target, const Uid& owner, runtime::Priority priority) {
    const std::lock_guard lock(mutex_);
    if (priority == runtime::Priority::High) urgent_.emplace(target, owner);
    if (priority != runtime::Priority::High) urgent_.erase({target, owner});
  }
  [[nodiscard]] runtime::Priority urgency(const Key& target, const Uid& owner) const {
    const std::lock_guard lock(mutex_);
    return urgent_.contains({target, owner}) ? runtime::Priority::High : runtime::Priority::Normal;
  }
  /// Whatever wait its failure has earned a target: the reason may be gone.
  void try_failed_again() {
    for (const Key& target : board_.targets_with([](const ir::Verdict& verdict) { return verdict.error.has_value(); }))
      queue_.add(target, runtime::Priority::Normal);
  }
  static std::string wish_hash(const Fragment& fragment) {
    return std::to_string(static_cast<int>(fragment.wish)) + ":" +
           (fragment.wish == ir::Wish::Hold ? "" : fragment.hash());
  }

  const Key connection_;
  const Step step_;
  const Around around_;
  mutable std::mutex mutex_;
  std::shared_ptr<Provider> provider_;
  std::shared_ptr<const Result<Health>> health_;
  std::set<std::pair<Key, Uid>> urgent_;  ///< wishes of targets and owners that somebody waits for
  Board board_;
  runtime::WorkQueue<Key> queue_;
  runtime::Workers<Key> workers_;  ///< last: its threads use everything above
};

/// Links by the name of their connection. Thread-safe.
template <class L>
class Links {
 public:
  [[nodiscard]] std::shared_ptr<L> get(const std::string& connection) const {
    const std::lock_guard lock(mutex_);
    const auto found = links_.find(connection);
    return found == links_.end() ? nullptr : found->second;
  }
  void put(const std::string& connection, std::shared_ptr<L> link) {
    const std::lock_guard lock(mutex_);
    links_[connection] = std::move(link);
  }
  void erase(const std::string& connection) {
    std::shared_ptr<L> last;  // its threads are joined outside the lock
    const std::lock_guard lock(mutex_);
    if (const auto found = links_.find(connection); found != links_.end()) {
      last = found->second;
      links_.erase(found);
    }
  }
  [[nodiscard]] std::vector<std::shared_ptr<L>> all() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<L>> list;
    for (const auto& [name, link] : links_) list.push_back(link);
    return list;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<L>> links_;
};

}  // namespace sallyport::shared
