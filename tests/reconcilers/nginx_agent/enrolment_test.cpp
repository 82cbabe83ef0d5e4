// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/enrolment.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/nginx_agent/fake_operator.hpp"

namespace sallyport::nginx_agent {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class EnrolmentOf : public ::testing::Test {
 protected:
  Enrolment make() { return {operator_.options(), operator_.connect(), clock_}; }

  testing::FakeClock clock_;
  FakeOperator operator_{clock_};
};

TEST_F(EnrolmentOf, ShowsTheTokenAndKeepsWhatItGets) {
  Enrolment enrolment = make();

  const auto done = enrolment.keep_current({});

  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(enrolment.agent(), "edge-system.edge-0");
  EXPECT_TRUE(pki::Certificate::read(*enrolment.tls().client_cert_pem)
                  ->is_of(*pki::Key::read(*enrolment.tls().client_key_pem)));
  EXPECT_FALSE(operator_.connections.front().tls.client_cert_pem) << "there is none to show yet";
  EXPECT_EQ(operator_.connections.front().tls.ca_file, operator_.options().ca_file);
  EXPECT_EQ(testing::mode_of(operator_.state_file()), 0600U);
}

TEST_F(EnrolmentOf, IsTakenUpByTheNextProcess) {
  Enrolment first = make();
  ASSERT_TRUE(first.keep_current({}));
  const auto shown = first.tls().client_cert_pem;

  Enrolment second = make();

  ASSERT_TRUE(second.keep_current({}));
  EXPECT_EQ(operator_.enrolments, 1);
  EXPECT_EQ(second.tls().client_cert_pem, shown);
  EXPECT_EQ(second.agent(), "edge-system.edge-0");
}

TEST_F(EnrolmentOf, IsNotTakenUpWhereItIsDamagedOrAnothers) {
  ASSERT_TRUE(make().keep_current({}));
  EnrolmentOptions other = operator_.options();
  other.url = "https://operator.svc:8443/gateways/other";
  EXPECT_TRUE(Enrolment(other, operator_.connect(), clock_).keep_current({}));
  EXPECT_EQ(operator_.enrolments, 2);

  testing::write_text(operator_.state_file(), "damaged");
  EXPECT_TRUE(make().keep_current({}));
  EXPECT_EQ(operator_.enrolments, 3);
}

TEST_F(EnrolmentOf, IsRenewedAtTwoThirdsOfItsLifeWithTheTokenOfThen) {
  Enrolment enrolment = make();
  ASSERT_TRUE(enrolment.keep_current({}));
  clock_.advance(15h + 59min);
  ASSERT_TRUE(enrolment.keep_current({}));
  EXPECT_EQ(operator_.enrolments, 1);

  clock_.advance(2min);
  operator_.wanted_token = "the.next.token";
  testing::write_text(operator_.token_file(), operator_.wanted_token);

  ASSERT_TRUE(enrolment.keep_current({}));
  EXPECT_EQ(operator_.enrolments, 2);
  EXPECT_EQ(enrolment.count(), 2);
  EXPECT_FALSE(operator_.connections.back().tls.ca_bundle_pem.empty())
      << "what was handed out knows the next authority";
}

TEST_F(EnrolmentOf, ThatCannotBeRenewedGoesOnAndTellsSo) {
  Enrolment enrolment = make();
  ASSERT_TRUE(enrolment.keep_current({}));
  clock_.advance(17h);
  std::filesystem::remove(operator_.token_file());

  EXPECT_TRUE(enrolment.keep_current({}));

  EXPECT_THAT(enrolment.trouble(), HasSubstr("could not be renewed"));
  EXPECT_THAT(enrolment.trouble(), HasSubstr(operator_.token_file()));
  clock_.advance(8h);
  EXPECT_FALSE(enrolment.keep_current({})) << "it has ended";
  testing::write_text(operator_.token_file(), operator_.wanted_token);
  clock_.advance(1min);
  EXPECT_TRUE(enrolment.keep_current({}));
  EXPECT_EQ(enrolment.trouble(), "");
}

TEST_F(EnrolmentOf, IsNotTriedAgainAtOnce) {
  operator_.wanted_token = "another";
  Enrolment enrolment = make();
  const auto refused = enrolment.keep_current({});
  EXPECT_EQ(refused.error().code, Code::Unauthorized);
  EXPECT_THAT(refused.error().text(), HasSubstr("not known"));

  EXPECT_EQ(enrolment.keep_current({}).error(), refused.error());
  EXPECT_EQ(operator_.questions, 1);
  clock_.advance(6s);
  EXPECT_FALSE(enrolment.keep_current({}));
  EXPECT_EQ(operator_.questions, 2);
}

TEST_F(EnrolmentOf, IsMadeAnewWhereTheOperatorDoesNotAcceptIt) {
  Enrolment enrolment = make();
  ASSERT_TRUE(enrolment.keep_current({}));

  enrolment.renounce();

  EXPECT_EQ(enrolment.keep_current({}).error().code, Code::Unauthorized) << "not a moment after the last";
  clock_.advance(6s);
  EXPECT_TRUE(enrolment.keep_current({}));
  EXPECT_EQ(operator_.enrolments, 2);
}

TEST_F(EnrolmentOf, BelievesNoAnswerThatIsNone) {
  for (const char* body : {"", "[]", "{}", R"({"certificate": "x", "authorities": "x", "agent": "a"})"}) {
    operator_.instead = [body](const http::Request&) { return http::Response{200, {}, body}; };
    EXPECT_FALSE(make().keep_current({})) << body;
  }
  EXPECT_FALSE(std::filesystem::exists(operator_.state_file()));
}

}  // namespace
}  // namespace sallyport::nginx_agent
