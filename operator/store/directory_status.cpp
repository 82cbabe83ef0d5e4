// SPDX-License-Identifier: Apache-2.0
#include "operator/store/directory_status.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "operator/base/log.hpp"
#include "operator/base/text.hpp"
#include "operator/base/whole_file.hpp"
#include "operator/schema/yaml.hpp"
#include "operator/store/directory_manifests.hpp"

namespace sallyport::store {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kHeader =
    "# Written by Sallyport; never read as a manifest. The state directory holds the truth.\n";
constexpr std::size_t kMostBytes = 64UL << 20U;
constexpr std::size_t kLongestProblem = 1024;

}  // namespace

std::string status_document(const Record& record, const std::string& api_version) {
  Json metadata = Json::object();
  metadata["name"] = record.key.name;
  if (!record.key.ns.empty()) metadata["namespace"] = record.key.ns;
  metadata["uid"] = record.meta.uid.str();
  metadata["generation"] = record.meta.generation;
  if (record.meta.deletion_timestamp) metadata["deletionTimestamp"] = *record.meta.deletion_timestamp;
  Json document = Json::object();
  document["apiVersion"] = api_version;
  document["kind"] = record.key.kind;
  document["metadata"] = std::move(metadata);
  document["status"] = Json::parse(record.status, nullptr, /*allow_exceptions=*/false);
  return "---\n" + schema::to_yaml(document);
}

std::string status_file_of(const std::string& manifest) {
  return fs::path(manifest).replace_extension().string() + ".status.yaml";
}

StatusFiles::StatusFiles(std::string manifests, std::string fallback)
    : manifests_(std::move(manifests)), fallback_(std::move(fallback)) {}

Result<void> StatusFiles::put(const std::string& path, const std::string& text) const {
  const Result<std::string> there = read_whole_file(path, kMostBytes);
  if (!there && there.error().code != Code::NotFound) return there.error();
  // A part of the header is what a power cut leaves of a file of ours: it may be lost with the machine.
  if (there && !there->starts_with(kHeader) && !kHeader.starts_with(*there))
    return Error{
        Code::Conflict, "exists and was not written by Sallyport; it is left alone until you remove it", path, {}};
  if (text.empty()) return there ? remove_file(path) : Result<void>{};
  if (there && *there == text) return {};
  return replace_file(path, text, Care::Shown);
}

/// A directory that holds nothing may be where a mount is missing: a file of ours in it would make it look alive.
Result<void> StatusFiles::put_beside_manifest(const std::string& path, const std::string& text) const {
  const std::string directory = fs::path(path).parent_path().string();
  if (!text.empty() && directory != manifests_ && is_bare_directory(directory))
    return Error{Code::Unavailable, "is empty; a mount may be missing", directory, {}};
  return put(path, text);
}

void StatusFiles::say_once(const std::string& about, const Error& error) {
  if (said_.insert(about).second) log::warning("status goes to the state directory", {{"reason", error.text()}});
}

void StatusFiles::show(const std::string& status_file, const std::vector<std::string>& problems,
                       const std::vector<std::string>& documents) {
  std::string text;
  if (!problems.empty() || !documents.empty()) text = kHeader;
  for (const std::string& problem : problems) text += "# problem: " + one_line(problem, kLongestProblem) + "\n";
  for (const std::string& document : documents) text += document;

  const std::string beside = manifests_ + "/" + status_file;
  const std::string instead = fallback_ + "/" + status_file;
  const Result<void> put_beside = put_beside_manifest(beside, text);
  if (!put_beside) {
    // Told once for each place where nothing can be written, and for each file that is in the way.
    const bool in_the_way = put_beside.error().code == Code::Conflict;
    std::error_code ec;
    const std::string directory = fs::path(beside).parent_path().string();
    if (in_the_way || fs::exists(directory, ec)) say_once(in_the_way ? beside : directory, put_beside.error());
    if (const auto made = make_private_directory(fs::path(instead).parent_path().string()); !made)
      return log::error("status cannot be shown", {{"error", made.error().text()}});
  }
  if (const auto put_instead = put(instead, put_beside ? std::string() : text); !put_instead)
    log::error("status cannot be shown", {{"error", put_instead.error().text()}});
}

}  // namespace sallyport::store
