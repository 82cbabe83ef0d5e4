// SPDX-License-Identifier: Apache-2.0
// F5Gateway: a BIG-IP device group that the platform team lends out, with the limits of the loan.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reconcilers/api/v1alpha1/common.hpp"

namespace sallyport::api {

enum class GatewayType { BigIp, Nginx };

struct BigIpConnection {
  std::vector<std::string> units;
  std::string credentials_secret;
  std::string ca_bundle;
  std::string pinned_sha256;
  bool insecure_skip_verify = false;
  std::string log_pool;
};

/// Whose pods may enrol as agents.
struct GatewayAgent {
  std::string ns;
  std::string service_account;
};

struct NginxPublication {
  std::string directory;
  std::string address;
  std::string signing_key_secret;
  std::chrono::milliseconds use_for = std::chrono::hours(24);
  bool log_passes = false;
  std::vector<GatewayAgent> agents{};
};

struct GatewayAllow {
  std::string name;
  NamespaceSelector namespaces;
  std::vector<std::string> hosts;
  std::vector<std::string> references;
  bool orphan = false;
};

struct F5GatewaySpec {
  GatewayType type = GatewayType::BigIp;
  std::optional<BigIpConnection> bigip;
  std::optional<NginxPublication> nginx;
  std::optional<std::vector<std::string>> address_pool;
  std::vector<GatewayAllow> allow;
};

/// What was left behind outside on purpose.
struct Orphan {
  std::string owner;  ///< "risk/fraud-scoring"
  std::string id;     ///< "sp_x/app"
  std::string reason;
};

struct F5GatewayStatus {
  std::int64_t observed_generation = 0;
  std::vector<schema::Condition> conditions;
  std::string active_unit;
  std::string version;
  int users = 0;
  int addresses_total = 0;
  int addresses_used = 0;
  std::vector<std::string> notes;
  std::vector<Orphan> orphans;
  bool unsaved = false;
};

struct F5Gateway {
  using Spec = F5GatewaySpec;
  using Status = F5GatewayStatus;
};

}  // namespace sallyport::api

