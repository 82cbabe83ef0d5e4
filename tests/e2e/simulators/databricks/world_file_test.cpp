// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/world_file.hpp"

#include <filesystem>
#include <fstream>

#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

std::string refusal(const std::string& text) {
  World world;
  const auto read = read_world(text, kOperatorId, world);
  return read ? "accepted" : read.error().text();
}

TEST(SimulatedWorld, AFileReplacesTheDefaultWorld) {
  const auto path = std::filesystem::temp_directory_path() / ("sallyport-" + uuid_v4() + ".json");
  std::ofstream(path)
      << R"({"workspace_id":"77","groups":[{"display_name":"g","members":["service-principal:$operator"]}],
      "service_principals":[{"application_id":"$operator"}],
      "inherited_permissions":{"group:g":"CAN_QUERY"},"serving_endpoints":[{"name":"only"}],
      "switches":{"hidden_endpoint":"not_found"},"rate_limits":[],"troubles":[]})";
  Options options;
  options.world_file = path.string();
  Stage stage(options);
  std::filesystem::remove(path);
  const auto heard = stage.get("/api/2.0/serving-endpoints");
  EXPECT_EQ(heard.json["endpoints"].size(), 1U);
  EXPECT_EQ(heard.headers.at("X-Databricks-Org-Id"), "77");
  EXPECT_EQ(stage.get("/api/2.0/serving-endpoints/only").json["permission_level"], "CAN_QUERY");
}

TEST(SimulatedWorld, TheOperatorIsThereEvenIfTheFileForgetsIt) {
  World world;
  EXPECT_TRUE(read_world("{}", kOperatorId, world));
  const auto path = std::filesystem::temp_directory_path() / ("sallyport-" + uuid_v4() + ".json");
  std::ofstream(path) << "{}";
  Options options;
  options.world_file = path.string();
  Stage stage(options);
  std::filesystem::remove(path);
  EXPECT_EQ(stage.get("/api/2.0/preview/scim/v2/Me").json["applicationId"], kClient);
}

TEST(SimulatedWorld, MistakesAreRefusedWithTheirPlace) {
  EXPECT_EQ(refusal("["), "not JSON");
  EXPECT_EQ(refusal(R"({"user":[]})"), "world.user: unknown member");
  EXPECT_EQ(refusal(R"({"users":[{"name":"x"}]})"), "users.name: unknown member");
  EXPECT_EQ(refusal(R"({"groups":[{"display_name":"g","members":["user:x"]}]})"), "user:x: no such principal");
  EXPECT_EQ(refusal(R"({"groups":[{"display_name":"g","source":"x"}]})"),
            "groups.source: must be account, workspace or system");
  EXPECT_EQ(refusal(R"({"inherited_permissions":{"group:g":"CAN_READ"}})"), "permissions.group:g: not a level");
  EXPECT_EQ(refusal(R"({"switches":{"x":1}})"), "switches.x: unknown switch");
  EXPECT_EQ(refusal("{}"), "accepted");
}

TEST(SimulatedWorld, AnUnreadableFileIsAnError) {
  Options options;
  options.world_file = "/nonexistent/world.json";
  const auto made = make_databricks(options);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::InvalidSpec);
}

}  // namespace
}  // namespace sallyport::simulators::databricks
