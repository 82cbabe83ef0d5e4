// SPDX-License-Identifier: Apache-2.0
// The same over sockets: the real client, a listener, and the simulator behind it.
#include "tests/conformance/data_stage.hpp"

namespace sallyport::data {
namespace {

TEST_F(DataConformance, SpeaksRealHttp) {
  const auto listener =
      *http::listen({}, [this](const http::Incoming& incoming) { return stage.simulator->serve(incoming); });
  const std::string host = "http://127.0.0.1:" + std::to_string(listener->port());
  const auto real =
      *make_data_provider({"prod-eu", host, "OAuthM2M", {"sallyport", "dbx", "u", "1"}, "", InstanceId("inst0001")},
                          {[](http::ClientOptions made) { return http::make_client(std::move(made)); }, secrets,
                           ledgers, stage.clock, stage.random});

  EXPECT_EQ(*real->check({}), simulators::databricks::kClient);
  EXPECT_OUTCOME(real->converge({kServing, {fragment({group("risk-analysts")})}}, {})[0], Outcome::Applied);
  EXPECT_EQ(held("group:risk-analysts"), "CAN_QUERY");
  EXPECT_OUTCOME(real->converge({kServing, {wishing(Wish::Absent, fragment({}))}}, {})[0], Outcome::Gone);
  EXPECT_EQ(held("group:risk-analysts"), "");
}

}  // namespace
}  // namespace sallyport::data
