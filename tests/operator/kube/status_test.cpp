// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/status.hpp"

#include <gmock/gmock.h>

#include "tests/operator/kube/kube_script.hpp"

namespace sallyport::kube {
namespace {

using nlohmann::json;
using testing::answer;
using ::testing::HasSubstr;
using testing::refusal;

Error of(const http::Response& response) {
  return error_of(response, "apply Edge risk/a", "PATCH /edges/a");
}

TEST(Status, SaysWhatAControllerMayDo) {
  EXPECT_EQ(of(refusal(401, "Unauthorized")).code, Code::Unauthorized);
  EXPECT_EQ(of(refusal(403, "Forbidden")).code, Code::Refused);
  EXPECT_EQ(of(refusal(404, "NotFound")).code, Code::NotFound);
  EXPECT_EQ(of(refusal(409, "AlreadyExists")).code, Code::Conflict);
  EXPECT_EQ(of(refusal(422, "Invalid")).code, Code::InvalidSpec);
  EXPECT_EQ(of(refusal(429, "TooManyRequests")).code, Code::RateLimited);
  EXPECT_EQ(of(refusal(500, "InternalError")).code, Code::Unavailable);
  EXPECT_EQ(of(refusal(400, "BadRequest")).code, Code::Internal);
}

TEST(Status, TakesA404OfAnybodyElseForNoAnswer) {
  EXPECT_EQ(of(answer(404, "<html>nginx</html>")).code, Code::Unavailable);
  EXPECT_THAT(of(answer(404, "404 page not found")).message, HasSubstr("is the CRD installed?"));
}

TEST(Status, NamesTheFieldThatIsInvalid) {
  const json cause{{"reason", "FieldValueInvalid"}, {"message", "must be a host"}, {"field", "spec.host"}};

  const Error error = of(refusal(422, "Invalid", {{"causes", {cause}}}));

  EXPECT_EQ(error.where, "spec.host");
  EXPECT_THAT(error.message, HasSubstr("spec.host: must be a host"));
}

TEST(Status, TakesAnotherUidForAConflict) {
  const json cause{{"reason", "FieldValueInvalid"}, {"message", "field is immutable"}, {"field", "metadata.uid"}};

  EXPECT_EQ(of(refusal(422, "Invalid", {{"causes", {cause}}})).code, Code::Conflict);
}

TEST(Status, ListsAllFieldsThatAreInvalid) {
  const json causes =
      json::array({{{"message", "one"}, {"field", "spec.a"}}, {{"message", "two"}, {"field", "spec.b"}}});

  const Error error = of(refusal(422, "Invalid", {{"causes", causes}}));

  EXPECT_EQ(error.where, "PATCH /edges/a");
  EXPECT_THAT(error.message, HasSubstr("spec.a: one; spec.b: two"));
}

TEST(Status, DoesNotHurryBackToANamespaceThatIsBeingDeleted) {
  const json cause{{"reason", "NamespaceTerminating"}, {"message", "namespace risk is being terminated"}};

  const Error error = of(refusal(403, "Forbidden", {{"causes", {cause}}}));

  EXPECT_EQ(error.code, Code::Refused);
  EXPECT_EQ(error.retry_after, std::chrono::minutes(1));
}

TEST(Status, ReadsRetryAfterFromHeaderOrBody) {
  EXPECT_EQ(of(answer(429, "", {{"Retry-After", "4"}})).retry_after, std::chrono::seconds(4));
  EXPECT_EQ(of(refusal(429, "TooManyRequests", {{"retryAfterSeconds", 5}})).retry_after, std::chrono::seconds(5));
}

TEST(Status, SurvivesBodiesThatAreNoStatus) {
  for (const char* body : {"", "null", "[]", "{\"kind\":7}", "{\"kind\":\"Status\",\"message\":{},\"details\":[1]}"}) {
    EXPECT_EQ(of(answer(409, body)).code, Code::Conflict) << body;
  }
  EXPECT_EQ(of(answer(409, std::string(100000, '['))).code, Code::Conflict);
}

TEST(Status, GivesTheCodeOfAnErrorEvent) {
  EXPECT_EQ(status_code(refusal(410, "Expired").body), 410);
  EXPECT_EQ(status_code("{}"), 0);
}

}  // namespace
}  // namespace sallyport::kube
