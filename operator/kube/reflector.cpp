// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/reflector.hpp"

#include <algorithm>

#include "operator/base/log.hpp"
#include "operator/kube/pager.hpp"
#include "operator/kube/status.hpp"

namespace sallyport::kube {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kShortestWatch{300};
constexpr std::chrono::seconds kVeryShort{1};
// A server that goes on refusing our version may have been restored from a backup: then only a list helps.
constexpr int kRefusalsBeforeRelist = 3;
// A stream that twice ends before its end mark will not do better a third time.
constexpr int kBrokenFillsBeforeList = 2;
constexpr int kVeryShortBeforeWarning = 3;

std::uint64_t hash_of(const std::string& text) {
  return std::hash<std::string>()(text) | 1U;  // never 0
}

Error ended() {
  return Error{Code::Unavailable, "watch ended by us", {}, {}};
}

}  // namespace

Reflector::Reflector(Client& lists, Client& watches, Selection what, Sink sink, ReflectorOptions options)
    : lists_(lists),
      watches_(watches),
      what_(std::move(what)),
      sink_(std::move(sink)),
      options_(std::move(options)),
      backoff_(*options_.clock, *options_.random),
      idle_(options_.idle) {}

std::string Reflector::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

void Reflector::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    std::stop_source one = start_step();
    const std::stop_callback with_callers(stop, [&one] { one.request_stop(); });
    const milliseconds pause = step(one.get_token());
    if (pause.count() > 0) options_.clock->sleep(pause, one.get_token());
  }
}

std::stop_source Reflector::start_step() {
  const std::lock_guard lock(mutex_);
  step_ = std::stop_source();
  return step_;
}

void Reflector::relist() {
  ++asked_;  // first: a step that is not stopped below begins only now, and sees it
  std::stop_source running{std::nostopstate};
  {
    const std::lock_guard lock(mutex_);
    running = step_;
  }
  running.request_stop();
}

milliseconds Reflector::step(std::stop_token stop) {
  if (!synced() && !version_.empty()) {
    const std::lock_guard lock(mutex_);
    version_.clear();
  }
  const bool by_list = version_.empty() && (!stream_lists_ || broken_fills_ >= kBrokenFillsBeforeList);
  const Ending ending = by_list ? fill_by_list(stop) : follow(stop);
  if (stop.stop_requested()) return milliseconds(0);
  return conclude(ending);
}

std::chrono::seconds Reflector::server_timeout() {
  // Spread over 5 to 10 minutes, or all watches of all operators would come back in the same second.
  return kShortestWatch + std::chrono::seconds(static_cast<int>(options_.random->unit() * 300));
}

Reflector::Ending Reflector::fill_by_list(std::stop_token stop) {
  start_round();
  const ListVisitor visitor{[this](std::string_view object) -> Result<void> {
                              take_object(TRY(read_head(object)), object);
                              return {};
                            },
                            [this] { start_round(); }};
  const auto version = list_all(lists_, what_, visitor, stop);
  if (version) {
    finish_round(*version);
    return {};
  }
  filling_ = false;
  Ending ending{WatchEnd::Refused, true, version.error().text(), version.error().retry_after};
  if (version.error().code == Code::Unavailable) ending.why = WatchEnd::Broken;
  return ending;
}

Reflector::Ending Reflector::follow(std::stop_token stop) {
  const bool fills = version_.empty();
  if (fills) start_round();
  lines_ = 0;
  bookmarked_ = false;
  told_.reset();
  const auto timeout = server_timeout();
  // A quiet kind gets bookmarks as rarely as every ten minutes from some servers: then only the server's own end
  // counts.
  stream_idle_ = std::min(idle_, std::chrono::duration_cast<milliseconds>(timeout) + std::chrono::seconds(5));
  const SteadyTime began = options_.clock->steady();
  last_line_ = began;
  const auto answer = watches_.watch(what_, {version_, timeout, stream_idle_}, stop,
                                     [this](std::string_view line) { return take_line(line); });
  if (stop.stop_requested()) {  // by us: that says nothing about the server
    filling_ = false;
    return {};
  }
  Ending ending = told_ ? *told_ : judge(answer, began);
  if (fills && filling_) {
    filling_ = false;
    ending.relist = true;
    const bool began_to_stream = lines_ > 0 || ending.why == WatchEnd::Idle || (answer && answer->ok());
    if (began_to_stream) ++broken_fills_;
    if (ending.why == WatchEnd::Closed) ending = {WatchEnd::Broken, true, "ended before the end of the list", {}};
  }
  return ending;
}

