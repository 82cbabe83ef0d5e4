// SPDX-License-Identifier: Apache-2.0
// DatabricksWorkspace: a workspace whose serving endpoints may be granted, with the limits of who may grant what.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reconcilers/api/v1alpha1/common.hpp"
#include "reconcilers/api/v1alpha1/f5_gateway.hpp"

namespace sallyport::api {

enum class WorkspaceAuthType { OAuthM2M, PersonalAccessToken };
enum class AccessLevel { CanView, CanQuery, CanManage };
enum class AccessMode { Additive };
enum class Consent { Tag, None };

struct WorkspaceAuth {
  WorkspaceAuthType type = WorkspaceAuthType::OAuthM2M;
  std::string credentials_secret;
};

struct WorkspaceAllow {
  std::string name;
  NamespaceSelector namespaces;
  std::vector<std::string> serving_endpoints;
  std::vector<std::string> principals;
  AccessLevel max_level = AccessLevel::CanQuery;
  std::vector<AccessMode> modes;
  bool orphan = false;
};

struct DatabricksWorkspaceSpec {
  std::string host;
  WorkspaceAuth auth;
  std::string ca_bundle;
  std::vector<WorkspaceAllow> allow;
  Consent consent = Consent::Tag;
};

struct DatabricksWorkspaceStatus {
  std::int64_t observed_generation = 0;
  std::vector<schema::Condition> conditions;
  std::string identity;
  int users = 0;
  std::vector<Orphan> orphans;
};

struct DatabricksWorkspace {
  using Spec = DatabricksWorkspaceSpec;
  using Status = DatabricksWorkspaceStatus;
};

}  // namespace sallyport::api

