// SPDX-License-Identifier: Apache-2.0
#include "operator/base/whole_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "operator/base/digest.hpp"

namespace sallyport {
namespace {

namespace fs = std::filesystem;

// From here on one syncfs(2) is cheaper than an fsync(2) a file: a start with a thousand new objects.
constexpr std::size_t kManyFiles = 16;
constexpr std::size_t kUnfinishedLength = 12;

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags, mode_t mode = 0)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

Error failed(std::string_view doing, const std::string& path) {
  return {Code::Unavailable, "cannot be " + std::string(doing) + ": " + std::strerror(errno), path, {}};
}

std::string directory_of(const std::string& path) {
  const std::string parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

Result<void> sync_directory(const std::string& path) {
  const Descriptor directory(path, O_RDONLY | O_DIRECTORY);
  if (!directory.open() || ::fsync(directory.get()) != 0) return failed("made durable", path);
  return {};
}

/// Files beside their places; those that have not got there when this goes are removed.
class Unfinished {
 public:
  Unfinished() = default;
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() {
    for (const auto& [from, to] : moves_) ::unlink(from.c_str());
  }

  enum class Sync { Now, Later };
  Result<void> add(const FileWrite& file, Care care, Sync sync) {
    const std::string from = directory_of(file.path) + "/" + std::string(kUnfinished) + random_name(kUnfinishedLength);
    const Descriptor out(from, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, care == Care::Kept ? 0600 : 0644);
    if (!out.open()) return failed("written", file.path);
    moves_.emplace_back(from, file.path);
    if (!write_all(out.get(), file.bytes)) return failed("written", file.path);
    if (sync == Sync::Now && ::fsync(out.get()) != 0) return failed("made durable", file.path);
    return {};
  }

  Result<void> sync_all() const {
    if (moves_.empty()) return {};
    const Descriptor any(directory_of(moves_.front().second), O_RDONLY | O_DIRECTORY);
    if (!any.open() || ::syncfs(any.get()) != 0) return failed("made durable", moves_.front().second);
    return {};
  }

  Result<void> put_in_place() {
    while (!moves_.empty()) {
      const auto& [from, to] = moves_.back();
      if (::rename(from.c_str(), to.c_str()) != 0) return failed("put in place", to);
      moves_.pop_back();
    }
    return {};
  }

 private:
  std::vector<std::pair<std::string, std::string>> moves_;
};

}  // namespace

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

Result<void> replace_files(const std::vector<FileWrite>& files, Care care) {
  const bool many = files.size() > kManyFiles;
  const bool each = care == Care::Kept && !many;
  Unfinished unfinished;
  std::set<std::string> directories;
  for (const FileWrite& file : files) {
    const std::string directory = directory_of(file.path);
    if (directories.insert(directory).second && care == Care::Kept) TRY(make_private_directory(directory));
    TRY(unfinished.add(file, care, each ? Unfinished::Sync::Now : Unfinished::Sync::Later));
  }
  if (care == Care::Kept && many) TRY(unfinished.sync_all());
  TRY(unfinished.put_in_place());
  if (care == Care::Shown) return {};
  for (const std::string& directory : directories) TRY(sync_directory(directory));
  return {};
}

Result<void> replace_file(const std::string& path, std::string_view bytes, Care care) {
  return replace_files({{path, bytes}}, care);
}

Result<void> remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return sync_directory(directory_of(path));
  if (errno == ENOENT || errno == ENOTDIR) return {};
  return failed("removed", path);
}

Result<std::string> read_whole_file(const std::string& path, std::size_t most) {
  const Descriptor in(path, O_RDONLY | O_NONBLOCK);  // opening a FIFO must not wait for a writer
  if (!in.open() && errno == ENOENT) return Error{Code::NotFound, "does not exist", path, {}};
  struct stat status {};
  if (!in.open() || ::fstat(in.get(), &status) != 0) return failed("read", path);
  if (!S_ISREG(status.st_mode)) return Error{Code::Unavailable, "is not a regular file", path, {}};
  std::string text;
  std::string part(1UL << 16U, '\0');
  while (true) {
    const ssize_t got = ::read(in.get(), part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", path);
    if (got == 0) return text;
    text.append(part, 0, static_cast<std::size_t>(got));
    if (text.size() > most)
      return Error{Code::Unavailable, "is larger than " + std::to_string(most) + " bytes", path, {}};
  }
}

Result<void> make_private_directory(const std::string& path) {
  if (path.empty() || path == "/") return {};
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return {};
    return Error{Code::Unavailable, "is not a directory", path, {}};
  }
  const std::string parent = directory_of(path);
  if (parent != path) TRY(make_private_directory(parent));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("made", path);
  return sync_directory(parent);
}

}  // namespace sallyport
