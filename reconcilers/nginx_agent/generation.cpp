// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/generation.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>

#include "operator/base/digest.hpp"
#include "operator/base/whole_file.hpp"
#include "reconcilers/nginx_agent/main_files.hpp"

namespace sallyport::nginx_agent {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNameLength = 16;
constexpr std::size_t kMostFile = 4UL << 20U;
constexpr const char* kSuffix = ".conf";

Error failed(std::string_view doing, const std::string& path, const std::error_code& failure) {
  return Error{Code::Unavailable, "cannot be " + std::string(doing) + ": " + failure.message(), path, {}};
}

/// The first word of the first directive of this name within the server.
std::string word_after(const std::string& file, std::string_view directive) {
  const std::size_t at = file.find(directive);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + directive.size();
  return file.substr(begin, file.find_first_of(" ;", begin) - begin);
}

std::set<std::string> listens_of(const EndpointFiles& endpoints) {
  std::set<std::string> listens;
  for (const auto& [id, file] : endpoints) listens.insert(door_of(file).listen);
  listens.erase("");
  return listens;
}

}  // namespace

Door door_of(const std::string& file) {
  return {word_after(file, "\n  server_name "), word_after(file, "\n  listen ")};
}

Result<Generation> make_generation(const Machine& machine, const EndpointFiles& endpoints) {
  Generation generation;
  std::string all;
  const auto add = [&all](const std::string& path, const std::string& text) {
    all += path + "\n" + std::to_string(text.size()) + "\n" + text;
  };
  const std::set<std::string> listens = listens_of(endpoints);
  // The main files hold the generation's name, and so are hashed with another word in its place.
  const std::map<std::string, std::string> nameless = TRY(render_main(machine, "name", listens));
  for (const auto& [path, text] : nameless) add(path, text);
  for (const auto& [id, text] : endpoints) {
    const std::string path = std::string(kEndpoints) + "/" + id + kSuffix;
    add(path, text);
    generation.files.emplace(path, text);
  }
  generation.name = short_hash(all, kNameLength);
  generation.files.merge(TRY(render_main(machine, generation.name, listens)));
  return generation;
}

Result<void> Generations::lay_out(const Generation& generation) const {
  const std::string directory = directory_of(generation.name);
  TRY(make_private_directory(directory + "/" + kEndpoints));
  std::vector<FileWrite> writes;
  for (const auto& [path, text] : generation.files) writes.push_back({directory + "/" + path, text});
  TRY(replace_files(writes, Care::Kept));
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(directory + "/" + kEndpoints, failure)) {
    if (!generation.files.contains(std::string(kEndpoints) + "/" + entry.path().filename().string())) {
      TRY(remove_file(entry.path().string()));
    }
  }
  if (failure) return failed("listed", directory, failure);
  return {};
}

Result<void> Generations::switch_to(const std::string& name) const {
  const std::string next = installed_ + "/current.next", current = installed_ + "/current";
  std::error_code failure;
  fs::remove(next, failure);
  fs::create_directory_symlink("generations/" + name, next, failure);
  if (!failure) fs::rename(next, current, failure);
  if (failure) return failed("switched", current, failure);
  return {};
}

std::string Generations::current() const {
  std::error_code failure;
  const fs::path target = fs::read_symlink(installed_ + "/current", failure);
  return failure ? std::string{} : target.filename().string();
}

EndpointFiles Generations::endpoints_of(const std::string& name) const {
  EndpointFiles files;
  if (name.empty()) return files;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(directory_of(name) + "/" + kEndpoints, failure)) {
    if (entry.path().extension() != kSuffix) continue;
    auto text = read_whole_file(entry.path().string(), kMostFile);
    if (text) files.emplace(entry.path().stem().string(), *std::move(text));
  }
  return files;
}

void Generations::keep_only(const std::vector<std::string>& names) const {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(installed_ + "/generations", ignored)) {
    if (std::ranges::find(names, entry.path().filename().string()) == names.end())
      fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace sallyport::nginx_agent
