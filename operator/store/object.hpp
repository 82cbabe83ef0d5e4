// SPDX-License-Identifier: Apache-2.0
// Custom resources as typed, immutable values in a cache.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "operator/base/key.hpp"
#include "operator/base/result.hpp"
#include "operator/schema/field.hpp"
#include "operator/schema/metadata.hpp"

namespace sallyport::store {

/// K is a kind such as api::ProtectedEndpoint, with K::Spec and K::Status.
template <class K>
struct Object {
  schema::Metadata meta;
  typename K::Spec spec{};                   ///< what could be read; complete only when `errors` is empty
  std::vector<schema::FieldError> errors{};  ///< every fault of the spec, with exact paths
  typename K::Status status{};
};

template <class K>
using ObjectPtr = std::shared_ptr<const Object<K>>;

/// A namespace's labels, for `allow` lists.
struct Namespace {
  std::string name;
  std::map<std::string, std::string> labels;
  bool terminating = false;
};

/// A Secret without its bytes: they are read on demand.
struct SecretMeta {
  schema::Metadata meta;
};

/// Name -> immutable value. Thread-safe; readers get shared pointers and never copies.
template <class T>
class Cache {
 public:
  using Ptr = std::shared_ptr<const T>;
  [[nodiscard]] Ptr get(const std::string& ns, const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = items_.find({ns, name});
    return found == items_.end() ? nullptr : found->second;
  }
  /// In name order.
  [[nodiscard]] std::vector<Ptr> list() const {
    const std::lock_guard lock(mutex_);
    std::vector<Ptr> all;
    all.reserve(items_.size());
    for (const auto& [key, item] : items_) all.push_back(item);
    return all;
  }
  void put(const std::string& ns, const std::string& name, Ptr item) {
    const std::lock_guard lock(mutex_);
    items_[{ns, name}] = std::move(item);
  }
  void erase(const std::string& ns, const std::string& name) {
    const std::lock_guard lock(mutex_);
    items_.erase({ns, name});
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Ptr> items_;
};

}  // namespace sallyport::store
