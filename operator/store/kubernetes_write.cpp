// SPDX-License-Identifier: Apache-2.0
// Writes to custom resources: status, finalizer, our own kinds.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/kube/scan.hpp"
#include "operator/store/kubernetes.hpp"
#include "operator/store/kubernetes_document.hpp"

namespace sallyport::store {
namespace {

using nlohmann::json;

constexpr std::string_view kFinalizer = "sallyport.dev/finalizer";
// Against somebody who changes the object every few milliseconds.
constexpr int kAttempts = 5;

json metadata_of(const kube::Ref& ref) {
  json metadata = {{"name", ref.name}};
  if (!ref.ns.empty()) metadata["namespace"] = ref.ns;
  return metadata;
}

/// `part` is the name of the member that `value`, JSON text, becomes. Put together as text: it is our own, and large.
std::string document(const kube::Ref& ref, const json& metadata, std::string_view part, std::string_view value) {
  const json head = {{"apiVersion", ref.resource.api_version()}, {"kind", ref.resource.kind}, {"metadata", metadata}};
  std::string text = head.dump();
  text.back() = ',';
  return text.append("\"").append(part).append("\":").append(value).append("}");
}

/// Whether the failed `test` of a patch can explain this answer.
bool changed_meanwhile(const Error& error) {
  return error.code == Code::InvalidSpec || error.code == Code::Conflict;
}

/// Empty when there is nothing to do.
json finalizer_patch(const schema::Metadata& now, Store::Finalizer wanted) {
  const auto found = std::find(now.finalizers.begin(), now.finalizers.end(), kFinalizer);
  const bool present = found != now.finalizers.end();
  if (present == (wanted == Store::Finalizer::Present)) return json::array();
  json patch = json::array({{{"op", "test"}, {"path", "/metadata/uid"}, {"value", now.uid.str()}}});
  const auto step = [&patch](const char* op, std::string path, json value) {
    patch.push_back({{"op", op}, {"path", std::move(path)}, {"value", std::move(value)}});
  };
  if (present) {
    const std::string path = "/metadata/finalizers/" + std::to_string(found - now.finalizers.begin());
    step("test", path, kFinalizer);
    patch.push_back({{"op", "remove"}, {"path", path}});
  } else if (now.finalizers.empty()) {
    // `test` of a missing member against null holds only while it is missing.
    step("test", "/metadata/finalizers", nullptr);
    step("add", "/metadata/finalizers", json::array({kFinalizer}));
  } else {
    step("test", "/metadata/finalizers", now.finalizers);
    step("add", "/metadata/finalizers/-", kFinalizer);
  }
  return patch;
}

}  // namespace

Result<kube::Ref> KubernetesStore::ref_of(const Key& key) const {
  const auto resource = resources_.find(key.kind);
  if (resource != resources_.end()) return kube::Ref{resource->second, key.ns, key.name};
  return Error{Code::Internal, "the kind is not watched", key.text(), {}};
}

void KubernetesStore::remember(const Key& key, std::string_view answer) {
  if (const auto head = kube::read_head(answer)) own_writes_.wrote(key, Uid(head->uid), head->resource_version);
}

Result<void> KubernetesStore::write_status(const Key& key, const schema::Metadata& seen, std::string_view status_json) {
  const kube::Ref ref = TRY(ref_of(key));
  const std::optional<std::size_t> believed = believed_status(key, seen);
  json metadata = metadata_of(ref);
  std::string version = own_writes_.newest(key, seen.uid, seen.resource_version);
  for (int attempt = 1;; ++attempt) {
    // Measured on 1.36: /status of a custom resource ignores metadata.uid, but not the version, which belongs to one
    // life of the object as much.
    metadata["resourceVersion"] = version;
    auto applied = client_.apply(
        ref, {"sallyport-status", document(ref, metadata, "status", status_json), kube::Apply::Part::Status},
        writing());
    if (applied) {
      if (const auto head = kube::read_head(*applied))
        own_writes_.wrote(key, Uid(head->uid), head->resource_version, status_json);
      return {};
    }
    if (applied.error().code != Code::Conflict || attempt == kAttempts) return applied.error();
    const Current now = TRY(current_status(key, ref, seen.uid));
    if (now.status == OwnWrites::hash_of(status_json)) {  // our own write, whose answer was lost
      own_writes_.wrote(key, seen.uid, now.resource_version, status_json);
      return {};
    }
    if (now.status != believed)
      return Error{
          Code::Conflict, "another has written the status meanwhile; it has to be thought over", key.text(), {}};
    version = now.resource_version;
  }
}

std::optional<std::size_t> KubernetesStore::believed_status(const Key& key, const schema::Metadata& seen) const {
  if (const auto own = own_writes_.status_after(key, seen.uid, seen.resource_version)) return own;
  const auto shown = kinds_.at(key.kind).shown(key.ns, key.name);
  const std::string newest = own_writes_.newest(key, seen.uid, seen.resource_version);
  if (!shown || shown->uid != seen.uid || !kube::at_least(newest, shown->resource_version)) return std::nullopt;
  return OwnWrites::hash_of(shown->status());
}

Result<KubernetesStore::Current> KubernetesStore::current_status(const Key& key, const kube::Ref& ref, const Uid& uid) {
  const Document document = TRY(Document::parse(TRY(client_.get(ref, kube::Form::Whole, writing()))));
  const schema::Metadata now = TRY(document.metadata());
  if (now.uid != uid) return Error{Code::Conflict, "deleted and made again meanwhile", ref.text(), {}};
  const std::string status = kinds_.at(key.kind).normal_status(document.member("status").dump());
  return Current{now.resource_version, OwnWrites::hash_of(status)};
}

Result<schema::Metadata> KubernetesStore::current_metadata(const kube::Ref& ref, const Uid& uid) {
  const Document document = TRY(Document::parse(TRY(client_.get(ref, kube::Form::Metadata, writing()))));
  schema::Metadata now = TRY(document.metadata());
  if (now.uid != uid) return Error{Code::Conflict, "deleted and made again meanwhile", ref.text(), {}};
  return now;
}

Result<void> KubernetesStore::set_finalizer(const Key& key, const schema::Metadata& seen, Finalizer finalizer) {
  const kube::Ref ref = TRY(ref_of(key));
  auto patched = patch_finalizer(key, ref, seen, finalizer);
  for (int i = 1; i < kAttempts && !patched && changed_meanwhile(patched.error()); ++i) {
    const auto now = current_metadata(ref, seen.uid);
    if (!now) {
      patched = now.error();
      break;
    }
    if (finalizer == Finalizer::Present && now->deletion_timestamp) {
      return Error{Code::Conflict, "is being deleted, a finalizer cannot be added any more", key.text(), {}};
    }
    patched = patch_finalizer(key, ref, *now, finalizer);
  }
  // The object that was to lose it is gone: so is its finalizer.
  if (!patched && finalizer == Finalizer::Absent && patched.error().code == Code::NotFound) return {};
  return patched;
}

Result<void> KubernetesStore::patch_finalizer(const Key& key, const kube::Ref& ref, const schema::Metadata& now,
                                              Finalizer finalizer) {
  const json patch = finalizer_patch(now, finalizer);
  if (patch.empty()) return {};
  remember(key, TRY(client_.json_patch(ref, patch.dump(), "sallyport-finalizer", writing())));
  return {};
}

Result<void> KubernetesStore::write_object(const Key& key, std::string_view spec_json) {
  const kube::Ref ref = TRY(ref_of(key));
  json metadata = metadata_of(ref);
  metadata["labels"] = {{"sallyport.dev/managed-by", "sallyport"}};
  const auto shown = kinds_.at(key.kind).shown(key.ns, key.name);
  const std::string version =
      shown ? own_writes_.newest(key, shown->uid, shown->resource_version) : own_writes_.newest(key);
  if (!version.empty()) metadata["resourceVersion"] = version;
  auto applied = client_.apply(ref, {"sallyport", document(ref, metadata, "spec", spec_json)}, writing());
  if (!applied) {
    // Of an object that is gone for the cache only our own memory speaks: it may be of a former life.
    if (applied.error().code == Code::Conflict && !shown) own_writes_.deleted(key);
    return applied.error();
  }
  remember(key, *applied);
  return {};
}

Result<void> KubernetesStore::delete_object(const Key& key) {
  const kube::Ref ref = TRY(ref_of(key));
  const auto current = client_.get(ref, kube::Form::Metadata, writing());
  if (!current) return current.error().code == Code::NotFound ? Result<void>() : current.error();
  return client_.remove(ref, Uid(TRY(kube::read_head(*current)).uid), writing());
}

}  // namespace sallyport::store
