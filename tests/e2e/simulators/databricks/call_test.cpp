// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/call.hpp"

#include <gtest/gtest.h>

namespace sallyport::simulators::databricks {
namespace {

TEST(SimulatedCall, PathAndQueryAreDecodedOnce) {
  const auto call = read_call({"GET", "/a%2Fb/c+d/?x=1%202&y=a+b&z", {}, "", "192.0.2.7:80"});
  EXPECT_EQ(call.segments, (std::vector<std::string>{"a/b", "c+d", ""}));
  EXPECT_EQ(call.query.at("x"), "1 2");
  EXPECT_EQ(call.query.at("y"), "a b");
  EXPECT_EQ(call.query.at("z"), "");
  EXPECT_EQ(call.path, "/a%2Fb/c+d/");
  EXPECT_EQ(call.peer, "192.0.2.7");
  EXPECT_TRUE(call.under({"a/b"}));
  EXPECT_FALSE(call.under({"a", "b"}));
}

TEST(SimulatedCall, ABrokenEscapeStaysAsItIs) {
  EXPECT_EQ(percent_decode("100%+%zz%4", Plus::Literal), "100%+%zz%4");
}

TEST(SimulatedCall, BodiesAreReadStrictly) {
  const auto read = [](const std::string& type, const std::string& body) {
    return read_object(read_call({"POST", "/", {{"Content-Type", type}}, body, ""}), {"a"});
  };
  EXPECT_TRUE(read("application/json; charset=utf-8", R"({"a":1})"));
  EXPECT_FALSE(read("text/plain", R"({"a":1})"));
  EXPECT_FALSE(read("application/json", ""));
  EXPECT_FALSE(read("application/json", "[]"));
  EXPECT_FALSE(read("application/json", R"({"b":1})"));
}

}  // namespace
}  // namespace sallyport::simulators::databricks
