// SPDX-License-Identifier: Apache-2.0
// Unions: which of a struct's members must, may and must not be set.
#pragma once

#include <functional>

#include "operator/schema/shape.hpp"

namespace sallyport::schema {

/// What a tagged union asks of one member.
struct MemberUse {
  std::string_view member;
  std::vector<std::string_view> must;     ///< Tags with which it is set.
  std::vector<std::string_view> allowed;  ///< Tags with which it may be set; holds those of `must`.
};

/// Members of the union in the order of its arms; `allowed` is empty where there is no tag.
[[nodiscard]] std::vector<MemberUse> union_members(const Shape& shape);

[[nodiscard]] const FieldShape& field_of(const Shape& shape, std::string_view name);

/// The text of the tag that an object carries.
[[nodiscard]] std::string_view tag_of(const Shape& shape, const void* object);

/// Reports each member that is missing or too much: its name (empty: the struct itself) and the reason.
void check_union(const Shape& shape, const void* object,
                 const std::function<void(std::string_view member, std::string reason)>& fail);

}  // namespace sallyport::schema
