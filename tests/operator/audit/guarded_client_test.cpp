// SPDX-License-Identifier: Apache-2.0
#include "operator/audit/guarded_client.hpp"

#include <nlohmann/json.hpp>

#include "operator/audit/verify.hpp"
#include "tests/operator/audit/audit_files.hpp"
#include "tests/testing/fake_http.hpp"

namespace sallyport::audit {
namespace {

using Json = nlohmann::json;
using metrics::Metric;

class GuardedClientTest : public AuditFiles {
 protected:
  GuardedClientTest() {
    auto fake = std::make_unique<testing::FakeHttp>([this](const http::Request&) {
      lines_when_sent_ = lines().size();
      return answer_;
    });
    fake_ = fake.get();
    client_ = std::make_unique<GuardedClient>(std::move(fake),
                                              Gate{*trail_, [this] { return may_write(); }, metrics_, clock_},
                                              "bigip edge", "https://bigip.example/");
  }
  Result<void> may_write() {
    if (asked_++ < allowed_) return {};
    return Error{Code::ShuttingDown, "the lease is not ours", {}, {}};
  }
  Result<http::Response> send(const http::Request& request) {
    return client_->send(request, std::chrono::seconds(1), {});
  }
  static http::Request declaration() {
    return {.method = "POST",
            .target = "/mgmt/shared/appsvcs/declare?async=true&token=hunter2",
            .headers = {{"X-F5-Auth-Token", "hunter2-header"}},
            .body = "{\"secret\":\"hunter2-body\"}",
            .authorization = Secret("Basic hunter2-auth"),
            .changes = {change()}};
  }
  [[nodiscard]] std::size_t sent() const { return fake_->requests().size(); }

  metrics::Metrics metrics_;
  std::unique_ptr<Trail> trail_ = trail();
  Result<http::Response> answer_ = http::Response{200, {}, "{}"};
  int asked_ = 0, allowed_ = 1000;
  std::size_t lines_when_sent_ = 0;
  testing::FakeHttp* fake_ = nullptr;
  std::unique_ptr<GuardedClient> client_;
};

TEST_F(GuardedClientTest, WritesTheIntentBeforeTheRequestAndTheResultAfterIt) {
  ASSERT_TRUE(send(declaration()).has_value());
  EXPECT_EQ(lines_when_sent_, 1U);
  ASSERT_EQ(lines().size(), 2U);
  EXPECT_EQ(Json::parse(lines()[1])["result"], "ok");
  EXPECT_EQ(Json::parse(lines()[1])["status"], 200);
}

TEST_F(GuardedClientTest, NeverWritesABodyAHeaderOrAQuery) {
  answer_ =
      http::Response{201, {{"Set-Cookie", "hunter2-cookie"}}, "{\"id\":\"x\",\"client_secret\":\"hunter2-answer\"}"};
  ASSERT_TRUE(send(declaration()).has_value());
  EXPECT_EQ(content().find("hunter2"), std::string::npos) << content();
  EXPECT_EQ(metrics_.text().find("hunter2"), std::string::npos);
  EXPECT_EQ(Json::parse(lines()[0])["url"], "https://bigip.example/mgmt/shared/appsvcs/declare");
}

TEST_F(GuardedClientTest, RefusesAChangeThatDoesNotSayWhatItChanges) {
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "BREW"}) {
    const auto refused = send({.method = method, .target = "/x"});
    ASSERT_FALSE(refused.has_value()) << method;
    EXPECT_EQ(refused.error().code, Code::Internal);
  }
  EXPECT_EQ(sent(), 0U);
}

TEST_F(GuardedClientTest, LetsReadsThroughTheFenceButLeavesNoLine) {
  for (const char* method : {"GET", "HEAD", "OPTIONS"})
    EXPECT_TRUE(send({.method = method, .target = "/x"}).has_value());
  EXPECT_EQ(asked_, 3);
  EXPECT_EQ(content(), "");
}

TEST_F(GuardedClientTest, ReadsNothingWithoutTheLeaseForAReadMayReplaceATokenThatTheLeaderHolds) {
  allowed_ = 0;
  EXPECT_EQ(send({.method = "GET", .target = "/register/1"}).error().code, Code::ShuttingDown);
  EXPECT_EQ(client_->stream({.method = "GET", .target = "/x"}, std::chrono::seconds(1), {}, {}).error().code,
            Code::ShuttingDown);
  EXPECT_EQ(sent(), 0U);
}