Reflector::Ending Reflector::judge(const Result<http::Response>& answer, SteadyTime began) {
  if (!answer) return judge_failure(answer.error());
  if (!answer->ok()) return judge_status(*answer);
  refusals_ = 0;
  const bool very_short = lines_ == 0 && options_.clock->steady() - began < kVeryShort;
  very_short_ = very_short ? very_short_ + 1 : 0;
  if (!very_short) return {};
  if (very_short_ == kVeryShortBeforeWarning) {
    log::warning("watches end at once without an event: does a proxy between us and the API server close streams?",
                 {{"resource", what_.resource.plural}});
  }
  return {WatchEnd::VeryShort, false, "ended at once", {}};
}

Reflector::Ending Reflector::judge_failure(const Error& error) {
  const auto silence = options_.clock->steady() - last_line_;
  // A little less than asked for: the transport's clock and ours need not agree to the millisecond.
  if (error.code == Code::Unavailable && silence >= stream_idle_ * 9 / 10) {
    if (!bookmarked_) idle_ = stream_idle_ * 2;
    return {WatchEnd::Idle, false, "no event and no bookmark for too long", {}};
  }
  return {WatchEnd::Broken, false, error.text(), error.retry_after};
}

Reflector::Ending Reflector::judge_status(const http::Response& response) {
  const Error error = error_of(response, "watch " + what_.resource.plural, "GET " + what_.resource.path(what_.ns));
  if (response.status == 410) return {WatchEnd::Gone, true, error.message, {}};
  const bool malformed = response.status == 400 || response.status == 422;
  if (version_.empty() && malformed) {
    stream_lists_ = false;
    log::info("the API server does not stream lists, reading pages", {{"resource", what_.resource.plural}});
    return {WatchEnd::Refused, true, {}, {}};
  }
  // Overload, a missing right or a broken credential says nothing about our version: it stays good.
  const bool says_nothing = response.status == 429 || response.status == 401 || response.status == 403;
  if (!says_nothing) ++refusals_;
  const bool relist = malformed || response.status == 404 || refusals_ >= kRefusalsBeforeRelist;
  if (relist) refusals_ = 0;
  return {WatchEnd::Refused, relist, error.text(), error.retry_after};
}

milliseconds Reflector::conclude(const Ending& ending) {
  if (options_.hooks.watch_ended) options_.hooks.watch_ended(what_.resource.kind, ending.why);
  if (ending.relist && !version_.empty()) {
    const std::lock_guard lock(mutex_);
    version_.clear();
  }
  switch (ending.why) {
    case WatchEnd::Closed:
      log::debug("watch ended", {{"resource", what_.resource.plural}});
      return milliseconds(0);
    case WatchEnd::Idle:
      log::info("watch was silent, opening it again", {{"resource", what_.resource.plural}});
      return milliseconds(0);
    case WatchEnd::Gone:
      log::info("version expired, listing again", {{"resource", what_.resource.plural}});
      break;
    case WatchEnd::VeryShort:
    case WatchEnd::Broken:
    case WatchEnd::Refused:
      if (ending.message.empty()) return milliseconds(0);
      log::warning("watch failed",
                   {{"resource", what_.resource.plural}, {"namespace", what_.ns}, {"error", ending.message}});
      break;
  }
  return std::max(backoff_.next(), ending.retry_after.value_or(milliseconds(0)));
}

