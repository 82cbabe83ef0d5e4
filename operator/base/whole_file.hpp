// SPDX-License-Identifier: Apache-2.0
// Files that are whole at every moment: a write makes a new file beside the old one and renames it into its place, so
// whoever reads, and whoever starts after a crash, finds the one or the other.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "operator/base/result.hpp"

namespace sallyport {

/// What the names of files that are not finished yet begin with; such files mean nothing.
inline constexpr std::string_view kUnfinished = ".sallyport-new-";

enum class Care {
  Kept,   ///< mode 0600, and on the disk (fsync of the file and of its directory) when the call returns
  Shown,  ///< mode 0644 less the umask; may be lost with the machine
};

struct FileWrite {
  std::string path;
  std::string_view bytes;  ///< outlives the call
};

/// All new files are complete, and on the disk, before the first takes its place; each takes its place by rename(2).
/// Missing directories are made (0700 with Kept). Unavailable, with the path and the system's words.
[[nodiscard]] Result<void> replace_files(const std::vector<FileWrite>& files, Care care);
[[nodiscard]] Result<void> replace_file(const std::string& path, std::string_view bytes, Care care);

/// Writes all bytes; false, with errno set, otherwise.
[[nodiscard]] bool write_all(int fd, std::string_view bytes);

/// unlink(2) and, on the disk too, fsync of the directory. Gone already: succeeds.
[[nodiscard]] Result<void> remove_file(const std::string& path);

/// The whole file. NotFound; Unavailable when it is no regular file, cannot be read, or is larger than `most` bytes.
[[nodiscard]] Result<std::string> read_whole_file(const std::string& path, std::size_t most);

/// Makes the directory with this mode 0700, and its parents, where they are missing.
[[nodiscard]] Result<void> make_private_directory(const std::string& path);

}  // namespace sallyport
