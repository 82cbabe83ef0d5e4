// SPDX-License-Identifier: Apache-2.0
// A socket in the file system and who is on its other end. For listener.cpp.
#pragma once

#include <string>

#include "operator/base/result.hpp"
#include "operator/http/listener.hpp"

namespace sallyport::http {

/// Takes away a socket that nobody listens on any more. Conflict for one that somebody does, and for any other file.
[[nodiscard]] Result<void> clear_stale_socket(const std::string& path);

/// Mode 0660 and the wanted group, between bind and listen: before that nobody can connect.
[[nodiscard]] Result<void> restrict_socket(const UnixSocket& socket);

struct Peer {
  unsigned uid = 0;
  int pid = 0;
  [[nodiscard]] std::string text() const { return "uid " + std::to_string(uid) + ", pid " + std::to_string(pid); }
};
/// Whether a user is answered by a process of user `own`.
[[nodiscard]] bool is_known(unsigned uid, unsigned own, const UnixSocket& socket);

/// As the kernel recorded it when the peer connected (SO_PEERCRED). Refused for one that is not to be answered.
[[nodiscard]] Result<Peer> known_peer(int descriptor, const UnixSocket& socket);

}  // namespace sallyport::http
