// SPDX-License-Identifier: Apache-2.0
#include "operator/store/directory_manifests.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <tuple>

#include "operator/base/digest.hpp"
#include "operator/base/whole_file.hpp"
#include "operator/schema/yaml.hpp"

namespace sallyport::store {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 32;
/// A file system's clock ticks every few milliseconds: two changes within a tick look like one.
constexpr std::chrono::seconds kTick{2};
constexpr std::array<std::string_view, 3> kEndings{".yaml", ".yml", ".json"};

std::string_view ending_of(std::string_view file) {
  for (const std::string_view ending : kEndings) {
    if (file.ends_with(ending)) return ending;
  }
  return {};
}

bool is_hidden(const std::string& name) {
  return name.starts_with(".");
}

std::string signature_of(const struct stat& status) {
  std::string text;
  for (const auto part : {static_cast<long long>(status.st_dev), static_cast<long long>(status.st_ino),
                          static_cast<long long>(status.st_size), static_cast<long long>(status.st_mtim.tv_sec),
                          static_cast<long long>(status.st_mtim.tv_nsec), static_cast<long long>(status.st_ctim.tv_sec),
                          static_cast<long long>(status.st_ctim.tv_nsec)})
    text += std::to_string(part) + ":";
  return text;
}

}  // namespace

bool is_below(const std::string& file, const std::string& directory) {
  return directory.empty() || file == directory || file.starts_with(directory + "/");
}

bool is_bare_directory(const std::string& path) {
  std::error_code ec;
  for (fs::directory_iterator it(path, ec), end; !ec && it != end; it.increment(ec)) {
    if (!is_hidden(it->path().filename().string())) return false;
  }
  return !ec;
}

bool is_status_file(const std::string& file) {
  const std::string_view ending = ending_of(file);
  return !ending.empty() && std::string_view(file).substr(0, file.size() - ending.size()).ends_with(".status");
}

bool is_manifest_file(const std::string& name) {
  return !is_hidden(name) && !ending_of(name).empty() && !is_status_file(name);
}

bool Tree::proves_removal(const std::string& file) const {
  if (!settled || manifests.empty() || unread.contains(file) || faulty.contains(file)) return false;
  const auto holds = [&](const std::string& directory) { return is_below(file, directory); };
  return std::none_of(closed.begin(), closed.end(), holds) && std::none_of(bare.begin(), bare.end(), holds);
}

void Tree::hold_back(const std::string& file) {
  unread.insert(file);
  problems.erase(file);
  settled = false;  // an object of another file may be on its way into this one
  std::erase_if(manifests, [&file](const auto& declared) { return declared.second->file == file; });
}

void Tree::tell_of_bare(const std::map<Key, Record>& records) {
  for (const std::string& directory : bare) {
    const bool holds = std::any_of(records.begin(), records.end(), [&](const auto& entry) {
      const auto& [key, record] = entry;
      return !record.file.empty() && is_below(record.file, directory) && !manifests.contains(key) &&
             !record.meta.deletion_timestamp;
    });
    if (holds) {
      directory_problems[directory].emplace_back(
          "is empty now; nothing is deleted for that, since a mount may be missing (to delete what its manifests "
          "declared, remove it, or put any file into it)");
    }
  }
}

/// A file as it was read.
struct ManifestReader::Known {
  std::string signature;  ///< empty: too young to be trusted
  std::string digest;
  Contents contents;
  std::vector<std::shared_ptr<const Manifest>> manifests;
};

struct ManifestReader::Listing {
  std::map<std::string, std::string> files;  ///< signature by path; empty: it is there, but cannot be looked at
  std::map<std::string, std::string> closed;
  std::set<std::string> bare;
  std::set<std::string> directories;
  std::set<std::pair<dev_t, ino_t>> visited;
};

ManifestReader::ManifestReader(std::string directory, std::string skip, Declarable declarable)
    : directory_(std::move(directory)), skip_(std::move(skip)), declarable_(std::move(declarable)) {}
ManifestReader::~ManifestReader() = default;

ManifestReader::Listing ManifestReader::list() const {
  Listing listing;
  struct stat skip {};
  if (!skip_.empty() && ::stat(skip_.c_str(), &skip) == 0) listing.visited.emplace(skip.st_dev, skip.st_ino);
  list_directory("", 0, listing);
  return listing;
}

