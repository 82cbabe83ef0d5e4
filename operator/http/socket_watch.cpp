// SPDX-License-Identifier: Apache-2.0
#include "operator/http/socket_watch.hpp"

#include <fcntl.h>
// The kernel's header and not <netinet/tcp.h>: glibc's tcp_info ends before the field that is needed.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <utility>

namespace sallyport::http {

bool is_quiet(int socket) {
  pollfd look{.fd = socket, .events = POLLIN | POLLRDHUP, .revents = 0};
  return ::poll(&look, 1, 0) == 0;
}

SocketWatch::SocketWatch(int socket) : socket_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)) {}

SocketWatch::SocketWatch(SocketWatch&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}

SocketWatch& SocketWatch::operator=(SocketWatch&& other) noexcept {
  std::swap(socket_, other.socket_);
  return *this;
}

SocketWatch::~SocketWatch() {
  if (socket_ >= 0) ::close(socket_);
}

std::uint64_t SocketWatch::bytes_received() const {
  if (socket_ < 0) return 0;
  tcp_info seen{};
  socklen_t size = sizeof(seen);
  if (::getsockopt(socket_, IPPROTO_TCP, TCP_INFO, &seen, &size) != 0) return 0;
  if (size < offsetof(tcp_info, tcpi_bytes_received) + sizeof(seen.tcpi_bytes_received)) return 0;
  return seen.tcpi_bytes_received;
}

}  // namespace sallyport::http
