// SPDX-License-Identifier: Apache-2.0
// The reference page of a kind, from its tables: what users read is what the reader enforces.
#pragma once

#include <string>

#include "operator/schema/shape_of.hpp"

namespace sallyport::schema {

/// Markdown: what the kind is, a table of fields per struct of spec and status, the meaning of enum values, the rules.
/// docs/reference/<kind>.md is this, and a test says when it is stale.
[[nodiscard]] std::string reference_page(const KindShape& kind);

template <class K>
std::string reference_page() {
  return reference_page(kind_of<K>());
}

}  // namespace sallyport::schema
