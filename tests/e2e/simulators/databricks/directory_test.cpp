// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/directory.hpp"

#include <gtest/gtest.h>

namespace sallyport::simulators::databricks {
namespace {

Principal named(PrincipalKind kind, const std::string& name) {
  Principal out;
  out.kind = kind;
  out.name = name;
  return out;
}

TEST(SimulatedDirectory, IdsAreNumbersAndTheSameInEveryRun) {
  Directory one;
  Directory two;
  const auto id = one.put(named(PrincipalKind::User, "a@b")).id;
  EXPECT_EQ(id, two.put(named(PrincipalKind::User, "a@b")).id);
  EXPECT_NE(id, two.put(named(PrincipalKind::Group, "a@b")).id);
  EXPECT_EQ(id.size(), 15U);
}

TEST(SimulatedDirectory, UsersAreFoundWithoutCaseAndGroupsWithIt) {
  Directory directory;
  directory.put(named(PrincipalKind::User, "A@b"));
  directory.put(named(PrincipalKind::Group, "Team"));
  EXPECT_NE(directory.find(PrincipalKind::User, "a@B"), nullptr);
  EXPECT_EQ(directory.find(PrincipalKind::Group, "team"), nullptr);
  EXPECT_EQ(directory.by_reference("group:Team")->name, "Team");
  EXPECT_EQ(directory.by_reference("Team"), nullptr);
}

TEST(SimulatedDirectory, GroupsHoldGroupsAtAnyDepthAndEvenInCircles) {
  Directory directory;
  const auto user = directory.put(named(PrincipalKind::User, "a@b")).id;
  const auto inner = directory.put(named(PrincipalKind::Group, "inner")).id;
  const auto outer = directory.put(named(PrincipalKind::Group, "outer")).id;
  EXPECT_TRUE(directory.join(inner, user));
  EXPECT_TRUE(directory.join(outer, inner));
  EXPECT_TRUE(directory.join(inner, outer));
  EXPECT_EQ(directory.identities(user), (std::set<std::string>{user, inner, outer}));
  EXPECT_FALSE(directory.join(user, inner));
  EXPECT_TRUE(directory.leave(inner, user));
  EXPECT_EQ(directory.identities(user), std::set<std::string>{user});
}

TEST(SimulatedDirectory, EverybodyIsInTheSystemGroupUsers) {
  Directory directory;
  Principal users = named(PrincipalKind::Group, "users");
  users.source = GroupSource::System;
  const auto id = directory.put(users).id;
  const auto user = directory.put(named(PrincipalKind::User, "a@b")).id;
  EXPECT_TRUE(directory.identities(user).contains(id));
}

TEST(SimulatedDirectory, ARemovedPrincipalLeavesItsGroups) {
  Directory directory;
  const auto user = directory.put(named(PrincipalKind::User, "a@b")).id;
  const auto group = directory.put(named(PrincipalKind::Group, "admins")).id;
  directory.join(group, user);
  EXPECT_TRUE(directory.is_admin(user));
  EXPECT_TRUE(directory.remove(user));
  EXPECT_FALSE(directory.remove(user));
  EXPECT_TRUE(directory.by_id(group)->members.empty());
  EXPECT_EQ(directory.reference(user), "deleted:" + user);
}

}  // namespace
}  // namespace sallyport::simulators::databricks
