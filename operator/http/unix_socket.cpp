// SPDX-License-Identifier: Apache-2.0
#include "operator/http/unix_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace sallyport::http {
namespace {

Error failed(std::string_view doing, const std::string& path) {
  return Error{Code::Unavailable, std::string(doing) + ": " + std::generic_category().message(errno), path, {}};
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

}  // namespace

Result<void> clear_stale_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return Error{Code::InvalidSpec, "the path of a socket has 1 to 107 bytes", path, {}};
  }
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0) {
    if (errno == ENOENT) return {};
    return failed("look at the socket", path);
  }
  if (!S_ISSOCK(there.st_mode))
    return Error{Code::Conflict, "is there and is not a socket; nothing is removed", path, {}};
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (probe.get() < 0) return failed("make a socket", path);
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 || errno == EAGAIN) {
    return Error{Code::Conflict, "another process listens there", path, {}};
  }
  if (errno != ECONNREFUSED) return failed("ask whether somebody listens on the socket", path);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed("remove the socket that was left", path);
  return {};
}

Result<void> restrict_socket(const UnixSocket& socket) {
  if (socket.group && ::chown(socket.path.c_str(), static_cast<uid_t>(-1), *socket.group) != 0) {
    return failed("give the socket to its group", socket.path);
  }
  if (::chmod(socket.path.c_str(), S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP) != 0) {
    return failed("set the mode of the socket", socket.path);
  }
  return {};
}

bool is_known(unsigned uid, unsigned own, const UnixSocket& socket) {
  return uid == 0 || uid == own || std::ranges::find(socket.users, uid) != socket.users.end();
}

Result<Peer> known_peer(int descriptor, const UnixSocket& socket) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return failed("ask who is on the other end", socket.path);
  }
  const Peer peer{credentials.uid, credentials.pid};
  if (is_known(peer.uid, ::geteuid(), socket)) return peer;
  return Error{Code::Refused, "a process that is not to be answered has connected: " + peer.text(), socket.path, {}};
}

}  // namespace sallyport::http
