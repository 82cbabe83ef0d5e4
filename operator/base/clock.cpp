// SPDX-License-Identifier: Apache-2.0
#include "operator/base/clock.hpp"

#include <array>
#include <condition_variable>
#include <cstdio>
#include <ctime>
#include <mutex>
#include <random>

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

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

Random& system_random() {
  static SystemRandom random;
  return random;
}

std::string to_rfc3339(SystemTime time) { return format_utc(time, false); }
std::string to_rfc3339_micro(SystemTime time) { return format_utc(time, true); }

Result<SystemTime> parse_rfc3339(std::string_view text) {
  const Error bad{Code::InvalidSpec, "is not an RFC 3339 time such as 2026-11-22T10:20:30Z: '" + std::string(text) + "'", {}, {}};
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, read = 0;
  const std::string copy(text);
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &read) != 6) return bad;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (read != 19 || !date.ok() || hour > 23 || minute > 59 || second > 60 || hour < 0 || minute < 0 || second < 0) return bad;
  std::string_view rest = text.substr(19);
  std::chrono::microseconds fraction{0};
  if (rest.starts_with('.')) {
    std::size_t digits = 1;
    std::int64_t micros = 0, scale = 100000;
    while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') {
      micros += (rest[digits++] - '0') * scale;
      scale /= 10;
    }
    if (digits == 1) return bad;
    fraction = std::chrono::microseconds(micros);
    rest = rest.substr(digits);
  }
  std::chrono::minutes offset{0};
  if (rest != "Z" && rest != "z") {
    int oh = 0, om = 0, used = 0;
    char sign = 0;
    const std::string zone(rest);
    if (std::sscanf(zone.c_str(), "%c%2d:%2d%n", &sign, &oh, &om, &used) != 3 || used != 6 || zone.size() != 6 ||
        (sign != '+' && sign != '-') || oh > 23 || om > 59) {
      return bad;
    }
    offset = std::chrono::minutes((oh * 60 + om) * (sign == '+' ? 1 : -1));
  }
  return SystemTime{std::chrono::sys_days{date} + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                    std::chrono::seconds(second) + fraction - offset};
}

}  // namespace sallyport
