// SPDX-License-Identifier: Apache-2.0
// Material from files.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "operator/base/whole_file.hpp"
#include "operator/program/cli/material.hpp"
#include "operator/program/cli/offline_store.hpp"
#include "operator/schema/yaml.hpp"
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
    for (const std::string& path : source_.paths) TRY(read_path(path));
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
      material_->instance =
          InstanceId(std::string(trim(TRY(read_whole_file(source_.state + "/instance", schema::kMaxYamlBytes)))));
    return {};
  }

  Result<void> read_path(const std::string& path) {
    std::error_code ec;
    if (path == "-") {
      read_text("stdin", std::string(std::istreambuf_iterator<char>(std::cin), {}));
      return {};
    }
    if (!fs::exists(path, ec)) {
      const std::string why = ec ? ec.message() : "there is no such file or directory";
      return Error{Code::NotFound, why, path.empty() ? "an empty name" : path, {}};
    }
    if (fs::is_directory(path, ec)) return read_directory(path);
    // Named by a person, a pipe is as good: `render -f <(helm template ...)`.
    if (fs::is_regular_file(path, ec)) {
      read_text(path, TRY(read_whole_file(path, schema::kMaxYamlBytes)));
    } else {
      read_text(path, TRY(read_pipe(path)));
    }
    return {};
  }

  static Result<std::string> read_pipe(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string text(schema::kMaxYamlBytes + 1, '\0');  // one more than is taken, so that more is refused as such
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad() || (in.gcount() == 0 && !in.eof())) return Error{Code::Unavailable, "cannot be read", path, {}};
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
  }

  void read_text(const std::string& file, const std::string& text) {
    store::Contents contents = store::read_contents(text, declarable_);
    for (const std::string& refused : contents.refused) material_->problems.push_back(file + ": " + refused);
    for (const std::string& ignored : contents.ignored) material_->ignored.push_back(file + ": " + ignored);
    for (Manifest& manifest : contents.manifests) declare(file, std::move(manifest));
  }

  /// As standalone mode reads it, so that what is held there is held here.
  Result<void> read_directory(const std::string& path) {
    store::Tree tree = store::ManifestReader(path, source_.state, declarable_).read();
    if (tree.manifests.empty() && tree.ignored.empty() && tree.unread.empty() && tree.faulty.empty() &&
        tree.closed.empty())
      return Error{Code::NotFound, "holds no manifest (*.yaml, *.yml, *.json); name the right directory", path, {}};
    const auto below = [&](const std::string& file) { return file.empty() ? path : path + "/" + file; };
    // That nothing is deleted where there is no manifest at all is not told here.
    if (!tree.closed.contains("")) tree.directory_problems.erase("");
    tree.tell_of_bare(records_);
    for (const store::Problems* some : {&tree.directory_problems, &tree.problems}) {
      for (const auto& [file, problems] : *some) {
        for (const std::string& problem : problems) material_->problems.push_back(below(file) + ": " + problem);
      }
    }
    for (const std::string& ignored : tree.ignored) material_->ignored.push_back(path + ": " + ignored);
    for (const auto& [key, manifest] : tree.manifests) declare(below(manifest->file), Manifest(*manifest));
    trees_.push_back(std::move(tree));
    return {};
  }

  void declare(const std::string& file, Manifest manifest) {
    manifest.file = file;
    const Key key = manifest.key;
    const auto [there, first] = manifests_.emplace(key, std::move(manifest));
    if (!first)
      material_->problems.push_back(file + ": " + key.text() + " is declared in " + there->second.file + " already");
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

  /// A single file proves nothing of what others declare.
  [[nodiscard]] bool is_removed(const std::string& file) const {
    return !file.empty() && !trees_.empty() && std::all_of(trees_.begin(), trees_.end(), [&](const store::Tree& tree) {
      return tree.proves_removal(file);
    });
  }

  /// Made by the operator (registrations, ledgers), or declared by a manifest that cannot be read now: it stays. By one
  /// that is gone: then it is on its way out.
  void put_undeclared(Record record) {
    if (record.key.kind == "Namespace") return;
    const bool removed = is_removed(record.file);
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
  std::vector<store::Tree> trees_;
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
