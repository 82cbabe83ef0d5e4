// SPDX-License-Identifier: Apache-2.0
// What a field table can say about one field. Every word of it is enforced three times from this one place: by our
// reader, by the API server through the generated OpenAPI schema, and on paper in the reference page.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

namespace sallyport::schema {

/// How server-side apply merges a list.
enum class ListType {
  ByElement,  ///< The default: Set for scalars, Atomic for structs.
  Atomic,     ///< One value, replaced as a whole; order counts and duplicates are allowed.
  Set,        ///< Scalars without duplicates; several owners may each add theirs.
  Map,        ///< Structs told apart by `keys`, which must be required scalars.
};

/// Longest text of a string field that gives no `max_length`: no string is unbounded, or CEL costs would be.
inline constexpr std::size_t kDefaultMaxLength = 1024;
/// The same for list items and map values without `item_max_length`, and for every map key.
inline constexpr std::size_t kDefaultItemMaxLength = 253;
/// Most items of a list or a map that gives no `max_items`.
inline constexpr std::size_t kDefaultMaxItems = 64;

/// Members may be named in this order; all are optional. An option that makes no sense for the member's type (a pattern
/// on a number) does not compile.
struct Options {
  bool required = false;            ///< Absent or null is an error. Not for std::optional members.
  std::optional<double> minimum{};  ///< Numbers, and items of lists of numbers; inclusive.
  std::optional<double> maximum{};  ///< As above.
  std::size_t min_length = 0;       ///< Text, in characters (code points).
  std::size_t max_length = 0;       ///< 0: kDefaultMaxLength.
  std::string_view pattern{};       ///< Text: `^...$` in RE2 syntax, which the API server speaks. Wants an `example`.
  std::string_view pattern_says{};  ///< The pattern for a person, to follow "must be": "a DNS name".
  std::size_t min_items = 0;        ///< Lists and maps.
  std::size_t max_items = 0;        ///< 0: kDefaultMaxItems.
  std::optional<std::chrono::milliseconds> at_least{};  ///< Durations, and lists of them; inclusive.
  std::optional<std::chrono::milliseconds> at_most{};   ///< As above.
  ListType list = ListType::ByElement;
  std::array<std::string_view, 2> keys{};  ///< ListType::Map: JSON names of one or two key fields.
  std::string_view format{};               ///< Text or its items: date-time, cidr, ipv4, ipv6, uuid or byte (base64).
  bool immutable = false;                  ///< Fixed at creation: not changed, added or removed later.
  bool keeps_one = false;     ///< Required sets of scalars: a change keeps at least one of the former items.
  std::string_view effect{};  ///< What outside the field ends up in: "bigip:vs/rateLimit". Documentation.
  /// A valid value as text: for a list one item or a JSON array, for a map `key=value` or a JSON object.
  std::string_view example{};
  /// Documentation where the member's initialiser does not tell the whole default ("the provider's audience").
  std::string_view default_text{};
  std::size_t item_max_length = 0;       ///< Items of string lists and values of string maps; 0: kDefaultItemMaxLength.
  std::string_view item_pattern{};       ///< As `pattern`, for items and map values. List items are never empty.
  std::string_view item_pattern_says{};  ///< As `pattern_says`.
};

}  // namespace sallyport::schema
