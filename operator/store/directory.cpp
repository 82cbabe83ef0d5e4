// SPDX-License-Identifier: Apache-2.0
// The store's life and its caches. What a scan does to the records is in directory_scan.cpp, the writes are in
// directory_write.cpp and directory_secret.cpp.
#include "operator/store/directory.hpp"

#include <algorithm>
#include <utility>

#include "operator/base/check.hpp"
#include "operator/base/log.hpp"
#include "operator/base/text.hpp"

namespace sallyport::store {
namespace {

constexpr std::chrono::minutes kSameEvent{10};
constexpr std::size_t kMostEvents = 4096;
constexpr int kLooks = 3;  // at a directory that changes while we look
constexpr const char* kNameLabel = "kubernetes.io/metadata.name";

std::string api_version_of(const WatchedKind& watched) {
  return std::string(watched.kind.group) + "/" + std::string(watched.kind.version);
}

}  // namespace

DirectoryStore::DirectoryStore(DirectoryOptions options)
    : options_(std::move(options)),
      state_(options_.state),
      status_files_(options_.manifests, options_.state + "/status") {}

DirectoryStore::~DirectoryStore() {
  stop();
}

Result<void> DirectoryStore::start(std::vector<WatchedKind> kinds, OnChange on_change, std::stop_token stop) {
  SALLYPORT_CHECK(!reader_, "a store is started once");
  Declarable declarable{.kinds = {}, .internal = options_.internal_kinds};
  for (WatchedKind& watched : kinds) {
    const std::string kind(watched.kind.kind);
    declarable.kinds[kind] = watched.kind;
    kinds_[kind] = std::move(watched);
  }
  on_change_ = std::move(on_change);
  stop_ = std::move(stop);
  reader_ = std::make_unique<ManifestReader>(options_.manifests, options_.state, std::move(declarable));
  return {};
}

Result<void> DirectoryStore::take_over() {
  SALLYPORT_CHECK(reader_, "a store is started before it takes over");
  TRY(licence());
  {
    const std::lock_guard lock(mutex_);
    TRY(state_.take_over());
    for (Record& record : TRY(state_.load())) {
      Key key = record.key;
      records_.insert_or_assign(std::move(key), std::move(record));
    }
    std::vector<const Record*> all;
    for (const auto& [key, record] : records_) all.push_back(&record);
    TRY(state_.save_uids(all));
    TRY(drop_orphans());
    for (const auto& [key, record] : records_) {
      put_in_cache(record);
      mark_due(record);
      if (key.kind == "Secret" && record.file.empty() && key.ns != options_.operator_namespace)
        TRY(state_.publish(record));
    }
  }
  TRY(scan());
  show_status();
  return {};
}

void DirectoryStore::watch() {
  if (!watch_.works()) log::warning("the system does not tell of changes; manifests are read again from time to time");
  thread_ = std::jthread([this](const std::stop_token& own) {
    std::stop_source both;
    const std::stop_callback on_own(own, [&both] { both.request_stop(); });
    const std::stop_callback on_callers(stop_, [&both] { both.request_stop(); });
    run(both.get_token());
  });
}

void DirectoryStore::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const DirectoryWatch::Seen seen = watch_.wait(next_wait(), options_.quiet, stop);
    if (seen == DirectoryWatch::Seen::Stop) break;
    if (seen != DirectoryWatch::Seen::Wake) {
      if (const Result<void> done = scan(); !done)
        log::error("manifests cannot be taken over", {{"error", done.error().text()}});
    }
    show_status();
  }
}

std::chrono::milliseconds DirectoryStore::next_wait() {
  const std::lock_guard files(files_mutex_);
  return settled_ ? options_.longest : std::min(options_.soon, options_.longest);
}

void DirectoryStore::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  show_status();
}

bool DirectoryStore::synced() const {
  const std::lock_guard lock(mutex_);
  return synced_;
}

