// SPDX-License-Identifier: Apache-2.0
#include "operator/store/kubernetes_document.hpp"

#include <nlohmann/json.hpp>

namespace sallyport::store {
namespace {

using nlohmann::json;

// Copying and writing a document recurse once per level.
constexpr int kDeepest = 64;
constexpr int kMetadataKeys = 2;
constexpr int kAnnotationKeys = 3;

}  // namespace

Document::Document(std::unique_ptr<json> root) : root_(std::move(root)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Result<Document> Document::parse(std::string_view text) {
  bool too_deep = false;
  const auto keep = [&too_deep](int depth, json::parse_event_t event, json& parsed) {
    if (depth > kDeepest) too_deep = true;
    if (event != json::parse_event_t::key) return !too_deep;
    if (depth == kMetadataKeys && parsed == "managedFields") return false;
    return depth != kAnnotationKeys || parsed != "kubectl.kubernetes.io/last-applied-configuration";
  };
  auto root = std::make_unique<json>(json::parse(text, keep, /*allow_exceptions=*/false));
  if (too_deep) return Error{Code::InvalidSpec, "nested deeper than 64 levels", {}, {}};
  if (!root->is_object()) return Error{Code::InvalidSpec, "not a JSON object", {}, {}};
  return Document(std::move(root));
}

Result<schema::Metadata> Document::metadata() const {
  return schema::read_metadata(*root_);
}

const json& Document::member(std::string_view name) const {
  static const json none = json::object();
  const auto found = root_->find(name);
  return found == root_->end() || found->is_null() ? none : *found;
}

}  // namespace sallyport::store
