// SPDX-License-Identifier: Apache-2.0
// YAML out and in, with the meaning that Kubernetes gives it. yaml-cpp stays behind it, and only for reading.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "operator/base/result.hpp"

namespace sallyport::schema {

/// One document in block style, keys in their order, without `---`, with a final newline. The same value gives the same
/// bytes. A string that any YAML reader could take for something else (`yes`, `1`, `null`, `0x1`, `12:30`, a date) is
/// quoted.
[[nodiscard]] std::string to_yaml(const nlohmann::ordered_json& document);

/// Several documents, each after a `---`.
[[nodiscard]] std::string to_yaml_stream(const std::vector<nlohmann::ordered_json>& documents);

inline constexpr std::size_t kMaxYamlBytes = 4U << 20U;
inline constexpr std::size_t kMaxYamlDepth = 64;
/// Nodes of a whole text, those that aliases repeat counted each time.
inline constexpr std::size_t kMaxYamlNodes = 200000;

/// All documents of a text, empty ones left out. JSON is read too, for it is YAML (but no escaped
/// surrogate pairs).
///
/// Plain (unquoted) scalars mean what they mean to kubectl (sigs.k8s.io/yaml, which is go-yaml v2, YAML 1.1):
///   - y, yes, on, true and n, no, off, false, each in lower, Title or UPPER case, are booleans;
///   - nothing, ~, null, Null and NULL are null;
///   - whole numbers may have a sign, `_` between digits, and 0x, 0b, 0o or, for octal, 0 in front;
///   - numbers with a point or an exponent are numbers; .inf and .nan are refused, for JSON has none;
///   - everything else is text, dates and 12:30 too.
/// Quoted scalars are text. Tags !!str, !!int, !!float, !!bool and !!null are understood, others are refused.
/// Keys become text; `<<` merges. Refused: a key twice in one map, a map or list as a key, bytes that are not UTF-8,
/// the escapes \N and \_, a further document without `---`.
///
/// InvalidSpec with `where` = "line 3, column 7" (both from 1). Bounded by the limits above, whatever the input.
[[nodiscard]] Result<std::vector<nlohmann::json>> parse_yaml(std::string_view text);

}  // namespace sallyport::schema
