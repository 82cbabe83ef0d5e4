// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/writer.hpp"

#include <algorithm>
#include <utility>

#include "reconcilers/providers/edge/bigip/marks.hpp"
#include "reconcilers/providers/edge/bigip/subject.hpp"

namespace sallyport::edge::bigip {
namespace {

/// Re-reads when the tenant changed between our read and our write, or AS3's process died with the task.
constexpr int kAttempts = 3;
constexpr std::chrono::seconds kAttemptPause{5};
constexpr std::chrono::seconds kLookPause{5};
constexpr std::chrono::minutes kLongestLook{10};
/// Looks in a row: without an answer, the unit has gone; without a running task, the write has not taken effect (two,
/// because a task is in the list only some moments after it was taken).
constexpr int kSilentLooks = 6;
constexpr int kQuietLooks = 2;

const ir::EdgeFragment& fragment_of(const Task& task) {
  return *task.wanted.fragment;
}

bool is_put(const Task& task) {
  return task.wanted.declared != nullptr;
}

Entry entry_of(const StoredTenant& stored, const Task& task) {
  return stored.entry(fragment_of(task).place.application).value_or(Entry{});
}

bool is_there(const StoredTenant& stored, const Task& task) {
  return stored.entry(fragment_of(task).place.application).has_value();
}

bool carries(const Entry& entry, const ir::EdgeFragment& fragment) {
  return !entry.hash.empty() && fragment.hash().starts_with(entry.hash) &&
         entry.owner_mark == owner_mark(fragment.owner.uid);
}

bool shows_effect(const StoredTenant& stored, const Task& task) {
  return is_put(task) ? carries(entry_of(stored, task), fragment_of(task)) : !is_there(stored, task);
}

void fill(const Task& task, ir::Outcome outcome, std::optional<Error> error = {}) {
  ir::Verdict& verdict = *task.verdict;
  verdict.outcome = outcome;
  verdict.hash = fragment_of(task).hash();
  verdict.error = std::move(error);
  if (outcome == ir::Outcome::Applied) verdict.facts = facts_of(fragment_of(task));
}

void fill_done(const Task& task, const StoredTenant& before, Meaning meaning) {
  fill(task, is_put(task) ? ir::Outcome::Applied : ir::Outcome::Gone);
  if (!is_put(task) || meaning != Meaning::Done || !carries(entry_of(before, task), fragment_of(task))) return;
  task.verdict->drift_repaired = true;
  task.verdict->notes.emplace_back("the gateway no longer had what was declared; it was put right");
}

/// Somebody holds what we want, or what we want is wrong.
Code code_for(const std::string& words) {
  const bool taken =
      words.find("illegally shares") != std::string::npos || words.find("Invalid Virtual Address") != std::string::npos;
  return taken ? Code::Conflict : Code::InvalidSpec;
}

/// AS3 stores the declaration anew with every write that it carries out, also when no object changes.
bool may_have_effect(const Answer& answer) {
  switch (answer.meaning) {
    case Meaning::Invalid:
    case Meaning::Rejected:
    case Meaning::Stale:
    case Meaning::First:
    case Meaning::Busy:
      return false;
    case Meaning::Failed:
      return answer.sent;
    default:
      return true;
  }
}

void reject(const Task& task, const std::string& words) {
  const auto path = find_path(words, fragment_of(task).place.tenant);
  const std::string field = path ? Subject(task.wanted).field(*path) : "spec";
  fill(task, ir::Outcome::Rejected, Error{code_for(words), "the gateway refuses it: " + words, field, {}});
}

/// Of a removal there is nothing but its name that could be refused.
bool is_named(const Task& task, const ObjectPath& path) {
  if (path.application == fragment_of(task).place.application) return true;
  return is_put(task) && Subject(task.wanted).is_concerned(path);
}

/// What nothing uses in Shared any more goes with the last that left it: a complaint about it is theirs, though
/// nobody can tell whose.
bool leaves_behind(const Task& task, const StoredTenant& stored, const ObjectPath& path) {
  const auto keys = stored.upstreams(fragment_of(task).place.application);
  return std::any_of(keys.begin(), keys.end(), [&path](const auto& key) { return is_about_upstream(path, key); });
}

/// As it stands in Shared for others, if it does.
std::optional<std::string> shared_by_others(const StoredTenant& stored, const ObjectPath& path) {
  if (path.application == kShared && !path.object.empty()) return "object Shared/" + path.object;
  for (const auto& [application, entry] : stored.entries()) {
    for (const std::string& key : stored.upstreams(application)) {
      if (is_about_upstream(path, key)) return "node " + path.application;
    }
  }
  return std::nullopt;
}

/// AS3 judges a tenant as a whole: the complaint may be about a neighbour that the write leaves alone. What it is, or
/// nothing when the words name anything of the write itself, or nobody.
std::optional<std::string> refused_neighbour(const std::vector<Task>& tasks, const StoredTenant& stored,
                                             const std::string& words) {
  const auto path = find_path(words, stored.name);
  if (!path) return std::nullopt;
  const auto is_mentioned = [&](const Task& task) {
    return words.find(path_of(fragment_of(task).place) + "/") != std::string::npos || is_named(task, *path) ||
           leaves_behind(task, stored, *path);
  };
  if (std::any_of(tasks.begin(), tasks.end(), is_mentioned)) return std::nullopt;
  if (stored.entry(path->application)) return "application " + path->application;
  return shared_by_others(stored, *path);
}

/// Not the fault of those who wait for it, and nothing that they could change.
Error held_up_by(const std::string& neighbour, const std::string& words) {
  return {Code::Unavailable,
          neighbour + " of the same tenant holds up every change: the gateway refuses it: " + words,
          {},
          std::chrono::minutes(1)};
}

}  // namespace

void Writer::run(std::vector<Task> tasks, std::stop_token stop) {
  while (!tasks.empty()) {
    const Attempt tried = attempt(tasks, stop);
    if (tried.ending == Ending::Ended) return;
    if (tried.ending == Ending::Failed) {
      for (const Task& task : tasks) fill(task, ir::Outcome::Unknown, tried.error);
      return;
    }
    const auto path = find_path(tried.words, fragment_of(tasks.front()).place.tenant);
    const auto named = [&](const Task& task) { return tasks.size() == 1 || (path && is_named(task, *path)); };
    const auto bad = std::stable_partition(tasks.begin(), tasks.end(), [&](const Task& task) { return !named(task); });
    if (bad == tasks.end()) {
      const auto middle = tasks.begin() + static_cast<std::ptrdiff_t>(tasks.size() / 2);
      run({tasks.begin(), middle}, stop);
      run({middle, tasks.end()}, stop);
      return;
    }
    for (auto task = bad; task != tasks.end(); ++task) reject(*task, tried.words);
    tasks.erase(bad, tasks.end());
  }
}

/// I2: the marks are looked at again right before the write, whatever the plan was made from.
void Writer::drop_settled(std::vector<Task>& tasks, const StoredTenant& stored) const {
  std::erase_if(tasks, [&](const Task& task) {
    if (!stored.is_ours(mine_.instance)) {
      fill(task, ir::Outcome::Rejected,
           Error{Code::Conflict,
                 "tenant " + stored.name + " on the gateway belongs to somebody else; nothing in it is touched",
                 "spec.gatewayRef",
                 {}});
      return true;
    }
    if (!is_there(stored, task)) {
      if (!is_put(task)) fill(task, ir::Outcome::Gone);
      return !is_put(task);
    }
    if (entry_of(stored, task).owner_mark == owner_mark(fragment_of(task).owner.uid)) return false;
    fill(task, ir::Outcome::Rejected,
         Error{Code::Conflict, marked_by_another(fragment_of(task).place), "spec.gatewayRef", {}});
    return true;
  });
}

/// A tenant that is not there is created as a whole, and so would take the place of one that is in the making.
Result<As3::Look> Writer::look(const std::vector<Task>& tasks, std::stop_token stop) {
  const std::string& tenant = fragment_of(tasks.front()).place.tenant;
  if (seen_) return As3::Look{*std::exchange(seen_, std::nullopt)};  // who has just looked made sure of that
  if (std::any_of(tasks.begin(), tasks.end(), is_put)) return as3_.look(tenant, std::move(stop));
  return As3::Look{TRY(as3_.read(tenant, std::move(stop)))};
}

Answer Writer::write(const std::vector<Task>& tasks, const As3::Look& looked, std::stop_token stop) {
  const StoredTenant& stored = looked.stored;
  if (looked.in_the_making) {
    const Error error = in_the_making(stored.name);
    return {Meaning::Busy, error.message, {}, error};
  }
  std::vector<Wanted> wanted;
  for (const Task& task : tasks) wanted.push_back(task.wanted);
  return as3_.write(stored.name, compose(stored, wanted, mine_.instance, mine_.gateway), Mode::Deploy, stop);
}

Writer::Attempt Writer::attempt(std::vector<Task>& tasks, std::stop_token stop) {
  std::optional<Error> last;
  bool first_tenant = false;
  for (int tried = 0, found_busy = 0; tried < kAttempts;) {
    Result<As3::Look> looked = look(tasks, stop);
    if (!looked) return {Ending::Failed, {}, looked.error()};
    StoredTenant& stored = looked->stored;
    drop_settled(tasks, stored);
    if (tasks.empty()) return {};
    if (first_tenant && stored.presence == Presence::Missing) stored.presence = Presence::NothingStored;

    const Answer answer = write(tasks, *looked, stop);
    touched_ = touched_ || may_have_effect(answer);
    if (answer.meaning == Meaning::Busy) {
      if (const auto waited = as3_.wait_while_busy(stop); !waited) return {Ending::Failed, {}, waited.error()};
      if (++found_busy == kBusyTries) return {Ending::Failed, {}, answer.error};
      continue;
    }
    ++tried;
    const bool again =
        answer.meaning == Meaning::Stale || answer.meaning == Meaning::First || answer.meaning == Meaning::Cancelled;
    if (!again) return conclude(tasks, stored, answer, stop);
    first_tenant = answer.meaning == Meaning::First;
    last = Error{Code::Unavailable, "the write did not take effect: " + answer.words, {}, {}};
    if (answer.meaning == Meaning::Cancelled && !clock_.sleep(kAttemptPause, stop)) break;
  }
  return {Ending::Failed, {}, last};
}

Writer::Attempt Writer::conclude(const std::vector<Task>& tasks, const StoredTenant& before, const Answer& answer,
                                 std::stop_token stop) {
  switch (answer.meaning) {
    case Meaning::Done:
    case Meaning::NoChange:
      for (const Task& task : tasks) fill_done(task, before, answer.meaning);
      return {};
    case Meaning::Invalid:
    case Meaning::Rejected:
      if (const auto neighbour = refused_neighbour(tasks, before, answer.words))
        return {Ending::Failed, {}, held_up_by(*neighbour, answer.words)};
      return {Ending::Refused, answer.words, {}};
    case Meaning::Failed:
      return {Ending::Failed, {}, answer.error};
    default:
      return look_up(tasks, before, answer, stop);
  }
}

Writer::Attempt Writer::look_up(const std::vector<Task>& tasks, const StoredTenant& before, const Answer& lost,
                                std::stop_token stop) {
  // What carried the same mark before shows nothing; the write is one, so any other entry of it speaks for all.
  std::vector<Task> telling;
  std::copy_if(tasks.begin(), tasks.end(), std::back_inserter(telling),
               [&](const Task& task) { return !shows_effect(before, task); });
  const SteadyTime until = clock_.steady() + kLongestLook;
  for (int silent = 0, quiet = 0; silent < kSilentLooks && quiet < kQuietLooks && clock_.steady() < until;) {
    if (!clock_.sleep(kLookPause, stop))
      return {Ending::Failed, {}, Error{Code::ShuttingDown, "stopped while looking for a lost answer", {}, {}}};
    const Result<bool> running = as3_.is_running(lost.task, stop);
    const Result<StoredTenant> stored = as3_.read(before.name, stop);
    silent = running && stored ? 0 : silent + 1;
    if (!running || !stored) continue;
    const bool effective = !telling.empty() && std::all_of(telling.begin(), telling.end(), [&](const Task& task) {
      return shows_effect(*stored, task);
    });
    if (effective && !*running) {
      for (const Task& task : tasks) fill_done(task, before, Meaning::NoChange);
      return {};
    }
    quiet = *running ? 0 : quiet + 1;
  }
  Error error = lost.error.value_or(Error{Code::Unavailable, lost.words, {}, {}});
  error.message = "the answer to the write was lost, and the gateway does not show its effect: " + error.message;
  return {Ending::Failed, {}, error};
}

}  // namespace sallyport::edge::bigip
