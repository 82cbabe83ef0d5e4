// SPDX-License-Identifier: Apache-2.0
// The status of a ProtectedEndpoint: what is true outside, and the ledger of the places that belong to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reconcilers/api/v1alpha1/databricks_workspace.hpp"

namespace sallyport::api {

enum class GrantPrincipalType { User, Group, ServicePrincipal };

struct AccessEntry {
  GrantPrincipalType principal_type = GrantPrincipalType::Group;
  std::string principal;
  AccessLevel level = AccessLevel::CanQuery;
  std::string until{};
  friend bool operator==(const AccessEntry&, const AccessEntry&) = default;
};

enum class PlacementSystem { F5, OIDC, Databricks };

/// The ledger of one object: a place outside that was, or is about to be, written to for it.
struct Placement {
  PlacementSystem system = PlacementSystem::F5;
  std::string connection;
  std::string id;
  std::string address;
  std::string hash;
  std::int64_t generation = 0;
  friend bool operator==(const Placement&, const Placement&) = default;
};

/// The certificate that one side shows.
struct CertificateStatus {
  std::string valid_until;
  std::string problem;
  friend bool operator==(const CertificateStatus&, const CertificateStatus&) = default;
};

struct VirtualServerStatus {
  std::string address;
  std::string path;
  std::optional<CertificateStatus> certificate{};
  friend bool operator==(const VirtualServerStatus&, const VirtualServerStatus&) = default;
};

inline constexpr int kMostAbandoned = 64;
inline constexpr int kMostBackends = 8;

struct ClientStatus {
  std::string id;
  std::string secret_name;
  int lost_registrations = 0;
  std::vector<std::string> abandoned;
  friend bool operator==(const ClientStatus&, const ClientStatus&) = default;
};

struct DatabricksStatus {
  std::string backend;
  std::string workspace;
  std::string serving_endpoint;
  std::string endpoint_id;
  std::string invocations_url;
  std::vector<AccessEntry> grants;
  std::vector<std::string> notes;
  std::string authorization_details{};
  std::string task{};
  bool scales_to_zero = false;
  std::optional<CertificateStatus> certificate{};
  friend bool operator==(const DatabricksStatus&, const DatabricksStatus&) = default;
};

struct Retry {
  std::string at;
  std::string reason;
  friend bool operator==(const Retry&, const Retry&) = default;
};

struct ProtectedEndpointStatus {
  std::int64_t observed_generation = 0;
  std::vector<schema::Condition> conditions;
  std::string url;
  std::optional<VirtualServerStatus> virtual_server;
  std::optional<ClientStatus> client;
  std::vector<DatabricksStatus> databricks;
  std::vector<Placement> placements;
  std::optional<Retry> retry;
  std::string last_handled_reconcile_at;
  friend bool operator==(const ProtectedEndpointStatus&, const ProtectedEndpointStatus&) = default;
};

}  // namespace sallyport::api

