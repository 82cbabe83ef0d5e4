// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/number.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace sallyport::schema {

std::string number_text(double number) {
  if (number == std::trunc(number) && std::abs(number) < 9e15) return std::to_string(static_cast<std::int64_t>(number));
  std::array<char, 64> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
  return {text.data(), end};
}

}  // namespace sallyport::schema
