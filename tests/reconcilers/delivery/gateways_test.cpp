// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/delivery/gateways.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/memory_store.hpp"

namespace sallyport::delivery {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

class GatewaysOf : public ::testing::Test {
 protected:
  void declare(const std::string& name, const json& nginx) {
    store_.apply(
        {{"kind", "F5Gateway"}, {"metadata", {{"name", name}}}, {"spec", {{"type", "NGINX"}, {"nginx", nginx}}}});
  }

  shared::Caches caches_;
  testing::MemoryStore store_{caches_};
};

TEST_F(GatewaysOf, ThatHaveNoDirectoryOfTheirOwnAreDelivered) {
  declare("edge", {{"agents",
                    {{{"namespace", "b"}, {"serviceAccount", "x"}},
                     {{"namespace", "a"}, {"serviceAccount", "x"}},
                     {{"namespace", "a"}, {"serviceAccount", "y"}}}}});
  declare("shared", {{"directory", "/published"}});

  const auto found = delivered(caches_, "/publications", "edge");

  ASSERT_TRUE(found);
  EXPECT_EQ(found->directory, "/publications/edge");
  EXPECT_THAT(found->namespaces(), ElementsAre("a", "b"));
  EXPECT_TRUE(found->lists({"a", "y"}));
  EXPECT_FALSE(found->lists({"b", "y"}));
  EXPECT_TRUE(found->whole);
  EXPECT_FALSE(delivered(caches_, "/publications", "shared"));
  EXPECT_FALSE(delivered(caches_, "/publications", "nobody"));
  EXPECT_EQ(all_delivered(caches_, "/publications").size(), 1U);
}

TEST_F(GatewaysOf, AreNotWholeWhereTheirSpecHasErrors) {
  declare("edge", {{"agents", {{{"namespace", "NOT"}, {"serviceAccount", "x"}}}}});

  EXPECT_FALSE(delivered(caches_, "/publications", "edge")->whole);
}

}  // namespace
}  // namespace sallyport::delivery
