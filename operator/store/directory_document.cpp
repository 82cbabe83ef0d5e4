// SPDX-License-Identifier: Apache-2.0
#include "operator/store/directory_document.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "operator/schema/metadata.hpp"
#include "operator/schema/yaml.hpp"

namespace sallyport::store {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;
constexpr std::string_view kOwnGroup = "sallyport.dev";
/// metav1.ObjectMeta.
constexpr std::array<std::string_view, 15> kMetadata{
    "name",       "namespace",       "labels",       "annotations",       "uid",
    "generation", "resourceVersion", "finalizers",   "creationTimestamp", "deletionTimestamp",
    "selfLink",   "ownerReferences", "generateName", "managedFields",     "deletionGracePeriodSeconds"};
constexpr std::array<std::string_view, 5> kCustom{"apiVersion", "kind", "metadata", "spec", "status"};
constexpr std::array<std::string_view, 7> kSecret{"apiVersion", "kind", "metadata", "data",
                                                  "stringData", "type", "immutable"};

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && is_name_character(text.front()) &&
         is_name_character(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_name_character(c) || c == '-'; });
}

std::string text_member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

template <std::size_t N>
void find_unknown(const json& object, const std::array<std::string_view, N>& known, std::string_view path,
                  std::vector<schema::FieldError>& faults) {
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(known, key) == known.end())
      faults.push_back({std::string(path) + one_line(key, kLongestLabel), "is not a known field"});
  }
}

Error refusal(std::string message, std::string where = {}) {
  return {Code::InvalidSpec, std::move(message), std::move(where), {}};
}

/// The bytes of `data` and `stringData`; the latter wins, as in a cluster.
Result<std::map<std::string, Secret>> secret_bytes(const json& object) {
  std::map<std::string, Secret> bytes;
  for (const char* part : {"data", "stringData"}) {
    const auto found = object.find(part);
    if (found == object.end() || found->is_null()) continue;
    if (!found->is_object()) return refusal("must be an object of strings", part);
    for (const auto& [key, value] : found->items()) {
      const std::string where = std::string(part) + "[" + one_line(key, kLongestLabel) + "]";
      if (!is_data_key(key)) return refusal("the key must consist of letters, digits, '-', '_' and '.'", where);
      if (!value.is_string()) return refusal("must be a string", where);
      auto plain = value.get<std::string>();
      if (std::string_view(part) == "data") {
        std::erase_if(plain, [](char c) { return c == '\n' || c == '\r'; });  // as Go's decoder: folded text
        auto decoded = base64_decode(plain);
        if (!decoded) return refusal("is not base64", where);
        plain = std::move(*decoded);
      }
      bytes.insert_or_assign(key, Secret(std::move(plain)));
    }
  }
  return bytes;
}

class Reader {
 public:
  explicit Reader(const Declarable& declarable) : declarable_(declarable) {}

  void read(const json& document, int depth = 0) {
    const std::string kind = document.is_object() ? text_member(document, "kind") : "";
    const std::string version = document.is_object() ? text_member(document, "apiVersion") : "";
    if (kind.empty() || version.empty()) return refuse(document, refusal("a document without apiVersion and kind"));
    if (kind == "List" && version == "v1" && depth == 0) {
      const auto items = document.find("items");
      if (items == document.end() || !items->is_array()) return refuse(document, refusal("must be a list", "items"));
      for (const json& item : *items) read(item, depth + 1);
      return;
    }
    const std::string expected = expected_version(kind);
    if (expected.empty()) {
      // A kind that is misspelt, or cut off while it is being written, must not look as if its object were removed.
      if (is_ours(version)) return refuse(document, refusal("there is no such kind in " + version));
      if (version == "v1" && !has_name(document)) return refuse(document, refusal("is required", "metadata.name"));
      contents.ignored.push_back(describe(document));
      return;
    }
    if (version != expected)
      return refuse(document, refusal("apiVersion must be " + expected + ", not " + one_line(version, kLongestName)));
    if (declarable_.internal.contains(kind))
      return refuse(document, refusal("the operator keeps objects of this kind itself; they cannot be declared"));
    Result<Manifest> manifest = guard(Code::InvalidSpec, "read", [&] { return read_object(document, kind); });
    if (!manifest) return refuse(document, manifest.error());
    contents.manifests.push_back(std::move(*manifest));
  }

  Contents contents;

