// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/generation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reconcilers/nginx_agent/sample_machine.hpp"
#include "tests/testing/files.hpp"

namespace sallyport::nginx_agent {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class GenerationsIn : public ::testing::Test {
 protected:
  Generation generation(const EndpointFiles& endpoints) const {
    return *make_generation(sample_machine(root_.path), endpoints);
  }
  [[nodiscard]] std::string read(const std::string& path) const { return testing::read_text(root_.path + "/" + path); }

  testing::TemporaryDirectory root_;
  Generations generations_{root_.path};
};

TEST_F(GenerationsIn, ADirectoryAreNamedByWhatTheyHold) {
  const Generation one = generation({{"a", "text"}});
  EXPECT_EQ(one.name, generation({{"a", "text"}}).name);
  EXPECT_NE(one.name, generation({{"a", "texT"}}).name);
  EXPECT_NE(one.name, generation({{"b", "text"}}).name);
  EXPECT_NE(one.name, generation({}).name);
  EXPECT_THAT(one.files.at("nginx.conf"), HasSubstr(one.name)) << "which the status location tells";
}

TEST_F(GenerationsIn, ADirectoryAreSwitchedByOneLink) {
  const Generation one = generation({{"a", "one"}}), two = generation({{"a", "two"}, {"b", "two"}});
  ASSERT_TRUE(generations_.lay_out(one));
  ASSERT_TRUE(generations_.lay_out(two));
  EXPECT_EQ(generations_.current(), "");
  ASSERT_TRUE(generations_.switch_to(one.name));
  EXPECT_EQ(generations_.current(), one.name);
  EXPECT_EQ(read("current/endpoints/a.conf"), "one");
  ASSERT_TRUE(generations_.switch_to(two.name));
  EXPECT_EQ(read("current/endpoints/a.conf"), "two");
  EXPECT_EQ(generations_.endpoints_of(two.name), (EndpointFiles{{"a", "two"}, {"b", "two"}}));
}

TEST_F(GenerationsIn, ADirectoryAreMadeWholeAgainAfterACrash) {
  const Generation one = generation({{"a", "one"}});
  testing::write_text(generations_.directory_of(one.name) + "/endpoints/a.conf", "ha");
  testing::write_text(generations_.directory_of(one.name) + "/endpoints/other.conf", "server {}");
  testing::write_text(root_.path + "/current.next", "left");
  ASSERT_TRUE(generations_.lay_out(one));
  ASSERT_TRUE(generations_.switch_to(one.name));
  EXPECT_EQ(generations_.endpoints_of(one.name), (EndpointFiles{{"a", "one"}}));
}

TEST_F(GenerationsIn, ADirectoryGoWhenNobodyNeedsThem) {
  const Generation one = generation({{"a", "one"}}), two = generation({{"a", "two"}});
  ASSERT_TRUE(generations_.lay_out(one));
  ASSERT_TRUE(generations_.lay_out(two));
  generations_.keep_only({two.name});
  EXPECT_THAT(generations_.endpoints_of(one.name), IsEmpty());
  EXPECT_THAT(generations_.endpoints_of(two.name), ::testing::SizeIs(1));
}

}  // namespace
}  // namespace sallyport::nginx_agent
