// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/endpoint.hpp"

#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

TEST(SimulatedEndpoint, EveryLifeHasItsOwnId) {
  EXPECT_NE(new_endpoint_id(), new_endpoint_id());
}

TEST(SimulatedEndpoint, TheListHoldsASummaryOnly) {
  Endpoint endpoint;
  endpoint.name = "m";
  endpoint.id = new_endpoint_id();
  endpoint.config = *complete_config(
      Json::parse(R"({"served_entities":[{"entity_name":"a","entity_version":"1","workload_size":"Small"}]})"),
      ConfigUse::Create);
  EXPECT_EQ(list_item(endpoint)["config"]["served_entities"],
            Json::parse(R"([{"name":"a-1","entity_name":"a","entity_version":"1"}])"));
  const Json full = detailed(endpoint, Level::CanView)["config"];
  EXPECT_EQ(full["served_entities"][0]["state"]["deployment"], "DEPLOYMENT_READY");
  EXPECT_EQ(full["served_models"][0]["model_name"], "a");
}

}  // namespace
}  // namespace sallyport::simulators::databricks
