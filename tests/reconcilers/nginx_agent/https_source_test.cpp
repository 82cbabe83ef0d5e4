// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/https_source.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/nginx_agent/fake_operator.hpp"

namespace sallyport::nginx_agent {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class HttpsSourceOf : public ::testing::Test {
 protected:
  HttpsSourceOf() {
    operator_.instead_of_known = [this](const http::Request& request) -> Result<http::Response> {
      if (request.target != "/manifest") return http::Response{404, {}, {}};
      const auto tag = request.headers.find("If-None-Match");
      if (tag != request.headers.end() && tag->second == tag_) return http::Response{304, {}, {}};
      return http::Response{200, {{"ETag", tag_}}, "sealed " + tag_};
    };
  }
  void answer_with(Result<http::Response> answer) {
    operator_.instead_of_known = [answer](const http::Request&) { return answer; };
  }

  testing::FakeClock clock_;
  FakeOperator operator_{clock_};
  std::string tag_ = "\"1\"";
  std::unique_ptr<Source> source_ = https_source(operator_.options(), operator_.connect(), clock_, {});
};

TEST_F(HttpsSourceOf, EnrolsAndFetchesWhatIsPublished) {
  EXPECT_EQ(source_->manifest(), Result<std::string>("sealed \"1\""));
  EXPECT_EQ(operator_.enrolments, 1);
  EXPECT_TRUE(operator_.connections.back().tls.client_cert_pem);
  EXPECT_EQ(operator_.connections.back().base_url, "https://operator.svc:8443/gateways/edge");
}

TEST_F(HttpsSourceOf, FetchesTheSameManifestOnce) {
  ASSERT_TRUE(source_->manifest());
  EXPECT_EQ(source_->manifest(), Result<std::string>("sealed \"1\""));
  EXPECT_EQ(operator_.asked.back().headers.at("If-None-Match"), "\"1\"");
  tag_ = "\"2\"";
  EXPECT_EQ(source_->manifest(), Result<std::string>("sealed \"2\""));
}

TEST_F(HttpsSourceOf, FetchesObjectsByTheirNames) {
  answer_with(http::Response{200, {}, "bytes"});
  const std::string name(64, 'a');
  EXPECT_EQ(source_->object(name)->reveal(), "bytes");
  EXPECT_EQ(operator_.asked.back().target, "/objects/" + name);
  EXPECT_EQ(source_->object("../manifest").error().code, Code::InvalidSpec);
  answer_with(http::Response{404, {}, R"({"error": "there is nothing here"})"});
  EXPECT_EQ(source_->object(name).error().code, Code::NotFound);
}

TEST_F(HttpsSourceOf, TellsUnderItsOwnName) {
  answer_with(http::Response{204, {}, {}});
  EXPECT_TRUE(source_->tell("{}"));
  EXPECT_EQ(operator_.asked.back().method + " " + operator_.asked.back().target,
            "PUT /reports/edge-system.edge-0.json");
  answer_with(http::Response{403, {}, R"({"error": "not listed"})"});
  EXPECT_THAT(source_->tell("{}").error().text(), HasSubstr("not listed"));
}

TEST_F(HttpsSourceOf, AsksNobodyForAWhileWhereNobodyAnswered) {
  ASSERT_TRUE(source_->manifest());
  answer_with(Error{Code::Unavailable, "half open", {}, {}});
  EXPECT_THAT(source_->manifest().error().text(), HasSubstr("half open"));
  const int asked = operator_.questions;

  EXPECT_FALSE(source_->object(std::string(64, 'a')));
  EXPECT_FALSE(source_->tell("{}"));

  EXPECT_EQ(operator_.questions, asked) << "each would have waited for its whole patience";
  clock_.advance(2s);
  EXPECT_FALSE(source_->manifest());
  EXPECT_EQ(operator_.questions, asked + 1);
}

TEST_F(HttpsSourceOf, ComesBackWhenItIsToldTo) {
  ASSERT_TRUE(source_->manifest());
  answer_with(http::Response{503, {{"Retry-After", "1"}}, R"({"error": "another instance leads"})"});
  EXPECT_THAT(source_->manifest().error().text(), HasSubstr("another instance leads"));
  answer_with(http::Response{304, {}, {}});
  EXPECT_FALSE(source_->manifest());
  clock_.advance(1s);
  EXPECT_EQ(source_->manifest(), Result<std::string>("sealed \"1\""));
}

TEST_F(HttpsSourceOf, EnrolsAnewWhereItsCertificateIsNotAccepted) {
  ASSERT_TRUE(source_->manifest());
  const auto known = operator_.instead_of_known;
  answer_with(http::Response{401, {}, R"({"error": "enrol"})"});
  EXPECT_EQ(source_->manifest().error().code, Code::Unauthorized);
  operator_.instead_of_known = known;
  clock_.advance(6s);

  EXPECT_TRUE(source_->manifest());

  EXPECT_EQ(operator_.enrolments, 2);
}

TEST_F(HttpsSourceOf, DoesNotEnrolAnewWhereItIsNotListed) {
  ASSERT_TRUE(source_->manifest());
  answer_with(http::Response{403, {}, {}});
  for (int i = 0; i < 5; ++i) {
    clock_.advance(10s);
    EXPECT_EQ(source_->manifest().error().code, Code::Refused);
  }
  EXPECT_EQ(operator_.enrolments, 1);
}

TEST_F(HttpsSourceOf, SaysThatNothingIsPublishedYet) {
  answer_with(http::Response{404, {}, R"({"error": "nothing is published yet"})"});
  EXPECT_EQ(source_->manifest().error().code, Code::NotFound);
  EXPECT_EQ(source_->trouble(), "");
}

}  // namespace
}  // namespace sallyport::nginx_agent
