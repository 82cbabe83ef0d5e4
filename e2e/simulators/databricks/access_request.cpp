// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/access_request.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <variant>

namespace sallyport::simulators::databricks {

namespace {

/// 8-4-4-4-12 hex digits.
bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

struct Field {
  std::string_view member;
  std::string_view label;  ///< as messages call it
  PrincipalKind kind;
};
constexpr std::array<Field, 3> kFields{
    {{"user_name", "UserName", PrincipalKind::User},
     {"group_name", "GroupName", PrincipalKind::Group},
     {"service_principal_name", "ServicePrincipalName", PrincipalKind::ServicePrincipal}}};

Reply unknown_principal(const World& world, const Field& field, const std::string& name) {
  const std::string text = "Principal: " + std::string(field.label) + "(" + name + ") does not exist";
  return world.switches.unknown_principal == UnknownPrincipal::NotFound
             ? api_error(404, "RESOURCE_DOES_NOT_EXIST", text)
             : api_error(400, "BAD_REQUEST", text);
}

/// What one entry turned out to be.
struct Unknown {
  Reply reply;
};
using Outcome = std::variant<std::pair<std::string, Level>, Unknown, Reply>;

std::expected<Level, Reply> read_level(const Json& entry) {
  const std::string text = text_of(entry, "permission_level");
  if (const auto level = parse_level(text)) return *level;
  return std::unexpected(api_error(400, "INVALID_PARAMETER_VALUE",
                                   "Permission level '" + text +
                                       "' is not supported for object type "
                                       "'serving-endpoint'. Supported levels: CAN_MANAGE, CAN_QUERY, CAN_VIEW."));
}

Outcome read_entry(const World& world, const Json& entry) {
  if (!entry.is_object()) return malformed("Could not parse request object: Expected 'START_OBJECT'");
  if (auto unknown = unknown_member(entry, {"user_name", "group_name", "service_principal_name", "permission_level"}))
    return std::move(*unknown);
  const Field* named = nullptr;
  for (const auto& field : kFields) {
    if (text_of(entry, field.member).empty()) continue;
    if (named != nullptr) return api_error(400, "INVALID_PARAMETER_VALUE", "Exactly one principal must be specified.");
    named = &field;
  }
  if (named == nullptr) return api_error(400, "INVALID_PARAMETER_VALUE", "Exactly one principal must be specified.");
  const auto level = read_level(entry);
  if (!level) return level.error();
  const std::string name = text_of(entry, named->member);
  // A UUID under user_name is taken for a service principal's application id, and comes back as one (CLI PR 6710).
  const auto kind = named->kind == PrincipalKind::User && is_uuid(name) ? PrincipalKind::ServicePrincipal : named->kind;
  const Principal* principal = world.directory.find(kind, name);
  if (principal == nullptr) return Unknown{unknown_principal(world, *named, name)};
  const bool admins = kind == PrincipalKind::Group && principal->name == "admins";
  if (admins && *level != Level::CanManage)
    return api_error(400, "BAD_REQUEST",
                     "Cannot change permissions for group 'admins' to " + std::string(to_string(*level)) + ".");
  return std::pair(principal->id, *level);
}

}  // namespace

std::expected<AccessRequest, Reply> read_access_request(const World& world, const Json& body) {
  const Json& list = member(body, "access_control_list");
  AccessRequest request;
  if (list.is_null()) return request;
  if (!list.is_array()) return std::unexpected(malformed("Could not parse request object: Expected 'START_ARRAY'"));
  for (const auto& entry : list) {
    auto outcome = read_entry(world, entry);
    if (auto* refused = std::get_if<Reply>(&outcome)) return std::unexpected(std::move(*refused));
    if (auto* unknown = std::get_if<Unknown>(&outcome)) {
      if (world.switches.partial_write == PartialWrite::None) return std::unexpected(std::move(unknown->reply));
      if (!request.refusal) request.refusal = std::move(unknown->reply);
      continue;
    }
    const auto& [id, level] = std::get<std::pair<std::string, Level>>(outcome);
    request.entries[id] = level;
  }
  return request;
}

}  // namespace sallyport::simulators::databricks
