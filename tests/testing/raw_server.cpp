// SPDX-License-Identifier: Apache-2.0
#include "tests/testing/raw_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <utility>

#include "operator/base/check.hpp"
#include "operator/base/text.hpp"

namespace sallyport::testing {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

RawSocket RawSocket::connect(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  SALLYPORT_CHECK(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0, "nobody listens");
  return RawSocket(fd);
}

bool RawSocket::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawSocket::fill(std::chrono::steady_clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
  if (ended_ || left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return false;
  std::array<char, 65536> bytes{};
  const ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), 0);
  if (got <= 0) {
    ended_ = true;
    return false;
  }
  pending_.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

std::string RawSocket::read_until(std::string_view marker, std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  std::size_t end = std::string::npos;
  while (marker.empty() || (end = pending_.find(marker)) == std::string::npos) {
    if (!fill(until)) break;
  }
  const std::size_t length = end == std::string::npos ? pending_.size() : end + marker.size();
  std::string text = pending_.substr(0, length);
  pending_.erase(0, length);
  return text;
}

std::string RawSocket::read_request() {
  std::string request = read_until("\r\n\r\n");
  static constexpr std::string_view kName = "\r\ncontent-length:";
  const std::string lower = to_lower(request);
  std::size_t length = 0;
  if (const std::size_t at = lower.find(kName); at != std::string::npos) {
    const std::string_view value = trim(std::string_view(lower).substr(at + kName.size(), 20));
    std::from_chars(value.data(), value.data() + value.size(), length);
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (pending_.size() < length && fill(until)) {
  }
  request += pending_.substr(0, length);
  pending_.erase(0, length);
  return request;
}

bool RawSocket::closed_by_peer(std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (fill(until)) {
  }
  return ended_;
}

void RawSocket::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void RawSocket::shut_down() const {
  ::shutdown(fd_, SHUT_RDWR);
}

RawServer::RawServer(Script script) : script_(std::move(script)) {
  listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  const bool ready = ::bind(listening_, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::listen(listening_, 128) == 0 &&
                     ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  SALLYPORT_CHECK(ready, "no free port for a test");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] { accept_all(); });
}

RawServer::~RawServer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const RawSocket& socket : sockets_) socket.shut_down();
  }
  ::shutdown(listening_, SHUT_RDWR);
  acceptor_.join();
  threads_.clear();
  ::close(listening_);
}

void RawServer::accept_all() {
  for (;;) {
    const int fd = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::lock_guard lock(mutex_);
    RawSocket& socket = sockets_.emplace_back(fd);
    if (ending_) return;
    threads_.emplace_back([this, &socket, number = ++connections_] {
      script_(socket, number);
      const std::lock_guard closing(mutex_);  // the destructor walks the sockets meanwhile
      socket.close();
    });
  }
}

int RawServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

void RawServer::record(std::string request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(std::move(request));
}

std::vector<std::string> RawServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::string raw_answer(int status, std::string_view body, std::string_view extra_headers) {
  return "HTTP/1.1 " + std::to_string(status) + " Whatever\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(extra_headers) + "\r\n" + std::string(body);
}

}  // namespace sallyport::testing
