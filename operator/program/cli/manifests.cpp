// SPDX-License-Identifier: Apache-2.0
// Material from files.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "operator/program/cli/material.hpp"
#include "operator/program/cli/offline_store.hpp"
#include "operator/store/directory_document.hpp"
#include "operator/store/directory_manifests.hpp"
#include "operator/store/directory_record.hpp"
#include "operator/store/directory_state.hpp"
#include "operator/store/watched.hpp"

namespace sallyport::program::cli {
namespace {

namespace fs = std::filesystem;
using store::Manifest;
using store::Record;

constexpr std::string_view kNameLabel = "kubernetes.io/metadata.name";

bool is_manifest(const fs::path& path) {
  const std::string name = path.filename().string();
  const std::string end = path.extension().string();
  return !name.starts_with('.') && (end == ".yaml" || end == ".yml" || end == ".json") && !store::is_status_file(name);
}

/// Files below a directory in the order of their paths, or the file itself.
Result<std::vector<std::string>> files_of(const std::string& path) {
  std::error_code ec;
  if (path == "-" || fs::is_regular_file(path, ec)) return std::vector{path};
  if (!fs::is_directory(path, ec)) return Error{Code::NotFound, "there is no such file or directory", path, {}};
  std::vector<std::string> files;
  for (auto it = fs::recursive_directory_iterator(path, fs::directory_options::follow_directory_symlink, ec);
       it != fs::recursive_directory_iterator(); it.increment(ec)) {
    if (ec) return Error{Code::Refused, "cannot be listed: " + ec.message(), path, {}};
    if (it->path().filename().string().starts_with('.')) {
      if (it->is_directory(ec)) it.disable_recursion_pending();
    } else if (it->is_regular_file(ec) && is_manifest(it->path())) {
      files.push_back(it->path().string());
    }
  }
  if (ec) return Error{Code::Refused, "cannot be listed: " + ec.message(), path, {}};
  std::sort(files.begin(), files.end());
  if (files.empty())
    return Error{Code::NotFound, "holds no manifest (*.yaml, *.yml, *.json); name the right directory", path, {}};
  return files;
}

Result<std::string> text_of(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) return Error{Code::Refused, "cannot be read", file, {}};
  return text;
}

/// Puts manifests and what the state knows of them together into one Material.
class Assembly {
 public:
  explicit Assembly(const ManifestSource& source) : source_(source), material_(std::make_unique<Material>()) {
    auto store = std::make_unique<OfflineStore>(source.operator_namespace);
    store_ = store.get();
    material_->store = std::move(store);
    for (auto& kind : watched_kinds(material_->caches, schema::Unknown::Refuse)) {
      declarable_.kinds.emplace(kind.kind.kind, kind.kind);
      kinds_.emplace(kind.kind.kind, std::move(kind));
    }
    declarable_.internal = {"AccessLedger"};
  }

  Result<std::unique_ptr<Material>> run() {
    TRY(read_state());
    for (const std::string& path : source_.paths) {
      for (const std::string& file : TRY(files_of(path))) TRY(read_file(file));
    }
    for (const auto& [key, manifest] : manifests_) put(manifest);
    for (const auto& [key, record] : records_) {
      if (!manifests_.contains(key)) put_undeclared(record);
    }
    add_namespaces();
    if (source_.undeclared == Undeclared::Assumed) assume_secrets();
    store_->use_instance(material_->instance);
    return std::move(material_);
  }

 private:
  Result<void> read_state() {
    material_->instance = InstanceId(source_.instance);
    if (source_.state.empty()) return {};
    std::error_code ec;
    if (!fs::is_regular_file(source_.state + "/instance", ec)) {
      return Error{Code::InvalidSpec,
                   "is no state directory of standalone mode, or may not be read: '" + source_.state + "'",
                   "--state",
                   {}};
    }
    // Each file is replaced as a whole, so that reading needs no lock.
    for (Record& record : TRY(store::DirectoryState(source_.state).load())) {
      Key key = record.key;
      records_.emplace(std::move(key), std::move(record));
    }
    if (material_->instance.empty())
      material_->instance = InstanceId(std::string(trim(TRY(text_of(source_.state + "/instance")))));
    return {};
  }

  Result<void> read_file(const std::string& file) {
    store::Contents contents = store::read_contents(TRY(text_of(file)), declarable_);
    const std::string shown = file == "-" ? "stdin" : file;
    for (const std::string& refused : contents.refused) material_->problems.push_back(shown + ": " + refused);
    for (const std::string& ignored : contents.ignored) material_->ignored.push_back(shown + ": " + ignored);
    for (Manifest& manifest : contents.manifests) {
      manifest.file = shown;
      const Key key = manifest.key;
      const auto [there, first] = manifests_.emplace(key, std::move(manifest));
      if (!first)
        material_->problems.push_back(shown + ": " + key.text() + " is declared in " + there->second.file + " already");
    }
    return {};
  }

