// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/switches.hpp"

#include <array>
#include <utility>

namespace sallyport::simulators::databricks {

namespace {

/// The words of an enumeration, in the order of its values, which count from 0.
template <class E>
constexpr std::array<const char*, 0> kWords{};
template <>
constexpr std::array kWords<StaleReads::Mode>{"fresh", "lag", "alternate", "relapse"};
template <>
constexpr std::array kWords<ConfigConflict>{"resource_conflict", "invalid_state"};
template <>
constexpr std::array kWords<HiddenEndpoint>{"permission_denied", "not_found"};
template <>
constexpr std::array kWords<UnknownPrincipal>{"not_found", "bad_request"};
template <>
constexpr std::array kWords<PartialWrite>{"none", "others_applied"};
template <>
constexpr std::array kWords<DeletedPrincipals>{"forgotten", "listed"};
template <>
constexpr std::array kWords<CreatorOnPut>{"removed", "kept"};
template <>
constexpr std::array kWords<TagsWhileUpdating>{"conflict", "accepted"};
template <>
constexpr std::array kWords<MissingTag>{"ignored", "refused"};
template <>
constexpr std::array kWords<UpdateOutcome>{"succeeds", "fails"};
template <>
constexpr std::array kWords<IpAccess>{"open", "blocked", "blocked_with_oidc"};
template <>
constexpr std::array kWords<IpListsOnOidc>{"exempt", "covered"};
template <>
constexpr std::array kWords<AllPrivileges>{"with_implied", "alone", "expanded"};

template <class E>
std::string word(E value) {
  return kWords<E>.at(static_cast<std::size_t>(value));
}

Error bad(std::string_view name) {
  return {Code::InvalidSpec, "bad value", "switches." + std::string(name), {}};
}

template <class E>
Result<void> read_word(const Json& value, std::string_view name, E& out) {
  for (std::size_t i = 0; i < kWords<E>.size(); ++i) {
    if (value.is_string() && value.get_ref<const std::string&>() == kWords<E>[i]) {
      out = static_cast<E>(i);
      return {};
    }
  }
  return bad(name);
}

Result<void> read_milliseconds(const Json& value, std::string_view name, std::chrono::milliseconds& out) {
  if (!value.is_number_integer() || value < 0) return bad(name);
  out = std::chrono::milliseconds(value.get<std::int64_t>());
  return {};
}

Result<void> read_number(const Json& value, std::string_view name, int& out) {
  if (!value.is_number_integer() || value < 0) return bad(name);
  out = value.get<int>();
  return {};
}

Result<void> read_one(const std::string& name, const Json& value, Switches& to) {
  if (name == "stale_reads") return read_word(value, name, to.stale_reads.mode);
  if (name == "stale_read_count") return read_number(value, name, to.stale_reads.reads);
  if (name == "config_conflict") return read_word(value, name, to.config_conflict);
  if (name == "hidden_endpoint") return read_word(value, name, to.hidden_endpoint);
  if (name == "unknown_principal") return read_word(value, name, to.unknown_principal);
  if (name == "partial_write") return read_word(value, name, to.partial_write);
  if (name == "deleted_principals") return read_word(value, name, to.deleted_principals);
  if (name == "creator_on_put") return read_word(value, name, to.creator_on_put);
  if (name == "tags_while_updating") return read_word(value, name, to.tags_while_updating);
  if (name == "missing_tag") return read_word(value, name, to.missing_tag);
  if (name == "update_outcome") return read_word(value, name, to.update_outcome);
  if (name == "ip_access") return read_word(value, name, to.ip_access);
  if (name == "ip_lists_on_oidc") return read_word(value, name, to.ip_lists_on_oidc);
  if (name == "all_privileges") return read_word(value, name, to.all_privileges);
  if (name == "ip_list_delay_ms") return read_milliseconds(value, name, to.ip_list_delay);
  if (name == "update_window_ms") return read_milliseconds(value, name, to.update_window);
  if (name == "token_life_ms") return read_milliseconds(value, name, to.token_life);
  if (name == "policy_propagation_ms") return read_milliseconds(value, name, to.policy_propagation);
  if (name == "scim_page_cap") return read_number(value, name, to.scim_page_cap);
  return Error{Code::InvalidSpec, "unknown switch", "switches." + name, {}};
}

}  // namespace

Json to_json(const Switches& s) {
  return {{"stale_reads", word(s.stale_reads.mode)},
          {"stale_read_count", s.stale_reads.reads},
          {"config_conflict", word(s.config_conflict)},
          {"hidden_endpoint", word(s.hidden_endpoint)},
          {"unknown_principal", word(s.unknown_principal)},
          {"partial_write", word(s.partial_write)},
          {"deleted_principals", word(s.deleted_principals)},
          {"creator_on_put", word(s.creator_on_put)},
          {"tags_while_updating", word(s.tags_while_updating)},
          {"missing_tag", word(s.missing_tag)},
          {"update_outcome", word(s.update_outcome)},
          {"ip_access", word(s.ip_access)},
          {"ip_lists_on_oidc", word(s.ip_lists_on_oidc)},
          {"all_privileges", word(s.all_privileges)},
          {"ip_list_delay_ms", s.ip_list_delay.count()},
          {"update_window_ms", s.update_window.count()},
          {"token_life_ms", s.token_life.count()},
          {"policy_propagation_ms", s.policy_propagation.count()},
          {"scim_page_cap", s.scim_page_cap}};
}

Result<void> apply_switches(const Json& json, Switches& switches) {
  if (!json.is_object()) return Error{Code::InvalidSpec, "must be an object", "switches", {}};
  Switches read = switches;
  for (const auto& [name, value] : json.items()) TRY(read_one(name, value, read));
  switches = read;
  return {};
}

}  // namespace sallyport::simulators::databricks