namespace sallyport::schema {

template <>
struct Names<api::GatewayType> {
  static constexpr std::array values = {
      named(api::GatewayType::BigIp, "BIGIP", "A BIG-IP, or a pair of them in one device group."),
      named(api::GatewayType::Nginx, "NGINX",
            "Any number of NGINX, each with an agent that installs what is published.")};
};

template <>
struct Describe<api::BigIpConnection> {
  static constexpr std::string_view doc = "How to reach a BIG-IP device group and sign in.";
  static constexpr auto fields = std::tuple{
      field("units", &api::BigIpConnection::units,
            "Management addresses of one device group. The ACTIVE one is written to; two ACTIVE stop all writes.",
            {.required = true,
             .min_items = 1,
             .max_items = 4,
             .list = ListType::Set,
             .keeps_one = true,
             .effect = "bigip:connection",
             .example = "https://bigip-a.example.com",
             .item_pattern = api::kOrigin,
             .item_pattern_says = api::kOriginSays}),
      field("credentialsSecret", &api::BigIpConnection::credentials_secret,
            "Secret in the operator's namespace with the keys username and password of a dedicated administrator.",
            {.required = true,
             .max_length = 253,
             .pattern = api::kObjectName,
             .pattern_says = api::kObjectNameSays,
             .effect = "bigip:authn/login",
             .example = "bigip-edge"}),
      field("caBundle", &api::BigIpConnection::ca_bundle, "PEM certificates that the units' own must chain to.",
            {.min_length = 1, .max_length = 65536, .effect = "bigip:connection", .default_text = "the system's"}),
      field("pinnedSHA256", &api::BigIpConnection::pinned_sha256,
            "SHA-256 of the unit's certificate (DER) in hex, in place of a chain: a BIG-IP's own is self-signed.",
            {.max_length = 64,
             .pattern = "^[0-9a-f]{64}$",
             .pattern_says = "64 lower-case hex digits",
             .effect = "bigip:connection",
             .example = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}),
      field("insecureSkipVerify", &api::BigIpConnection::insecure_skip_verify,
            "Do not verify the units' certificates; shown in status.", {.effect = "status.notes"}),
      field("logPool", &api::BigIpConnection::log_pool,
            "Pool on the device that receives the request log, without credentials.",
            {.max_length = 197,
             .pattern = api::kDeviceObject,
             .pattern_says = api::kDeviceObjectSays,
             .effect = "bigip:request_log",
             .example = "/Common/siem",
             .default_text = "no request log"})};
  static constexpr auto rules = std::tuple{rule<api::BigIpConnection>(
      "!(has(self.insecureSkipVerify) && self.insecureSkipVerify && (has(self.caBundle) || has(self.pinnedSHA256)))",
      "cannot be combined with caBundle or pinnedSHA256", "insecureSkipVerify", [](const api::BigIpConnection& c) {
        return !(c.insecure_skip_verify && (!c.ca_bundle.empty() || !c.pinned_sha256.empty()));
      })};
};

template <>
struct Describe<api::GatewayAgent> {
  static constexpr std::string_view doc = "A service account whose pods may enrol as agents.";
  static constexpr auto fields =
      std::tuple{field("namespace", &api::GatewayAgent::ns, "Where it is, and its agents run.",
                       {.required = true,
                        .max_length = 63,
                        .pattern = api::kObjectName,
                        .pattern_says = api::kObjectNameSays,
                        .effect = "delivery:agents",
                        .example = "edge"}),
                 field("serviceAccount", &api::GatewayAgent::service_account, "Its name.",
                       {.required = true,
                        .max_length = 253,
                        .pattern = api::kObjectName,
                        .pattern_says = api::kObjectNameSays,
                        .effect = "delivery:agents",
                        .example = "sallyport-agent"})};
};

template <>
struct Describe<api::NginxPublication> {
  static constexpr std::string_view doc = "What the agents of an NGINX gateway install, and where they find it.";
  static constexpr auto fields = std::tuple{
      field("directory", &api::NginxPublication::directory,
            "Where the operator publishes: a directory on its own machine or volume, of which it makes what is "
            "missing. The agents' --source. Another directory is another gateway.",
            {.max_length = 512,
             .pattern = api::kDirectory,
             .pattern_says = api::kDirectorySays,
             .immutable = true,
             .effect = "nginx:directory",
             .example = "/var/lib/sallyport/edge",
             .default_text = "the operator's own, and it serves agents itself"}),
      field(
          "agents", &api::NginxPublication::agents,
          "Without a directory: whose pods may enrol, and fetch what is published from the operator. Who is taken off "
          "this list is refused from then on. In each of these namespaces the operator lays Secret "
          "sallyport-gateway- and the gateway's name, with what agents and authorizers trust it by.",
          {.max_items = 64, .list = ListType::Map, .keys = {"namespace", "serviceAccount"}}),
      field("address", &api::NginxPublication::address,
            "The name or address at which clients reach it, for the status of its endpoints.",
            {.max_length = 253,
             .pattern = api::kHostOrAddress,
             .pattern_says = api::kHostOrAddressSays,
             .effect = "status.virtualServer.address of the endpoints",
             .example = "edge.example.com",
             .default_text = "not told"}),
      field("signingKeySecret", &api::NginxPublication::signing_key_secret,
            "Secret in the operator's namespace with the Ed25519 key by which agents and authorizers know the "
            "operator: signing.key, next.key while another is about to take its place, and then previous.key. Made "
            "unless "
            "it is there.",
            {.max_length = 253,
             .pattern = api::kObjectName,
             .pattern_says = api::kObjectNameSays,
             .effect = "nginx:signed_by",
             .example = "edge-signing",
             .default_text = "sallyport-signing- and the gateway's name"}),
      field("useFor", &api::NginxPublication::use_for,
            "How long what was published may be used while the operator is not heard of. Then nobody is let in: it "
            "may have taken access away since.",
            {.at_least = std::chrono::minutes(10), .at_most = std::chrono::hours(24L * 30), .effect = "nginx:use_for"}),
      field("logPasses", &api::NginxPublication::log_passes,
            "A line of the decision log for each request that passes, not only for those that are refused.",
            {.effect = "nginx:endpoint/logPasses"})};
  static constexpr auto rules = std::tuple{rule<api::NginxPublication>(
      "!(has(self.directory) && has(self.agents) && self.agents.size() > 0)", "are of a gateway without a directory",
      "agents", [](const api::NginxPublication& n) { return n.directory.empty() || n.agents.empty(); })};
};

template <>
struct Describe<api::GatewayAllow> {
  static constexpr std::string_view doc = "What some namespaces may do with this gateway.";
  static constexpr auto fields = std::tuple{
      field("name", &api::GatewayAllow::name, "Names this entry.",
            {.required = true,
             .max_length = 63,
             .pattern = api::kObjectName,
             .pattern_says = api::kObjectNameSays,
             .effect = "status.conditions[Accepted].message of the endpoints",
             .example = "risk-teams"}),
      field("namespaces", &api::GatewayAllow::namespaces, "To whom it applies.", {.required = true}),
      field("hosts", &api::GatewayAllow::hosts, "Host names that they may publish; '*' stands for part of one label.",
            {.required = true,
             .min_items = 1,
             .max_items = 64,
             .list = ListType::Set,
             .effect = "status.conditions[Accepted] of the endpoints",
             .example = "*.ml.example.com",
             .item_pattern = api::kHostPattern,
             .item_pattern_says = api::kHostPatternSays}),
      field("references", &api::GatewayAllow::references, "Objects on the device that their endpoints may name.",
            {.max_items = 64,
             .list = ListType::Set,
             .effect = "status.conditions[TokenPolicyAttached] of the endpoints",
             .example = "/Common/corp_oauth",
             .item_pattern = api::kDeviceObject,
             .item_pattern_says = api::kDeviceObjectSays}),
      field("orphan", &api::GatewayAllow::orphan, "May they ask for deletionPolicy Orphan?",
            {.effect = "status.conditions[Accepted] of the endpoints"})};
};

template <>
struct Describe<api::F5GatewaySpec> {
  static constexpr std::string_view doc = "A gateway that the platform team lends out.";
  static constexpr auto fields =
      std::tuple{field("type", &api::F5GatewaySpec::type, "What it is.",
                       {.required = true, .immutable = true, .effect = "nginx:directory", .example = "BIGIP"}),
                 field("bigip", &api::F5GatewaySpec::bigip, "How to reach it."),
                 field("nginx", &api::F5GatewaySpec::nginx, "What is published for it, and where."),
                 field("addressPool", &api::F5GatewaySpec::address_pool,
                       "Networks from which virtual addresses are handed out, one per endpoint, each kept as long as "
                       "the endpoint lives.",
                       {.min_items = 1,
                        .max_items = 16,
                        .list = ListType::Set,
                        .format = "cidr",
                        .effect = "bigip:vs/virtualAddresses",
                        .example = "192.0.2.32/28"}),
                 field("allow", &api::F5GatewaySpec::allow, "Who may use it for what; nobody else may.",
                       {.max_items = 128, .list = ListType::Map, .keys = {"name"}})};
  static constexpr auto one_of =
      union_on("type", std::array{arm("BIGIP", "bigip"), arm("BIGIP", "addressPool"), arm("NGINX", "nginx")});
};

template <>
struct Describe<api::Orphan> {
  static constexpr std::string_view doc = "Something left behind outside on purpose.";
  static constexpr auto fields = std::tuple{
      field("owner", &api::Orphan::owner, "The object that it was made for.", {.required = true, .max_length = 512}),
      field("id", &api::Orphan::id, "Its id outside.", {.required = true, .max_length = 512}),
      field("reason", &api::Orphan::reason, "Why it was left.", {.max_length = 1024})};
};

template <>
struct Describe<api::F5GatewayStatus> {
  static constexpr std::string_view doc = "What was last seen of the gateway.";
  static constexpr auto fields =
      std::tuple{field("observedGeneration", &api::F5GatewayStatus::observed_generation,
                       "Generation of the spec that this describes."),
                 field("conditions", &api::F5GatewayStatus::conditions, "Ready, Accepted, Synced, Reachable.",
                       {.max_items = 32, .list = ListType::Map, .keys = {"type"}}),
                 field("activeUnit", &api::F5GatewayStatus::active_unit, "Of a BIG-IP: the unit that takes writes."),
                 field("version", &api::F5GatewayStatus::version, "Of a BIG-IP: the versions of AS3 and of itself."),
                 field("users", &api::F5GatewayStatus::users, "Endpoints that have something on it."),
                 field("addressesTotal", &api::F5GatewayStatus::addresses_total, "Addresses in the pool."),
                 field("addressesUsed", &api::F5GatewayStatus::addresses_used, "Addresses handed out."),
                 field("notes", &api::F5GatewayStatus::notes, "What a person should know.",
                       {.max_items = 64, .list = ListType::Atomic, .item_max_length = 1024}),
                 field("orphans", &api::F5GatewayStatus::orphans, "Left behind by force-release.",
                       {.max_items = 1024, .list = ListType::Atomic}),
                 field("unsaved", &api::F5GatewayStatus::unsaved,
                       "The device holds changes that a reboot would undo; they are saved when it has been quiet.")};
};

template <>
struct Kind<api::F5Gateway> {
  static constexpr KindName name{.group = api::kGroup,
                                 .version = api::kVersion,
                                 .kind = "F5Gateway",
                                 .plural = "f5gateways",
                                 .singular = "f5gateway",
                                 .short_name = "f5gw",
                                 .scope = Scope::Cluster,
                                 .doc = "A BIG-IP device group, or an NGINX, that endpoints may be published on."};
  static constexpr std::array columns = {column("Type", ".spec.type"),
                                         column("Ready", ".status.conditions[?(@.type==\"Ready\")].status"),
                                         column("Reason", ".status.conditions[?(@.type==\"Ready\")].reason"),
                                         column("Users", ".status.users"),
                                         wide_column("Active", ".status.activeUnit"),
                                         wide_column("Version", ".status.version")};
};

extern template const Shape& shape_of<api::F5GatewaySpec>();
extern template const Shape& shape_of<api::F5GatewayStatus>();

}  // namespace sallyport::schema
