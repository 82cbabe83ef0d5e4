// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/read_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace sallyport::kube {

Result<std::string> read_file(const std::string& path) {
  constexpr std::size_t kMost = 1UL << 20U;
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{Code::InvalidSpec, std::string("cannot be read: ") + std::strerror(errno), path, {}};
  std::string text(kMost + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return Error{Code::InvalidSpec, "cannot be read", path, {}};
  if (text.empty()) return Error{Code::InvalidSpec, "is empty", path, {}};
  if (text.size() > kMost) return Error{Code::InvalidSpec, "is larger than 1 MiB", path, {}};
  return text;
}

}  // namespace sallyport::kube
