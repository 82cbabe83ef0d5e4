// SPDX-License-Identifier: Apache-2.0
#include "operator/store/directory_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "operator/base/whole_file.hpp"
#include "operator/store/directory_manifests.hpp"

namespace sallyport::store {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::uint32_t kChanges = IN_CREATE | IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                   IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t kEndsOfWriting = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;
constexpr int kNeverQuiet = 10;
constexpr std::chrono::minutes kStillWriting{1};

bool is_our_own(const std::string& name) {
  return name.starts_with(kUnfinished) || is_status_file(name);
}

milliseconds left_until(Steady::time_point end) {
  return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(end - Steady::now()));
}

}  // namespace

DirectoryWatch::DirectoryWatch()
    : inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

DirectoryWatch::~DirectoryWatch() {
  if (inotify_ >= 0) ::close(inotify_);
  if (event_ >= 0) ::close(event_);
}

bool DirectoryWatch::follow(const std::set<std::string>& directories) {
  if (!works()) return false;
  std::map<std::string, int> now;
  bool is_new = false;
  for (const std::string& directory : directories) {
    // Asked again for a known directory, the same number comes back; another one means that it is another directory.
    const int watch = ::inotify_add_watch(inotify_, directory.c_str(), kChanges | IN_ONLYDIR | IN_EXCL_UNLINK);
    if (watch < 0) continue;
    now[directory] = watch;
    const auto before = watches_.find(directory);
    is_new = is_new || before == watches_.end() || before->second != watch;
  }
  std::set<int> used;
  for (const auto& [directory, watch] : now) used.insert(watch);
  for (const auto& [directory, watch] : watches_) {
    if (!used.contains(watch)) ::inotify_rm_watch(inotify_, watch);
  }
  watches_ = std::move(now);
  return is_new;
}

void DirectoryWatch::wake() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(event_, &one, sizeof one) == 0);  // full: it is awake anyway
}

bool DirectoryWatch::drain_changes() {
  alignas(inotify_event) std::array<char, 16384> buffer{};
  bool changed = false;
  while (true) {
    const ssize_t got = ::read(inotify_, buffer.data(), buffer.size());
    if (got <= 0) return changed;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const std::string name(event.len == 0 ? "" : buffer.data() + at + sizeof event);
      const bool is_noise = (event.mask & IN_IGNORED) != 0 || is_our_own(name) ||
                            ((event.mask & IN_MODIFY) != 0 && !is_manifest_file(name));  // somebody's log
      if (!is_noise) {
        changed = true;
        note_writing(event.wd, event.mask, name);
      }
      at += sizeof event + event.len;
    }
  }
}

void DirectoryWatch::note_writing(int watch, std::uint32_t mask, const std::string& name) {
  if ((mask & (IN_MODIFY | kEndsOfWriting)) == 0) return;
  for (const auto& [directory, number] : watches_) {
    if (number != watch) continue;
    const std::string path = directory + "/" + name;
    if ((mask & kEndsOfWriting) != 0) {
      writing_.erase(path);
    } else {
      writing_[path] = Steady::now();
    }
  }
}

bool DirectoryWatch::saw_change() {
  const bool changed = drain_changes();
  missed_ = missed_ || changed;
  return changed;
}

std::set<std::string> DirectoryWatch::being_written() {
  const auto now = Steady::now();
  std::erase_if(writing_, [now](const auto& file) { return now - file.second > kStillWriting; });
  std::set<std::string> paths;
  for (const auto& [path, at] : writing_) paths.insert(path);
  return paths;
}

DirectoryWatch::Drained DirectoryWatch::poll_once(milliseconds timeout) {
  std::array<pollfd, 2> fds{pollfd{event_, POLLIN, 0}, pollfd{inotify_, POLLIN, 0}};
  if (::poll(fds.data(), fds.size(), static_cast<int>(timeout.count())) <= 0) return Drained::Nothing;
  std::uint64_t count = 0;
  const bool woken = fds[0].revents != 0 && ::read(event_, &count, sizeof count) > 0;
  if (fds[1].revents != 0 && drain_changes()) return Drained::Change;
  return woken ? Drained::Wake : Drained::Nothing;
}

DirectoryWatch::Seen DirectoryWatch::wait(milliseconds longest, milliseconds quiet, std::stop_token stop) {
  const std::stop_callback interrupt(stop, [this] { wake(); });
  const auto end = Steady::now() + longest;
  Drained seen = std::exchange(missed_, false) ? Drained::Change : Drained::Nothing;
  while (seen == Drained::Nothing) {
    if (stop.stop_requested()) return Seen::Stop;
    if (Steady::now() >= end) return Seen::Nothing;
    seen = poll_once(left_until(end));
  }
  const auto patience = Steady::now() + kNeverQuiet * quiet;
  auto silent_at = Steady::now() + quiet;
  while (Steady::now() < std::min(silent_at, patience)) {
    if (stop.stop_requested()) return Seen::Stop;
    const Drained more = poll_once(left_until(std::min(silent_at, patience)));
    if (more == Drained::Change) seen = more;
    if (more == Drained::Change) silent_at = Steady::now() + quiet;
  }
  if (stop.stop_requested()) return Seen::Stop;
  return seen == Drained::Change ? Seen::Change : Seen::Wake;
}

}  // namespace sallyport::store
