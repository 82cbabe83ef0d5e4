// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/keycloak/record.hpp"

#include <gtest/gtest.h>

namespace sallyport::idp::keycloak {
namespace {

TEST(KeycloakRecord, IsReadAsItWasWritten) {
  Record record;
  record.state = Record::State::Registered;
  record.id = "row";
  record.client_id = "c";
  record.client_secret = Secret("s");
  record.adopted = true;
  record.scopes = {"a", "b"};
  record.used = {"a", "former"};
  record.asked_hash = "h";
  record.generation = 4;

  const auto again = read(write(record));

  ASSERT_TRUE(again);
  EXPECT_EQ(write(*again), write(record));
  EXPECT_EQ(again->scopes, record.scopes);
  EXPECT_EQ(again->used, record.used);
  EXPECT_EQ(again->generation, 4);
  EXPECT_TRUE(again->adopted);
}

TEST(KeycloakRecord, GuessesNothingFromARecordThatIsBroken) {
  EXPECT_EQ(read({{"state", Secret("registered")}}).error().code, Code::Internal);
  EXPECT_EQ(
      read({{"state", Secret("x")}, {"id", Secret("i")}, {"client_id", Secret("c")}, {"client_secret", Secret("s")}})
          .error()
          .code,
      Code::Internal);
}

}  // namespace
}  // namespace sallyport::idp::keycloak