  /// As the state knows it, or as a new object would be; a uid made from the name, so that output does not change.
  [[nodiscard]] Record record_of(const Manifest& manifest) const {
    const auto known = records_.find(manifest.key);
    Record record = known == records_.end() ? Record{.key = manifest.key} : known->second;
    if (known == records_.end()) {
      record.meta.uid = Uid(uuid_v5("offline " + manifest.key.text()));
      record.meta.generation = 1;
    } else if (record.spec != manifest.spec) {
      ++record.meta.generation;
    }
    record.meta.name = manifest.key.name;
    record.meta.ns = manifest.key.ns;
    record.meta.labels = manifest.labels;
    record.meta.annotations = manifest.annotations;
    return record;
  }

  void put(const Manifest& manifest) {
    Record record = record_of(manifest);
    if (manifest.key.kind == "Namespace") {
      declared_namespaces_[manifest.key.name] = manifest.labels;
    } else if (manifest.key.kind == "Secret") {
      store_->put_secret(std::move(record.meta), manifest.bytes);
    } else {
      const store::WatchedKind& kind = kinds_.at(manifest.key.kind);
      const std::string before = record.accepted.empty() ? "" : store::object_text(record, record.accepted);
      const std::string now = store::object_text(record, manifest.spec);
      std::vector<schema::FieldError> faults = manifest.faults;
      for (const schema::FieldError& fault : kind.check(before, now).of_change) faults.push_back(fault);
      decode(kind, now, faults);
    }
  }

  /// Made by the operator (registrations, ledgers), or declared by a manifest that is gone: then it is on its way out.
  void put_undeclared(Record record) {
    if (record.key.kind == "Namespace") return;
    const bool removed = !record.file.empty();
    if (record.key.kind == "Secret") {
      if (!removed) store_->put_secret(record.meta, record.bytes);
      return;
    }
    const auto kind = kinds_.find(record.key.kind);
    if (kind == kinds_.end()) return;
    if (removed && record.meta.finalizers.empty()) return;
    if (removed && !record.meta.deletion_timestamp) record.meta.deletion_timestamp = to_rfc3339(system_clock().now());
    decode(kind->second, store::object_text(record, record.spec), {});
  }

  void decode(const store::WatchedKind& kind, const std::string& text, const std::vector<schema::FieldError>& faults) {
    if (const auto decoded = kind.decode_with(text, faults); !decoded)
      material_->problems.push_back(decoded.error().text());
  }

  void add_namespaces() {
    std::map<std::string, std::map<std::string, std::string>> all = declared_namespaces_;
    all[source_.operator_namespace];
    for (const auto& endpoint : material_->caches.endpoints.list()) {
      const auto [there, added] = all.try_emplace(endpoint->meta.ns);
      if (added && source_.undeclared == Undeclared::Assumed)
        material_->assumed.push_back("Namespace " + there->first + " exists, and has no labels of its own");
    }
    for (auto& [name, labels] : all) {
      labels[std::string(kNameLabel)] = name;
      store_->put_namespace({name, labels, false});
    }
  }

  void assume(const std::string& ns, const std::string& name, const std::map<std::string, std::string>& labels) {
    if (name.empty() || store_->secrets().get(ns, name)) return;
    schema::Metadata meta;
    meta.ns = ns;
    meta.name = name;
    meta.labels = labels;
    store_->put_secret(std::move(meta), {});
    std::string said = "Secret " + ns + "/" + name + " exists";
    for (const auto& [key, value] : labels) said += ", labelled " + key + ": " + value;
    material_->assumed.push_back(std::move(said));
  }

  void assume_secrets() {
    const shared::Caches& caches = material_->caches;
    const std::string& own = source_.operator_namespace;
    for (const auto& gateway : caches.gateways.list())
      if (gateway->spec.bigip) assume(own, gateway->spec.bigip->credentials_secret, {});
    for (const auto& provider : caches.providers.list())
      if (provider->spec.registration) assume(own, provider->spec.registration->credentials_secret, {});
    for (const auto& workspace : caches.workspaces.list()) assume(own, workspace->spec.auth.credentials_secret, {});
    for (const auto& endpoint : caches.endpoints.list())
      assume(endpoint->meta.ns, endpoint->spec.tls.secret_name, {{std::string(api::kUsableBy), "ProtectedEndpoint"}});
  }

  const ManifestSource& source_;
  std::unique_ptr<Material> material_;
  OfflineStore* store_ = nullptr;  ///< the material's
  store::Declarable declarable_;
  std::map<std::string, store::WatchedKind> kinds_;
  std::map<Key, Record> records_;
  std::map<Key, Manifest> manifests_;
  std::map<std::string, std::map<std::string, std::string>> declared_namespaces_;
};

}  // namespace

Result<std::unique_ptr<Material>> read_manifests(const ManifestSource& source) {
  return guard(Code::Internal, "read manifests", [&] { return Assembly(source).run(); });
}

std::vector<store::WatchedKind> watched_kinds(shared::Caches& caches, schema::Unknown unknown) {
  return {store::watch_kind<api::F5Gateway>(caches.gateways, unknown),
          store::watch_kind<api::IdentityProvider>(caches.providers, unknown),
          store::watch_kind<api::DatabricksWorkspace>(caches.workspaces, unknown),
          store::watch_kind<api::ProtectedEndpoint>(caches.endpoints, unknown),
          store::watch_kind<api::AccessLedger>(caches.ledgers, unknown)};
}

}  // namespace sallyport::program::cli
