// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/telling.hpp"

#include "tests/reconcilers/providers/idp/idp_testing.hpp"

namespace sallyport::idp {
namespace {

TEST(IdpTelling, CallsRejectedOnlyWhatTheProviderDecided) {
  EXPECT_EQ(outcome_of({Code::InvalidSpec, "", "", {}}), ir::Outcome::Rejected);
  EXPECT_EQ(outcome_of({Code::Conflict, "", "", {}}), ir::Outcome::Rejected);
  EXPECT_EQ(outcome_of({Code::Refused, "", "", {}}), ir::Outcome::Unknown);
  EXPECT_EQ(outcome_of({Code::Unauthorized, "", "", {}}), ir::Outcome::Unknown);
  EXPECT_EQ(outcome_of({Code::Unavailable, "", "", {}}), ir::Outcome::Unknown);
}

TEST(IdpTelling, KeepsARecordPerOwnerAndConnection) {
  const ir::Owner owner = testing::client_fragment().owner;

  const ir::Owner here = vault_owner(owner, "corporate");

  EXPECT_EQ(here, vault_owner(owner, "corporate"));
  EXPECT_NE(here.uid, vault_owner(owner, "other").uid);
  EXPECT_TRUE(here.uid.str().starts_with(owner.uid.str() + "."));
  EXPECT_LE(here.uid.str().size(), 63U);  // a label's value
}

TEST(IdpTelling, NamesOwnerTargetAndActionForTheAuditTrail) {
  const http::Change change = change_of(testing::client_fragment().owner, "corporate", "c1", Action::Delete);

  EXPECT_EQ(change.object, "ProtectedEndpoint risk/fraud-scoring");
  EXPECT_EQ(change.uid, "6f0c0b6e-0000-4000-8000-000000000001");
  EXPECT_EQ(change.generation, 3);
  EXPECT_EQ(change.target, "oidc corporate: client c1");
  EXPECT_EQ(change.action, "delete");
}

}  // namespace
}  // namespace sallyport::idp
