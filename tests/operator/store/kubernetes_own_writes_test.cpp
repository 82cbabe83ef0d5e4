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

TEST(OwnWrites, KnowsTheStatusThatItWroteLastWhateverElseItWroteSince) {
  OwnWrites writes;
  writes.wrote(kKey, kUid, "10", "{}");
  writes.wrote(kKey, kUid, "11");

  EXPECT_EQ(writes.status_after(kKey, kUid, "9"), OwnWrites::hash_of("{}"));
  EXPECT_EQ(writes.status_after(kKey, kUid, "10"), std::nullopt) << "the cache shows it";
  EXPECT_EQ(writes.status_after(kKey, Uid("u2"), "9"), std::nullopt);
  EXPECT_EQ(writes.newest(kKey), "11");
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

  EXPECT_THAT(writes.advanced("Edge", "risk", "10"), ElementsAre(kKey)) << "it was asked for above";
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

TEST(OwnWrites, TellsAnEchoFromWhatOthersWrote) {
  OwnWrites writes;
  writes.watch("Edge", "");
  EXPECT_FALSE(writes.seen(kKey, "9").is_echo);
  writes.wrote(kKey, kUid, "10");

  EXPECT_TRUE(writes.seen(kKey, "10").is_echo);
  EXPECT_FALSE(writes.seen(kKey, "11").is_echo);
}

TEST(OwnWrites, CallsBackOnlyWhoAskedInVain) {
  OwnWrites writes;
  writes.watch("Edge", "");
  writes.wrote(kKey, kUid, "10");
  EXPECT_FALSE(writes.seen(kKey, "10").was_awaited);

  writes.wrote(kKey, kUid, "11");
  EXPECT_FALSE(writes.fresh(kKey));
  EXPECT_TRUE(writes.seen(kKey, "11").was_awaited);

  writes.wrote(kKey, kUid, "12");
  EXPECT_THAT(writes.advanced("Edge", "", "12"), IsEmpty());
}

TEST(OwnWrites, ForgetsWhatItMadeLongAgo) {
  OwnWrites writes;
  writes.watch("Edge", "");
  for (int i = 0; i < 5000; ++i) {
    const Key key{"Edge", "risk", std::to_string(i)};
    writes.wrote(key, kUid, "10");
    writes.seen(key, "10");
  }

  EXPECT_EQ(writes.newest({"Edge", "risk", "0"}, kUid, "9"), "9") << "it is remembered for ever";
  EXPECT_EQ(writes.newest({"Edge", "risk", "4999"}, kUid, "9"), "10");
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