Result<void> DirectoryStore::licence() const {
  return options_.may_write ? options_.may_write() : Result<void>{};
}

Result<void> DirectoryStore::scan() {
  const std::lock_guard files(files_mutex_);
  settled_ = false;
  TRY(licence());
  Tree tree = look();
  // What happened in a directory before it was watched is only known by looking again.
  if (watch_.follow(tree.directories)) tree = look();
  for (int i = 0; i < kLooks && !tree.settled; ++i) tree = look();
  hold_back_unfinished(tree);
  leave_ours_out(tree);
  report(tree);
  const Cause cause = synced() ? Cause::Changed : Cause::Initial;
  // Nothing tells when a root that has gone comes back.
  const bool settled = tree.settled && !tree.closed.contains("");
  TRY(absorb(std::move(tree), cause));
  settled_ = settled;
  return {};
}

/// As the reader sees it; what was written to while it read is not settled, though the listings may be the same.
Tree DirectoryStore::look() {
  watch_.saw_change();
  Tree tree = reader_->read();
  if (watch_.saw_change()) tree.settled = false;
  return tree;
}

/// A file that is rewritten in place is at times only the first half of what it will be.
void DirectoryStore::hold_back_unfinished(Tree& tree) {
  const std::string root = options_.manifests + "/";
  for (const std::string& path : watch_.being_written()) {
    if (!path.starts_with(root) || !is_manifest_file(path.substr(path.rfind('/') + 1))) continue;
    tree.hold_back(path.substr(root.size()));
  }
}

/// What the operator has made is not for manifests to change.
void DirectoryStore::leave_ours_out(Tree& tree) const {
  const std::lock_guard lock(mutex_);
  std::erase_if(tree.manifests, [&](const auto& declared) {
    const auto& [key, manifest] = declared;
    const auto record = records_.find(key);
    if (record == records_.end() || !record->second.file.empty()) return false;
    tree.problems[manifest->file].push_back(key.text() + " was made by Sallyport; choose another name");
    tree.faulty.insert(manifest->file);
    return true;
  });
}

void DirectoryStore::report(Tree& tree) {
  const std::lock_guard lock(mutex_);
  tree.tell_of_bare(records_);
  const auto tell = [this](const Problems& now, const Problems& before) {
    for (const auto& [path, problems] : now) {
      const auto told = before.find(path);
      if (told != before.end() && told->second == problems) continue;
      for (const std::string& problem : problems)
        log::warning("manifest", {{"file", path.empty() ? options_.manifests : path}, {"problem", problem}});
    }
  };
  tell(tree.directory_problems, directory_problems_);
  tell(tree.problems, problems_);
  for (const std::string& object : tree.ignored) {
    if (!ignored_.contains(object)) log::info("ignored: not a kind for Sallyport", {{"object", object}});
  }
  for (const auto* some : {&problems_, &tree.problems}) {
    for (const auto& [file, problems] : *some) due_.insert(status_file_of(file));
  }
  // Beside the manifests again, where it was put elsewhere while nothing was there.
  for (const auto& [key, record] : records_) {
    const auto is_above = [&record = record](const std::string& directory) { return is_below(record.file, directory); };
    if (std::any_of(bare_.begin(), bare_.end(), is_above)) mark_due(record);
  }
  problems_ = tree.problems;
  directory_problems_ = tree.directory_problems;
  bare_ = tree.bare;
  ignored_ = tree.ignored;
}

void DirectoryStore::show_status() {
  const std::lock_guard files(files_mutex_);
  std::map<std::string, std::vector<std::string>> documents;
  {
    const std::lock_guard lock(mutex_);
    for (const std::string& file : due_) documents[file];
    due_.clear();
    if (documents.empty()) return;
    for (const auto& [key, record] : records_) {
      const auto kind = kinds_.find(key.kind);
      if (kind == kinds_.end() || record.file.empty()) continue;
      const auto wanted = documents.find(status_file_of(record.file));
      if (wanted != documents.end()) wanted->second.push_back(status_document(record, api_version_of(kind->second)));
    }
  }
  std::map<std::string, std::vector<std::string>> problems;
  for (const auto& [file, list] : problems_) {
    auto& all = problems[status_file_of(file)];
    all.insert(all.end(), list.begin(), list.end());
  }
  for (const auto& [file, list] : documents) status_files_.show(file, problems[file], list);
}

