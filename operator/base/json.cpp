// SPDX-License-Identifier: Apache-2.0
#include "operator/base/json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"

namespace sallyport {
namespace {

constexpr std::size_t kMarkupLookedAt = 8192;

std::string title_of(std::string_view page) {
  const std::string lower = to_lower(page);
  const std::size_t tag = lower.find("<title");
  const std::size_t begin = tag == std::string::npos ? tag : lower.find('>', tag);
  if (begin == std::string::npos) return {};
  const std::size_t end = lower.find("</title", begin);
  if (end == std::string::npos) return {};
  return one_line(trim(page.substr(begin + 1, end - begin - 1)), 120);
}

std::string complaint(std::string_view text) {
  if (trim(text).empty()) return "expected JSON, got nothing";
  const std::string_view start = trim(text.substr(0, kMarkupLookedAt));
  if (!start.starts_with('<')) return "expected JSON, got something else";
  const std::string lower = to_lower(start);
  if (lower.find("<html") == std::string::npos && !lower.starts_with("<!doctype html")) return "expected JSON, got XML";
  const std::string title = title_of(start);
  return title.empty() ? "expected JSON, got HTML" : "expected JSON, got HTML: " + title;
}

}  // namespace

/// Up to a parser's first error both agree on what is inside a string.
int json_depth(std::string_view text) {
  int depth = 0, deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

Result<nlohmann::json> parse_json(std::string_view text, int max_depth, Code code) {
  if (json_depth(text) > max_depth) {
    return Error{code, "JSON is nested deeper than " + std::to_string(max_depth) + " levels", {}, {}};
  }
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& e) {
    return Error{code, complaint(text) + " (at byte " + std::to_string(e.byte) + ")", {}, {}};
  } catch (const nlohmann::json::exception&) {
    return Error{code, "JSON has a number out of range", {}, {}};
  }
}

}  // namespace sallyport
