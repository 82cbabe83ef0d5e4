// SPDX-License-Identifier: Apache-2.0
// A field's default in words, for `kubectl explain` and the reference page.
#pragma once

#include <string>

#include "operator/schema/shape.hpp"

namespace sallyport::schema {

/// `default_text` if the table gives it, else what the member holds in `initial`, the object that a reader starts from;
/// empty for required fields, structs, and where there is no default worth a word (unset, empty).
[[nodiscard]] std::string default_text(const FieldShape& field, const void* initial);

/// What a reader starts from in a struct below this field, or in the structs of its list or map: what `initial` holds
/// there, else a default-constructed one. The two differ where `Opening opening{.from = 9h}` is the member.
[[nodiscard]] const void* initial_below(const FieldShape& field, const void* initial);

}  // namespace sallyport::schema
