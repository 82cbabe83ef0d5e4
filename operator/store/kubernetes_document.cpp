// SPDX-License-Identifier: Apache-2.0
#include "operator/store/kubernetes_document.hpp"

#include <nlohmann/json.hpp>

#include "operator/base/secret.hpp"
#include "operator/kube/scan.hpp"

namespace sallyport::store {
namespace {

using nlohmann::json;

// Copying and writing a document recurse once per level.
constexpr std::size_t kDeepest = 64;

}  // namespace

Document::Document(std::unique_ptr<json> root) : root_(std::move(root)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Result<Document> Document::parse(std::string_view text, std::string_view unread) {
  // Cut out before: a parser that is asked at every value whether to keep it takes several times as long.
  const Secret essence(kube::essence_of(text, unread));  // it may be a Secret's
  if (kube::depth_of(essence.reveal()) > kDeepest)
    return Error{Code::InvalidSpec, "nested deeper than 64 levels", {}, {}};
  auto root = std::make_unique<json>(json::parse(essence.reveal(), nullptr, /*allow_exceptions=*/false));
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
