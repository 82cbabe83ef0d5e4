// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/discovery.hpp"

#include "tests/reconcilers/providers/idp/idp_testing.hpp"
#include "tests/testing/signing_key.hpp"

namespace sallyport::idp {
namespace {

using testing::answer;

constexpr const char* kIssuer = "https://login.test/realms/r";
constexpr const char* kDocument =
    R"({"issuer":"https://login.test/realms/r","token_endpoint":"https://login.test/t","jwks_uri":"https://login.test/j","registration_endpoint":"https://login.test/reg"})";

struct Site {
  std::map<std::string, http::Response> pages;
  std::vector<std::string> asked;
  testing::FakeClock clock;
  std::size_t limit = 0;

  Issuer issuer(const std::string& registration_endpoint = "", const std::string& name = kIssuer) {
    ir::IdpConnection connection = testing::idp_connection("DynamicRegistration", name);
    connection.registration_endpoint = registration_endpoint;
    auto connect = [this](const http::ClientOptions& options) -> Result<std::unique_ptr<http::Client>> {
      limit = options.limits.body_bytes;
      return testing::connect_to([this](const std::string& url, const http::Request&) -> Result<http::Response> {
        asked.push_back(url);
        const auto found = pages.find(url);
        return found == pages.end() ? answer(404, R"({"error":"not found"})") : found->second;
      })(options);
    };
    return Issuer(connection, connect, clock);
  }
};

TEST(Discovery, LooksAtTheSuffixFirstAndThenBetweenHostAndPath) {
  EXPECT_EQ(*metadata_urls(kIssuer),
            (std::vector<std::string>{"https://login.test/realms/r/.well-known/openid-configuration",
                                      "https://login.test/.well-known/oauth-authorization-server/realms/r"}));
  EXPECT_EQ(metadata_urls("https://login.test/")->front(), "https://login.test/.well-known/openid-configuration");
}

TEST(Discovery, RefusesAnIssuerWithQueryOrWithoutTls) {
  EXPECT_EQ(metadata_urls("https://login.test/?a=b").error().code, Code::InvalidSpec);
  EXPECT_EQ(metadata_urls("http://login.test").error().code, Code::InvalidSpec);
}

TEST(Discovery, ReadsWhatTheIssuerSays) {
  Site site;
  site.pages["https://login.test/realms/r/.well-known/openid-configuration"] = answer(200, kDocument);

  const auto found = site.issuer().read({});

  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(found->token_endpoint, "https://login.test/t");
  EXPECT_EQ(found->registration_endpoint, "https://login.test/reg");
  EXPECT_EQ(found->jwks_uri, "https://login.test/j");
  EXPECT_EQ(found->hash.size(), 64U);
  EXPECT_EQ(site.limit, 65536U);
}

TEST(Discovery, LetsTheConnectionsRegistrationEndpointWin) {
  Site site;
  site.pages["https://login.test/realms/r/.well-known/openid-configuration"] = answer(200, kDocument);

  EXPECT_EQ(site.issuer("https://admin.test/reg").read({})->registration_endpoint, "https://admin.test/reg");
}

TEST(Discovery, GoesOnWhenAStartPageAnswersEveryPath) {
  Site site;
  site.pages["https://login.test/realms/r/.well-known/openid-configuration"] = answer(200, "<html>welcome</html>");
  site.pages["https://login.test/.well-known/oauth-authorization-server/realms/r"] = answer(200, kDocument);

  EXPECT_TRUE(site.issuer().read({}));
  EXPECT_EQ(site.asked.size(), 2U);
}

TEST(Discovery, RefusesTheMetadataOfAnotherIssuerByOneCharacter) {
  for (const char* other :
       {"https://login.test/realms/r/", "https://LOGIN.test/realms/r", "https://login.test:443/realms/r"}) {
    Site site;
    site.pages["https://login.test/realms/r/.well-known/openid-configuration"] =
        answer(200, std::string(R"({"issuer":")") + other + R"(","token_endpoint":"https://login.test/t"})");
    site.pages["https://login.test/.well-known/oauth-authorization-server/realms/r"] = answer(200, kDocument);

    const auto found = site.issuer().read({});

    ASSERT_FALSE(found) << other;
    EXPECT_EQ(found.error().code, Code::Conflict);
    EXPECT_NE(found.error().message.find(other), std::string::npos);
    EXPECT_EQ(site.asked.size(), 1U);
  }
}

TEST(Discovery, TakesNoRedirectAndNoMissingDocumentForNotFound) {
  Site site;
  site.pages["https://login.test/realms/r/.well-known/openid-configuration"] = answer(302, "");

  const auto found = site.issuer().read({});

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::Unavailable);
}

TEST(Discovery, StopsAtAServerThatIsBusy) {
  Site site;
  site.pages["https://login.test/realms/r/.well-known/openid-configuration"] = answer(503, "<html>");

  EXPECT_EQ(site.issuer().read({}).error().code, Code::Unavailable);
  EXPECT_EQ(site.asked.size(), 1U);
}

TEST(Discovery, RefusesEndpointsWithoutTls) {
  Site site;
  site.pages["https://login.test/realms/r/.well-known/openid-configuration"] =
      answer(200, R"({"issuer":"https://login.test/realms/r","token_endpoint":"http://login.test/t"})");

  const auto found = site.issuer().read({});

  ASSERT_FALSE(found);
  EXPECT_NE(found.error().message.find("token_endpoint"), std::string::npos);
}

TEST(Discovery, BelievesADocumentForTenMinutes) {
  Site site;
  site.pages["https://login.test/realms/r/.well-known/openid-configuration"] = answer(200, kDocument);
  Issuer issuer = site.issuer();

  EXPECT_TRUE(issuer.current({}));
  EXPECT_TRUE(issuer.current({}));
  EXPECT_EQ(site.asked.size(), 1U);
  site.clock.advance(std::chrono::minutes(11));
  EXPECT_TRUE(issuer.current({}));
  EXPECT_EQ(site.asked.size(), 2U);
}

constexpr const char* kMetadata = "https://login.test/realms/r/.well-known/openid-configuration";

TEST(Discovery, ReadsTheKeysThatCanVerifyATokenAndNoOthers) {
  Site site;
  site.pages[kMetadata] = answer(200, kDocument);
  nlohmann::json weak = testing::SigningKey("RSA", "weak", 1024).jwk();
  nlohmann::json keys = {{"keys", {testing::SigningKey("P-256", "k1").jwk(), weak}}};
  site.pages["https://login.test/j"] = answer(200, keys.dump());

  const auto found = site.issuer().read_with_keys({});

  ASSERT_TRUE(found) << found.error().text();
  ASSERT_TRUE(found->keys) << found->keys.error().text();
  ASSERT_EQ(found->keys->size(), 1U);
  EXPECT_EQ(found->keys->front().id, "k1");
  EXPECT_EQ(found->keys->front().thumbprint.size(), 43U);
  EXPECT_EQ(found->keys->front().algorithms, std::vector<std::string>{"ES256"});
}

TEST(Discovery, FindsTheIssuerThoughItsKeysCannotBeRead) {
  Site site;
  site.pages[kMetadata] = answer(200, kDocument);
  for (const char* page : {"[]", "<html>", R"({"keys":{}})"}) {
    site.pages["https://login.test/j"] = answer(200, page);

    const auto found = site.issuer().read_with_keys({});

    ASSERT_TRUE(found) << found.error().text();
    ASSERT_FALSE(found->keys) << page;
    EXPECT_EQ(found->keys.error().code, Code::Unavailable);
  }
  site.pages.erase("https://login.test/j");
  EXPECT_EQ(site.issuer().read_with_keys({})->keys.error().text(),
            "GET https://login.test/j: HTTP 404 instead of the keys");
}

}  // namespace
}  // namespace sallyport::idp
