// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/metadata.hpp"

#include <nlohmann/json.hpp>

namespace sallyport::schema {

namespace {

using nlohmann::json;

constexpr std::string_view kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

Error wrong(std::string_view key, std::string_view reason) {
  return {Code::InvalidSpec, std::string(reason), "metadata." + std::string(key), {}};
}

/// The member, or nullptr where it is absent or null.
const json* find(const json& object, std::string_view key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

Result<std::string> text(const json& metadata, std::string_view key) {
  const json* value = find(metadata, key);
  if (!value) return std::string();
  if (!value->is_string()) return wrong(key, "must be a string");
  return value->get<std::string>();
}

Result<std::map<std::string, std::string>> texts(const json& metadata, std::string_view key) {
  std::map<std::string, std::string> map;
  const json* value = find(metadata, key);
  if (!value) return map;
  if (!value->is_object()) return wrong(key, "must be an object of strings");
  for (const auto& [name, entry] : value->items()) {
    if (!entry.is_string()) return wrong(std::string(key) + "[" + name + "]", "must be a string");
    if (name != kLastApplied) map.emplace(name, entry.get<std::string>());
  }
  return map;
}

Result<std::vector<std::string>> list(const json& metadata, std::string_view key) {
  std::vector<std::string> items;
  const json* value = find(metadata, key);
  if (!value) return items;
  if (!value->is_array()) return wrong(key, "must be a list of strings");
  for (const json& item : *value) {
    if (!item.is_string()) return wrong(key, "must be a list of strings");
    items.push_back(item.get<std::string>());
  }
  return items;
}

Result<Metadata> read_fields(const json& metadata) {
  Metadata read;
  read.name = TRY(text(metadata, "name"));
  if (read.name.empty()) return wrong("name", "is required");
  read.ns = TRY(text(metadata, "namespace"));
  read.uid = Uid(TRY(text(metadata, "uid")));
  read.resource_version = TRY(text(metadata, "resourceVersion"));
  if (const json* generation = find(metadata, "generation")) {
    if (!generation->is_number_integer()) return wrong("generation", "must be a whole number");
    read.generation = generation->get<std::int64_t>();
  }
  read.creation_timestamp = TRY(text(metadata, "creationTimestamp"));
  std::string deleted = TRY(text(metadata, "deletionTimestamp"));
  if (!deleted.empty()) read.deletion_timestamp = std::move(deleted);
  read.labels = TRY(texts(metadata, "labels"));
  read.annotations = TRY(texts(metadata, "annotations"));
  read.finalizers = TRY(list(metadata, "finalizers"));
  return read;
}

}  // namespace

Result<Metadata> read_metadata(const json& object) {
  if (!object.is_object()) return Error{Code::InvalidSpec, "must be an object", "metadata", {}};
  const json* metadata = find(object, "metadata");
  if (!metadata || !metadata->is_object()) return Error{Code::InvalidSpec, "is required", "metadata", {}};
  return guard(Code::Internal, "read metadata", [&] { return read_fields(*metadata); });
}

}  // namespace sallyport::schema
