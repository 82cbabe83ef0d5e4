// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/union_check.hpp"

#include <algorithm>

#include "operator/base/check.hpp"
#include "operator/base/text.hpp"

namespace sallyport::schema {

namespace {

bool holds(const std::vector<std::string_view>& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

void check_exactly_one(const Shape& shape, const void* object,
                       const std::function<void(std::string_view, std::string)>& fail) {
  std::vector<std::string> names;
  std::vector<std::string_view> set;
  for (const Arm& arm : shape.arms) {
    names.emplace_back(arm.member);
    if (field_of(shape, arm.member).get(object)) set.push_back(arm.member);
  }
  const bool only = names.size() == 1;
  if (set.empty() && only) return fail(names.front(), "is required");
  if (set.empty()) return fail({}, "must have exactly one of " + join(names, ", "));
  for (std::size_t i = 1; i < set.size(); ++i) fail(set[i], "must not be set together with " + std::string(set[0]));
}

}  // namespace

std::vector<MemberUse> union_members(const Shape& shape) {
  std::vector<MemberUse> members;
  for (const Arm& arm : shape.arms) {
    if (arm.member.empty()) continue;
    auto found = std::ranges::find(members, arm.member, &MemberUse::member);
    if (found == members.end()) found = members.insert(members.end(), MemberUse{arm.member, {}, {}});
    if (shape.tag.empty()) continue;
    if (arm.presence == Presence::Must) found->must.push_back(arm.tag);
    found->allowed.push_back(arm.tag);
  }
  return members;
}

const FieldShape& field_of(const Shape& shape, std::string_view name) {
  const auto found = std::ranges::find(shape.fields, name, &FieldShape::name);
  SALLYPORT_CHECK(found != shape.fields.end(), "tables name only fields that they have");
  return *found;
}

std::string_view tag_of(const Shape& shape, const void* object) {
  const FieldShape& tag = field_of(shape, shape.tag);
  const std::int64_t value = tag.shape->enum_value(tag.get(object));
  const auto found = std::ranges::find(tag.shape->names, value, &EnumName::value);
  return found == tag.shape->names.end() ? std::string_view() : found->text;
}

void check_union(const Shape& shape, const void* object,
                 const std::function<void(std::string_view, std::string)>& fail) {
  if (shape.arms.empty()) return;
  if (shape.tag.empty()) return check_exactly_one(shape, object, fail);
  const std::string_view tag = tag_of(shape, object);
  const std::string with = "with " + std::string(shape.tag) + " " + std::string(tag);
  for (const MemberUse& use : union_members(shape)) {
    const bool set = field_of(shape, use.member).get(object) != nullptr;
    if (set && !holds(use.allowed, tag)) fail(use.member, "must not be set " + with);
    if (!set && holds(use.must, tag)) fail(use.member, "is required " + with);
  }
}

}  // namespace sallyport::schema
