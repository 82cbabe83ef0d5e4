// SPDX-License-Identifier: Apache-2.0
// Tables with a row for each value of an enum, in its order, so that the value is the index.
#pragma once

#include <cstddef>

namespace sallyport {

/// For a static_assert beside the table: `value` is the row's member with the enum's value, `last` the enum's last one.
template <class Rows, class Row, class Enum>
constexpr bool is_in_order(const Rows& rows, Enum Row::*value, Enum last) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<std::size_t>(rows[i].*value) != i) return false;
  }
  return rows.size() == static_cast<std::size_t>(last) + 1;
}

}  // namespace sallyport
