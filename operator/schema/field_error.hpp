// SPDX-License-Identifier: Apache-2.0
// What is wrong with a document, field by field.
#pragma once

#include <string>
#include <vector>

#include "operator/base/error.hpp"

namespace sallyport::schema {

struct FieldError {
  std::string path;    ///< `spec.access.grants[2].level`; a map's key stands in brackets: `spec.labels[team]`.
  std::string reason;  ///< Reads on after the path: "must be at least 1". Never repeats a whole value.
  friend bool operator==(const FieldError&, const FieldError&) = default;
};

/// InvalidSpec: `where` is the first path, the message its reason, and how many more there are. Not for an empty list.
[[nodiscard]] Error to_error(const std::vector<FieldError>& errors);

}  // namespace sallyport::schema