void ManifestReader::list_directory(const std::string& relative, int depth, Listing& listing) const {
  const std::string absolute = relative.empty() ? directory_ : directory_ + "/" + relative;
  struct stat here {};
  if (::stat(absolute.c_str(), &here) != 0) {
    listing.closed[relative] = std::generic_category().message(errno);
    return;
  }
  if (!listing.visited.emplace(here.st_dev, here.st_ino).second) return;
  listing.directories.insert(absolute);
  std::vector<std::string> names;
  std::error_code ec;
  for (fs::directory_iterator it(absolute, ec), end; !ec && it != end; it.increment(ec))
    names.push_back(it->path().filename().string());
  if (ec || depth > kDeepest) listing.closed[relative] = ec ? ec.message() : "too many directories inside each other";
  if (depth > kDeepest) return;
  std::erase_if(names, is_hidden);
  if (!ec && names.empty() && !relative.empty()) listing.bare.insert(relative);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const std::string path = relative.empty() ? name : relative + "/" + name;
    struct stat status {};
    const bool seen = ::stat((directory_ + "/" + path).c_str(), &status) == 0;
    if (seen && S_ISDIR(status.st_mode)) {
      list_directory(path, depth + 1, listing);
    } else if (is_manifest_file(name)) {
      listing.files[path] = seen ? signature_of(status) : "";
    } else if (!seen) {
      listing.closed[path] = std::generic_category().message(errno);  // a link that leads nowhere, to a directory once
    }
  }
}

std::shared_ptr<const ManifestReader::Known> ManifestReader::read_file(const std::string& file,
                                                                       const std::string& signature) {
  const auto found = known_.find(file);
  auto before = found == known_.end() ? nullptr : found->second;
  if (before && !signature.empty() && before->signature == signature) return before;
  const auto known = std::make_shared<Known>();
  const std::string path = directory_ + "/" + file;
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    const auto changed = std::chrono::system_clock::from_time_t(status.st_ctim.tv_sec);
    if (std::chrono::system_clock::now() - changed > kTick) known->signature = signature_of(status);
  }
  Result<std::string> text = read_whole_file(path, schema::kMaxYamlBytes);
  if (!text) {
    known->signature.clear();
    known->contents.unusable = true;
    known->contents.refused.push_back(text.error().message);
    return known;
  }
  const Secret wiped(std::move(*text));  // it may hold Secrets
  known->digest = sha256_hex(wiped.reveal());
  if (before && before->digest == known->digest) {
    known->contents = before->contents;
    known->manifests = before->manifests;
    return known;
  }
  known->contents = read_contents(wiped.reveal(), declarable_);
  for (Manifest& manifest : known->contents.manifests) {
    manifest.file = file;
    known->manifests.push_back(std::make_shared<const Manifest>(std::move(manifest)));
  }
  known->contents.manifests.clear();
  return known;
}

Tree ManifestReader::read() {
  Tree tree;
  const Listing listing = list();
  std::map<std::string, std::shared_ptr<const Known>> known;
  for (const auto& [file, signature] : listing.files) known[file] = read_file(file, signature);
  known_ = std::move(known);
  const Listing after = list();
  tree.settled = std::tie(after.files, after.closed, after.bare, after.directories) ==
                 std::tie(listing.files, listing.closed, listing.bare, listing.directories);
  tree.directories = listing.directories;
  tree.bare = listing.bare;
  for (const auto& [directory, why] : listing.closed) {
    tree.closed.insert(directory);
    tree.directory_problems[directory].push_back("cannot be read: " + why);
  }
  for (const auto& [file, read] : known_) {
    if (read->contents.unusable) tree.unread.insert(file);
    if (!read->contents.refused.empty()) tree.problems[file] = read->contents.refused;
    tree.ignored.insert(read->contents.ignored.begin(), read->contents.ignored.end());
    for (const auto& manifest : read->manifests) {
      const auto [first, is_new] = tree.manifests.emplace(manifest->key, manifest);
      if (is_new) continue;
      tree.problems[file].push_back(manifest->key.text() + " is declared in " + first->second->file +
                                    " already; that one counts, not the one in " + file);
    }
    if (tree.problems.contains(file)) tree.faulty.insert(file);
  }
  if (tree.manifests.empty())
    tree.directory_problems[""].emplace_back(
        "there is no manifest at all; nothing is deleted for that (to delete the last object, leave a Namespace)");
  return tree;
}

}  // namespace sallyport::store
