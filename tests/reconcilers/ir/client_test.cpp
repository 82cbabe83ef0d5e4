// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/ir/client.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace sallyport::ir {
namespace {

ClientFragment fragment() {
  ClientFragment one;
  one.owner = {"ProtectedEndpoint", "risk", "fraud", Uid("u1"), "41", 3};
  one.client_name = "sallyport abcd1234 risk/fraud";
  one.grant_types = {"client_credentials"};
  one.scopes = {"fraud:score"};
  one.audience = "https://ml.example.com";
  one.consumer_secret = "fraud-client";
  return one;
}

TEST(ClientFragmentHash, ChangesWithEverythingThatReachesTheProviderOrTheConsumer) {
  const std::vector<std::function<void(ClientFragment&)>> edits = {
      [](ClientFragment& f) { f.client_name = "x"; },   [](ClientFragment& f) { f.grant_types = {}; },
      [](ClientFragment& f) { f.scopes = {"a", "b"}; }, [](ClientFragment& f) { f.audience = ""; },
      [](ClientFragment& f) { f.adopt = "legacy"; },    [](ClientFragment& f) { f.consumer_secret = "y"; }};
  std::set<std::string> hashes{fragment().hash()};
  for (const auto& edit : edits) {
    ClientFragment edited = fragment();
    edit(edited);
    EXPECT_TRUE(hashes.insert(edited.hash()).second) << "edit " << hashes.size();
  }
}

TEST(ClientFragmentHash, StaysWhenOnlyTheObjectWasWrittenAgain) {
  ClientFragment later = fragment();
  later.owner.generation = 4;
  later.owner.resource_version = "42";
  EXPECT_EQ(later.hash(), fragment().hash());
}

}  // namespace
}  // namespace sallyport::ir
