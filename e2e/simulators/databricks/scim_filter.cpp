// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/scim_filter.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include "operator/base/text.hpp"

namespace sallyport::simulators::databricks {

namespace {

constexpr std::size_t kMostNodes = 200;  ///< in a filter (docs scim-2-1)

/// Words and quoted strings; a quoted one keeps its leading quote as a mark. Nothing when a quote is not closed.
std::optional<std::vector<std::string>> tokens(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < text.size();) {
    if (std::isspace(static_cast<unsigned char>(text[i])) != 0) {
      ++i;
    } else if (text[i] == '"') {
      std::string value = "\"";
      for (++i; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        value += text[i];
      }
      if (i == text.size()) return std::nullopt;
      ++i;
      out.push_back(std::move(value));
    } else {
      const std::size_t begin = i;
      while (i < text.size() && std::isspace(static_cast<unsigned char>(text[i])) == 0 && text[i] != '"') ++i;
      out.emplace_back(text.substr(begin, i - begin));
    }
  }
  return out;
}

std::optional<Comparison> read_comparison(const std::vector<std::string>& words, std::size_t at) {
  if (at + 2 >= words.size()) return std::nullopt;
  Comparison out{words[at], to_lower(words[at + 1]), words[at + 2]};
  const bool known = out.op == "eq" || out.op == "ne" || out.op == "co" || out.op == "sw";
  // Quoted, or a bare literal such as true or a number.
  const bool bare = out.value == "true" || out.value == "false" ||
                    (!out.value.empty() && std::all_of(out.value.begin(), out.value.end(),
                                                       [](unsigned char c) { return std::isdigit(c) != 0; }));
  if (!known || out.attribute.empty() || out.attribute.starts_with('"')) return std::nullopt;
  if (out.value.starts_with('"')) {
    out.value.erase(0, 1);
  } else if (!bare) {
    return std::nullopt;
  }
  return out;
}

std::string value_of(const Json& resource, const std::string& attribute) {
  for (const auto& [name, value] : resource.items()) {
    if (to_lower(name) != to_lower(attribute)) continue;
    return value.is_string() ? value.get<std::string>() : value.dump();
  }
  return "";
}

bool holds(const Comparison& comparison, const Json& resource) {
  const std::string have = to_lower(value_of(resource, comparison.attribute));
  const std::string want = to_lower(comparison.value);
  if (comparison.op == "eq") return have == want;
  if (comparison.op == "ne") return have != want;
  if (comparison.op == "co") return have.find(want) != std::string::npos;
  return have.starts_with(want);
}

}  // namespace

std::expected<Filter, std::string> parse_filter(std::string_view text) {
  const auto words = tokens(text);
  if (!words) return std::unexpected("Given filter operator is not supported.");
  Filter filter{{}};
  std::size_t nodes = 0;
  for (std::size_t at = 0;;) {
    auto comparison = read_comparison(*words, at);
    if (!comparison) return std::unexpected("Given filter operator is not supported.");
    filter.back().push_back(std::move(*comparison));
    if (++nodes > kMostNodes) return std::unexpected("The filter has more than 200 nodes.");
    at += 3;
    if (at == words->size()) return filter;
    const std::string joint = to_lower((*words)[at++]);
    if (joint == "or") filter.emplace_back();
    if (joint != "or" && joint != "and") return std::unexpected("Given filter operator is not supported.");
  }
}

bool matches(const Filter& filter, const Json& resource) {
  return std::any_of(filter.begin(), filter.end(), [&](const auto& conjunction) {
    return std::all_of(conjunction.begin(), conjunction.end(),
                       [&](const Comparison& comparison) { return holds(comparison, resource); });
  });
}

}  // namespace sallyport::simulators::databricks
