// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/pager.hpp"

#include <gmock/gmock.h>

#include "tests/operator/kube/kube_script.hpp"

namespace sallyport::kube {
namespace {

using testing::answer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kEdges;
using testing::list;
using ::testing::Not;
using testing::object;
using testing::refusal;
using testing::Script;

struct Fixture {
  explicit Fixture(std::deque<testing::Answer> answers)
      : script(std::move(answers)), client(script.client(), testing::client_options(clock, random)) {}
  Result<std::string> run() {
    return list_all(client, {kEdges},
                    {[this](std::string_view text) -> Result<void> {
                       names.push_back(nlohmann::json::parse(text)["metadata"]["name"]);
                       return {};
                     },
                     [this] { names.emplace_back("restart"); }},
                    {});
  }
  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  Script script;
  Client client;
  std::vector<std::string> names;
};

TEST(ListAll, FollowsPagesAndEndsWithTheirVersion) {
  Fixture f({answer(200, list(7, {object("a", 1), object("b", 2)}, "next")), answer(200, list(7, {object("c", 3)}))});

  EXPECT_EQ(*f.run(), "7");
  EXPECT_THAT(f.names, ElementsAre("a", "b", "c"));
  EXPECT_THAT(f.script.requests()[0].target, HasSubstr("limit=500"));
  EXPECT_THAT(f.script.requests()[1].target, HasSubstr("continue=next"));
}

TEST(ListAll, StartsAgainWithoutPagesWhenAPageExpires) {
  Fixture f({answer(200, list(7, {object("a", 1)}, "next")), refusal(410, "Expired"),
             answer(200, list(9, {object("a", 1), object("b", 2)}))});

  EXPECT_EQ(*f.run(), "9");
  EXPECT_THAT(f.names, ElementsAre("a", "restart", "a", "b"));
  EXPECT_THAT(f.script.requests()[2].target, Not(HasSubstr("limit=500")));
  EXPECT_THAT(f.script.requests()[2].target, Not(HasSubstr("continue=")));
}

TEST(ListAll, GivesUpWhenAFullListExpiresToo) {
  Fixture f({refusal(410, "Expired"), refusal(410, "Expired")});

  const auto listed = f.run();
  ASSERT_FALSE(listed.has_value());
  EXPECT_EQ(listed.error().code, Code::Unavailable);
}

TEST(ListAll, PassesARefusalOn) {
  Fixture f({refusal(403, "Forbidden")});
  const auto listed = f.run();
  ASSERT_FALSE(listed.has_value());
  EXPECT_EQ(listed.error().code, Code::Refused);
}

}  // namespace
}  // namespace sallyport::kube
