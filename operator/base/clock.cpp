// SPDX-License-Identifier: Apache-2.0
#include "operator/base/clock.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdio>
#include <ctime>
#include <mutex>
#include <optional>
#include <random>

#include "operator/base/text.hpp"

namespace sallyport {
namespace {

class SystemClock final : public Clock {
 public:
  SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
  SystemTime now() const override { return std::chrono::system_clock::now(); }
  bool sleep(std::chrono::milliseconds duration, std::stop_token stop) const override {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    return !wake.wait_for(lock, stop, duration, [&] { return stop.stop_requested(); });
  }
};

class SystemRandom final : public Random {
 public:
  double unit() override {
    const std::lock_guard lock(mutex_);
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine_);
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_{std::random_device{}()};
};

std::string format_utc(SystemTime time, bool micro) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t whole = std::chrono::system_clock::to_time_t(seconds);
  std::tm parts{};
  gmtime_r(&whole, &parts);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::string result(text.data(), length);
  if (micro) {
    std::array<char, 16> fraction{};
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(time - seconds).count();
    std::snprintf(fraction.data(), fraction.size(), ".%06d", static_cast<int>(us));
    result += fraction.data();
  }
  return result + "Z";
}

/// The numbers at the beginning of `text`, where `d` in the pattern stands for a digit and all else for itself.
std::optional<std::array<int, 6>> read_pattern(std::string_view text, std::string_view pattern) {
  if (text.size() < pattern.size()) return std::nullopt;
  std::array<int, 6> numbers{};
  std::size_t number = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != 'd') {
      if (text[i] != pattern[i]) return std::nullopt;
      if (i > 0) ++number;
      continue;
    }
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    numbers.at(number) = numbers.at(number) * 10 + (text[i] - '0');
  }
  return numbers;
}

constexpr int kFirstYear = 1678;  // the first and last whole year that SystemTime holds
constexpr int kLastYear = 2261;

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

Random& system_random() {
  static SystemRandom random;
  return random;
}

SystemTime utc_time(std::tm parts) {
  if (parts.tm_year + 1900 > kLastYear) return SystemTime::max();
  if (parts.tm_year + 1900 < kFirstYear) return SystemTime::min();
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

std::string to_rfc3339(SystemTime time) {
  return format_utc(time, false);
}
std::string to_rfc3339_micro(SystemTime time) {
  return format_utc(time, true);
}

Result<SystemTime> parse_rfc3339(std::string_view text) {
  const Error bad{
      Code::InvalidSpec, "is not an RFC 3339 time such as 2026-11-22T10:20:30Z: '" + one_line(text, 40) + "'", {}, {}};
  const auto date_time = read_pattern(text, "dddd-dd-ddTdd:dd:dd");
  if (!date_time) return bad;
  const auto& [year, month, day, hour, minute, second] = *date_time;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return bad;
  std::string_view rest = text.substr(19);
  std::chrono::microseconds fraction{0};
  if (rest.starts_with('.')) {
    const std::size_t end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    if (end == 1) return bad;
    std::string micros(rest.substr(1, std::min<std::size_t>(end - 1, 6)));
    micros.resize(6, '0');
    fraction = std::chrono::microseconds(std::stol(micros));
    rest = rest.substr(end);
  }
  std::chrono::minutes offset{0};
  if (rest != "Z" && rest != "z") {
    const auto zone = read_pattern(rest, rest.starts_with('-') ? "-dd:dd" : "+dd:dd");
    if (!zone || rest.size() != 6 || zone->at(0) > 23 || zone->at(1) > 59) return bad;
    offset = std::chrono::minutes((zone->at(0) * 60 + zone->at(1)) * (rest.starts_with('-') ? -1 : 1));
  }
  // The clock counts nanoseconds and ends in 2262; people write 9999 for "never".
  if (year > kLastYear) return SystemTime::max();
  if (year < kFirstYear) return SystemTime::min();
  return SystemTime{std::chrono::sys_days{date} + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                    std::chrono::seconds(second) + fraction - offset};
}

}  // namespace sallyport
