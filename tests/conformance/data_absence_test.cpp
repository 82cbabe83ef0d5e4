// SPDX-License-Identifier: Apache-2.0
// What may say that a serving endpoint is gone, and who is let go without a question.
#include "tests/conformance/data_stage.hpp"

namespace sallyport::data {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kAnalysts = "group:risk-analysts";
const std::string kLists = "/api/2.0/permissions/";
const std::string kEndpoint = "/api/2.0/serving-endpoints/fraud-scoring";
constexpr auto kAbsent = R"({"error_code":"RESOURCE_DOES_NOT_EXIST","message":"It does not exist."})";

struct Missing {
  std::string path;  ///< how it begins
  std::string body;  ///< of its 404
};

TEST_F(DataConformance, TakesAnEndpointForGoneByNothingButItsOwnWord) {
  for (const Missing& missing :
       {Missing{"/api/2.0/preview/scim/v2/Me", kAbsent}, Missing{"/oidc/v1/token", kAbsent},
        Missing{"/oidc/v1/token", "<html>Not Found</html>"}, Missing{kLists, kAbsent}, Missing{kLists, ""},
        Missing{"/api/2.0/serving-endpoints", ""}, Missing{"/api/2.0/serving-endpoints", "<html>Not Found</html>"},
        Missing{"/api/2.0/serving-endpoints", R"({"error":"NOT_FOUND","message":"no route"})"},
        Missing{"/api/2.0/serving-endpoints",
                R"({"error_code":"ENDPOINT_NOT_FOUND","message":"No API found for 'GET /serving-endpoints'"})"}}) {
    SCOPED_TRACE(missing.path + " " + missing.body);
    instead = [](const http::Request&) { return std::nullopt; };
    EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
    restart();
    instead = [&](const http::Request& request) -> std::optional<Result<http::Response>> {
      if (!request.target.starts_with(missing.path)) return std::nullopt;
      return http::Response{404, {}, missing.body};
    };
    for (const Wish wish : {Wish::Present, Wish::Absent}) {
      const ir::Verdict verdict = converge(wishing(wish, fragment({group("risk-analysts")})));
      EXPECT_OUTCOME(verdict, Outcome::Unknown);
      ASSERT_TRUE(verdict.error.has_value());
      EXPECT_EQ(verdict.error->code, Code::Unavailable);
    }
    ASSERT_EQ(ledgers.kept.size(), 1U);
    EXPECT_TRUE(ledger().entries.contains(kAnalysts));
  }
}

TEST_F(DataConformance, TakesNothingForGoneWithoutItsOwnSecret) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  secrets.missing = true;
  restart();

  const ir::Verdict verdict = converge(wishing(Wish::Absent, fragment({})));

  EXPECT_OUTCOME(verdict, Outcome::Unknown);
  ASSERT_TRUE(verdict.error.has_value());
  EXPECT_EQ(verdict.error->code, Code::Unauthorized);
  EXPECT_THAT(verdict.error->message, HasSubstr("Secret 'sallyport/dbx'"));
  EXPECT_EQ(ledgers.kept.size(), 1U);
}

TEST_F(DataConformance, BelievesAnEndpointThatIsGone) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  ASSERT_EQ(stage.control("DELETE", "/serving-endpoints/fraud-scoring").status, 200);
  until_the_next_look();

  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Rejected);

  EXPECT_THAT(ledgers.kept, IsEmpty());
  EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Gone);
}

TEST_F(DataConformance, LetsGoWithoutAQuestionWhoNeverHadAnything) {
  set_tags({{"sallyport-instance", "inst0002"}, {"sallyport-namespace", "risk"}});
  const std::map<std::string, std::string> reasons{{kServing, "another installation's"},
                                                   {"churn", "no consent"},
                                                   {"private-model", "hidden by a 403"},
                                                   {"databricks-gpt-oss-120b", "a foundation model"}};
  for (const auto& [serving, why] : reasons) {
    ir::GrantFragment one = fragment({group("risk-analysts")});
    one.serving_endpoint = serving;
    EXPECT_NE(converge(one).outcome, Outcome::Applied) << why;
    asked.clear();
    for (const Wish wish : {Wish::Absent, Wish::Release})
      EXPECT_OUTCOME(converge(wishing(wish, one)), Outcome::Gone) << why;
    EXPECT_THAT(asked, IsEmpty()) << why;
  }
}

TEST_F(DataConformance, SaysWhatToDoAboutAFoundationModel) {
  ir::GrantFragment one = fragment({group("risk-analysts")});
  one.serving_endpoint = "databricks-gpt-oss-120b";

  const ir::Verdict verdict = converge(one);

  EXPECT_OUTCOME(verdict, Outcome::Rejected);
  ASSERT_TRUE(verdict.error.has_value());
  EXPECT_EQ(verdict.error->code, Code::InvalidSpec);
  EXPECT_EQ(verdict.error->where, "spec.backends[0].serving.endpoint");
  EXPECT_THAT(verdict.error->message, HasSubstr("create a serving endpoint of your own"));
}

TEST_F(DataConformance, LetsNobodyGoBeforeItsGrantsAreSeenGone) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  trouble({{"kind", "permission_denied"}, {"method", "PUT"}, {"path", kLists + "*"}, {"times", 2}});
  for (int attempt = 0; attempt < 2; ++attempt) {
    EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Unknown);
    restart();
  }

  EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Gone);

  EXPECT_EQ(held(kAnalysts), "");
}

TEST_F(DataConformance, KeepsTheRevocationsOfOthersWhenOneIsReleased) {
  const auto leaving = fragment({group("risk-analysts")}, "leaving");
  const auto released = fragment({group("data-scientists")}, "released");
  converge_all({leaving, released});
  trouble({{"kind", "permission_denied"}, {"method", "PUT"}, {"path", kLists + "*"}});
  EXPECT_OUTCOME(converge_all({wishing(Wish::Absent, leaving), released})[0], Outcome::Unknown);

  EXPECT_OUTCOME(converge(wishing(Wish::Release, released)), Outcome::Gone);
  EXPECT_OUTCOME(converge(wishing(Wish::Absent, leaving)), Outcome::Gone);

  EXPECT_EQ(held(kAnalysts), "");
  EXPECT_EQ(held("group:data-scientists"), "CAN_QUERY");
  EXPECT_THAT(ledgers.kept, IsEmpty());
}

TEST_F(DataConformance, WritesNothingOnWhatAnotherInstallationHasClaimedMeanwhile) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  set_level(kAnalysts, "");
  set_tags({{"sallyport-instance", "inst0002"}, {"sallyport-namespace", "risk"}});
  until_the_next_look();
  asked.clear();

  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Rejected);

  EXPECT_THAT(writes(), IsEmpty());
}

TEST_F(DataConformance, GrantsNothingOnWhatAnotherInstallationClaimsAtTheSameTime) {
  altered = [this](const http::Request& request, http::Response&) {
    if (request.method == "PATCH" && request.target.ends_with("/tags"))
      set_tags({{"sallyport-instance", "inst0002"}, {"sallyport-namespace", "risk"}});
  };

  const ir::Verdict verdict = converge(fragment({group("risk-analysts")}));

  EXPECT_OUTCOME(verdict, Outcome::Unknown);
  ASSERT_TRUE(verdict.error.has_value());
  EXPECT_EQ(verdict.error->code, Code::Conflict);
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Rejected);
  EXPECT_EQ(held(kAnalysts), "");
  EXPECT_EQ(writes().size(), 1U) << "the claim, and no grant";
}

}  // namespace
}  // namespace sallyport::data