namespace sallyport::schema {

template <>
struct Names<api::GrantPrincipalType> {
  static constexpr std::array values = {
      named(api::GrantPrincipalType::User, "User", "A person, by e-mail address."),
      named(api::GrantPrincipalType::Group, "Group", "An account group, by name."),
      named(api::GrantPrincipalType::ServicePrincipal, "ServicePrincipal", "A machine, by application id.")};
};
template <>
struct Names<api::PlacementSystem> {
  static constexpr std::array values = {
      named(api::PlacementSystem::F5, "F5", "An application on a gateway."),
      named(api::PlacementSystem::OIDC, "OIDC", "A client at an identity provider."),
      named(api::PlacementSystem::Databricks, "Databricks", "Entries of an access list.")};
};

template <>
struct Describe<api::AccessEntry> {
  static constexpr std::string_view doc = "Who may do what with the serving endpoint.";
  static constexpr auto fields =
      std::tuple{field("principalType", &api::AccessEntry::principal_type, "What the principal is.",
                       {.required = true, .effect = "databricks:access_control_list", .example = "Group"}),
                 field("principal", &api::AccessEntry::principal, "E-mail address, group name or application id.",
                       {.required = true,
                        .min_length = 1,
                        .max_length = 255,
                        .pattern = api::kPrincipal,
                        .pattern_says = api::kPrincipalSays,
                        .effect = "databricks:access_control_list",
                        .example = "risk-analysts"}),
                 field("level", &api::AccessEntry::level, "What the principal may do.",
                       {.required = true, .effect = "databricks:access_control_list", .example = "CanQuery"}),
                 field("until", &api::AccessEntry::until,
                       "The moment from which it no longer holds: then it is taken from the access list, and a gateway "
                       "that checks tokens itself lets nobody in by it any more.",
                       {.max_length = 40,
                        .format = "date-time",
                        .effect = "databricks:access_control_list",
                        .example = "2027-03-31T17:00:00Z",
                        .default_text = "for good"})};
};

template <>
struct Describe<api::Placement> {
  static constexpr std::string_view doc = "A place outside that was, or is about to be, written to.";
  static constexpr auto fields = std::tuple{
      field("system", &api::Placement::system, "Which system.", {.required = true}),
      field("connection", &api::Placement::connection, "The connection it is reached by.",
            {.required = true, .max_length = 253}),
      field("id", &api::Placement::id, "Its id there.", {.required = true, .max_length = 512}),
      field("address", &api::Placement::address, "The virtual address that goes with it.", {.max_length = 64}),
      field("hash", &api::Placement::hash, "What was last applied; empty before the first time.", {.max_length = 64}),
      field("generation", &api::Placement::generation, "Generation last applied.")};
};

template <>
struct Describe<api::CertificateStatus> {
  static constexpr std::string_view doc = "A certificate, as it was last seen.";
  static constexpr auto fields =
      std::tuple{field("validUntil", &api::CertificateStatus::valid_until, "When the first of its chain expires.",
                       {.max_length = 64, .format = "date-time"}),
                 field("problem", &api::CertificateStatus::problem, "Why it is not to be trusted; empty: it is.",
                       {.max_length = 1024})};
};

template <>
struct Describe<api::VirtualServerStatus> {
  static constexpr std::string_view doc = "The virtual server on the gateway.";
  static constexpr auto fields =
      std::tuple{field("address", &api::VirtualServerStatus::address, "Where DNS should point.", {.max_length = 64}),
                 field("path", &api::VirtualServerStatus::path, "Its full path on the device.", {.max_length = 512}),
                 field("certificate", &api::VirtualServerStatus::certificate, "What clients are shown.")};
};

template <>
struct Describe<api::ClientStatus> {
  static constexpr std::string_view doc = "The registered client.";
  static constexpr auto fields = std::tuple{
      field("id", &api::ClientStatus::id, "client_id.", {.max_length = 512}),
      field("secretName", &api::ClientStatus::secret_name, "Secret with the credentials.", {.max_length = 253}),
      field("lostRegistrations", &api::ClientStatus::lost_registrations,
            "Registrations whose answer never arrived, or whose record was lost; each may have left a client at the "
            "provider."),
      field("abandoned", &api::ClientStatus::abandoned,
            "Clients whose registration record was lost: each works until it is deleted at the provider.",
            {.max_items = api::kMostAbandoned, .list = ListType::Atomic, .item_max_length = 512})};
};

template <>
struct Describe<api::DatabricksStatus> {
  static constexpr std::string_view doc = "The serving endpoint and its access list.";
  static constexpr auto fields = std::tuple{
      field("backend", &api::DatabricksStatus::backend, "The backend of the spec.",
            {.required = true, .max_length = 63}),
      field("workspace", &api::DatabricksStatus::workspace, "The DatabricksWorkspace that it is in.",
            {.max_length = 253}),
      field("servingEndpoint", &api::DatabricksStatus::serving_endpoint, "Its name there.", {.max_length = 63}),
      field("endpointId", &api::DatabricksStatus::endpoint_id, "Its id; a recreated endpoint has another.",
            {.max_length = 253}),
      field("invocationsUrl", &api::DatabricksStatus::invocations_url, "Where requests are sent.",
            {.max_length = 1024}),
      field("authorizationDetails", &api::DatabricksStatus::authorization_details,
            "What a token for a route-optimised endpoint has to be asked for with.", {.max_length = 4096}),
      field("task", &api::DatabricksStatus::task, "What it is for, as its workspace says; empty: a model of one's own.",
            {.max_length = 63}),
      field("scalesToZero", &api::DatabricksStatus::scales_to_zero,
            "Whether it sleeps when nobody asks: the first request then waits for it."),
      field("certificate", &api::DatabricksStatus::certificate, "What the serving host shows."),
      field("grants", &api::DatabricksStatus::grants, "Entries that hold now because of this object.",
            {.max_items = 64, .list = ListType::Atomic}),
      field("notes", &api::DatabricksStatus::notes, "What a person should know: unknown principals, entries of others.",
            {.max_items = 128, .list = ListType::Atomic, .item_max_length = 1024})};
};

template <>
struct Describe<api::Retry> {
  static constexpr std::string_view doc = "What is tried again.";
  static constexpr auto fields =
      std::tuple{field("at", &api::Retry::at, "When.", {.max_length = 64, .format = "date-time"}),
                 field("reason", &api::Retry::reason, "Why.")};
};

template <>
struct Describe<api::ProtectedEndpointStatus> {
  static constexpr std::string_view doc = "What is true outside.";
  static constexpr auto fields = std::tuple{
      field("observedGeneration", &api::ProtectedEndpointStatus::observed_generation,
            "Generation of the spec that this describes."),
      field("conditions", &api::ProtectedEndpointStatus::conditions,
            "Accepted, ResolvedRefs, ClientRegistered, AccessGranted, TokenPolicyAttached, RouteProgrammed, "
            "TrustChainValid, IdentityConfigCurrent, TrafficWithinLimits, Ready, Synced.",
            {.max_items = 32, .list = ListType::Map, .keys = {"type"}}),
      field("url", &api::ProtectedEndpointStatus::url, "Where clients call.", {.max_length = 512}),
      field("virtualServer", &api::ProtectedEndpointStatus::virtual_server, "The virtual server on the gateway."),
      field("client", &api::ProtectedEndpointStatus::client, "The registered client."),
      field("databricks", &api::ProtectedEndpointStatus::databricks,
            "The serving endpoint of each backend, and its access list.",
            {.max_items = api::kMostBackends, .list = ListType::Map, .keys = {"backend"}}),
      field("placements", &api::ProtectedEndpointStatus::placements,
            "Everything outside that is, or may be, there because of this object.",
            {.max_items = 64, .list = ListType::Atomic}),
      field("retry", &api::ProtectedEndpointStatus::retry, "What is tried again, when."),
      field("lastHandledReconcileAt", &api::ProtectedEndpointStatus::last_handled_reconcile_at,
            "Echo of the annotation sallyport.dev/reconcile-at.", {.max_length = 253})};
};

extern template const Shape& shape_of<api::ProtectedEndpointStatus>();

}  // namespace sallyport::schema
