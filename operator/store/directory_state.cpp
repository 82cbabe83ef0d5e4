// SPDX-License-Identifier: Apache-2.0
#include "operator/store/directory_state.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "operator/base/whole_file.hpp"

namespace sallyport::store {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kVersion = 1;
constexpr std::size_t kInstanceLength = 8;
constexpr std::uint64_t kReserve = 1000;  // resource versions per write of the counter
constexpr std::size_t kMostBytes = 16UL << 20U;
constexpr std::array<std::string_view, 3> kPartsOfAnUnfinishedStart{"lock", "instance", "counter"};
// A name of 253 characters and ".json" would be longer than a file's name may be.
constexpr std::size_t kLongestPlain = 200;
constexpr std::size_t kCut = 160;
constexpr std::size_t kHashLength = 24;

/// `~` is in no object's name, so a cut name is never another's whole one.
std::string file_name(const std::string& name) {
  return name.size() <= kLongestPlain ? name : name.substr(0, kCut) + "~" + short_hash(name, kHashLength);
}

bool is_instance_id(std::string_view id) {
  return id.size() == kInstanceLength &&
         std::all_of(id.begin(), id.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

/// All regular files below, in no order. Nothing for a directory that is not there; an error when a part cannot be
/// listed, for what is in it is not gone.
Result<std::vector<std::string>> files_below(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code ec;
  if (!fs::exists(directory, ec)) return files;
  fs::recursive_directory_iterator it(directory, ec);
  for (const fs::recursive_directory_iterator end; !ec && it != end; it.increment(ec)) {
    if (it->is_regular_file(ec)) files.push_back(it->path().string());
  }
  if (ec) return Error{Code::Internal, "cannot be listed: " + ec.message(), directory, {}};
  return files;
}

/// Of a Secret or a Namespace nothing outside tells by its uid.
bool is_custom(const Key& key) {
  return key.kind != "Secret" && key.kind != "Namespace";
}

bool is_unfinished(const std::string& path) {
  return fs::path(path).filename().string().starts_with(kUnfinished);
}

}  // namespace

std::string DirectoryState::path_of(std::string_view part, const Key& key) const {
  return directory_ + "/" + std::string(part) + "/" + key.kind + "/" + (key.ns.empty() ? "_" : key.ns) + "/" +
         file_name(key.name) + ".json";
}

Result<void> DirectoryState::prepare() const {
  TRY(make_private_directory(directory_));
  struct stat status {};
  const auto unfit = [&](std::string message) -> Error {
    return {Code::InvalidSpec, std::move(message), directory_, {}};
  };
  if (::stat(directory_.c_str(), &status) != 0) return unfit("cannot be read");
  if (status.st_uid != ::geteuid()) return unfit("the state directory belongs to another user");
  std::error_code ec;
  if (!fs::exists(directory_ + "/version.json", ec)) {
    for (const fs::directory_entry& entry : fs::directory_iterator(directory_, ec)) {
      const std::string name = entry.path().filename().string();
      if (std::ranges::find(kPartsOfAnUnfinishedStart, name) == kPartsOfAnUnfinishedStart.end() && !is_unfinished(name))
        return unfit("holds '" + name + "' but no version.json: neither empty nor a state directory of Sallyport");
    }
    if (ec) return unfit("cannot be read: " + ec.message());
  }
  if ((status.st_mode & 0777U) != 0700U && ::chmod(directory_.c_str(), 0700) != 0)
    return unfit("cannot be given mode 0700");
  return {};
}

Result<void> DirectoryState::create() const {
  std::error_code ec;
  if (!fs::exists(directory_ + "/instance", ec))
    TRY(replace_file(directory_ + "/instance", random_name(kInstanceLength) + "\n", Care::Kept));
  TRY(replace_file(directory_ + "/counter", "1\n", Care::Kept));
  return replace_file(directory_ + "/version.json", json({{"version", kVersion}}).dump() + "\n", Care::Kept);
}

Result<void> DirectoryState::take_over() {
  const std::string path = directory_ + "/version.json";
  Result<std::string> text = read_whole_file(path, kMostBytes);
  if (!text && text.error().code == Code::NotFound) {
    TRY(create());
    text = read_whole_file(path, kMostBytes);
  }
  const json version = json::parse(TRY(std::move(text)), nullptr, /*allow_exceptions=*/false);
  if (!version.is_object() || version.value("version", json()) != kVersion) {
    return Error{Code::InvalidSpec,
                 "is damaged, or was written by another version of Sallyport; this one only knows version " +
                     std::to_string(kVersion),
                 path,
                 {}};
  }
  for (const std::string& file : TRY(files_below(directory_))) {
    if (is_unfinished(file)) TRY(remove_file(file));
  }
  TRY(read_instance());
  return read_counter();
}

Result<void> DirectoryState::read_instance() {
  const std::string path = directory_ + "/instance";
  const Result<std::string> text = read_whole_file(path, kMostBytes);
  const std::string id = text ? std::string(trim(*text)) : std::string();
  if (!is_instance_id(id)) {
    return Error{Code::Internal,
                 "is missing, or does not hold 8 lower-case characters; restore it, or what this installation made "
                 "outside is nobody's any more (the id is in every tenant's name on the BIG-IP: sp_<id>_...)",
                 path,
                 {}};
  }
  instance_ = InstanceId(id);
  return {};
}

Result<void> DirectoryState::read_counter() {
  const std::string path = directory_ + "/counter";
  const Result<std::string> text = read_whole_file(path, kMostBytes);
  const std::string_view digits = text ? trim(*text) : std::string_view();
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), next_);
  if (fault != std::errc() || end != digits.data() + digits.size())
    return Error{Code::Internal,
                 "is missing, or does not hold a number; restore it, or write one larger than every resourceVersion "
                 "below objects/ into it",
                 path,
                 {}};
  reserved_ = next_;
  return {};
}

