// SPDX-License-Identifier: Apache-2.0
// A serving endpoint as the workspace keeps it, and its pictures in answers.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <string>

#include "e2e/simulators/databricks/acl.hpp"
#include "e2e/simulators/databricks/reply.hpp"
#include "operator/base/clock.hpp"

namespace sallyport::simulators::databricks {

enum class Update { None, InProgress, Failed };

struct Endpoint {
  std::string name;
  std::string id;  ///< 32 hex digits, new for every life of a name; empty for the provider's foundation models
  std::string creator;
  std::string description{};
  std::string task{};
  std::map<std::string, std::string> tags{};
  Json config{};   ///< active: served_entities, traffic_config, config_version; null before the first is ready
  Json pending{};  ///< being rolled out; null when nothing is
  bool ready = false;
  Update update = Update::None;
  SteadyTime settles_at{};   ///< when `pending` becomes `config`
  std::int64_t created = 0;  ///< milliseconds since 1970
  std::int64_t updated = 0;
  bool route_optimized = false;
  std::string endpoint_url{};      ///< route optimised: the only URL that takes requests
  Json settings = Json::object();  ///< what was asked for beside the configuration: ai_gateway, rate_limits, ...

  [[nodiscard]] bool foundation_model() const { return id.empty(); }
};

/// 32 random hex digits.
[[nodiscard]] std::string new_endpoint_id();

/// An item of the list: neither permission_level nor endpoint_url nor route_optimized (reference 1.1).
[[nodiscard]] Json list_item(const Endpoint& endpoint);
/// The answer to GET, with the caller's own level.
[[nodiscard]] Json detailed(const Endpoint& endpoint, Level level);
/// [{"key","value"}], not in the order in which they were set (TF 5120).
[[nodiscard]] Json tag_list(const std::map<std::string, std::string>& tags);

/// Whether a configuration creates an endpoint or changes one; a change must say scale_to_zero_enabled (TF 4064).
enum class ConfigUse { Create, Change };
/// A configuration as sent, checked and completed: default names, one route of 100 % for a single entity, routes with
/// both names. Otherwise the 400 to answer.
[[nodiscard]] std::expected<Json, Reply> complete_config(const Json& sent, ConfigUse use);

}  // namespace sallyport::simulators::databricks
