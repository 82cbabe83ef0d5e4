// SPDX-License-Identifier: Apache-2.0
// Patterns are matched by Boost.Regex: std::regex recurses once a character and can be made to overflow the stack,
// while Boost keeps its own stack on the heap and gives up on a match that would take too long. Wide characters, so
// that
// `.{1,10}` counts characters as RE2 in the API server does, not bytes.
#include "operator/schema/text_rules.hpp"

#include <arpa/inet.h>

#include <array>
#include <boost/regex.hpp>
#include <charconv>
#include <map>
#include <mutex>

#include "operator/base/clock.hpp"
#include "operator/base/digest.hpp"

namespace sallyport::schema {

namespace {

/// Our documents are valid UTF-8 (both parsers see to it); anything else gives one character a byte.
std::wstring to_wide(std::string_view text) {
  std::wstring wide;
  wide.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    char32_t point = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k) {
      point = (point << 6U) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    }
    wide.push_back(static_cast<wchar_t>(point));
    i += length;
  }
  return wide;
}

/// Compiled once a pattern: tables are constants, so there are few, and they live as long as the program.
const boost::wregex& compiled(std::string_view pattern) {
  static std::mutex mutex;
  static std::map<std::string, boost::wregex, std::less<>> known;
  const std::lock_guard lock(mutex);
  const auto found = known.find(pattern);
  if (found != known.end()) return found->second;
  return known.emplace(std::string(pattern), boost::wregex(to_wide(pattern), boost::regex::perl)).first->second;
}

bool is_address(int family, std::string_view text) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(family, std::string(text).c_str(), bytes.data()) == 1 && text.find('\0') == text.npos;
}

bool is_cidr(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == text.npos) return false;
  const std::string_view address = text.substr(0, slash);
  const std::string_view length = text.substr(slash + 1);
  const bool v4 = is_address(AF_INET, address);
  if (!v4 && !is_address(AF_INET6, address)) return false;
  int bits = -1;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  const bool plain = error == std::errc{} && end == length.data() + length.size() && length.front() != '-' &&
                     (length.size() == 1 || length.front() != '0');
  return plain && bits >= 0 && bits <= (v4 ? 32 : 128);
}

std::string plural(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

}  // namespace

Options list_item_options(const Options& options) {
  Options item = map_value_options(options);
  item.min_length = 1;
  return item;
}

Options map_value_options(const Options& options) {
  return {.minimum = options.minimum,
          .maximum = options.maximum,
          .max_length = options.item_max_length ? options.item_max_length : kDefaultItemMaxLength,
          .pattern = options.item_pattern,
          .pattern_says = options.item_pattern_says,
          .at_least = options.at_least,
          .at_most = options.at_most,
          .format = options.format,
          .example = options.example};
}

std::size_t max_length(const Options& options) {
  return options.max_length ? options.max_length : kDefaultMaxLength;
}
std::size_t max_items(const Options& options) {
  return options.max_items ? options.max_items : kDefaultMaxItems;
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  return count;
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
  try {
    return boost::regex_match(to_wide(text), compiled(pattern), boost::match_default | boost::match_not_dot_newline);
  } catch (const std::runtime_error&) {
    return false;
  }
}

bool has_format(std::string_view format, std::string_view text) {
  if (format == "date-time") return parse_rfc3339(text).has_value();
  if (format == "ipv4") return is_address(AF_INET, text);
  if (format == "ipv6") return is_address(AF_INET6, text);
  if (format == "cidr") return is_cidr(text);
  if (format == "byte") return base64_decode(text).has_value();
  if (format == "uuid") {
    return matches_pattern("^[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{12}$", text);
  }
  return false;
}

std::optional<std::string> text_fault(const Options& options, std::string_view text) {
  const std::size_t characters = count_characters(text);
  if (characters > max_length(options)) {
    return "must have at most " + plural(max_length(options), "character") + ", has " + std::to_string(characters);
  }
  if (characters < options.min_length) {
    return characters == 0 ? "must not be empty" : "must have at least " + plural(options.min_length, "character");
  }
  if (!options.pattern.empty() && !matches_pattern(options.pattern, text)) {
    return "must be " + std::string(options.pattern_says);
  }
  if (!options.format.empty() && !has_format(options.format, text)) {
    return "must have the format " + std::string(options.format);
  }
  return std::nullopt;
}

}  // namespace sallyport::schema
