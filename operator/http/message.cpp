// SPDX-License-Identifier: Apache-2.0
// What can be read out of a request or an answer without any library.
#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "operator/base/clock.hpp"
#include "operator/base/text.hpp"
#include "operator/http/client.hpp"
#include "operator/http/listener.hpp"

namespace sallyport::http {
namespace {

std::optional<std::string> value_of(const Headers& headers, std::string_view name) {
  const auto found = headers.find(name);
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

/// An HTTP date in its one modern form, `Sun, 22 Nov 2026 10:20:30 GMT` (RFC 9110 section 5.6.7). In seconds:
/// nanoseconds overflow in 2262.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(3, 2) != ", " || !text.ends_with(" GMT")) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t length) {
    int value = -1;
    const auto [end, failure] = std::from_chars(text.data() + at, text.data() + at + length, value);
    return failure == std::errc{} && end == text.data() + at + length ? value : -1;
  };
  const auto month = std::ranges::find(kMonths, text.substr(8, 3));
  const int day = number(5, 2), year = number(12, 4), hour = number(17, 2), minute = number(20, 2),
            second = number(23, 2);
  if (month == kMonths.end() || day < 1 || year < 1970 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 60) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool CaseInsensitive::operator()(std::string_view a, std::string_view b) const {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](char x, char y) { return lower(x) < lower(y); });
}

std::optional<std::string> Response::header(std::string_view name) const {
  return value_of(headers, name);
}

std::optional<std::chrono::milliseconds> Response::retry_after(std::chrono::milliseconds cap) const {
  const std::optional<std::string> text = header("Retry-After");
  if (!text) return std::nullopt;
  const std::string_view trimmed = trim(*text);
  if (!trimmed.empty() && trimmed.find_first_not_of("0123456789") == std::string_view::npos) {
    // More digits than a year has seconds: far beyond any cap, and not worth an overflow.
    if (trimmed.size() > 8) return cap;
    long long seconds = 0;
    std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), seconds);
    return std::min<std::chrono::milliseconds>(cap, std::chrono::seconds(seconds));
  }
  const std::optional<std::chrono::sys_seconds> until = parse_http_date(trimmed);
  if (!until) return std::nullopt;
  // The server's own Date is the honest "now": its clock and ours may differ.
  const std::optional<std::chrono::sys_seconds> sent = parse_http_date(trim(header("Date").value_or("")));
  const auto now = sent.value_or(std::chrono::floor<std::chrono::seconds>(system_clock().now()));
  return std::clamp<std::chrono::milliseconds>(*until - now, std::chrono::milliseconds(0), cap);
}

std::string Incoming::path() const {
  return target.substr(0, target.find('?'));
}

std::string Incoming::query() const {
  const std::size_t mark = target.find('?');
  return mark == std::string::npos ? std::string{} : target.substr(mark + 1);
}

std::optional<std::string> Incoming::header(std::string_view name) const {
  return value_of(headers, name);
}

}  // namespace sallyport::http
