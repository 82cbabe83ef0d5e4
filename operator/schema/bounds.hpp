// SPDX-License-Identifier: Apache-2.0
// The API server refuses a status that goes beyond the bounds of its table as a whole, every time anew; what outside
// systems say knows no such bounds. So every status is written, and compared with the one before, within them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <tuple>
#include <type_traits>

#include "operator/schema/codec.hpp"

namespace sallyport::schema {

/// Cuts what `write` made of a struct down to the bounds of its table. Lists of texts are for people: they end where
/// they must, and a text in one that is too long ends with `...`, never within a character. A text of its own stands
/// for something (an id, an address), and half of it would name something else: it is left out. Lists of structs are
/// records, ledgers among them: nothing in them is ever cut but lists of texts; who fills one keeps to `most_items`.
void fit_to_bounds(const Shape& shape, nlohmann::json& object);

/// As `write`, within the bounds.
template <class T>
auto write_within_bounds(const T& value) {
  auto json = write(value);
  fit_to_bounds(shape_of<T>(), json);
  return json;
}

/// Most items that a list may have by the table of its struct: `most_items(&api::F5GatewayStatus::orphans)`.
template <class T, class M>
constexpr std::size_t most_items(M T::*list) {
  std::size_t most = 0;
  const auto look = [&](const auto& row) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(row.member)>, M T::*>) {
      if (row.member == list) most = row.options.max_items == 0 ? kDefaultMaxItems : row.options.max_items;
    }
  };
  std::apply([&](const auto&... row) { (look(row), ...); }, Describe<T>::fields);
  return most;
}

}  // namespace sallyport::schema
