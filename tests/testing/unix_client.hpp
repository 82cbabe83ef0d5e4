// SPDX-License-Identifier: Apache-2.0
// What comes back over a socket in the file system.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <string>

namespace sallyport::testing {

/// Sends the bytes, and returns everything until the other end closes; empty where nobody listens.
inline std::string ask_unix(const std::string& path, const std::string& request) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  std::string answer;
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      ::write(descriptor, request.data(), request.size()) > 0) {
    std::array<char, 4096> part{};
    for (ssize_t size = 0; (size = ::read(descriptor, part.data(), part.size())) > 0;)
      answer.append(part.data(), static_cast<std::size_t>(size));
  }
  ::close(descriptor);
  return answer;
}

}  // namespace sallyport::testing