namespace sallyport::schema {

template <>
struct Names<api::WorkspaceAuthType> {
  static constexpr std::array values = {
      named(api::WorkspaceAuthType::OAuthM2M, "OAuthM2M", "A service principal's client id and secret."),
      named(api::WorkspaceAuthType::PersonalAccessToken, "PersonalAccessToken",
            "A token of a person; for development.")};
};
template <>
struct Names<api::AccessLevel> {
  static constexpr std::array values = {
      named(api::AccessLevel::CanView, "CanView", "See the endpoint."),
      named(api::AccessLevel::CanQuery, "CanQuery", "Send requests to the model."),
      named(api::AccessLevel::CanManage, "CanManage", "Change the endpoint and its permissions.")};
};
template <>
struct Names<api::AccessMode> {
  static constexpr std::array values = {
      named(api::AccessMode::Additive, "Additive", "Entries that others made stay as they are.")};
};
template <>
struct Names<api::Consent> {
  static constexpr std::array values = {
      named(api::Consent::Tag, "Tag", "The serving endpoint must carry the tag sallyport-namespace=<namespace>."),
      named(api::Consent::None, "None", "The allow list alone decides.")};
};

template <>
struct Describe<api::WorkspaceAuth> {
  static constexpr std::string_view doc = "How the operator signs in.";
  static constexpr auto fields = std::tuple{
      field("type", &api::WorkspaceAuth::type, "The way.",
            {.required = true, .effect = "databricks:authorization", .example = "OAuthM2M"}),
      field("credentialsSecret", &api::WorkspaceAuth::credentials_secret,
            "Secret in the operator's namespace. OAuthM2M: client_id, client_secret. PersonalAccessToken: token.",
            {.required = true,
             .max_length = 253,
             .pattern = api::kObjectName,
             .pattern_says = api::kObjectNameSays,
             .effect = "databricks:authorization",
             .example = "dbx-prod"})};
};

template <>
struct Describe<api::WorkspaceAllow> {
  static constexpr std::string_view doc = "What some namespaces may reach through the operator's own, larger rights.";
  static constexpr auto fields = std::tuple{
      field("name", &api::WorkspaceAllow::name, "Names this entry.",
            {.required = true,
             .max_length = 63,
             .pattern = api::kObjectName,
             .pattern_says = api::kObjectNameSays,
             .effect = "status.conditions[Accepted].message of the endpoints",
             .example = "risk"}),
      field("namespaces", &api::WorkspaceAllow::namespaces, "To whom it applies.", {.required = true}),
      field("servingEndpoints", &api::WorkspaceAllow::serving_endpoints,
            "Serving endpoints that they may publish; '*' stands for anything.",
            {.required = true,
             .min_items = 1,
             .max_items = 64,
             .list = ListType::Set,
             .effect = "status.conditions[Accepted] of the endpoints",
             .example = "fraud-*",
             .item_pattern = api::kServingEndpointPattern,
             .item_pattern_says = api::kServingEndpointPatternSays}),
      field(
          "principals", &api::WorkspaceAllow::principals,
          "Users, groups and application ids that they may grant to; '*' stands for anything, but never for the groups "
          "that mean everybody ('users', 'account users', 'admins'): those only when named.",
          {.max_items = 64,
           .list = ListType::Set,
           .effect = "status.conditions[AccessGranted] of the endpoints",
           .example = "risk-*",
           .item_max_length = 255,
           .item_pattern = api::kPrincipal,
           .item_pattern_says = api::kPrincipalSays}),
      field("maxLevel", &api::WorkspaceAllow::max_level, "The highest level that they may grant.",
            {.effect = "status.conditions[AccessGranted] of the endpoints"}),
      field("modes", &api::WorkspaceAllow::modes, "Modes that they may use.",
            {.max_items = 4,
             .list = ListType::Set,
             .effect = "status.conditions[Accepted] of the endpoints",
             .example = "Additive",
             .default_text = "Additive"}),
      field("orphan", &api::WorkspaceAllow::orphan, "May they ask for deletionPolicy Orphan?",
            {.effect = "status.conditions[Accepted] of the endpoints"})};
};

template <>
struct Describe<api::DatabricksWorkspaceSpec> {
  static constexpr std::string_view doc = "A workspace and what may be managed in it for whom.";
  static constexpr auto fields = std::tuple{
      field("host", &api::DatabricksWorkspaceSpec::host,
            "The workspace's URL; another workspace is another connection.",
            {.required = true,
             .max_length = 512,
             .pattern = api::kOrigin,
             .pattern_says = api::kOriginSays,
             .immutable = true,
             .effect = "status.databricks[].invocationsUrl of the endpoints",
             .example = "https://adb-1234567890123456.7.azuredatabricks.net"}),
      field("auth", &api::DatabricksWorkspaceSpec::auth, "How the operator signs in.", {.required = true}),
      field("caBundle", &api::DatabricksWorkspaceSpec::ca_bundle,
            "PEM certificates that the workspace's own must chain to.",
            {.min_length = 1, .max_length = 65536, .effect = "databricks:connection", .default_text = "the system's"}),
      field("allow", &api::DatabricksWorkspaceSpec::allow, "Who may use it for what; nobody else may.",
            {.max_items = 128, .list = ListType::Map, .keys = {"name"}}),
      field("consent", &api::DatabricksWorkspaceSpec::consent, "Whether the serving endpoint itself must consent.",
            {.effect = "status.conditions[AccessGranted] of the endpoints"})};
};

template <>
struct Describe<api::DatabricksWorkspaceStatus> {
  static constexpr std::string_view doc = "What was last seen of the workspace.";
  static constexpr auto fields =
      std::tuple{field("observedGeneration", &api::DatabricksWorkspaceStatus::observed_generation,
                       "Generation of the spec that this describes."),
                 field("conditions", &api::DatabricksWorkspaceStatus::conditions, "Ready, Accepted, Synced, Reachable.",
                       {.max_items = 32, .list = ListType::Map, .keys = {"type"}}),
                 field("identity", &api::DatabricksWorkspaceStatus::identity, "Who the operator is there."),
                 field("users", &api::DatabricksWorkspaceStatus::users, "Endpoints that use it."),
                 field("orphans", &api::DatabricksWorkspaceStatus::orphans, "Left behind by force-release.",
                       {.max_items = 1024, .list = ListType::Atomic})};
};

template <>
struct Kind<api::DatabricksWorkspace> {
  static constexpr KindName name{.group = api::kGroup,
                                 .version = api::kVersion,
                                 .kind = "DatabricksWorkspace",
                                 .plural = "databricksworkspaces",
                                 .singular = "databricksworkspace",
                                 .short_name = "dbw",
                                 .scope = Scope::Cluster,
                                 .doc = "A Databricks workspace whose serving endpoints may be protected."};
  static constexpr std::array columns = {
      column("Host", ".spec.host"), column("Ready", ".status.conditions[?(@.type==\"Ready\")].status"),
      column("Reason", ".status.conditions[?(@.type==\"Ready\")].reason"), wide_column("Users", ".status.users"),
      wide_column("Identity", ".status.identity")};
};

extern template const Shape& shape_of<api::DatabricksWorkspaceSpec>();
extern template const Shape& shape_of<api::DatabricksWorkspaceStatus>();

}  // namespace sallyport::schema
