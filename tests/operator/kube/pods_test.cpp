// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/pods.hpp"

#include <gmock/gmock.h>

#include "tests/operator/kube/kube_script.hpp"

namespace sallyport::kube {
namespace {

using nlohmann::json;
using testing::answer;
using testing::client_options;
using ::testing::HasSubstr;
using testing::refusal;
using testing::Script;

json good_status() {
  return {
      {"authenticated", true},
      {"audiences", {"sallyport"}},
      {"user",
       {{"username", "system:serviceaccount:edge:agent"},
        {"extra",
         {{"authentication.kubernetes.io/pod-name", {"edge-0"}}, {"authentication.kubernetes.io/pod-uid", {"u-1"}}}}}}};
}

class PodsOf : public ::testing::Test {
 protected:
  Result<PodAccount> review(const json& status) {
    script_.add(answer(201, json{{"kind", "TokenReview"}, {"status", status}}.dump()));
    return pods_.of_token(Secret("the-token"), "sallyport", {});
  }

  sallyport::testing::FakeClock clock_;
  sallyport::testing::FakeRandom random_;
  Script script_{{}};
  Pods pods_{script_.client(), client_options(clock_, random_)};
};

TEST_F(PodsOf, AreNamedByTheApiServer) {
  const auto account = review(good_status());

  ASSERT_TRUE(account) << account.error().text();
  EXPECT_EQ(*account, (PodAccount{"edge", "agent", "edge-0", "u-1"}));
  const http::Request asked = script_.requests().front();
  EXPECT_EQ(asked.method + " " + asked.target, "POST /apis/authentication.k8s.io/v1/tokenreviews");
  EXPECT_EQ(json::parse(asked.body)["spec"], (json{{"token", "the-token"}, {"audiences", {"sallyport"}}}));
}

TEST_F(PodsOf, AreStrangersWithATokenThatIsNotKnownOrForAnotherAudience) {
  json unknown = {{"authenticated", false}, {"error", "invalid bearer token"}};
  json other = good_status(), unaware = good_status();
  other["audiences"] = {"https://kubernetes.default.svc"};
  unaware.erase("audiences");

  for (const json& status : {unknown, other, unaware, json::object()}) {
    const auto account = review(status);
    ASSERT_FALSE(account) << status;
    EXPECT_EQ(account.error().code, Code::Unauthorized) << status;
  }
}

TEST_F(PodsOf, AreRefusedWithATokenThatIsNotBoundToAPod) {
  json person = good_status(), unbound = good_status(), odd = good_status(), two = good_status();
  person["user"]["username"] = "alice";
  unbound["user"].erase("extra");
  odd["user"]["username"] = "system:serviceaccount:edge:agent:x";
  two["user"]["extra"]["authentication.kubernetes.io/pod-name"] = {"a", "b"};

  for (const json& status : {person, unbound, odd, two}) {
    const auto account = review(status);
    ASSERT_FALSE(account) << status;
    EXPECT_EQ(account.error().code, Code::Refused) << status;
  }
}

TEST_F(PodsOf, AreUnknownWhereTheAnswerMakesNoSense) {
  script_.add(answer(201, R"({"kind": "TokenReview"})"));
  EXPECT_EQ(pods_.of_token(Secret("t"), "sallyport", {}).error().code, Code::Unavailable);
  script_.add(refusal(403, "Forbidden"));
  const auto refused = pods_.of_token(Secret("t0ken-bytes"), "sallyport", {});
  EXPECT_EQ(refused.error().code, Code::Unavailable) << "our right is missing, and the token may be good";
  EXPECT_THAT(refused.error().text(), ::testing::Not(HasSubstr("t0ken-bytes")));
}

TEST_F(PodsOf, AreGoneOnlyByTheApiServersOwnWord) {
  script_.add(answer(200, R"({"kind": "PartialObjectMetadata"})"));
  EXPECT_EQ(pods_.exists("edge", "edge-0", {}), Result<bool>(true));
  EXPECT_EQ(script_.requests().front().target, "/api/v1/namespaces/edge/pods/edge-0");
  script_.add(refusal(404, "NotFound"));
  EXPECT_EQ(pods_.exists("edge", "edge-0", {}), Result<bool>(false));
  script_.add(refusal(403, "Forbidden"));
  EXPECT_EQ(pods_.exists("edge", "edge-0", {}).error().code, Code::Refused);
}

}  // namespace
}  // namespace sallyport::kube
