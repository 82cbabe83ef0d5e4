// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/events.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/base/log.hpp"
#include "operator/base/text.hpp"

namespace sallyport::kube {
namespace {

// client-go's figures (tools/events, tools/record).
constexpr std::chrono::minutes kSeriesEnds{6};
constexpr double kBurst = 25;
constexpr std::chrono::minutes kNewToken{5};
// The API server's limits on notes and names.
constexpr std::size_t kLongestNote = 1024;
constexpr std::size_t kLongestNamePart = 200;

ClientOptions for_events(ClientOptions client) {
  // Events change nothing that a CR declares, and a standby may tell why it waits.
  client.may_write = {};
  client.attempts = 3;
  client.deadline = std::chrono::seconds(10);
  return client;
}

Ref ref_of(const std::string& ns, const std::string& name) {
  return {events(), ns, name};
}

std::uint64_t id_of(const Note& note) {
  return std::hash<std::string>()(note.uid + "/" + note.type + "/" + note.reason + "/" + note.message);
}

}  // namespace

Events::Events(std::unique_ptr<http::Client> http, ClientOptions client, EventOptions options)
    : options_(std::move(options)), client_(std::move(http), for_events(std::move(client))) {}

void Events::post(Note note) {
  note.message = one_line(note.message, kLongestNote);
  const Id id = id_of(note);
  const SteadyTime now = options_.clock->steady();
  const std::lock_guard lock(mutex_);
  auto found = series_.find(id);
  if (found != series_.end() && now - found->second.last_steady < kSeriesEnds) {
    Series& series = found->second;
    series.last = options_.clock->now();
    series.last_steady = now;
    ++series.count;
    if (series.count < series.sent * 2 || !take_token(note.uid)) return;
    series.note = std::make_unique<const Note>(std::move(note));
    enqueue(id, series);
    return;
  }
  const bool full = found == series_.end() && series_.size() >= options_.remembered;
  if (full || !take_token(note.uid)) return drop();
  Series series;
  const std::string part = note.name.substr(0, kLongestNamePart);
  series.first = series.last = options_.clock->now();
  series.last_steady = now;
  series.ns = note.ns.empty() ? "default" : note.ns;
  series.name = part + "." + short_hash(std::to_string(id) + to_rfc3339_micro(series.first), 16);
  series.note = std::make_unique<const Note>(std::move(note));
  // A series that is still queued keeps its place there.
  series.queued = found != series_.end() && found->second.queued;
  enqueue(id, series_[id] = std::move(series));
}

void Events::enqueue(Id id, Series& series) {
  if (series.queued) return;
  if (queue_.size() >= options_.queue) {
    series.note.reset();
    return drop();
  }
  series.queued = true;
  queue_.push_back(id);
  wake_.notify_one();
}

void Events::drop() {
  if (options_.on_drop) options_.on_drop();
}

bool Events::take_token(const std::string& uid) {
  const SteadyTime now = options_.clock->steady();
  if (!buckets_.contains(uid) && buckets_.size() >= options_.remembered) forget_idle_buckets();
  auto [bucket, added] = buckets_.try_emplace(uid, Bucket{kBurst, now});
  const double grown =
      std::chrono::duration<double>(now - bucket->second.filled) / std::chrono::duration<double>(kNewToken);
  bucket->second.tokens = std::min(kBurst, bucket->second.tokens + grown);
  bucket->second.filled = now;
  if (bucket->second.tokens < 1) return false;
  bucket->second.tokens -= 1;
  return true;
}

void Events::forget_idle_buckets() {
  // A bucket that has had the time to fill up is the same as none.
  const SteadyTime now = options_.clock->steady();
  std::erase_if(buckets_, [&](const auto& entry) { return now - entry.second.filled >= kNewToken * 25; });
}

void Events::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, stop, std::chrono::minutes(1), [this] { return !queue_.empty(); });
    }
    while (!stop.stop_requested() && step(stop)) {
    }
    finish_series();
  }
}

bool Events::step(std::stop_token stop) {
  Id id = 0;
  Series series;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) return false;
    id = queue_.front();
    queue_.pop_front();
    const auto found = series_.find(id);
    if (found == series_.end()) return true;
    Series& kept = found->second;
    kept.queued = false;
    series = {kept.ns, kept.name, std::move(kept.note), kept.first, kept.last, kept.last_steady, kept.count, kept.sent};
  }
  const auto sent = send(series, stop);
  if (!sent) {
    log::debug("event not written", {{"event", series.name}, {"error", sent.error().text()}});
    drop();
    return true;
  }
  const std::lock_guard lock(mutex_);
  const auto found = series_.find(id);
  if (found != series_.end() && found->second.name == series.name) found->second.sent = series.count;
  return true;
}

std::size_t Events::finish_series() {
  const SteadyTime now = options_.clock->steady();
  const std::lock_guard lock(mutex_);
  std::size_t forgotten = 0;
  for (auto item = series_.begin(); item != series_.end();) {
    Series& series = item->second;
    const bool ended = now - series.last_steady >= kSeriesEnds && !series.queued;
    if (ended && series.sent > 0 && series.count > series.sent) {
      enqueue(item->first, series);
      series.sent = series.queued ? series.count : 0;  // once; a lost last count is not worth a second request
    } else if (ended) {
      item = series_.erase(item);
      ++forgotten;
      continue;
    }
    ++item;
  }
  return forgotten;
}

Result<void> Events::send(const Series& series, std::stop_token stop) {
  const Ref ref = ref_of(series.ns, series.name);
  if (series.count > 1 && series.sent > 0) {
    const nlohmann::json patch = {
        {"series", {{"count", series.count}, {"lastObservedTime", to_rfc3339_micro(series.last)}}}};
    const auto patched = client_.merge_patch(ref, patch.dump(), stop);
    // The API server forgets events after an hour.
    const bool again = !patched && patched.error().code == Code::NotFound && series.note;
    if (!again) return patched ? Result<void>() : patched.error();
  }
  TRY(client_.create(ref, body_of(series, *series.note), stop));
  return {};
}

std::string Events::body_of(const Series& series, const Note& note) const {
  nlohmann::json regarding = {
      {"apiVersion", note.api_version}, {"kind", note.kind}, {"name", note.name}, {"uid", note.uid}};
  if (!note.ns.empty()) regarding["namespace"] = note.ns;
  nlohmann::json event = {
      {"apiVersion", events().api_version()},
      {"kind", "Event"},
      {"metadata", {{"namespace", series.ns}, {"name", series.name}}},
      {"eventTime", to_rfc3339_micro(series.first)},
      {"reportingController", options_.controller},
      {"reportingInstance", options_.instance.empty() ? "sallyport" : options_.instance.substr(0, 128)},
      {"action", "Reconcile"},
      {"reason", note.reason},
      {"type", note.type},
      {"note", note.message},
      {"regarding", std::move(regarding)}};
  if (series.count > 1) {
    event["series"] = {{"count", series.count}, {"lastObservedTime", to_rfc3339_micro(series.last)}};
  }
  return event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace sallyport::kube
