// SPDX-License-Identifier: Apache-2.0
// What the API server is told about a table: OpenAPI v3 in the structural form of CustomResourceDefinitions, with CEL
// (`x-kubernetes-validations`) for what OpenAPI cannot say. Never a `default`: code fills defaults, so that GitOps
// tools see no difference between what was applied and what is stored.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "operator/schema/shape_of.hpp"

namespace sallyport::schema {

[[nodiscard]] nlohmann::ordered_json open_api_of(const Shape& shape);

template <class T>
auto open_api() {
  return open_api_of(shape_of<T>());
}

/// A property's name inside a CEL expression: `namespace` is `__namespace__`, `a-b` is `a__dash__b`.
[[nodiscard]] std::string cel_name(std::string_view property);

/// A text literal in CEL.
[[nodiscard]] std::string cel_text(std::string_view text);

}  // namespace sallyport::schema
