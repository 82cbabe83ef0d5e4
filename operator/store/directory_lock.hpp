// SPDX-License-Identifier: Apache-2.0
// The lock of a state directory: what the Lease is in a cluster. It goes with the process, however that ends.
#pragma once

#include <atomic>
#include <functional>
#include <stop_token>
#include <string>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"

namespace sallyport::store {

/// flock(2) on `<state>/lock`, which holds the process id of whoever has it. Thread-safe after acquire(). Needs a file
/// system whose locks other machines heed if several machines are to share the directory.
class DirectoryLock {
 public:
  /// `directory` exists.
  explicit DirectoryLock(std::string directory);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  /// False: another process has it.
  [[nodiscard]] Result<bool> try_acquire();
  /// Asks once a second. `waiting` is told once, with the holder's process id as text ("" when unknown). ShuttingDown
  /// when stopped first.
  [[nodiscard]] Result<void> acquire(const Clock& clock, std::stop_token stop,
                                     const std::function<void(const std::string& holder)>& waiting);
  /// Whether it is ours still: a lock file that somebody removed protects nothing, for the next process makes a new
  /// one.
  [[nodiscard]] bool held() const;
  void release();

 private:
  [[nodiscard]] std::string path() const { return directory_ + "/lock"; }
  [[nodiscard]] bool is_in_place(int fd) const;

  std::string directory_;
  std::atomic<int> fd_{-1};
};

}  // namespace sallyport::store
