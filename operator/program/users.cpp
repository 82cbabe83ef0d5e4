// SPDX-License-Identifier: Apache-2.0
#include "operator/program/users.hpp"

#include <grp.h>
#include <pwd.h>

#include <charconv>
#include <optional>

namespace sallyport::program {
namespace {

std::optional<unsigned> number_of(const std::string& text) {
  unsigned number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Result<unsigned> user_id(const std::string& user) {
  if (const auto number = number_of(user)) return *number;
  if (const passwd* found = ::getpwnam(user.c_str())) return found->pw_uid;  // NOLINT(concurrency-mt-unsafe): at start
  return Error{Code::InvalidSpec, "there is no user '" + user + "' on this machine", {}, {}};
}

Result<unsigned> group_id(const std::string& group) {
  if (const auto number = number_of(group)) return *number;
  const ::group* found = ::getgrnam(group.c_str());  // NOLINT(concurrency-mt-unsafe): at start
  if (found != nullptr) return found->gr_gid;
  return Error{Code::InvalidSpec, "there is no group '" + group + "' on this machine", {}, {}};
}

}  // namespace sallyport::program
