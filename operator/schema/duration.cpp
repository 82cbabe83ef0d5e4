// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/duration.hpp"

#include <array>

namespace sallyport::schema {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
  std::size_t digits;
};

constexpr std::array kUnits{Unit{"h", 3600000, 6}, Unit{"m", 60000, 7}, Unit{"s", 1000, 9}, Unit{"ms", 1, 9}};

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const Error wrong{Code::InvalidSpec, "must be a duration such as 300s, 1h30m or 500ms", {}, {}};
  if (text.empty()) return wrong;
  std::int64_t total = 0;
  std::size_t next = 0;  // units come in order, each at most once
  while (!text.empty()) {
    std::size_t digits = 0;
    std::int64_t number = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
      if (digits == 9) return wrong;
      number = number * 10 + (text[digits] - '0');
    }
    text.remove_prefix(digits);
    const std::string_view name = text.substr(0, text.find_first_of("0123456789"));
    while (next < kUnits.size() && kUnits[next].name != name) ++next;
    if (digits == 0 || next == kUnits.size() || digits > kUnits[next].digits) return wrong;
    total += number * kUnits[next++].milliseconds;
    text.remove_prefix(name.size());
  }
  return std::chrono::milliseconds(total);
}

std::string write_duration(std::chrono::milliseconds duration) {
  std::string text;
  std::int64_t rest = duration.count();
  for (const Unit& unit : kUnits) {
    if (rest < unit.milliseconds) continue;
    text += std::to_string(rest / unit.milliseconds) + std::string(unit.name);
    rest %= unit.milliseconds;
  }
  return text.empty() ? "0s" : text;
}

}  // namespace sallyport::schema
