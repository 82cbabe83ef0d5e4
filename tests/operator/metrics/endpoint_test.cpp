// SPDX-License-Identifier: Apache-2.0
#include "operator/metrics/endpoint.hpp"

#include <gtest/gtest.h>

#include "operator/http/client.hpp"

namespace sallyport::metrics {
namespace {
using std::chrono::seconds;

class EndpointTest : public ::testing::Test {
 protected:
  http::Outgoing ask(const std::string& method, const std::string& target) {
    http::Incoming request;
    request.method = method;
    request.target = target;
    return answer(request, endpoint_, metrics_);
  }
  http::Outgoing get(const std::string& target) { return ask("GET", target); }

  Metrics metrics_;
  bool filled_ = false;
  std::chrono::milliseconds running_{0};
  Endpoint endpoint_{.live = {not_wedged(
                         "workers", [this] { return running_; }, seconds(300))},
                     .ready = {caches_synced([this] { return filled_; })}};
};

TEST_F(EndpointTest, IsReadyOnceTheCachesAreFilled) {
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_NE(get("/readyz").body.find("[-]caches failed: not all caches"), std::string::npos);
  filled_ = true;
  EXPECT_EQ(get("/readyz").status, 200);
  EXPECT_EQ(get("/readyz").body, "ok\n");
}

TEST_F(EndpointTest, ListsItsChecksWhenAsked) {
  filled_ = true;
  EXPECT_EQ(get("/readyz?verbose").body, "[+]caches ok\nreadyz check passed\n");
  EXPECT_EQ(get("/healthz?x=1&verbose=true").body, "[+]workers ok\nhealthz check passed\n");
}

TEST_F(EndpointTest, LivesUntilAWorkerHangs) {
  running_ = seconds(300);
  EXPECT_EQ(get("/healthz").status, 200);
  running_ = seconds(301);
  EXPECT_EQ(get("/healthz").status, 503);
  EXPECT_EQ(get("/livez").status, 503);
  EXPECT_NE(get("/healthz").body.find("[-]workers failed: a worker has been busy for 301 s"), std::string::npos);
}

TEST_F(EndpointTest, LivesWhileItIsNotReady) {
  EXPECT_EQ(get("/healthz").status, 200) << "a restart fills no cache";
}

TEST_F(EndpointTest, ShowsMetricsInTheTextFormat) {
  metrics_.count(Metric::StaleSyncSkips, {"gateway"});
  const auto scraped = get("/metrics");
  EXPECT_EQ(scraped.status, 200);
  EXPECT_EQ(scraped.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(scraped.body.find("stale_sync_skips_total{controller=\"gateway\"} 1\n"), std::string::npos);
}

TEST_F(EndpointTest, ShowsMetricsOnlyToThoseWhoMay) {
  Code code = Code::Unauthorized;
  endpoint_.may_scrape = [&](const http::Incoming&) -> Result<void> { return Error{code, "no", {}, {}}; };
  EXPECT_EQ(get("/metrics").status, 401);
  code = Code::Refused;
  EXPECT_EQ(get("/metrics").status, 403);
  EXPECT_EQ(get("/metrics").body.find("sallyport_"), std::string::npos);
  EXPECT_EQ(get("/healthz").status, 200) << "the kubelet has no token";
}

TEST_F(EndpointTest, KnowsNothingElse) {
  EXPECT_EQ(get("/").status, 404);
  EXPECT_EQ(get("/metrics/").status, 404);
  EXPECT_EQ(ask("POST", "/healthz").status, 405);
}

TEST_F(EndpointTest, AnswersOverHttp) {
  const auto listener = serve({}, endpoint_, metrics_);
  ASSERT_TRUE(listener.has_value()) << listener.error().text();
  const auto client = http::make_client({.base_url = "http://127.0.0.1:" + std::to_string((*listener)->port())});
  ASSERT_TRUE(client.has_value()) << client.error().text();
  const auto response = (*client)->send({.target = "/metrics"}, seconds(30), {});
  ASSERT_TRUE(response.has_value()) << response.error().text();
  EXPECT_EQ(response->status, 200);
  EXPECT_NE(response->body.find("sallyport_build_info"), std::string::npos);
}

}  // namespace
}  // namespace sallyport::metrics