void DirectoryStore::mark_due(const Record& record) {
  if (record.file.empty() || !kinds_.contains(record.key.kind)) return;
  due_.insert(status_file_of(record.file));
  watch_.wake();
}

void DirectoryStore::put_in_cache(const Record& record) {
  const Key& key = record.key;
  if (key.kind == "Secret") {
    secrets_.put(key.ns, key.name, std::make_shared<const SecretMeta>(SecretMeta{record.meta}));
  } else if (const auto kind = kinds_.find(key.kind); kind != kinds_.end()) {
    const auto done = kind->second.decode_with(object_text(record, record.spec), record.faults);
    if (!done) log::error("an object cannot be read", {{"object", key.text()}, {"error", done.error().text()}});
  }
}

void DirectoryStore::take_from_cache(const Key& key) {
  if (key.kind == "Secret") {
    secrets_.erase(key.ns, key.name);
  } else if (const auto kind = kinds_.find(key.kind); kind != kinds_.end()) {
    kind->second.forget(key.ns, key.name);
  }
}

/// Those that are declared, those that objects are in, `default` and the operator's own.
void DirectoryStore::refresh_namespaces(Changes& changes) {
  std::map<std::string, std::map<std::string, std::string>> wanted{{"default", {}}, {options_.operator_namespace, {}}};
  for (const auto& [key, record] : records_) {
    if (key.kind == "Namespace") wanted[key.name] = record.meta.labels;
    if (!key.ns.empty()) wanted[key.ns];
  }
  const Cause cause = synced_ ? Cause::Changed : Cause::Initial;
  for (auto& [name, labels] : wanted) {
    labels[kNameLabel] = name;
    const auto before = namespaces_.get("", name);
    if (before && before->labels == labels) continue;
    namespaces_.put("", name, std::make_shared<const Namespace>(Namespace{name, labels, false}));
    changes.push_back({{"Namespace", "", name}, cause});
  }
  for (const auto& there : namespaces_.list()) {
    if (wanted.contains(there->name)) continue;
    namespaces_.erase("", there->name);
    changes.push_back({{"Namespace", "", there->name}, Cause::Deleted});
  }
}

void DirectoryStore::tell(const Changes& changes) const {
  if (!on_change_) return;
  for (const Change& change : changes) on_change_(change.key, change.cause);
}

void DirectoryStore::event(const Key& about, const schema::Metadata& meta, EventType type, const std::string& reason,
                           const std::string& message) {
  {
    const std::lock_guard lock(events_mutex_);
    const SteadyTime now = options_.clock->steady();
    if (events_.size() >= kMostEvents)
      std::erase_if(events_, [&](const auto& it) { return now - it.second >= kSameEvent; });
    if (events_.size() >= kMostEvents) events_.clear();
    const std::string text = about.text() + "\n" + meta.uid.str() + "\n" + reason + "\n" + message;
    const auto [at, is_new] = events_.emplace(text, now);
    if (!is_new && now - at->second < kSameEvent) return;
    at->second = now;
  }
  log::write(type == EventType::Normal ? log::Level::Info : log::Level::Warning, one_line(message),
             {{"object", about.text()}, {"reason", reason}});
}

Result<InstanceId> DirectoryStore::instance_id() {
  const std::lock_guard lock(mutex_);
  if (state_.instance().empty())
    return Error{Code::Unavailable, "the state has not been read yet", state_.directory(), {}};
  return state_.instance();
}

}  // namespace sallyport::store
