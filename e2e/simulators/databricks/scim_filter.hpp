// SPDX-License-Identifier: Apache-2.0
// SCIM filters as far as Databricks takes them: eq, ne, co, sw, joined by and/or, without brackets (reference 4.2).
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "e2e/simulators/json.hpp"

namespace sallyport::simulators::databricks {

/// `attribute op "value"`.
struct Comparison {
  std::string attribute;
  std::string op;  ///< lower case
  std::string value;
};

/// Alternatives ("or") of conjunctions ("and").
using Filter = std::vector<std::vector<Comparison>>;

/// The filter, or the text of the refusal.
[[nodiscard]] std::expected<Filter, std::string> parse_filter(std::string_view text);
/// Names and values compare without case. An attribute that a resource has not compares as empty.
[[nodiscard]] bool matches(const Filter& filter, const Json& resource);

}  // namespace sallyport::simulators::databricks
