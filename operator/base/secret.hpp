// SPDX-License-Identifier: Apache-2.0
// Bytes that must never be seen in a log, event, status, diff, metric or command line.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

namespace sallyport {

/// Owns secret bytes; wipes them when it goes; prints `[redacted]` by every printing path. Only `reveal()` shows them,
/// so a review needs to look at its callers alone.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  [[nodiscard]] const std::string& reveal() const { return bytes_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  /// Constant-time comparison.
  friend bool operator==(const Secret& a, const Secret& b);
  friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "[redacted]"; }

 private:
  std::string bytes_;
};

[[nodiscard]] inline std::string_view to_string(const Secret&) {
  return "[redacted]";
}

}  // namespace sallyport
