// SPDX-License-Identifier: Apache-2.0
#include "operator/store/directory_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "operator/base/text.hpp"
#include "operator/base/whole_file.hpp"

namespace sallyport::store {
namespace {

constexpr std::chrono::seconds kRetry{1};
constexpr std::size_t kLongestHolder = 64;

}  // namespace

DirectoryLock::DirectoryLock(std::string directory) : directory_(std::move(directory)) {}

DirectoryLock::~DirectoryLock() {
  release();
}

bool DirectoryLock::is_in_place(int fd) const {
  struct stat ours {};
  struct stat there {};
  return ::fstat(fd, &ours) == 0 && ::stat(path().c_str(), &there) == 0 && ours.st_dev == there.st_dev &&
         ours.st_ino == there.st_ino;
}

Result<bool> DirectoryLock::try_acquire() {
  const int fd = ::open(path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  const auto failed = [&]() -> Error {
    return {Code::Unavailable, std::string("cannot be locked: ") + std::strerror(errno), path(), {}};
  };
  if (fd < 0) return failed();
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const bool busy = errno == EWOULDBLOCK;
    const Error error = failed();
    ::close(fd);
    if (busy) return false;
    return error;
  }
  if (!is_in_place(fd)) {  // removed between open and flock
    ::close(fd);
    return false;
  }
  const std::string holder = std::to_string(::getpid()) + "\n";
  // Only a hint for people: that it cannot be written must not keep anybody from working.
  if (::ftruncate(fd, 0) == 0) static_cast<void>(::pwrite(fd, holder.data(), holder.size(), 0) == 0);
  fd_ = fd;
  return true;
}

Result<void> DirectoryLock::acquire(const Clock& clock, std::stop_token stop,
                                    const std::function<void(const std::string& holder)>& waiting) {
  bool told = false;
  while (!TRY(try_acquire())) {
    if (!told && waiting) waiting(std::string(trim(read_whole_file(path(), kLongestHolder).value_or(""))));
    told = true;
    if (!clock.sleep(kRetry, stop))
      return Error{Code::ShuttingDown, "stopped before the state directory was free", path(), {}};
  }
  return {};
}

bool DirectoryLock::held() const {
  const int fd = fd_;
  return fd >= 0 && is_in_place(fd);
}

void DirectoryLock::release() {
  if (const int fd = fd_.exchange(-1); fd >= 0) ::close(fd);
}

}  // namespace sallyport::store