 private:
  [[nodiscard]] std::string expected_version(const std::string& kind) const {
    if (kind == "Secret" || kind == "Namespace") return "v1";
    const auto found = declarable_.kinds.find(kind);
    if (found == declarable_.kinds.end()) return {};
    return std::string(found->second.group) + "/" + std::string(found->second.version);
  }

  [[nodiscard]] bool is_ours(const std::string& version) const {
    return version.starts_with(std::string(kOwnGroup) + "/") ||
           std::ranges::any_of(declarable_.kinds, [&](const auto& kind) {
             return version.starts_with(std::string(kind.second.group) + "/");
           });
  }

  static bool has_name(const json& document) {
    const auto meta = document.find("metadata");
    return meta != document.end() && meta->is_object() && !text_member(*meta, "name").empty();
  }

  static std::string describe(const json& document) {
    if (!document.is_object()) return "a document that is no object";
    const std::string kind = text_member(document, "kind");
    const auto meta = document.find("metadata");
    const bool known = meta != document.end() && meta->is_object();
    const std::string ns = known ? text_member(*meta, "namespace") : "";
    const std::string name = known ? text_member(*meta, "name") : "";
    return one_line((kind.empty() ? "a document" : kind) + " " + (ns.empty() ? "" : ns + "/") + name, kLongestName);
  }

  void refuse(const json& document, const Error& error) {
    contents.refused.push_back(describe(document) + ": " + error.text());
  }

  Result<Manifest> read_object(const json& document, const std::string& kind) const {
    schema::Metadata meta = TRY(schema::read_metadata(document));
    const bool cluster_scoped =
        kind == "Namespace" || (kind != "Secret" && declarable_.kinds.at(kind).scope == schema::Scope::Cluster);
    if (cluster_scoped && !meta.ns.empty()) return refusal("must not be given for " + kind, "metadata.namespace");
    if (!cluster_scoped && meta.ns.empty()) meta.ns = "default";
    if (kind == "Namespace" ? !is_namespace_name(meta.name) : !is_object_name(meta.name))
      return refusal("must be lower-case letters, digits, '-' and '.'", "metadata.name");
    if (!cluster_scoped && !is_namespace_name(meta.ns))
      return refusal("must be lower-case letters, digits and '-'", "metadata.namespace");
    Manifest manifest{.key = {kind, meta.ns, meta.name},
                      .labels = std::move(meta.labels),
                      .annotations = std::move(meta.annotations)};
    find_unknown(document.at("metadata"), kMetadata, "metadata.", manifest.faults);
    if (kind == "Secret") {
      find_unknown(document, kSecret, "", manifest.faults);
      manifest.bytes = TRY(secret_bytes(document));
    } else {
      find_unknown(document, kCustom, "", manifest.faults);
      const auto spec = document.find("spec");
      if (kind != "Namespace" && spec != document.end() && !spec->is_null()) manifest.spec = spec->dump();
    }
    // Nobody looks at these two for faults, so such a document is refused as a whole.
    const bool plain = kind == "Secret" || kind == "Namespace";
    if (plain && !manifest.faults.empty()) return schema::to_error(manifest.faults);
    return manifest;
  }

  const Declarable& declarable_;
};

}  // namespace

bool is_object_name(std::string_view name) {
  if (name.size() > kLongestName) return false;
  const auto parts = split(name, '.');
  return std::all_of(parts.begin(), parts.end(), [](const std::string& part) { return is_label(part); });
}

bool is_namespace_name(std::string_view name) {
  return name.size() <= kLongestLabel && is_label(name);
}

bool is_data_key(std::string_view key) {
  return !key.empty() && key.size() <= kLongestName && key != "." && !key.starts_with("..") &&
         std::all_of(key.begin(), key.end(), [](char c) {
           return is_name_character(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
         });
}

Contents read_contents(std::string_view text, const Declarable& declarable) {
  const Result<std::vector<json>> documents = schema::parse_yaml(text);
  Reader reader(declarable);
  if (!documents) {
    reader.contents.unusable = true;
    reader.contents.refused.push_back(documents.error().text());
    return std::move(reader.contents);
  }
  for (const json& document : *documents) reader.read(document);
  if (documents->empty()) {
    reader.contents.unusable = true;
    reader.contents.refused.emplace_back("holds no document; what it declared stays until the file itself is removed");
  }
  return std::move(reader.contents);
}

}  // namespace sallyport::store
