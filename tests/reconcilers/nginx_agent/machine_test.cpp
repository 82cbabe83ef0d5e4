// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reconcilers/nginx_agent/sample_machine.hpp"

namespace sallyport::nginx_agent {
namespace {

using ::testing::HasSubstr;

TEST(Machine, IsFineAsItIsShipped) {
  EXPECT_TRUE(check(sample_machine()));
}

TEST(Machine, NamesTheSettingThatCannotBeWritten) {
  Machine machine = sample_machine();
  machine.authorizer = "/run/a b.sock";
  EXPECT_THAT(check(machine).error().text(), HasSubstr("authorizer: "));
  machine = sample_machine("relative");
  EXPECT_THAT(check(machine).error().text(), HasSubstr("installed: is not an absolute path"));
  machine = sample_machine();
  machine.user = "www-data; include /etc/passwd";
  EXPECT_THAT(check(machine).error().text(), HasSubstr("nginx-user: "));
}

TEST(Machine, ListensOnEveryAddressUnlessItIsToldOtherwise) {
  Machine machine = sample_machine();
  EXPECT_EQ(listen_address(machine, 8443), "8443");
  machine.listen = "10.0.0.1";
  EXPECT_EQ(listen_address(machine, 443), "10.0.0.1:443");
  machine.listen = "10.0.0.1:8443";
  EXPECT_EQ(listen_address(machine, 443), "10.0.0.1:8443");
  machine.listen = "[2001:db8::1]";
  EXPECT_EQ(listen_address(machine, 443), "[2001:db8::1]:443");
  machine.listen = "[2001:db8::1]:8443";
  EXPECT_EQ(listen_address(machine, 443), "[2001:db8::1]:8443");
}

}  // namespace
}  // namespace sallyport::nginx_agent
