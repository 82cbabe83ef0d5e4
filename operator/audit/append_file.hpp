// SPDX-License-Identifier: Apache-2.0
// A file of whole lines that survives crashes and full disks: what append() has reported written is on the disk, and a
// failed append leaves nothing behind.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "operator/base/result.hpp"

namespace sallyport::audit {

/// No longer line is written or read back.
inline constexpr std::size_t kMaxLineBytes = 1UL << 20U;

/// Not thread-safe. Holds an exclusive flock(2) while it lives.
class AppendFile {
 public:
  struct Opened {
    std::unique_ptr<AppendFile> file;
    std::string last_line;  ///< without its newline; empty in an empty file
    std::string torn;       ///< bytes after the last newline; already moved to `<path>.torn` and cut off here
  };
  /// Made 0600 when missing. Conflict: another process has it. Unavailable: cannot be opened, read or cut.
  [[nodiscard]] static Result<Opened> open(const std::string& path);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  /// Whole lines, each with its newline. After fdatasync(2) when this returns well; else Unavailable, and the file is
  /// as it was (or the next append first makes it so).
  [[nodiscard]] Result<void> append(std::string_view lines);

 private:
  AppendFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  [[nodiscard]] Result<void> read_end(Opened& into);
  [[nodiscard]] Result<void> set_aside(std::string_view torn) const;
  [[nodiscard]] Error failed(std::string_view doing) const;

  int fd_;
  std::string path_;
  std::int64_t size_ = 0;    ///< of all whole lines
  bool has_excess_ = false;  ///< bytes of a failed append may stand after `size_`
};

}  // namespace sallyport::audit
