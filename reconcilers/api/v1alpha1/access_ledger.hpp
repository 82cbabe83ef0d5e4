// SPDX-License-Identifier: Apache-2.0
// AccessLedger (internal): what is ours on the access list of one serving endpoint, and what was there before. Access
// lists carry no marks, so this object is the proof. It lives in the operator's namespace; people do not write it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reconcilers/api/v1alpha1/protected_endpoint.hpp"

namespace sallyport::api {

enum class LedgerLevel { None, CanView, CanQuery, CanManage };

struct LedgerOwner {
  std::string uid;
  LedgerLevel level = LedgerLevel::CanQuery;
};

struct LedgerPrincipal {
  GrantPrincipalType principal_type = GrantPrincipalType::Group;
  std::string principal;
  LedgerLevel before = LedgerLevel::None;
  LedgerLevel applied = LedgerLevel::None;
  std::vector<LedgerOwner> owners;
};

struct AccessLedgerSpec {
  std::string workspace;
  std::string endpoint_id;
  std::string endpoint_name;
  std::vector<LedgerPrincipal> entries;
};

struct AccessLedgerStatus {
  std::int64_t observed_generation = 0;
};

struct AccessLedger {
  using Spec = AccessLedgerSpec;
  using Status = AccessLedgerStatus;
};

}  // namespace sallyport::api

namespace sallyport::schema {

template <>
struct Names<api::LedgerLevel> {
  static constexpr std::array values = {
      named(api::LedgerLevel::None, "None", "No entry."), named(api::LedgerLevel::CanView, "CanView"),
      named(api::LedgerLevel::CanQuery, "CanQuery"), named(api::LedgerLevel::CanManage, "CanManage")};
};

template <>
struct Describe<api::LedgerOwner> {
  static constexpr std::string_view doc = "An object that wants an entry.";
  static constexpr auto fields =
      std::tuple{field("uid", &api::LedgerOwner::uid, "Its uid.",
                       {.required = true,
                        .max_length = 128,
                        .effect = "databricks:access_control_list",
                        .example = "4d1c2f6e-0000-4000-8000-000000000001"}),
                 field("level", &api::LedgerOwner::level, "The level that it wants.",
                       {.required = true, .effect = "databricks:access_control_list", .example = "CanQuery"})};
};

template <>
struct Describe<api::LedgerPrincipal> {
  static constexpr std::string_view doc = "A principal that we touched.";
  static constexpr auto fields = std::tuple{
      field("principalType", &api::LedgerPrincipal::principal_type, "What it is.",
            {.required = true, .effect = "databricks:access_control_list", .example = "Group"}),
      field("principal", &api::LedgerPrincipal::principal, "Its name.",
            {.required = true,
             .min_length = 1,
             .max_length = 255,
             .pattern = api::kPrincipal,
             .pattern_says = api::kPrincipalSays,
             .effect = "databricks:access_control_list",
             .example = "risk-analysts"}),
      field("before", &api::LedgerPrincipal::before, "The direct level that it had before us.",
            {.effect = "databricks:access_control_list"}),
      field("applied", &api::LedgerPrincipal::applied, "The highest level that we set before the present one.",
            {.effect = "databricks:access_control_list"}),
      field("owners", &api::LedgerPrincipal::owners, "Who wants it.",
            {.max_items = 256, .list = ListType::Map, .keys = {"uid"}})};
};

template <>
struct Describe<api::AccessLedgerSpec> {
  static constexpr std::string_view doc = "Written by the operator before it grants.";
  static constexpr auto fields =
      std::tuple{field("workspace", &api::AccessLedgerSpec::workspace, "DatabricksWorkspace.",
                       {.required = true,
                        .max_length = 253,
                        .pattern = api::kObjectName,
                        .pattern_says = api::kObjectNameSays,
                        .effect = "databricks:access_control_list",
                        .example = "prod-eu"}),
                 field("endpointId", &api::AccessLedgerSpec::endpoint_id, "Id of the serving endpoint.",
                       {.required = true,
                        .max_length = 253,
                        .effect = "databricks:access_control_list",
                        .example = "6f1c0000000000000000000000000001"}),
                 field("endpointName", &api::AccessLedgerSpec::endpoint_name, "Its name.",
                       {.max_length = 253, .effect = "databricks:access_control_list", .example = "fraud-scoring"}),
                 field("entries", &api::AccessLedgerSpec::entries, "What is ours.",
                       {.max_items = 1024, .list = ListType::Map, .keys = {"principalType", "principal"}})};
};

template <>
struct Describe<api::AccessLedgerStatus> {
  static constexpr std::string_view doc = "Nothing of interest.";
  static constexpr auto fields = std::tuple{
      field("observedGeneration", &api::AccessLedgerStatus::observed_generation, "Generation that was last read.")};
};

template <>
struct Kind<api::AccessLedger> {
  static constexpr KindName name{
      .group = api::kGroup,
      .version = api::kVersion,
      .kind = "AccessLedger",
      .plural = "accessledgers",
      .singular = "accessledger",
      .short_name = "al",
      .scope = Scope::Namespaced,
      .doc = "Internal: which entries of one serving endpoint's access list are ours, and what was there before."};
  static constexpr std::array columns = {column("Workspace", ".spec.workspace"),
                                         column("Endpoint", ".spec.endpointName"),
                                         wide_column("Id", ".spec.endpointId")};
};

extern template const Shape& shape_of<api::AccessLedgerSpec>();
extern template const Shape& shape_of<api::AccessLedgerStatus>();

}  // namespace sallyport::schema
