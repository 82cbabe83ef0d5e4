// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/yaml_scalar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "operator/base/text.hpp"

namespace sallyport::schema {

namespace {

using nlohmann::json;

constexpr std::string_view kStandard = "tag:yaml.org,2002:";

/// lower, Title or UPPER case, but not tRUE.
bool is_word(std::string_view text, std::string_view lower) {
  if (to_lower(text) != lower) return false;
  const auto small = [](char c) { return c >= 'a' && c <= 'z'; };
  const bool rest_small = std::ranges::all_of(text.substr(1), small);
  return rest_small || std::ranges::none_of(text, small);
}

bool is_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return is_word(text, word); });
}

bool is_null(std::string_view text) {
  return text.empty() || text == "~" || is_word(text, "null");
}

std::optional<bool> to_boolean(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (is_any(text, {"y", "yes", "on", "true"})) return true;
  if (is_any(text, {"n", "no", "off", "false"})) return false;
  return std::nullopt;
}

/// Sign, then 0x, 0b, 0o or 0 for the base, then digits.
std::optional<json> to_integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  const std::string prefix = to_lower(text.substr(0, 2));
  if (prefix == "0x" || prefix == "0b" || prefix == "0o") {
    base = prefix == "0x" ? 16 : prefix == "0b" ? 2 : 8;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text.front() == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!negative) return number <= INT64_MAX ? json(static_cast<std::int64_t>(number)) : json(number);
  if (number > std::uint64_t{1} << 63U) return std::nullopt;
  return json(static_cast<std::int64_t>(~number + 1));
}

/// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool looks_like_float(std::string_view text) {
  const auto digits = [&] {
    std::size_t count = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      text.remove_prefix(1);
      ++count;
    }
    return count;
  };
  const auto take = [&](std::string_view any_of) {
    const bool found = !text.empty() && any_of.find(text.front()) != std::string_view::npos;
    if (found) text.remove_prefix(1);
    return found;
  };
  take("+-");
  const bool whole = digits() > 0;
  const bool fraction = take(".") && digits() > 0;
  if (!whole && !fraction) return false;
  if (take("eE")) {
    take("+-");
    if (digits() == 0) return false;
  }
  return text.empty();
}

/// JSON knows one kind of number: what is whole becomes an integer, as it does on its way through kubectl.
std::optional<json> to_float(std::string_view text) {
  if (!looks_like_float(text)) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  if (number == std::trunc(number) && std::abs(number) < 9e18) return json(static_cast<std::int64_t>(number));
  return json(number);
}

std::optional<json> to_number(std::string_view text) {
  if (text.empty() || std::string_view("+-.0123456789").find(text.front()) == std::string_view::npos)
    return std::nullopt;
  if (text.front() == '.') return to_float(text);
  std::string plain(text);
  std::erase(plain, '_');
  if (auto integer = to_integer(plain)) return integer;
  return to_float(plain);
}

bool is_infinite(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  if (!text.starts_with('.')) return false;
  return text == ".nan" || text == ".NaN" || text == ".NAN" || is_word(text.substr(1), "inf");
}

Error wrong(std::string message) {
  return {Code::InvalidSpec, std::move(message), {}, {}};
}

Result<json> resolve_plain(const std::string& text) {
  if (is_null(text)) return json(nullptr);
  if (const auto boolean = to_boolean(text)) return json(*boolean);
  if (is_infinite(text)) return wrong("JSON has no infinite numbers and no NaN; quote it if it is text");
  if (auto number = to_number(text)) return std::move(*number);
  return json(text);
}

}  // namespace

Result<json> resolve_scalar(std::string_view tag, const std::string& text) {
  if (tag == "!") return json(text);
  if (tag == "?" || tag.empty()) return resolve_plain(text);
  if (!tag.starts_with(kStandard)) return wrong("tag " + one_line(tag, 64) + " is not understood");
  tag.remove_prefix(kStandard.size());
  if (tag == "str") return json(text);
  const std::array<std::string_view, 4> known{"int", "float", "bool", "null"};
  if (std::ranges::find(known, tag) == known.end()) return wrong("tag !!" + one_line(tag, 64) + " is not understood");
  json value = TRY(resolve_plain(text));
  const bool fits = (tag == "int" && value.is_number_integer()) || (tag == "float" && value.is_number()) ||
                    (tag == "bool" && value.is_boolean()) || (tag == "null" && value.is_null());
  if (!fits) return wrong("is no !!" + std::string(tag));
  return value;
}

}  // namespace sallyport::schema
