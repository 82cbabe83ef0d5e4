// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/publication/objects.hpp"

#include <filesystem>

#include "operator/base/digest.hpp"
#include "operator/base/whole_file.hpp"

namespace sallyport::publication {
namespace {

namespace fs = std::filesystem;

}  // namespace

bool is_object_name(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

Result<Secret> Objects::read(const std::string& name) const {
  if (!is_object_name(name)) return Error{Code::InvalidSpec, "is not the name of an object", "object", {}};
  Secret bytes(TRY(read_whole_file(path_of(name), kMaxObjectSize)));
  if (sha256_hex(bytes.reveal()) != name) {
    return Error{Code::InvalidSpec, "holds other bytes than its name says", path_of(name), {}};
  }
  return bytes;
}

bool Objects::has(const std::string& name) const {
  std::error_code ignored;
  return is_object_name(name) && fs::is_regular_file(path_of(name), ignored);
}

Result<std::string> Objects::put(const Secret& bytes) const {
  std::string name = sha256_hex(bytes.reveal());
  if (has(name)) return name;
  return replace(bytes);
}

Result<std::string> Objects::replace(const Secret& bytes) const {
  if (bytes.reveal().size() > kMaxObjectSize) {
    return Error{Code::InvalidSpec, "is longer than " + std::to_string(kMaxObjectSize) + " bytes", "object", {}};
  }
  std::string name = sha256_hex(bytes.reveal());
  TRY(replace_file(path_of(name), bytes.reveal(), Care::Kept));
  return name;
}

void Objects::sweep() const {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory_, ignored)) {
    if (entry.path().filename().string().starts_with(kUnfinished)) fs::remove(entry.path(), ignored);
  }
}

Result<void> Objects::keep_only(const std::set<std::string>& names) const {
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(directory_, failure)) {
    const std::string name = entry.path().filename().string();
    if (is_object_name(name) && !names.contains(name)) TRY(remove_file(entry.path().string()));
  }
  if (failure && failure != std::errc::no_such_file_or_directory) {
    return Error{Code::Unavailable, "cannot be listed: " + failure.message(), directory_, {}};
  }
  return {};
}

}  // namespace sallyport::publication
