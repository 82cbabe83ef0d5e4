// SPDX-License-Identifier: Apache-2.0
#include "operator/store/kubernetes_own_writes.hpp"

#include <gmock/gmock.h>

namespace sallyport::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Key kKey{"Edge", "risk", "a"};
const Uid kUid("u1");

TEST(OwnWrites, HoldsAKeyBackUntilTheCacheShowsTheWrite) {
  OwnWrites writes;
  writes.watch("Edge", "");
  writes.wrote(kKey, kUid, "10");

  EXPECT_FALSE(writes.fresh(kKey));
  writes.seen(kKey, "9");
  EXPECT_FALSE(writes.fresh(kKey));
  writes.seen(kKey, "10");

  EXPECT_TRUE(writes.fresh(kKey));
}

TEST(OwnWrites, WaitsForTheLastOfSeveralWrites) {
  OwnWrites writes;
  writes.watch("Edge", "");
  writes.wrote(kKey, kUid, "10");
  writes.wrote(kKey, kUid, "12");
  writes.wrote(kKey, kUid, "11");

  writes.seen(kKey, "11");
  EXPECT_FALSE(writes.fresh(kKey));
  writes.seen(kKey, "12");
  EXPECT_TRUE(writes.fresh(kKey));
}

TEST(OwnWrites, DoesNotWaitWhenTheWatchWasFasterThanTheAnswer) {
  OwnWrites writes;
  writes.watch("Edge", "");
  writes.seen(kKey, "10");
  EXPECT_THAT(writes.advanced("Edge", "", "10"), IsEmpty());

  writes.wrote(kKey, kUid, "10");

  EXPECT_TRUE(writes.fresh(kKey));
}

TEST(OwnWrites, IsReleasedByADeletion) {
  OwnWrites writes;
  writes.watch("Edge", "");
  writes.wrote(kKey, kUid, "10");

  writes.deleted(kKey);

  EXPECT_TRUE(writes.fresh(kKey));
}

TEST(OwnWrites, IsReleasedByABookmarkOfItsOwnScopeOnly) {
  OwnWrites writes;
  writes.watch("Edge", "risk");
  writes.watch("Edge", "other");
  writes.wrote(kKey, kUid, "10");

  EXPECT_THAT(writes.advanced("Edge", "other", "99"), IsEmpty());
  EXPECT_THAT(writes.advanced("Gateway", "risk", "99"), IsEmpty());
  EXPECT_FALSE(writes.fresh(kKey));

  EXPECT_THAT(writes.advanced("Edge", "risk", "10"), ElementsAre(kKey));
  EXPECT_TRUE(writes.fresh(kKey));
}

TEST(OwnWrites, NeverHoldsBackWhatNobodyWatches) {
  OwnWrites writes;
  writes.watch("Edge", "other");

  writes.wrote(kKey, kUid, "10");

  EXPECT_TRUE(writes.fresh(kKey));
}

TEST(OwnWrites, DoesNotWaitForEverForVersionsThatCannotBeCompared) {
  OwnWrites writes;
  writes.watch("Edge", "");
  writes.wrote(kKey, kUid, "opaque");
  EXPECT_FALSE(writes.fresh(kKey));

  writes.seen(kKey, "11");

  EXPECT_TRUE(writes.fresh(kKey));
}

TEST(OwnWrites, KnowsTheNewestVersionOfALife) {
  OwnWrites writes;
  EXPECT_EQ(writes.newest(kKey, kUid, "10"), "10");
  writes.wrote(kKey, kUid, "11");

  EXPECT_EQ(writes.newest(kKey, kUid, "10"), "11");
  EXPECT_EQ(writes.newest(kKey, kUid, "12"), "12");
  EXPECT_EQ(writes.newest(kKey, Uid("u2"), "10"), "10");
  writes.deleted(kKey);
  EXPECT_EQ(writes.newest(kKey, kUid, "10"), "10");
}

}  // namespace
}  // namespace sallyport::store