TEST_F(GuardedClientTest, LetsASessionRequestThroughTheFenceButLeavesNoLine) {
  const http::Request sign_in{.method = "POST", .target = "/token", .session = true};
  EXPECT_TRUE(send(sign_in).has_value());
  EXPECT_EQ(asked_, 1);
  EXPECT_EQ(content(), "");
  allowed_ = 0;
  EXPECT_EQ(send(sign_in).error().code, Code::ShuttingDown);
  EXPECT_EQ(sent(), 1U);
}

TEST_F(GuardedClientTest, SendsNothingWithoutTheLease) {
  allowed_ = 0;
  EXPECT_EQ(send(declaration()).error().code, Code::ShuttingDown);
  EXPECT_EQ(sent(), 0U);
  EXPECT_EQ(content(), "") << "and claims no intent";
}

TEST_F(GuardedClientTest, SendsNothingWhenTheLeaseIsLostWhileTheIntentIsWritten) {
  allowed_ = 1;
  EXPECT_EQ(send(declaration()).error().code, Code::ShuttingDown);
  EXPECT_EQ(sent(), 0U);
  ASSERT_EQ(lines().size(), 2U);
  EXPECT_EQ(Json::parse(lines()[1])["result"], "not_sent");
}

TEST_F(GuardedClientTest, SendsNothingWhenTheIntentCannotBeWritten) {
  std::filesystem::rename(folder_, folder_ + ".away");
  ASSERT_FALSE(trail_->reopen().has_value());
  const auto refused = send(declaration());
  std::filesystem::rename(folder_ + ".away", folder_);
  EXPECT_EQ(refused.error().code, Code::Unaudited) << "an Unavailable would leave open whether it took effect";
  EXPECT_NE(refused.error().message.find("nothing was sent, since the audit log cannot be written"), std::string::npos);
  EXPECT_EQ(sent(), 0U);
  EXPECT_EQ(metrics_.value(Metric::AuditFailures, {"intent"}), 1);
}

TEST_F(GuardedClientTest, HandsTheAnswerOnEvenWhenItsResultCannotBeWritten) {
  auto fake = std::make_unique<testing::FakeHttp>([this](const http::Request&) {
    std::filesystem::rename(folder_, folder_ + ".away");
    EXPECT_FALSE(trail_->reopen().has_value());
    std::filesystem::rename(folder_ + ".away", folder_);
    return answer_;
  });
  GuardedClient client(std::move(fake), Gate{*trail_, [this] { return may_write(); }, metrics_, clock_}, "bigip edge",
                       "https://b");
  const auto answered = client.send(declaration(), std::chrono::seconds(1), {});
  ASSERT_TRUE(answered.has_value());
  EXPECT_EQ(answered->status, 200);
  EXPECT_EQ(metrics_.value(Metric::AuditFailures, {"result"}), 1);
  EXPECT_EQ(verify(path_)->open.size(), 1U);
}

TEST_F(GuardedClientTest, CallsALostAnswerUnknown) {
  answer_ = Error{Code::Unavailable, "connection reset by hunter2", {}, {}};
  EXPECT_EQ(send(declaration()).error().code, Code::Unavailable);
  const Json result = Json::parse(lines()[1]);
  EXPECT_EQ(result["result"], "unknown");
  EXPECT_EQ(result["error"], "Unavailable");
  EXPECT_FALSE(result.contains("status"));
}

TEST_F(GuardedClientTest, JudgesAnAnswerByItsStatus) {
  const std::vector<std::pair<int, std::string>> cases{{200, "ok"},       {201, "ok"},       {202, "accepted"},
                                                       {207, "partial"},  {302, "rejected"}, {404, "rejected"},
                                                       {429, "rejected"}, {500, "unknown"},  {503, "unknown"}};
  for (const auto& [status, effect] : cases) {
    answer_ = http::Response{status, {}, {}};
    ASSERT_TRUE(send(declaration()).has_value());
    EXPECT_EQ(Json::parse(lines().back())["result"], effect) << status;
  }
  answer_ = Error{Code::InvalidSpec, "bad target", {}, {}};
  EXPECT_FALSE(send(declaration()).has_value());
  EXPECT_EQ(Json::parse(lines().back())["result"], "not_sent");
  EXPECT_EQ(metrics_.value(Metric::OutsideThrottled, {"bigip edge"}), 1);
}

