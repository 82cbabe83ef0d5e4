// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reconcilers/publication/published_gateway.hpp"
#include "tests/reconcilers/token/token_issuer.hpp"
#include "tests/testing/fake_http.hpp"
#include "tests/testing/unix_client.hpp"

namespace sallyport::authorizer {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// The time of the tokens, with the machine's patience: the service's threads really wait.
class TokenTime final : public Clock {
 public:
  SteadyTime steady() const override { return system_clock().steady(); }
  SystemTime now() const override { return token::kNow; }
  bool sleep(std::chrono::milliseconds duration, std::stop_token stop) const override {
    return system_clock().sleep(std::min(duration, std::chrono::milliseconds(5)), std::move(stop));
  }
};

const std::string kBackend = publication::sample_backend_key();

class ServiceOf : public ::testing::Test {
 protected:
  ServiceOf() {
    testing::write_text(gateway_.path() + "/trusted.json", gateway_.trusted_keys());
    options_.installed = gateway_.path();
    options_.trusted_keys = gateway_.path() + "/trusted.json";
    options_.state = gateway_.path() + "/authorizer.state";
    options_.socket.path = gateway_.path() + "/authorizer.sock";
  }
  Result<std::unique_ptr<Service>> begin() {
    return start(options_,
                 {.connect =
                      [this](const std::string&, const std::string&) {
                        return Result<std::unique_ptr<http::Client>>(std::make_unique<testing::FakeHttp>(
                            [this](const http::Request& request) { return Result<http::Response>(answer(request)); }));
                      },
                  .clock = clock_});
  }
  http::Response answer(const http::Request& request) const {
    if (request.method == "GET") return {200, {}, issuer_.key_set()};
    return {200, {}, R"({"access_token":"up","token_type":"Bearer","expires_in":3600})"};
  }
  std::string ask(const std::string& token, const std::string& target = "/check/fraud/" + kBackend) const {
    return testing::ask_unix(options_.socket.path, "GET " + target +
                                                       " HTTP/1.1\r\nHost: authorizer\r\nAuthorization: Bearer " +
                                                       token + "\r\nConnection: close\r\n\r\n");
  }
  /// Asks until the answer says so: the service looks every few milliseconds.
  std::string ask_until(const std::string& token, const std::string& wanted) const {
    std::string answer;
    for (int i = 0; i < 20000; ++i) {
      answer = ask(token);
      if (answer.find(wanted) != std::string::npos) return answer;
      std::this_thread::yield();
    }
    return answer;
  }

  publication::PublishedGateway gateway_;
  token::TokenIssuer issuer_;
  TokenTime clock_;
  ServiceOptions options_;
};

TEST_F(ServiceOf, AGatewayAnswersNginx) {
  gateway_.put("fraud");
  gateway_.publish();
  const auto service = begin();
  ASSERT_TRUE(service) << service.error().text();
  EXPECT_TRUE((*service)->ready());
  const std::string answer = ask(issuer_.token());
  EXPECT_THAT(answer, HasSubstr("HTTP/1.1 204"));
  EXPECT_THAT(answer, HasSubstr("X-Sallyport-Authorization: Bearer up"));
  EXPECT_THAT(ask("x.y"), HasSubstr("HTTP/1.1 401"));
  EXPECT_THAT(ask("x.y", "/other"), HasSubstr("HTTP/1.1 404"));
}

TEST_F(ServiceOf, AGatewayFollowsWhatIsInstalled) {
  const auto service = begin();
  ASSERT_TRUE(service) << service.error().text();
  EXPECT_FALSE((*service)->ready());
  EXPECT_THAT(ask(issuer_.token()), HasSubstr("policy_expired"));
  gateway_.put("fraud");
  gateway_.publish();
  EXPECT_THAT(ask_until(issuer_.token(), "204"), HasSubstr("HTTP/1.1 204"));
  gateway_.put("fraud", 2, [](publication::Endpoint& endpoint) { endpoint.token.scopes = {"fraud:admin"}; });
  gateway_.publish();
  EXPECT_THAT(ask_until(issuer_.token(), "scope_missing"), HasSubstr("scope_missing"));
}

TEST_F(ServiceOf, AGatewayGoesOnWithTheFormerWhenSomebodyElsesManifestAppears) {
  gateway_.put("fraud");
  gateway_.publish();
  const auto service = begin();
  ASSERT_TRUE(service);
  publication::PublishedGateway other;
  other.put("fraud", 9, [](publication::Endpoint& endpoint) { endpoint.token.scopes = {}; });
  gateway_.publish(other.seal());
  // What comes after it is followed, so that it was looked at when that is.
  gateway_.put("fraud", 2, [](publication::Endpoint& endpoint) { endpoint.token.groups = {"nobody"}; });
  EXPECT_THAT(ask(issuer_.with_payload(token::set("scope", "x"))), HasSubstr("scope_missing"));
  gateway_.publish();
  EXPECT_THAT(ask_until(issuer_.token(), "group_missing"), HasSubstr("group_missing"));
}

TEST_F(ServiceOf, AGatewayGoesOnAfterARestartThoughNothingIsThere) {
  gateway_.put("fraud");
  gateway_.publish();
  ASSERT_TRUE(begin());
  std::filesystem::remove(gateway_.path() + "/manifest");
  const auto service = begin();
  ASSERT_TRUE(service) << service.error().text();
  EXPECT_TRUE((*service)->ready());
  EXPECT_THAT(ask(issuer_.token()), HasSubstr("HTTP/1.1 204"));
}

TEST_F(ServiceOf, AGatewayFindsAnObjectThatIsLate) {
  gateway_.put("fraud");
  const std::string name = gateway_.manifest().endpoints[0].document;
  const Secret document = *gateway_.objects().read(name);
  ASSERT_TRUE(gateway_.objects().keep_only({}));
  gateway_.publish();
  const auto service = begin();
  ASSERT_TRUE(service);
  EXPECT_THAT(ask(issuer_.token()), HasSubstr("endpoint_unknown"));
  ASSERT_TRUE(gateway_.objects().put(document));
  EXPECT_THAT(ask_until(issuer_.token(), "204"), HasSubstr("HTTP/1.1 204"));
}

TEST_F(ServiceOf, AGatewayFollowsTheKeysThatAManifestAnnounces) {
  gateway_.put("fraud");
  const publication::Signer next = *publication::Signer::generate();
  gateway_.manifest().keys.push_back(next.public_jwk().dump());
  gateway_.publish();
  const auto service = begin();
  ASSERT_TRUE(service);
  gateway_.put("fraud", 2, [](publication::Endpoint& endpoint) { endpoint.token.scopes = {"fraud:admin"}; });
  ++gateway_.manifest().serial;
  gateway_.publish(*publication::seal(gateway_.manifest(), next));
  EXPECT_THAT(ask_until(issuer_.token(), "scope_missing"), HasSubstr("scope_missing"));
}

TEST_F(ServiceOf, AGatewayNeedsKeysThatItCanTrust) {
  testing::write_text(options_.trusted_keys, R"({"keys":[]})");
  EXPECT_EQ(begin().error().code, Code::InvalidSpec);
  options_.trusted_keys = gateway_.path() + "/none";
  EXPECT_EQ(begin().error().code, Code::NotFound);
}

}  // namespace
}  // namespace sallyport::authorizer
