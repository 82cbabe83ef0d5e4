// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/wire.hpp"

#include "tests/reconcilers/providers/idp/idp_testing.hpp"

namespace sallyport::idp {
namespace {

using testing::answer;

TEST(IdpEndpoint, IsHttpsUnlessItIsThisMachine) {
  EXPECT_TRUE(parse_endpoint("https://login.example.com/x", "spec.issuer"));
  EXPECT_TRUE(parse_endpoint("http://127.0.0.1:8080", "spec.issuer"));
  EXPECT_TRUE(parse_endpoint("http://[::1]:8080", "spec.issuer"));

  const auto refused = parse_endpoint("http://login.example.com/x", "spec.issuer");

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::InvalidSpec);
  EXPECT_EQ(refused.error().message, "spec.issuer must be an https URL");
}

TEST(IdpEndpoint, DoesNotTakeAHostNameThatStartsLikeThisMachine) {
  EXPECT_FALSE(parse_endpoint("http://127.evil.example", "spec.issuer"));
  EXPECT_FALSE(parse_endpoint("http://localhost.evil.example", "spec.issuer"));
}

TEST(IdpError, ReadsEveryShapeOfAnErrorBody) {
  EXPECT_EQ(
      error_of(answer(400, R"({"error":"invalid_client_metadata","error_description":"grant_types"})"), "w", {}).text(),
      "w: HTTP 400: invalid_client_metadata: grant_types");
  EXPECT_EQ(error_of(answer(409, R"({"errorMessage":"Client x already exists"})"), "w", {}).text(),
            "w: HTTP 409: Client x already exists");
  EXPECT_EQ(error_of(answer(401, R"({"error":"HTTP 401 Unauthorized"})"), "w", {}).code, Code::Unauthorized);
  const Error refused = error_of(answer(403, "{}"), "w", {});
  EXPECT_EQ(refused.code, Code::Refused);
  EXPECT_NE(refused.message.find("lack the right for this"), std::string::npos) << refused.message;
  EXPECT_EQ(error_of(answer(302, ""), "w", {}).code, Code::Unavailable);
  EXPECT_EQ(error_of(answer(503, "<html>"), "w", {}).text(), "w: HTTP 503 with a body that is no JSON");
}

TEST(IdpError, TakesAProxysPageForNoAnswerOfTheProvider) {
  EXPECT_EQ(error_of(answer(404, "<html>default backend</html>"), "w", {}).code, Code::Unavailable);
  EXPECT_EQ(error_of(answer(400, "Bad Request"), "w", {}).code, Code::Unavailable);
  EXPECT_EQ(error_of(answer(404, R"({"error":"Could not find client"})"), "w", {}).code, Code::NotFound);
}

TEST(IdpError, KeepsTheTimeThatTheProviderAsksFor) {
  http::Response busy = answer(429, "{}");
  busy.headers["Retry-After"] = "7";

  const Error error = error_of(busy, "w", {});

  EXPECT_EQ(error.code, Code::RateLimited);
  EXPECT_EQ(error.retry_after, std::chrono::seconds(7));
}

TEST(IdpError, RepeatsNoSecretThatTheProviderQuotes) {
  const http::Response quoting =
      answer(400, R"({"error":"bad","error_description":"'s3cr3t-bytes' is not valid, s3cr3t-bytes!"})");

  const Error error = error_of(quoting, "w", {Secret("s3cr3t-bytes"), Secret("")});

  EXPECT_EQ(error.message, "HTTP 400: bad: '[redacted]' is not valid, [redacted]!");
}

TEST(IdpWire, MakesOneClientPerOriginAndNamesWhatFailed) {
  int made = 0;
  const auto connect = [&made](const http::ClientOptions& options) -> Result<std::unique_ptr<http::Client>> {
    ++made;
    EXPECT_EQ(options.tls.ca_bundle_pem, "PEM");
    EXPECT_EQ(options.limits.body_bytes, 4096U);
    const auto broken = [](const http::Request&) -> Result<http::Response> {
      return Error{Code::Unavailable, "connection refused", {}, {}};
    };
    return std::unique_ptr<http::Client>(std::make_unique<testing::FakeHttp>(broken));
  };
  Wire wire(connect, "PEM", 4096);

  const auto first = wire.send("https://a.test/x?token=1", {}, {});
  (void)wire.send("https://a.test/y", {}, {});
  (void)wire.send("https://b.test/y", {}, {});

  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().text(), "GET https://a.test/x: connection refused");
  EXPECT_EQ(made, 2);
}

}  // namespace
}  // namespace sallyport::idp