TEST_F(GuardedClientTest, NotesHowTheOtherSideCallsTheRequest) {
  const auto id_for = [this](http::Response response) {
    answer_ = std::move(response);
    EXPECT_TRUE(send(declaration()).has_value());
    return Json::parse(lines().back()).value("outsideId", "");
  };
  EXPECT_EQ(id_for({200, {{"X-Databricks-Request-Id", "dbx-1"}, {"X-Request-Id", "other"}}, {}}), "dbx-1");
  EXPECT_EQ(id_for({200, {{"x-request-id", "req-2"}}, {}}), "req-2");
  EXPECT_EQ(id_for({202, {}, "{\"id\":\"0a1b-2c\",\"results\":[]}"}), "0a1b-2c");
  EXPECT_EQ(id_for({202, {}, "{\"id\":7}"}), "");
  EXPECT_EQ(id_for({202, {}, "<html>"}), "");
  EXPECT_EQ(id_for({200, {{"x-request-id", "has blanks and \" quotes"}}, {}}), "");
  EXPECT_EQ(id_for({201, {}, "{\"id\":\"client\"}"}), "") << "only an accepted task's body is looked at";
}

TEST_F(GuardedClientTest, NotesHowWhatWasAcceptedEnded) {
  for (const auto& [ending, effect] : {std::pair{http::Ending::Done, "ok"}, {http::Ending::NotDone, "rejected"}}) {
    answer_ = http::Response{202, {}, R"({"id":"0a1b-2c"})"};
    ASSERT_TRUE(send(declaration()).has_value());
    ASSERT_EQ(verify(path_)->open.size(), 1U);

    client_->concluded("0a1b-2c", ending);

    const Json result = Json::parse(lines().back());
    EXPECT_EQ(result["phase"], "result");
    EXPECT_EQ(result["result"], effect);
    EXPECT_EQ(result["outsideId"], "0a1b-2c");
    EXPECT_EQ(verify(path_)->open.size(), 0U);
    EXPECT_FALSE(verify(path_)->broken.has_value());
  }
}

TEST_F(GuardedClientTest, CallsATaskThatWasStartedByItsOwnPath) {
  http::Request start = declaration();
  start.method = "PUT";
  start.target = "/mgmt/tm/task/sys/config/7?x=hunter2";
  answer_ = http::Response{202, {}, R"({"message":"Task will execute asynchronously."})"};
  ASSERT_TRUE(send(start).has_value());
  ASSERT_EQ(verify(path_)->open.size(), 1U);
  EXPECT_EQ(verify(path_)->open.front().outside_id, "/mgmt/tm/task/sys/config/7");

  client_->concluded("/mgmt/tm/task/sys/config/7", http::Ending::NotDone);

  EXPECT_EQ(Json::parse(lines().back())["result"], "rejected");
  EXPECT_TRUE(verify(path_)->open.empty());
}

TEST_F(GuardedClientTest, HasNothingToSayOfWhatItHasNotSentOrHasToldAlready) {
  answer_ = http::Response{202, {}, R"({"id":"0a1b-2c"})"};
  ASSERT_TRUE(send(declaration()).has_value());
  client_->concluded("another", http::Ending::Done);
  EXPECT_EQ(lines().size(), 2U);
  client_->concluded("0a1b-2c", http::Ending::Done);
  client_->concluded("0a1b-2c", http::Ending::Done);
  EXPECT_EQ(lines().size(), 3U);
}

TEST_F(GuardedClientTest, AuditsEveryRequestThatNamesAChange) {
  http::Request odd = declaration();
  odd.method = "GET";
  ASSERT_TRUE(send(odd).has_value());
  EXPECT_EQ(lines().size(), 2U);
}

TEST_F(GuardedClientTest, StreamsReadsOnly) {
  answer_ = http::Response{200, {}, "one\ntwo\n"};
  int count = 0;
  const auto on_line = [&](std::string_view) -> Result<void> {
    ++count;
    return {};
  };
  EXPECT_TRUE(client_->stream({.target = "/watch"}, std::chrono::seconds(1), {}, on_line).has_value());
  EXPECT_EQ(count, 2);
  EXPECT_EQ(client_->stream(declaration(), std::chrono::seconds(1), {}, on_line).error().code, Code::Internal);
}

TEST_F(GuardedClientTest, CountsRequestsWritesAndLines) {
  ASSERT_TRUE(send(declaration()).has_value());
  EXPECT_EQ(metrics_.value(Metric::OutsideRequests, {"bigip edge", "POST", "200"}), 1);
  EXPECT_EQ(metrics_.value(Metric::OutsideWrites, {"bigip edge", "update", "ok"}), 1);
  EXPECT_EQ(metrics_.value(Metric::AuditLines, {"intent"}), 1);
  EXPECT_EQ(metrics_.value(Metric::AuditLines, {"result"}), 1);
}

}  // namespace
}  // namespace sallyport::audit
