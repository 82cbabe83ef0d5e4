// SPDX-License-Identifier: Apache-2.0
// One object as a parsed document, without what nobody keeps: `managedFields` and kubectl's last-applied annotation are
// often larger than the object, and are cut out before parsing.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "operator/base/result.hpp"
#include "operator/schema/metadata.hpp"

namespace sallyport::store {

class Document {
 public:
  /// InvalidSpec when the text is not a JSON object or is nested deeper than 64 levels. A top-level member `unread` is
  /// left out.
  static Result<Document> parse(std::string_view json, std::string_view unread = {});
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  [[nodiscard]] Result<schema::Metadata> metadata() const;
  /// A top-level member; an empty object when it is absent or null.
  [[nodiscard]] const nlohmann::json& member(std::string_view name) const;
  [[nodiscard]] const nlohmann::json& root() const { return *root_; }

 private:
  explicit Document(std::unique_ptr<nlohmann::json> root);
  std::unique_ptr<nlohmann::json> root_;
};

}  // namespace sallyport::store
