// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/yaml.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"

namespace sallyport::schema {

namespace {

using Json = nlohmann::ordered_json;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Words that YAML 1.1 or 1.2 take for a boolean or null.
bool is_reserved(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kWords{"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
  return std::ranges::find(kWords, to_lower(text)) != kWords.end();
}

/// Starts with a letter, `_` or `/`: so it is no number, date or time in any YAML. And holds nothing that means
/// anything to YAML in the middle of a line.
bool is_plain(std::string_view text) {
  if (text.empty() || text.size() > 4096 || is_reserved(text)) return false;
  if (!is_letter(text.front()) && text.front() != '_' && text.front() != '/') return false;
  if (text.back() == ' ' || text.back() == ':') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const std::string_view two = text.substr(i, 2);
    if (two == ": " || two == " #") return false;
    if (!is_letter(c) && !is_digit(c) && std::string_view(" _-./:()=+;'$^<>|&*!?%@~").find(c) == std::string_view::npos)
      return false;
  }
  return true;
}

/// JSON's double-quoted form, which YAML shares, but for what only YAML minds: DEL, and line ends of Unicode.
std::string quoted(const std::string& text) {
  const std::string json = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string safe;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string_view rest = std::string_view(json).substr(i);
    if (json[i] == '\x7f') {
      safe += "\\x7F";
    } else if (rest.starts_with("\xC2\x85")) {
      safe += "\\u0085";
      i += 1;
    } else if (rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9")) {
      safe += rest[2] == '\xA8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else if (rest.starts_with("\xEF\xBB\xBF")) {
      safe += "\\uFEFF";
      i += 2;
    } else {
      safe += json[i];
    }
  }
  return safe;
}

std::string scalar(const Json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return is_plain(text) ? text : quoted(text);
  }
  if (value.is_array()) return "[]";
  if (value.is_object()) return "{}";
  return value.dump();
}

bool is_block(const Json& value) {
  return value.is_structured() && !value.empty();
}

void emit(const Json& value, std::size_t indent, std::string& out);

/// After `key:` or `-`: on the same line if it is one, below otherwise.
void emit_entry(const Json& value, std::size_t indent, std::string& out) {
  if (!is_block(value)) {
    out += " " + scalar(value) + "\n";
    return;
  }
  out += "\n";
  emit(value, indent, out);
}

void emit(const Json& value, std::size_t indent, std::string& out) {
  const std::string space(indent, ' ');
  if (value.is_object()) {
    for (const auto& [key, item] : value.items()) {
      out += space + (is_plain(key) ? key : quoted(key)) + ":";
      emit_entry(item, item.is_array() ? indent : indent + 2, out);
    }
    return;
  }
  for (const Json& item : value) {
    if (!is_block(item)) {
      out += space + "- " + scalar(item) + "\n";
      continue;
    }
    const std::size_t begin = out.size();
    emit(item, indent + 2, out);
    out[begin + indent] = '-';  // the item's first line is indented by two more: room for "- "
  }
}

}  // namespace

std::string to_yaml(const Json& document) {
  std::string out;
  if (is_block(document)) {
    emit(document, 0, out);
  } else {
    out = scalar(document) + "\n";
  }
  return out;
}

std::string to_yaml_stream(const std::vector<Json>& documents) {
  std::string out;
  for (const Json& document : documents) out += "---\n" + to_yaml(document);
  return out;
}

}  // namespace sallyport::schema
