// SPDX-License-Identifier: Apache-2.0
// Looks at a socket from outside the library that owns it: whether it is still usable, and how much the other side has
// sent. The library reads a header or a chunk whole, however large, before anybody sees a byte of it; the kernel's own
// count is what tells that early.
#pragma once

#include <cstdint>

namespace sallyport::http {

/// True if the other side has neither closed nor sent anything: the only state in which an idle HTTP/1.1 connection
/// may be used again (RFC 9112 section 9.5; unasked bytes would be taken for the next answer).
[[nodiscard]] bool is_quiet(int socket);

/// A second descriptor of one connection, so that the first may be closed at any time. Not thread-safe.
class SocketWatch {
 public:
  SocketWatch() = default;
  explicit SocketWatch(int socket);
  SocketWatch(SocketWatch&& other) noexcept;
  SocketWatch& operator=(SocketWatch&& other) noexcept;
  ~SocketWatch();

  /// Bytes that the kernel has received on the connection since it was made (TCP_INFO, Linux 4.1); 0 when unknown.
  [[nodiscard]] std::uint64_t bytes_received() const;

 private:
  int socket_ = -1;
};

}  // namespace sallyport::http
