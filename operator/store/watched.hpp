// SPDX-License-Identifier: Apache-2.0
// Ties a kind to its typed cache: what arrives as text becomes an Object<K> by the kind's field table. For the .cpp
// that names the kinds.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "operator/kube/scan.hpp"
#include "operator/schema/codec.hpp"
#include "operator/store/kubernetes_document.hpp"
#include "operator/store/object.hpp"
#include "operator/store/store.hpp"

namespace sallyport::store {

/// Whether the text is a later version of this object with the same spec: most events are about a status.
template <class K>
bool has_spec_of(const Object<K>* before, std::string_view json) {
  if (before == nullptr || before->meta.generation == 0) return false;
  const auto head = kube::read_head(json);
  return head && head->uid == before->meta.uid.str() && head->generation == before->meta.generation;
}

/// An object whose spec has faults is cached all the same, with the faults in `errors`: the user has to hear of them.
/// Only text that is no object, or has no metadata, is refused. `unknown`: Ignore for objects from an API server,
/// Refuse for files. `before`: an earlier version, whose spec need not be read again; may be null.
template <class K>
Result<std::shared_ptr<const Object<K>>> decode_object(std::string_view json, schema::Unknown unknown,
                                                       const Object<K>* before = nullptr) {
  const bool same_spec = has_spec_of(before, json);
  const Document document = TRY(Document::parse(json, same_spec ? "spec" : ""));
  auto object = std::make_shared<Object<K>>();
  object->meta = TRY(document.metadata());
  if (same_spec) {
    object->spec = before->spec;
    object->errors = before->errors;
  } else {
    auto spec = schema::read<typename K::Spec>(document.member("spec"), "spec", unknown);
    object->spec = std::move(spec.value);
    object->errors = std::move(spec.errors);
  }
  // What of a status cannot be read was written by another version of us: it is written anew.
  object->status = schema::read<typename K::Status>(document.member("status"), "status", schema::Unknown::Ignore).value;
  return std::shared_ptr<const Object<K>>(std::move(object));
}

/// What a CRD says about one object, and about the change from another: for objects that no API server has checked.
template <class K>
WatchedKind::Faults check_object(std::string_view before, std::string_view now, schema::Unknown unknown) {
  WatchedKind::Faults faults;
  const auto document = Document::parse(now);
  if (!document) return {{{"", document.error().message}}, {}};
  const auto spec = schema::read<typename K::Spec>(document->member("spec"), "spec", unknown);
  faults.of_spec = spec.errors;
  const auto former = before.empty() ? Result<Document>(Error{}) : Document::parse(before);
  if (!former || !spec.ok()) return faults;
  // What of the former spec cannot be read was accepted by another version of us.
  const auto old = schema::read<typename K::Spec>(former->member("spec"), "spec", schema::Unknown::Ignore);
  if (old.ok()) faults.of_change = schema::check_update(old.value, spec.value, "spec");
  return faults;
}

/// `cache` outlives the store that watches.
template <class K>
WatchedKind watch_kind(Cache<Object<K>>& cache, schema::Unknown unknown = schema::Unknown::Ignore) {
  WatchedKind watched;
  watched.kind = schema::Kind<K>::name;
  watched.decode = [&cache, unknown](std::string_view json) -> Result<schema::Metadata> {
    const auto head = kube::read_head(json);
    const auto before = head ? cache.get(head->ns, head->name) : nullptr;
    auto object = TRY(decode_object<K>(json, unknown, before.get()));
    schema::Metadata meta = object->meta;
    cache.put(meta.ns, meta.name, std::move(object));
    return meta;
  };
  watched.decode_with = [&cache, unknown](std::string_view json,
                                          const std::vector<schema::FieldError>& more) -> Result<schema::Metadata> {
    auto object = std::make_shared<Object<K>>(*TRY(decode_object<K>(json, unknown)));
    object->errors.insert(object->errors.end(), more.begin(), more.end());
    schema::Metadata meta = object->meta;
    cache.put(meta.ns, meta.name, std::move(object));
    return meta;
  };
  watched.check = [unknown](std::string_view before, std::string_view now) {
    return check_object<K>(before, now, unknown);
  };
  watched.normal_status = [](std::string_view json) {
    const auto status = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
    return schema::write(schema::read<typename K::Status>(status, "status", schema::Unknown::Ignore).value).dump();
  };
  watched.shown = [&cache](const std::string& ns, const std::string& name) -> std::optional<WatchedKind::Shown> {
    const auto object = cache.get(ns, name);
    if (!object) return std::nullopt;
    return WatchedKind::Shown{object->meta.uid, object->meta.resource_version,
                              [object] { return schema::write(object->status).dump(); }};
  };
  watched.forget = [&cache](const std::string& ns, const std::string& name) { cache.erase(ns, name); };
  return watched;
}

}  // namespace sallyport::store