Result<std::string> DirectoryState::next_version() {
  if (next_ >= reserved_) {
    const std::uint64_t reserved = next_ + kReserve;
    TRY(replace_file(directory_ + "/counter", std::to_string(reserved) + "\n", Care::Kept));
    reserved_ = reserved;
  }
  return std::to_string(next_++);
}

Result<std::vector<Record>> DirectoryState::load() const {
  std::vector<Record> records;
  for (const std::string& file : TRY(files_below(directory_ + "/objects"))) {
    const Secret text(TRY(read_whole_file(file, kMostBytes)));
    Result<Record> record = read_record(text.reveal());
    if (!record)
      return Error{Code::Internal, "is damaged (" + record.error().message + "); restore it from a backup", file, {}};
    records.push_back(std::move(*record));
  }
  TRY(check_uids());
  return records;
}

/// Each uid file has its record. Looked at twice, for the readers that hold no lock: while an object is made its record
/// comes first, and while it goes its uid file goes first.
Result<void> DirectoryState::check_uids() const {
  for (const std::string& file : TRY(files_below(directory_ + "/uids"))) {
    const std::string record = directory_ + "/objects" + file.substr((directory_ + "/uids").size());
    std::error_code ec;
    if (fs::exists(record, ec) || !fs::exists(file, ec) || is_unfinished(file)) continue;
    return Error{Code::Internal,
                 "is missing, and with it what is known of an object; restore it from a backup. Without one, remove " +
                     file + ": the object is made anew, and what it had outside is nobody's any more",
                 record,
                 {}};
  }
  return {};
}

Result<void> DirectoryState::save_uids(const std::vector<const Record*>& records) {
  std::vector<std::string> texts;
  std::vector<FileWrite> files;
  texts.reserve(records.size());
  for (const Record* record : records) {
    const auto known = uids_.find(record->key);
    if (!is_custom(record->key) || (known != uids_.end() && known->second == record->meta.uid)) continue;
    texts.push_back(json(record->meta.uid.str()).dump() + "\n");
    const std::string path = path_of("uids", record->key);
    const Result<std::string> there = read_whole_file(path, kMostBytes);
    if (there && *there != texts.back()) {
      return Error{
          Code::Internal,
          "names another incarnation of " + record->key.text() + " than its record; restore both from one backup",
          path,
          {}};
    }
    if (!there) files.push_back({path, texts.back()});
  }
  if (!files.empty()) TRY(replace_files(files, Care::Kept));
  for (const Record* record : records) {
    if (is_custom(record->key)) uids_.insert_or_assign(record->key, record->meta.uid);
  }
  return {};
}

Result<void> DirectoryState::save(const std::vector<const Record*>& records) {
  std::vector<Secret> texts;
  std::vector<FileWrite> files;
  texts.reserve(records.size());
  for (const Record* record : records) {
    texts.push_back(write_record(*record));
    files.push_back({path_of("objects", record->key), texts.back().reveal()});
  }
  TRY(replace_files(files, Care::Kept));
  // After the record, and before it at its end: a crash in between looks like an object without a uid file, never like
  // one whose record is lost.
  return save_uids(records);
}

Result<void> DirectoryState::erase(const Key& key) {
  if (uids_.contains(key)) TRY(remove_file(path_of("uids", key)));
  uids_.erase(key);
  return remove_file(path_of("objects", key));
}

Result<void> DirectoryState::publish(const Record& secret) const {
  const std::string directory = directory_ + "/secrets/" + secret.key.ns + "/" + secret.key.name;
  std::vector<FileWrite> files;
  for (const auto& [name, bytes] : secret.bytes) {
    const Result<std::string> there = read_whole_file(directory + "/" + name, kMostBytes);
    if (!there || *there != bytes.reveal()) files.push_back({directory + "/" + name, bytes.reveal()});
  }
  TRY(replace_files(files, Care::Kept));
  for (const std::string& file : TRY(files_below(directory))) {
    if (!secret.bytes.contains(fs::path(file).filename().string())) TRY(remove_file(file));
  }
  return {};
}

Result<void> DirectoryState::withdraw(const Key& secret) const {
  const std::string directory = directory_ + "/secrets/" + secret.ns + "/" + secret.name;
  for (const std::string& file : TRY(files_below(directory))) TRY(remove_file(file));
  ::rmdir(directory.c_str());
  return {};
}

}  // namespace sallyport::store
