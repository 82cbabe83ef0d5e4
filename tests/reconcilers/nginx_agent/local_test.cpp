// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/local.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reconcilers/nginx_agent/machine.hpp"

namespace sallyport::nginx_agent {
namespace {

using ::testing::HasSubstr;

TEST(Local, IsFineAsItIsShipped) {
  EXPECT_TRUE(check(sample_local()));
}

TEST(Local, NamesTheSettingThatCannotBeWritten) {
  Local local = sample_local();
  local.authorizer = "/run/a b.sock";
  EXPECT_THAT(check(local).error().text(), HasSubstr("--authorizer"));
  local = sample_local("relative");
  EXPECT_THAT(check(local).error().text(), HasSubstr("--installed: is not an absolute path"));
  local = sample_local();
  local.user = "www-data; include /etc/passwd";
  EXPECT_THAT(check(local).error().text(), HasSubstr("--user"));
}

TEST(Local, ListensOnEveryAddressUnlessItIsToldOtherwise) {
  Local local = sample_local();
  EXPECT_EQ(listen_address(local, 8443), "8443");
  local.listen = "10.0.0.1";
  EXPECT_EQ(listen_address(local, 443), "10.0.0.1:443");
  local.listen = "10.0.0.1:8443";
  EXPECT_EQ(listen_address(local, 443), "10.0.0.1:8443");
  local.listen = "[2001:db8::1]";
  EXPECT_EQ(listen_address(local, 443), "[2001:db8::1]:443");
  local.listen = "[2001:db8::1]:8443";
  EXPECT_EQ(listen_address(local, 443), "[2001:db8::1]:8443");
}

}  // namespace
}  // namespace sallyport::nginx_agent
