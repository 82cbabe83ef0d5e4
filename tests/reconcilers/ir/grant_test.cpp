// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/ir/grant.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace sallyport::ir {
namespace {

constexpr auto kUuid = "7d0c5f5e-2f3a-4b61-9c1d-3a6f0f2b9e11";

TEST(Principal, IsTheSameHoweverUsersAndMachinesAreSpelled) {
  EXPECT_EQ((Principal{PrincipalType::User, "Maria.Silva@Example.com"}),
            (Principal{PrincipalType::User, "maria.silva@example.com"}));
  EXPECT_EQ((Principal{PrincipalType::ServicePrincipal, "7D0C5F5E-2F3A-4B61-9C1D-3A6F0F2B9E11"}),
            (Principal{PrincipalType::ServicePrincipal, kUuid}));
}

TEST(Principal, OfAGroupIsSpelledExactly) {
  EXPECT_NE((Principal{PrincipalType::Group, "Risk"}), (Principal{PrincipalType::Group, "risk"}));
}

TEST(Principal, IsAMachineWhenAUuidComesAsAUser) {
  EXPECT_EQ((Principal{PrincipalType::User, kUuid}).key(), (Principal{PrincipalType::ServicePrincipal, kUuid}).key());
  for (const char* almost : {"7d0c5f5e-2f3a-4b61-9c1d-3a6f0f2b9e1", "7d0c5f5e-2f3a-4b61-9c1d-3a6f0f2b9e1x",
                             "7d0c5f5ea2f3a-4b61-9c1d-3a6f0f2b9e1"})
    EXPECT_TRUE((Principal{PrincipalType::User, almost}).key().starts_with("user:")) << almost;
}

TEST(Principal, OfDifferentTypesIsNeverTheSame) {
  std::set<std::string> keys;
  for (const PrincipalType type : {PrincipalType::User, PrincipalType::Group, PrincipalType::ServicePrincipal})
    EXPECT_TRUE(keys.insert(Principal{type, "risk"}.key()).second) << to_string(type);
}

TEST(Level, IsOrderedAndSpelledAsDatabricksDoes) {
  EXPECT_LT(Level::None, Level::CanView);
  EXPECT_LT(Level::CanView, Level::CanQuery);
  EXPECT_LT(Level::CanQuery, Level::CanManage);
  EXPECT_EQ(to_string(Level::None), "");
  EXPECT_EQ(to_string(Level::CanManage), "CAN_MANAGE");
}

TEST(LedgerEntry, WantsTheHighestThatAnyOwnerWants) {
  LedgerEntry entry;
  EXPECT_EQ(entry.wanted(), Level::None);
  entry.owners = {{Uid("a"), Level::CanView}, {Uid("b"), Level::CanManage}, {Uid("c"), Level::CanQuery}};
  EXPECT_EQ(entry.wanted(), Level::CanManage);
}

GrantFragment fragment() {
  GrantFragment one;
  one.owner = {"ProtectedEndpoint", "risk", "fraud", Uid("u1"), "41", 3};
  one.workspace = "prod-eu";
  one.serving_endpoint = "fraud-scoring";
  one.grants = {{{PrincipalType::Group, "risk-analysts"}, Level::CanQuery}};
  return one;
}

TEST(GrantFragmentHash, ChangesWithEverythingThatReachesTheWorkspace) {
  const std::vector<std::function<void(GrantFragment&)>> edits = {
      [](GrantFragment& f) { f.workspace = "prod-us"; },
      [](GrantFragment& f) { f.serving_endpoint = "churn"; },
      [](GrantFragment& f) { f.require_tag = false; },
      [](GrantFragment& f) { f.owner.ns = "payments"; },
      [](GrantFragment& f) { f.grants.clear(); },
      [](GrantFragment& f) { f.grants[0].level = Level::CanView; },
      [](GrantFragment& f) { f.grants[0].principal.type = PrincipalType::User; },
      [](GrantFragment& f) { f.grants[0].principal.value = "others"; }};
  std::set<std::string> hashes{fragment().hash()};
  for (const auto& edit : edits) {
    GrantFragment edited = fragment();
    edit(edited);
    EXPECT_TRUE(hashes.insert(edited.hash()).second) << "edit " << hashes.size();
  }
}

}  // namespace
}  // namespace sallyport::ir
