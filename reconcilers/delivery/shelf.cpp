// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/delivery/shelf.hpp"

#include <sys/stat.h>

#include <filesystem>

#include "operator/base/digest.hpp"
#include "operator/base/whole_file.hpp"
#include "reconcilers/publication/manifest.hpp"
#include "reconcilers/publication/objects.hpp"

namespace sallyport::delivery {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kReports = "/reports/";
constexpr std::string_view kSuffix = ".json";

/// Empty where there is no file.
std::string appearance(const std::string& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return {};
  return std::to_string(found.st_ino) + "." + std::to_string(found.st_size) + "." +
         std::to_string(found.st_mtim.tv_sec) + "." + std::to_string(found.st_mtim.tv_nsec);
}

std::string path_of(const std::string& directory, const std::string& agent) {
  return directory + std::string(kReports) + agent + std::string(kSuffix);
}

}  // namespace

Result<std::shared_ptr<const TaggedText>> Shelf::manifest(const std::string& directory) {
  const std::string file = directory + "/" + publication::kManifestFile;
  const std::string now = appearance(file);
  {
    const std::lock_guard lock(mutex_);
    const auto seen = seen_.find(directory);
    if (seen != seen_.end() && !now.empty() && seen->second.appearance == now) return seen->second.manifest;
  }
  // Should it be replaced in between, the text is newer than the appearance, and is read once more the next time.
  std::string text = TRY(read_whole_file(file, publication::kMaxSealedSize));
  std::string tag = "\"" + sha256_hex(text) + "\"";
  auto manifest = std::make_shared<const TaggedText>(TaggedText{std::move(text), std::move(tag)});
  const std::lock_guard lock(mutex_);
  seen_[directory] = {now, manifest};
  return manifest;
}

Result<Secret> Shelf::object(const std::string& directory, const std::string& name) {
  return publication::Objects(directory + "/" + publication::kObjectsFolder).read(name);
}

Result<void> Shelf::keep_report(const std::string& directory, const std::string& agent, const std::string& text) {
  return replace_file(path_of(directory, agent), text, Care::Kept);
}

std::vector<std::string> quiet_reports(const std::string& directory, std::chrono::seconds since, SystemTime now) {
  std::vector<std::string> agents;
  std::error_code failure;
  for (fs::directory_iterator entry(directory + std::string(kReports), failure), end; !failure && entry != end;
       entry.increment(failure)) {
    const std::string name = entry->path().filename().string();
    struct stat found {};
    const bool report = name.ends_with(kSuffix) && !name.starts_with('.') && ::stat(entry->path().c_str(), &found) == 0;
    if (!report || now - std::chrono::system_clock::from_time_t(found.st_mtim.tv_sec) < since) continue;
    agents.push_back(name.substr(0, name.size() - kSuffix.size()));
  }
  return agents;
}

Result<void> drop_report(const std::string& directory, const std::string& agent) {
  return remove_file(path_of(directory, agent));
}

}  // namespace sallyport::delivery
