// SPDX-License-Identifier: Apache-2.0
// Custom resources as typed, immutable values in a cache.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
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
  /// Words by which an item can be found besides its name, such as its host. Pure.
  using WordsOf = std::function<std::vector<std::string>(const T& item)>;

  Cache() = default;
  explicit Cache(WordsOf words_of) : words_of_(std::move(words_of)) {}

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
  /// Those of one namespace, in name order.
  [[nodiscard]] std::vector<Ptr> list(const std::string& ns) const {
    const std::lock_guard lock(mutex_);
    std::vector<Ptr> some;
    for (auto item = items_.lower_bound({ns, ""}); item != items_.end() && item->first.first == ns; ++item)
      some.push_back(item->second);
    return some;
  }
  /// Those that have this word, in no order. Others may be among them (words are kept as hashes): look at each.
  [[nodiscard]] std::vector<Ptr> find(const std::string& word) const {
    const std::lock_guard lock(mutex_);
    std::vector<Ptr> some;
    for (auto [at, end] = words_.equal_range(std::hash<std::string>()(word)); at != end; ++at) {
      some.push_back(at->second->second);
    }
    return some;
  }
  void put(const std::string& ns, const std::string& name, Ptr item) {
    const std::lock_guard lock(mutex_);
    const auto [slot, is_new] = items_.try_emplace({ns, name});
    if (!is_new) drop_words(slot);
    slot->second = std::move(item);
    if (!words_of_) return;
    for (const std::string& word : words_of_(*slot->second)) words_.emplace(std::hash<std::string>()(word), slot);
  }
  void erase(const std::string& ns, const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto slot = items_.find({ns, name});
    if (slot == items_.end()) return;
    drop_words(slot);
    items_.erase(slot);
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  using Items = std::map<std::pair<std::string, std::string>, Ptr>;

  void drop_words(typename Items::const_iterator slot) {
    if (!words_of_) return;
    for (const std::string& word : words_of_(*slot->second)) {
      for (auto [at, end] = words_.equal_range(std::hash<std::string>()(word)); at != end; ++at) {
        if (at->second != slot) continue;
        words_.erase(at);
        break;
      }
    }
  }

  const WordsOf words_of_;
  mutable std::mutex mutex_;
  Items items_;
  std::unordered_multimap<std::size_t, typename Items::const_iterator> words_;
};

}  // namespace sallyport::store
