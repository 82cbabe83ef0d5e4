// SPDX-License-Identifier: Apache-2.0
// Waits for changes in a set of directories: inotify(7), and a time limit for file systems that do not tell.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <stop_token>
#include <string>

namespace sallyport::store {

/// One thread waits; wake() may be called from any.
class DirectoryWatch {
 public:
  DirectoryWatch();
  ~DirectoryWatch();
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

  /// Watches exactly these. True when one is new: what happened in it before is not known.
  bool follow(const std::set<std::string>& directories);

  enum class Seen { Change, Wake, Nothing, Stop };
  /// Until something was seen and then nothing more for `quiet` (ten times that, if it never gets quiet), or `longest`
  /// went by. Our own status files and unfinished files are no change.
  [[nodiscard]] Seen wait(std::chrono::milliseconds longest, std::chrono::milliseconds quiet, std::stop_token stop);
  void wake();
  /// Whether anything has changed since it was last asked, or waited for; wait() will tell of it all the same. By the
  /// thread that waits.
  bool saw_change();
  /// Absolute paths of files that somebody has written to a short while ago and not closed since: what is in them is
  /// not all of it yet. A file that stays open counts for a minute after each write. As of the last saw_change(), so
  /// that it fits what was read before. By the thread that waits.
  [[nodiscard]] std::set<std::string> being_written();
  /// False where the system gives no inotify instance.
  [[nodiscard]] bool works() const { return inotify_ >= 0; }

 private:
  enum class Drained { Nothing, Change, Wake };
  [[nodiscard]] Drained poll_once(std::chrono::milliseconds timeout);
  [[nodiscard]] bool drain_changes();
  void note_writing(int watch, std::uint32_t mask, const std::string& name);

  int inotify_ = -1;
  int event_ = -1;
  std::map<std::string, int> watches_;
  std::map<std::string, std::chrono::steady_clock::time_point> writing_;  ///< when each was last written to
  bool missed_ = false;                                                   ///< a change was seen while nobody waited
};

}  // namespace sallyport::store