Result<void> Reflector::take_line(std::string_view line) {
  const auto event = split_watch_line(line);
  if (!event) {
    told_ = Ending{WatchEnd::Broken, ++refusals_ >= kRefusalsBeforeRelist, event.error().text(), {}};
    return ended();
  }
  ++lines_;
  last_line_ = options_.clock->steady();
  if (event->type == "ERROR") {
    const int code = status_code(event->object);
    const bool gone = code == 410;
    told_ = Ending{gone ? WatchEnd::Gone : WatchEnd::Refused,
                   gone || ++refusals_ >= kRefusalsBeforeRelist,
                   "HTTP " + std::to_string(code) + " " + status_message(event->object),
                   {}};
    return ended();
  }
  const auto head = read_head(event->object);
  if (!head || (event->type != "BOOKMARK" && (head->name.empty() || head->uid.empty()))) {
    told_ = Ending{WatchEnd::Broken, ++refusals_ >= kRefusalsBeforeRelist, "an event without readable metadata", {}};
    return ended();
  }
  if (event->type == "BOOKMARK") {
    take_bookmark(*head);
    return {};
  }
  if (event->type == "DELETED") {
    take_deletion(*head);
  } else {
    take_object(*head, event->object);
  }
  // The events that stand for a list carry each object's own, older version, in no order: it says nothing about how far
  // the cache is.
  if (!filling_) advance(head->resource_version);
  refusals_ = 0;
  return {};
}

void Reflector::take_bookmark(const ObjectHead& head) {
  bookmarked_ = true;
  idle_ = options_.idle;
  refusals_ = 0;
  if (!filling_) {
    advance(head.resource_version);
  } else if (head.initial_events_end) {
    finish_round(head.resource_version);
  }
}

void Reflector::take_object(const ObjectHead& head, std::string_view object) {
  const std::pair key{head.ns, head.name};
  auto known = index_.find(key);
  if (known != index_.end() && known->second.uid != hash_of(head.uid)) {
    // Deleted and made again between two looks: another object, whatever its name.
    ObjectHead before = head;
    before.uid.clear();
    index_.erase(known);
    known = index_.end();
    sink_.forget(before.ns, before.name);
    sink_.changed(before, Seen::Deleted);
  }
  if (known != index_.end() && known->second.version == hash_of(head.resource_version)) {
    known->second.round = round_;
    return;
  }
  const auto put = sink_.put(object);
  // Without a version the next list tries again; the key is kept, so that the object does not count as deleted.
  index_[key] = {hash_of(head.uid), put ? hash_of(head.resource_version) : 0, round_};
  if (put) {
    sink_.changed(head, answered_ > 0 ? Seen::Changed : Seen::Initial);
    return;
  }
  log::error(
      "object cannot be read, keeping what was known of it",
      {{"kind", what_.resource.kind}, {"namespace", head.ns}, {"name", head.name}, {"error", put.error().text()}});
  if (options_.hooks.undecodable) options_.hooks.undecodable(what_.resource.kind);
}

void Reflector::take_deletion(const ObjectHead& head) {
  const auto known = index_.find({head.ns, head.name});
  if (known == index_.end() || known->second.uid != hash_of(head.uid)) return;
  index_.erase(known);
  sink_.forget(head.ns, head.name);
  sink_.changed(head, Seen::Deleted);
}

void Reflector::start_round() {
  ++round_;
  answers_ = asked_;
  filling_ = true;
}

void Reflector::finish_round(const std::string& version) {
  for (auto item = index_.begin(); item != index_.end();) {
    if (item->second.round == round_) {
      ++item;
      continue;
    }
    const ObjectHead gone{item->first.first, item->first.second, "", version, false};
    item = index_.erase(item);
    sink_.forget(gone.ns, gone.name);
    sink_.changed(gone, Seen::Deleted);
  }
  filling_ = false;
  broken_fills_ = 0;
  if (options_.hooks.relisted && answered_ > 0) options_.hooks.relisted(what_.resource.kind);
  answered_ = answers_;
  advance(version);
  log::debug("cache filled", {{"resource", what_.resource.plural}, {"objects", index_.size()}, {"version", version}});
}

void Reflector::advance(const std::string& version) {
  {
    const std::lock_guard lock(mutex_);
    version_ = version;
  }
  if (sink_.advanced) sink_.advanced(version);
  if (options_.hooks.resource_version) options_.hooks.resource_version(what_.resource.kind, what_.ns, version);
}

}  // namespace sallyport::kube
