// SPDX-License-Identifier: Apache-2.0
// Every answer here is as AS3's own code or the framework around it gave it (the reference page's measured texts).
#include "reconcilers/providers/edge/bigip/answer.hpp"

#include <gtest/gtest.h>

namespace sallyport::edge::bigip {
namespace {

Answer read(int status, const std::string& body) {
  return read_answer({status, {}, body}, "POST https://unit/declare", "T");
}

TEST(ReadAnswer, TellsSuccessFromNoChange) {
  EXPECT_EQ(read(200, R"({"results":[{"code":200,"message":"success","tenant":"T"}],"declaration":{}})").meaning,
            Meaning::Done);
  EXPECT_EQ(read(200, R"({"results":[{"code":200,"message":"no change"}]})").meaning, Meaning::NoChange);
}

TEST(ReadAnswer, TakesATask) {
  const Answer answer = read(
      202,
      R"({"id":"0f","results":[{"message":"Declaration successfully submitted","tenant":"","code":0}],"selfLink":"https://localhost/x"})");

  EXPECT_EQ(answer.meaning, Meaning::Accepted);
  EXPECT_EQ(answer.task, "0f");
}

TEST(ReadAnswer, SeesATaskGoOn) {
  EXPECT_EQ(read(200, R"({"id":"0f","results":[{"message":"in progress","code":0}]})").meaning, Meaning::Running);
  EXPECT_EQ(read(200, R"({"id":"0f","results":[{"message":"task cancelled","code":0}]})").meaning, Meaning::Cancelled);
  EXPECT_EQ(read(404, R"({"message":"No record found with ID of nope"})").meaning, Meaning::Lost);
}

TEST(ReadAnswer, NamesTheFirstErrorOfAnInvalidDeclaration) {
  const Answer answer = read(
      422,
      R"({"code":422,"errors":["/T/A/vs/pool/use: contains path to non-existent object nope"],"message":"declaration is invalid","tenant":["T"]})");

  EXPECT_EQ(answer.meaning, Meaning::Invalid);
  EXPECT_EQ(answer.words, "/T/A/vs/pool/use: contains path to non-existent object nope");
}

TEST(ReadAnswer, TakesTheDevicesOwnWordsBeforeAS3s) {
  const Answer answer = read(
      422,
      R"({"code":422,"results":[{"code":422,"message":"declaration failed","response":"01020066:3: it exists","tenant":"T"}]})");

  EXPECT_EQ(answer.meaning, Meaning::Rejected);
  EXPECT_EQ(answer.words, "01020066:3: it exists");
}

TEST(ReadAnswer, TakesTheWorstOfSeveralResults) {
  EXPECT_EQ(
      read(
          207,
          R"({"code":207,"results":[{"code":200,"message":"success","tenant":"T"},{"code":422,"message":"declaration failed","response":"no","tenant":"T"}]})")
          .meaning,
      Meaning::Rejected);
}

TEST(ReadAnswer, JudgesOnlyWhatBecameOfItsOwnTenant) {
  const auto among = [](const std::string& ours, const std::string& common) {
    return R"({"results":[{"tenant":"Common",)" + common + R"(},{"tenant":"T",)" + ours + R"(},{"tenant":"Common",)" +
           common + "}]}";
  };
  const std::string success = R"("code":200,"message":"success")";
  const std::string same = R"("code":200,"message":"no change")";
  const std::string failure = R"("code":422,"message":"declaration failed","response":"no")";

  EXPECT_EQ(read(200, among(success, same)).meaning, Meaning::Done);
  EXPECT_EQ(read(200, among(same, success)).meaning, Meaning::NoChange);
  EXPECT_EQ(read(207, among(success, failure)).meaning, Meaning::Done);
  EXPECT_EQ(read(207, among(failure, same)).meaning, Meaning::Rejected);
}

TEST(ReadAnswer, KnowsNothingFromTheResultsOfOthers) {
  EXPECT_EQ(read(200, R"({"results":[{"tenant":"Common","code":200,"message":"success"}]})").meaning, Meaning::Unclear);
}

TEST(ReadAnswer, KnowsTheBusyDeviceWithAndWithoutATask) {
  const std::string busy =
      R"("code":503,"message":"Error: Configuration operation in progress on device localhost, please try again in 2 minutes")";

  EXPECT_EQ(read(503, "{" + busy + "}").meaning, Meaning::Busy);
  EXPECT_EQ(read(200, R"({"id":"0f","results":[{)" + busy + R"(,"tenant":["T"]}]})").meaning, Meaning::Busy);
  EXPECT_EQ(
      read(
          503,
          R"({"code":503,"message":"Error: Too many configuration operations are in progress on the device. Please try again later"})")
          .meaning,
      Meaning::Busy);
}

TEST(ReadAnswer, KnowsThatAPatchIsStaleOrTheFirstTenantMissing) {
  EXPECT_EQ(read(422, R"({"code":422,"message":"InvalidPatchOperationError: path does not exist /T/App"})").meaning,
            Meaning::Stale);
  EXPECT_EQ(read(422, R"({"code":422,"message":"declaration lacks valid 'id' property"})").meaning, Meaning::First);
}

TEST(ReadAnswer, BlamesNoEntryForARequestThatIsOurFault) {
  const Answer answer =
      read(422, R"({"code":422,"message":"Invalid request: /action: should be equal to one of the allowed values"})");

  EXPECT_EQ(answer.meaning, Meaning::Failed);
  EXPECT_EQ(answer.error->code, Code::Internal);
}

TEST(ReadAnswer, DoesNotKnowWhatHappenedBehindHtmlOrAServerError) {
  EXPECT_EQ(read(503, "<html>Service Unavailable</html>").meaning, Meaning::Unclear);
  EXPECT_EQ(read(200, "<html>hello</html>").meaning, Meaning::Unclear);
  EXPECT_EQ(read(500, R"({"code":500,"message":"AsyncContext timeout"})").meaning, Meaning::Unclear);
  EXPECT_EQ(read(408, R"({"code":408,"message":"Request exceeded iControl LX timeout"})").meaning, Meaning::Unclear);
}

TEST(ReadAnswer, TellsRefusalsApart) {
  EXPECT_EQ(read(401, "{}").error->code, Code::Unauthorized);
  const Error refused = *read(403, R"({"code":403,"message":"no"})").error;
  EXPECT_EQ(refused.code, Code::Refused);
  EXPECT_NE(refused.message.find("no; the account in the gateway's credentials lacks the right"), std::string::npos);
  EXPECT_EQ(read(429, "").error->code, Code::RateLimited);
  EXPECT_EQ(read(409, R"({"code":409,"message":"collides"})").error->code, Code::Conflict);
  const Answer missing =
      read(404, R"({"code":404,"message":"Public URI path not registered: /shared/appsvcs/declare"})");
  EXPECT_EQ(missing.meaning, Meaning::Failed);
  EXPECT_EQ(missing.error->code, Code::NotFound);
  EXPECT_NE(missing.error->message.find("AS3 is not installed"), std::string::npos);
}

TEST(ReadAnswer, ListsWhereADryRunDiffersAndNotWhat) {
  const Answer answer = read(200, R"({"dryRun":true,"results":[{"code":200,"message":"success","dryRun":true,"changes":[
    {"kind":"E","path":["/T/A/vs","properties","x"],"lhs":"secret one","rhs":"secret two"},{"kind":"N","path":["/T/Shared/p"]}]}]})");

  EXPECT_EQ(answer.meaning, Meaning::Done);
  EXPECT_EQ(answer.differences, (std::vector<std::string>{"/T/A/vs", "/T/Shared/p"}));
}

TEST(ReadAnswer, DoesNotRepeatAKeyThatAComplaintQuotes) {
  const Answer answer = read(
      422,
      R"({"code":422,"errors":["/T/A/c: bad -----BEGIN PRIVATE KEY-----abc"],"message":"declaration is invalid"})");

  EXPECT_EQ(answer.words.find("abc"), std::string::npos);
}

TEST(ErrorOf, KeepsTheTimeToComeBack) {
  EXPECT_EQ(error_of({429, {{"Retry-After", "7"}}, ""}, "x").retry_after, std::chrono::seconds(7));
  EXPECT_EQ(error_of({502, {}, "<html>"}, "x").code, Code::Unavailable);
  EXPECT_EQ(error_of({404, {}, "{}"}, "x").code, Code::NotFound);
}

}  // namespace
}  // namespace sallyport::edge::bigip
