// SPDX-License-Identifier: Apache-2.0
#include "operator/audit/append_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "operator/base/whole_file.hpp"

namespace sallyport::audit {
namespace {

/// A new file's name is durable only when its directory is.
bool sync_directory_of(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  const int fd = ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  return synced;
}

bool read_all(int fd, std::string& into, std::int64_t offset) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const ssize_t got =
        ::pread(fd, into.data() + filled, into.size() - filled, offset + static_cast<std::int64_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    filled += static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

Error AppendFile::failed(std::string_view doing) const {
  return {Code::Unavailable,
          std::string("audit log cannot be ") + std::string(doing) + ": " + std::strerror(errno),
          path_,
          {}};
}

Result<AppendFile::Opened> AppendFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  Opened opened{std::unique_ptr<AppendFile>(new AppendFile(fd, path)), {}, {}};
  if (fd < 0) return opened.file->failed("opened");
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return Error{Code::Conflict, "audit log is in use by another process", path, {}};
  }
  if (!sync_directory_of(path)) return opened.file->failed("made durable");
  TRY(opened.file->read_end(opened));
  return opened;
}

AppendFile::~AppendFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> AppendFile::read_end(Opened& into) {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) return failed("read");
  const std::int64_t window = std::min<std::int64_t>(status.st_size, 2 * kMaxLineBytes);
  std::string end(static_cast<std::size_t>(window), '\0');
  if (!read_all(fd_, end, status.st_size - window)) return failed("read");
  const std::size_t newline = end.rfind('\n');
  const std::size_t whole = newline == std::string::npos ? 0 : newline + 1;
  if (whole == 0 && window < status.st_size) {
    return Error{Code::InvalidSpec, "is not an audit log: its last line is longer than any of ours", path_, {}};
  }
  into.torn = end.substr(whole);
  size_ = status.st_size - static_cast<std::int64_t>(into.torn.size());
  if (whole > 0) {
    const std::size_t before = newline == 0 ? std::string::npos : end.rfind('\n', newline - 1);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    into.last_line = end.substr(begin, newline - begin);
  }
  if (into.torn.empty()) return {};
  TRY(set_aside(into.torn));
  if (::ftruncate(fd_, size_) != 0) return failed("repaired");
  return {};
}

Result<void> AppendFile::set_aside(std::string_view torn) const {
  const std::string aside = path_ + ".torn";
  const int fd = ::open(aside.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return failed("repaired");
  const bool kept = write_all(fd, std::string(torn) + "\n") && ::fsync(fd) == 0 && sync_directory_of(aside);
  const Error error = failed("repaired");
  ::close(fd);
  if (!kept) return error;
  return {};
}

Result<void> AppendFile::append(std::string_view lines) {
  if (has_excess_ && ::ftruncate(fd_, size_) != 0) return failed("written");
  has_excess_ = false;
  if (write_all(fd_, lines) && ::fdatasync(fd_) == 0) {
    size_ += static_cast<std::int64_t>(lines.size());
    return {};
  }
  const Error error = failed("written");
  has_excess_ = ::ftruncate(fd_, size_) != 0;
  return error;
}

}  // namespace sallyport::audit
