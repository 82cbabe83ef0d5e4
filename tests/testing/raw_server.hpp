// SPDX-License-Identifier: Apache-2.0
// Both ends of a TCP connection without any HTTP library: what misbehaves on purpose cannot be built with one that
// does not.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace sallyport::testing {

/// A connected socket. Blocking; every read has an end.
class RawSocket {
 public:
  explicit RawSocket(int fd) : fd_(fd) {}
  RawSocket(RawSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  RawSocket& operator=(RawSocket&&) = delete;
  ~RawSocket() { close(); }
  /// To a port of 127.0.0.1; aborts the test when nobody listens.
  [[nodiscard]] static RawSocket connect(int port);

  /// False when the other side is gone.
  bool send(std::string_view bytes) const;
  /// What arrives until `marker` was seen (included), the other side closed, or the time is up.
  [[nodiscard]] std::string read_until(std::string_view marker,
                                       std::chrono::milliseconds limit = std::chrono::seconds(10));
  /// One request with its Content-Length body.
  std::string read_request();
  [[nodiscard]] std::string read_to_end(std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    return read_until({}, limit);
  }
  /// True once the other side closed or reset.
  [[nodiscard]] bool closed_by_peer(std::chrono::milliseconds limit = std::chrono::seconds(10));
  void close();
  /// Stays owned by this object.
  [[nodiscard]] int descriptor() const { return fd_; }
  /// Wakes a read that is under way in another thread.
  void shut_down() const;

 private:
  bool fill(std::chrono::steady_clock::time_point until);

  int fd_;
  std::string pending_;
  bool ended_ = false;
};

/// Listens on a free port of 127.0.0.1 and runs `script` for every connection, each on a thread of its own.
class RawServer {
 public:
  /// `number` counts connections from 1.
  using Script = std::function<void(RawSocket& socket, int number)>;
  explicit RawServer(Script script);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int connections() const;
  /// Called by scripts; what tests ask for.
  void record(std::string request);
  [[nodiscard]] std::vector<std::string> requests() const;

 private:
  void accept_all();

  Script script_;
  int listening_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::list<RawSocket> sockets_;
  std::list<std::jthread> threads_;
  std::vector<std::string> requests_;
  int connections_ = 0;
  bool ending_ = false;
  std::jthread acceptor_;
};

/// A whole answer with Content-Length.
[[nodiscard]] std::string raw_answer(int status, std::string_view body, std::string_view extra_headers = {});

}  // namespace sallyport::testing
