// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sallyport::nginx_agent {
namespace {

TEST(Report, TellsEachEndpointWithItsReason) {
  Report report{.serial = 7, .generation = "0a", .running = true, .trouble = "", .endpoints = {}};
  report.endpoints = {{"a", 1, "d1", EndpointState::Live, ""}, {"b", 2, "d2", EndpointState::Kept, "nginx refuses it"}};
  const SystemTime at = *parse_rfc3339("2026-12-01T00:00:00Z");
  EXPECT_EQ(nlohmann::json::parse(to_json(report, at)), nlohmann::json::parse(R"({
      "at": "2026-12-01T00:00:00Z", "serial": 7, "generation": "0a", "running": true,
      "endpoints": [{"id": "a", "generation": 1, "document": "d1", "state": "Live"},
                    {"id": "b", "generation": 2, "document": "d2", "state": "Kept", "why": "nginx refuses it"}]})"));
  report.trouble = "nginx does not run";
  EXPECT_EQ(nlohmann::json::parse(to_json(report, at))["trouble"], "nginx does not run");
}

}  // namespace
}  // namespace sallyport::nginx_agent
