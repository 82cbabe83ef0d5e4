// SPDX-License-Identifier: Apache-2.0
// A field's default in words, for `kubectl explain` and the reference page.
#pragma once

#include <string>

#include "operator/schema/shape.hpp"

namespace sallyport::schema {

/// `default_text` if the table gives it, else what the member's initialiser says; empty for required fields, structs,
/// and where there is no default worth a word (unset, empty).
[[nodiscard]] std::string default_text(const Shape& shape, const FieldShape& field);

}  // namespace sallyport::schema
