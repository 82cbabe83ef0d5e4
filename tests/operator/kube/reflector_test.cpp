// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/reflector.hpp"

#include <gmock/gmock.h>

#include "tests/operator/kube/reflector_script.hpp"

namespace sallyport::kube {
namespace {

using std::chrono::milliseconds;
using testing::answer;
using testing::bookmark;
using ::testing::ElementsAre;
using testing::end_of_list;
using testing::event;
using testing::filled;
using ::testing::HasSubstr;
using testing::list;
using ::testing::Not;
using testing::object;
using testing::refusal;
using testing::Watched;

TEST(Reflector, FillsItsCacheFromOneStreamAndIsSyncedOnlyAtTheEndMark) {
  Watched w({answer(200, event("ADDED", object("a", 5))), answer(200, filled())});

  w.step();
  EXPECT_FALSE(w.reflector.synced());
  w.step();

  EXPECT_TRUE(w.reflector.synced());
  EXPECT_EQ(w.reflector.version(), "10");
  EXPECT_THAT(w.journal, ElementsAre("initial a/u1", "initial b/u1"));
  EXPECT_THAT(w.watch_script.requests()[0].target,
              HasSubstr("sendInitialEvents=true&resourceVersionMatch=NotOlderThan"));
  EXPECT_THAT(w.watch_script.requests()[0].target, Not(HasSubstr("resourceVersion=")));
}

TEST(Reflector, TakesNoVersionFromTheEventsThatStandForAList) {
  Watched w({answer(200, filled())});

  w.step();

  EXPECT_THAT(w.advanced, ElementsAre("10"));
}

TEST(Reflector, GoesOnFromTheLastVersionWhenTheServerEndsTheStream) {
  Watched w({answer(200, filled() + event("MODIFIED", object("a", 11)) + bookmark(20)), answer(200, bookmark(30))});

  EXPECT_EQ(w.step(), milliseconds(0));
  w.step();

  EXPECT_THAT(w.last_watch(), HasSubstr("resourceVersion=20"));
  EXPECT_THAT(w.advanced, ElementsAre("10", "11", "20", "30"));
  EXPECT_THAT(w.endings, ElementsAre("closed", "closed"));
  EXPECT_EQ(w.cache["a"], "11");
}

TEST(Reflector, AsksTheServerToEndAWatchBetweenFiveAndTenMinutes) {
  Watched w({answer(200, filled())});

  w.step();

  EXPECT_THAT(w.last_watch(), HasSubstr("timeoutSeconds=450"));
}

TEST(Reflector, ReadsPagesWhenTheServerRefusesToStreamAndNeverAsksAgain) {
  Watched w({refusal(422, "Invalid"), answer(200, bookmark(11)), answer(410)},
            {answer(200, list(10, {object("a", 5)}, "next")), answer(200, list(10, {object("b", 6)})),
             answer(200, list(20, {object("a", 5), object("b", 6)}))});

  EXPECT_EQ(w.step(), milliseconds(0));
  w.step();
  EXPECT_TRUE(w.reflector.synced());
  w.step();
  w.step();
  w.step();

  EXPECT_EQ(w.reflector.version(), "20");
  EXPECT_THAT(w.list_script.requests()[0].target, HasSubstr("limit=500"));
  EXPECT_THAT(w.list_script.requests()[1].target, HasSubstr("continue=next"));
  EXPECT_THAT(w.journal, ElementsAre("initial a/u1", "initial b/u1"));
  EXPECT_EQ(w.watch_script.requests().size(), 3U);
}

TEST(Reflector, ReadsPagesAfterTwoStreamsWithoutAnEndMark) {
  Watched w({answer(200, event("ADDED", object("a", 5))), answer(200, event("ADDED", object("a", 5)))},
            {answer(200, list(10, {object("a", 5)}))});

  EXPECT_GT(w.step(), milliseconds(0));
  w.step();
  w.step();

  EXPECT_TRUE(w.reflector.synced());
}

TEST(Reflector, ListsAgainInFullWhenAPageTokenExpires) {
  Watched w({refusal(400, "BadRequest")},
            {answer(200, list(10, {object("a", 5), object("gone", 4)}, "next")), refusal(410, "Expired"),
             answer(200, list(12, {object("a", 5), object("b", 6)}))});

  w.step();
  w.step();

  EXPECT_THAT(w.list_script.requests()[2].target, Not(HasSubstr("limit=")));
  EXPECT_THAT(w.journal, ElementsAre("initial a/u1", "initial gone/u1", "initial b/u1", "deleted gone"));
  EXPECT_EQ(w.cache.size(), 2U);
}

TEST(Reflector, IsNotSyncedByHalfAList) {
  Watched w({refusal(400, "BadRequest")}, {answer(200, list(10, {object("a", 5)}, "next")), refusal(403, "Forbidden")});

  w.step();
  EXPECT_GT(w.step(), milliseconds(0));

  EXPECT_FALSE(w.reflector.synced());
  EXPECT_EQ(w.reflector.version(), "");
}

TEST(Reflector, ReportsDeletionsThatItMissedWhileItsVersionWasGone) {
  Watched w({answer(200, filled()), answer(410), answer(200, event("ADDED", object("a", 5)) + end_of_list(50))});

  w.step();
  w.step();
  w.step();

  EXPECT_THAT(w.journal, ElementsAre("initial a/u1", "initial b/u1", "deleted b"));
  EXPECT_THAT(w.endings, ElementsAre("closed", "gone", "closed"));
  EXPECT_EQ(w.relists, 1);
}

TEST(Reflector, ListsAgainWhenTheStreamItselfSaysGone) {
  const nlohmann::json gone{{"kind", "Status"}, {"code", 410}, {"reason", "Expired"}, {"message", "too old"}};
  Watched w({answer(200, filled()), answer(200, event("MODIFIED", object("a", 11)) + event("ERROR", gone)),
             answer(200, event("ADDED", object("a", 12)) + event("ADDED", object("b", 3)) + end_of_list(50))});

  w.step();
  EXPECT_GT(w.step(), milliseconds(0));
  w.step();

  EXPECT_THAT(w.last_watch(), HasSubstr("sendInitialEvents"));
  EXPECT_EQ(w.cache["a"], "12");
  EXPECT_EQ(w.cache["b"], "3");
}

TEST(Reflector, KeepsItsVersionThroughAnErrorEventOtherThanGone) {
  const nlohmann::json broken{{"kind", "Status"}, {"code", 500}, {"message", "etcd"}};
  Watched w({answer(200, filled()), answer(200, event("ERROR", broken)), answer(200, bookmark(12))});

  w.step();
  w.step();
  w.step();

  EXPECT_THAT(w.last_watch(), HasSubstr("resourceVersion=10"));
}

TEST(Reflector, IsNotSyncedAfterARelistUntilItHasListedAnew) {
  Watched w({answer(200, filled()), answer(200, event("ADDED", object("a", 12))),
             answer(200, event("ADDED", object("a", 12)) + end_of_list(50))});
  w.step();

  w.reflector.relist();
  EXPECT_FALSE(w.reflector.synced());
  w.step();
  EXPECT_FALSE(w.reflector.synced()) << "half a list";
  w.step();

  EXPECT_TRUE(w.reflector.synced());
  EXPECT_THAT(w.last_watch(), HasSubstr("sendInitialEvents"));
  EXPECT_THAT(w.journal, ElementsAre("initial a/u1", "initial b/u1", "changed a/u1", "deleted b"));
}

TEST(Reflector, TakesNoListForAnAnswerThatWasBegunBeforeTheQuestion) {
  Watched w({answer(200, filled()), answer(200, filled(20))});
  w.on_put = [&w] { w.reflector.relist(); };
  w.step();
  w.on_put = {};
  EXPECT_FALSE(w.reflector.synced());

  w.step();

  EXPECT_TRUE(w.reflector.synced());
  EXPECT_EQ(w.reflector.version(), "20");
}

TEST(Reflector, TreatsTheSameNameWithAnotherUidAsDeletedAndAdded) {
  Watched w({answer(200, filled() + event("MODIFIED", object("a", 12, "u2")))});

  w.step();

  EXPECT_THAT(w.journal, ElementsAre("initial a/u1", "initial b/u1", "deleted a", "changed a/u2"));
  EXPECT_EQ(w.cache["a"], "12");
}

TEST(Reflector, TreatsAnotherUidInARelistAsDeletedAndAdded) {
  Watched w({answer(200, filled()), answer(410), answer(200, event("ADDED", object("a", 40, "u2")) + end_of_list(50))});

  w.step();
  w.step();
  w.step();

  EXPECT_THAT(w.journal, ElementsAre("initial a/u1", "initial b/u1", "deleted a", "changed a/u2", "deleted b"));
}

TEST(Reflector, IgnoresTheDeletionOfAnEarlierLife) {
  Watched w(
      {answer(200, filled() + event("MODIFIED", object("a", 12, "u2")) + event("DELETED", object("a", 13, "u1")))});

  w.step();

  EXPECT_EQ(w.cache["a"], "12");
}

}  // namespace
}  // namespace sallyport::kube
