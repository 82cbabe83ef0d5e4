// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/endpoint.hpp"
#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

Json entity(const std::string& name, const std::string& version) {
  return {{"entity_name", name}, {"entity_version", version}, {"scale_to_zero_enabled", true}};
}

std::string refusal(const Json& config, ConfigUse use = ConfigUse::Create) {
  const auto completed = complete_config(config, use);
  return completed ? "accepted" : Json::parse(completed.error().body)["message"].get<std::string>();
}

TEST(SimulatedConfig, ASingleEntityGetsANameAndAllTheTraffic) {
  const auto config =
      complete_config({{"served_entities", Json::array({entity("main.m.fraud", "3")})}}, ConfigUse::Create);
  ASSERT_TRUE(config);
  EXPECT_EQ((*config)["served_entities"][0]["name"], "main.m.fraud-3");
  EXPECT_EQ((*config)["traffic_config"], Json::parse(R"({"routes":[{"served_model_name":"main.m.fraud-3",
      "served_entity_name":"main.m.fraud-3","traffic_percentage":100}]})"));
}

TEST(SimulatedConfig, ExternalModelsAreNamedAfterTheModelAndLoseTheirKeys) {
  const Json external = Json::parse(R"({"served_entities":[{"external_model":{"name":"gpt-4.1:mini","provider":"openai",
      "task":"llm/v1/chat","openai_config":{"openai_api_key_plaintext":"sk-1"}}}]})");
  const auto config = complete_config(external, ConfigUse::Create);
  ASSERT_TRUE(config);
  EXPECT_EQ((*config)["served_entities"][0]["name"], "gpt-4-1-mini");
  EXPECT_EQ(config->dump().find("sk-1"), std::string::npos);
}

TEST(SimulatedConfig, RoutesAreEchoedUnderBothNames) {
  Json config = {{"served_entities", Json::array({entity("a", "1"), entity("b", "1")})}};
  config["traffic_config"] = Json::parse(R"({"routes":[{"served_model_name":"a-1","traffic_percentage":90},
                                                       {"served_entity_name":"b-1","traffic_percentage":10}]})");
  const auto completed = complete_config(config, ConfigUse::Create);
  ASSERT_TRUE(completed);
  EXPECT_EQ((*completed)["traffic_config"]["routes"][0]["served_entity_name"], "a-1");
  EXPECT_EQ((*completed)["traffic_config"]["routes"][1]["served_model_name"], "b-1");
}

TEST(SimulatedConfig, BadConfigurationsAreRefused) {
  const Json two = {{"served_entities", Json::array({entity("a", "1"), entity("b", "1")})}};
  EXPECT_EQ(refusal(two), "Traffic config is required for several served entities.");
  Json uneven = two;
  uneven["traffic_config"] = Json::parse(R"({"routes":[{"served_entity_name":"a-1","traffic_percentage":50}]})");
  EXPECT_EQ(refusal(uneven), "The sum of traffic percentages must be 100.");
  uneven["traffic_config"]["routes"][0]["served_entity_name"] = "c-1";
  EXPECT_EQ(refusal(uneven), "Traffic config names an unknown served entity: c-1");
  EXPECT_EQ(refusal(Json::object()), "At least one served entity is required.");
  EXPECT_EQ(refusal({{"served_entities", Json::array({{{"entity_nam", "a"}}})}}),
            "Could not parse request object: Unrecognized field \"entity_nam\"");
}

TEST(SimulatedConfig, AChangeMustSayWhetherItScalesToZero) {
  const Json config = {{"served_entities", Json::array({{{"entity_name", "a"}, {"entity_version", "1"}}})}};
  EXPECT_EQ(refusal(config, ConfigUse::Create), "accepted");
  EXPECT_EQ(refusal(config, ConfigUse::Change), "scaleToZeroEnabled is undefined");
}

}  // namespace
}  // namespace sallyport::simulators::databricks
