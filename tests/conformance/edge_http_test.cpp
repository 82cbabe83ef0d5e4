// SPDX-License-Identifier: Apache-2.0
// The same over sockets: the real client, a listener, and the simulator behind it.
#include "tests/conformance/edge_stage.hpp"

namespace sallyport::edge {
namespace {

using ::testing::SizeIs;

TEST_F(EdgeConformance, SpeaksRealHttp) {
  const auto listener =
      *http::listen({}, [this](const http::Incoming& incoming) { return simulator->serve(incoming, 0); });
  const auto real = *make_edge_provider(
      bigip::testing::connection({"http://127.0.0.1:" + std::to_string(listener->port())}),
      {[](http::ClientOptions made) { return http::make_client(std::move(made)); }, secrets, clock, random});

  EXPECT_TRUE(real->check({}).has_value());
  EXPECT_OUTCOME(real->apply({{fragment("fraud", 1)}, {}}, {})[0], ir::Outcome::Applied);
  EXPECT_OUTCOME(real->apply({{fragment("churn", 2)}, {}}, {})[0], ir::Outcome::Applied);
  EXPECT_TRUE(real->drifted({fragment("fraud", 1)}, {})->empty());
  EXPECT_TRUE(real->persist({}).has_value());
  EXPECT_OUTCOME(real->apply({{}, {absent(fragment("fraud", 1))}}, {})[0], ir::Outcome::Gone);
  real->close({});

  EXPECT_THAT(virtuals(), SizeIs(1));
}

}  // namespace
}  // namespace sallyport::edge
