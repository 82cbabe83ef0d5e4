// SPDX-License-Identifier: Apache-2.0
// Follows the rules of AS3's extractUtil.getAs3Object, whose sentences these are.
#include "e2e/simulators/bigip/pointer.hpp"

#include <algorithm>

#include "operator/base/text.hpp"

namespace sallyport::simulators::bigip {

namespace {

using Tokens = std::vector<std::string>;

constexpr std::size_t kLongestToken = 190;

bool all_digits(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_token(const std::string& text) {
  if (text == "@" || all_digits(text)) return true;
  if (text.empty() || text.size() > kLongestToken) return false;
  const auto first = static_cast<unsigned char>(text.front());
  if (std::isalpha(first) == 0 && first != '_') return false;
  return std::ranges::all_of(text,
                             [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-'; });
}

/// The last token has two characters at least and no hyphen at its end (measured: "p" alone is refused).
bool is_leaf(const std::string& text) {
  if (all_digits(text)) return true;
  return text != "@" && is_token(text) && text.size() >= 2 && text.back() != '-';
}

bool well_formed(const std::string& value) {
  if (value == "@" || all_digits(value)) return true;
  Tokens tokens = split(value, '/');
  if (tokens.size() > 1 && (tokens.front().empty() || all_digits(tokens.front()))) tokens.erase(tokens.begin());
  if (tokens.empty() || !is_leaf(tokens.back())) return false;
  return std::all_of(tokens.begin(), tokens.end() - 1, is_token);
}

/// Reference tokens from the root; the first is empty.
Tokens resolve(const std::string& value, const Tokens& source) {
  Tokens tokens;
  if (!value.starts_with('/')) {
    tokens.assign(source.begin(), source.begin() + 3);
    for (const std::string& token : split(value, '/')) tokens.push_back(token);
    return tokens;
  }
  return split(value, '/');
}

std::optional<std::string> walk(Tokens tokens, const Tokens& source, const Json& adc, const Json*& target) {
  const std::string leaf = tokens.back();
  tokens.pop_back();
  if (tokens.size() < 2) return "contains invalid path (cross-/T/A)";
  if (tokens.size() < 3) return "contains invalid path (Tenant without application)";
  const Json* object = &adc;
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    if (tokens[i] == "@") {
      if (i >= source.size()) return "contains path with too many @ tokens";
      tokens[i] = source[i];
    }
    if (!object->is_object() || !object->contains(tokens[i]) || !(*object)[tokens[i]].is_structured()) {
      return "contains path to non-existent object " + tokens[i];
    }
    object = &(*object)[tokens[i]];
    const bool other_tenant = i == 1 && tokens[i] != "Common" && tokens[i] != source[i];
    const bool other_application = i == 2 && tokens[i] != "Shared" && tokens[i] != source[i];
    if (other_tenant || other_application) {
      return "must contain path pointing into same Application (or /same-Tenant/Shared or /Common/Shared)";
    }
  }
  if (!object->is_object() || !object->contains(leaf)) return "contains path to non-existent object " + leaf;
  target = &(*object)[leaf];
  return {};
}

}  // namespace

std::optional<std::string> follow(const PointerNote& note, const Json& adc) {
  std::string value = note.value;
  if (value == "#" || !well_formed(value.ends_with('#') ? value.substr(0, value.size() - 1) : value)) {
    return "contains an invalid path (invalid character)";
  }
  if (value.ends_with('#')) value.pop_back();
  Tokens source = split(note.path, '/');
  if (source.back() == "use") source.pop_back();
  const bool relative_number = !value.empty() && value.front() >= '0' && value.front() <= '9';
  if (value.starts_with('@') || relative_number) return "relative JSON pointers are not simulated";
  const Json* target = nullptr;
  if (auto wrong = walk(resolve(value, source), source, adc, target)) return wrong;
  if (note.classes.empty()) return {};
  const std::string cls = text_of(*target, "class");
  if (std::ranges::find(note.classes, cls) != note.classes.end()) return {};
  return "AS3 pointer " + note.value + " does not point to required object type";
}

std::string absolute(const std::string& value, const std::string& tenant, const std::string& application) {
  const Tokens source{"", tenant, application};
  Tokens tokens = resolve(value, source);
  for (std::size_t i = 1; i < std::min(tokens.size(), source.size()); ++i) {
    if (tokens[i] == "@") tokens[i] = source[i];
  }
  return join(tokens, "/");
}

}  // namespace sallyport::simulators::bigip
