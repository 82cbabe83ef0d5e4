// SPDX-License-Identifier: Apache-2.0
#include "operator/http/folder_client.hpp"

#include <algorithm>
#include <filesystem>

#include "operator/base/text.hpp"
#include "operator/base/whole_file.hpp"

namespace sallyport::http {
namespace {

namespace fs = std::filesystem;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/// Names that cannot lead anywhere else; the last may be empty, for a directory.
bool is_target(std::string_view target) {
  if (!target.starts_with('/')) return false;
  const std::vector<std::string> parts = split(target.substr(1), '/');
  return std::ranges::all_of(parts, [&](const std::string& part) {
    const bool last = &part == &parts.back();
    return (last && part.empty()) || (!part.empty() && part.front() != '.' && std::ranges::all_of(part, is_plain));
  });
}

class FolderClient final : public Client {
 public:
  FolderClient(std::string folder, std::size_t most) : folder_(std::move(folder)), most_(most) {}

  Result<Response> send(const Request& request, std::chrono::milliseconds, std::stop_token) override {
    if (!is_target(request.target)) {
      return Error{Code::InvalidSpec, "is no path of plain names", request.method + " " + request.target, {}};
    }
    const std::string path = folder_ + request.target;
    if (request.method == "GET") return path.ends_with('/') ? list(path) : read(path);
    if (path.ends_with('/')) return Response{405, {}, {}};
    if (request.method == "PUT") {
      TRY(replace_file(path, request.body, Care::Kept));
      return Response{200, {}, {}};
    }
    if (request.method != "DELETE") return Response{405, {}, {}};
    TRY(remove_file(path));
    return Response{200, {}, {}};
  }

  Result<Response> stream(const Request& request, std::chrono::milliseconds, std::stop_token, const OnLine&) override {
    return Error{Code::InvalidSpec, "a directory has no streams", request.method + " " + request.target, {}};
  }

 private:
  Result<Response> read(const std::string& path) const {
    Result<std::string> bytes = read_whole_file(path, most_);
    if (bytes) return Response{200, {}, *std::move(bytes)};
    if (bytes.error().code == Code::NotFound) return Response{404, {}, {}};
    return bytes.error();
  }

  static Result<Response> list(const std::string& path) {
    std::error_code failure;
    std::vector<std::string> names;
    for (fs::directory_iterator entry(path, failure), end; !failure && entry != end; entry.increment(failure)) {
      std::string name = entry->path().filename().string();
      std::error_code ignored;
      const bool plain = !name.starts_with('.') && std::ranges::all_of(name, is_plain);  // else it cannot be asked for
      if (plain && entry->is_regular_file(ignored)) names.push_back(std::move(name));
    }
    if (failure == std::errc::no_such_file_or_directory) return Response{404, {}, {}};
    if (failure) return Error{Code::Unavailable, "cannot be listed: " + failure.message(), path, {}};
    std::ranges::sort(names);
    return Response{200, {}, join(names, "\n")};
  }

  const std::string folder_;
  const std::size_t most_;
};

}  // namespace

Result<std::unique_ptr<Client>> make_folder_client(const ClientOptions& options) {
  std::string folder = options.base_url.substr(std::min(kFolderScheme.size(), options.base_url.size()));
  const bool absolute = options.base_url.starts_with(kFolderScheme) && folder.starts_with('/');
  if (!absolute) return Error{Code::InvalidSpec, "is not file:// and an absolute path", options.base_url, {}};
  while (folder.ends_with('/')) folder.pop_back();
  return std::unique_ptr<Client>(std::make_unique<FolderClient>(std::move(folder), options.limits.body_bytes));
}

}  // namespace sallyport::http
