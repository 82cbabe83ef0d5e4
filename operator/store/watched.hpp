// SPDX-License-Identifier: Apache-2.0
// Ties a kind to its typed cache: what arrives as text becomes an Object<K> by the kind's field table. For the .cpp
// that names the kinds.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "operator/schema/codec.hpp"
#include "operator/store/kubernetes_document.hpp"
#include "operator/store/object.hpp"
#include "operator/store/store.hpp"

namespace sallyport::store {

/// An object whose spec has faults is cached all the same, with the faults in `errors`: the user has to hear of them.
/// Only text that is no object, or has no metadata, is refused. `unknown`: Ignore for objects from an API server,
/// Refuse for files.
template <class K>
Result<std::shared_ptr<const Object<K>>> decode_object(std::string_view json, schema::Unknown unknown) {
  const Document document = TRY(Document::parse(json));
  auto object = std::make_shared<Object<K>>();
  object->meta = TRY(document.metadata());
  auto spec = schema::read<typename K::Spec>(document.member("spec"), "spec", unknown);
  object->spec = std::move(spec.value);
  object->errors = std::move(spec.errors);
  // What of a status cannot be read was written by another version of us: it is written anew.
  object->status = schema::read<typename K::Status>(document.member("status"), "status", schema::Unknown::Ignore).value;
  return std::shared_ptr<const Object<K>>(std::move(object));
}

/// `cache` outlives the store that watches.
template <class K>
WatchedKind watch_kind(Cache<Object<K>>& cache, schema::Unknown unknown = schema::Unknown::Ignore) {
  WatchedKind watched;
  watched.kind = schema::Kind<K>::name;
  watched.decode = [&cache, unknown](std::string_view json) -> Result<schema::Metadata> {
    auto object = TRY(decode_object<K>(json, unknown));
    schema::Metadata meta = object->meta;
    cache.put(meta.ns, meta.name, std::move(object));
    return meta;
  };
  watched.forget = [&cache](const std::string& ns, const std::string& name) { cache.erase(ns, name); };
  return watched;
}

}  // namespace sallyport::store
