// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/program/cli/explaining.hpp"
#include "operator/program/cli/offline_store.hpp"
#include "tests/operator/program/cli/cli_testing.hpp"
#include "tests/testing/fake_http.hpp"
#include "tests/testing/signing_key.hpp"
#include "tests/testing/test_certificates.hpp"

namespace sallyport::program::cli {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::Contains;
using testing::FakeHttp;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using testing::run_cli;
using testing::Said;
using testing::SigningKey;

const SystemTime kNow = std::chrono::sys_days{std::chrono::year(2026) / 11 / 22};
constexpr const char* kPath = "/serving-endpoints/fraud-scoring/invocations";

http::Response answer(int status, const json& body) {
  return {status, {{"Content-Type", "application/json"}}, body.dump()};
}

/// The example of an NGINX gateway, an issuer with a key, and a workspace that exchanges tokens.
class ExplainTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ManifestSource source;
    source.paths = {testing::quickstart(), SALLYPORT_SOURCE_DIR "/examples/nginx"};
    source.instance = "abcd1234";
    material_ = std::move(*read_manifests(source));
    for (const char* name : {"bigip-edge", "idp-registration", "dbx-prod", "dbx-live"})
      put("sallyport-system", name,
          {{"client_id", Secret("a")}, {"client_secret", Secret("b")}, {"initial_access_token", Secret("t")}});
    put("risk", "live-tls", {{"tls.crt", Secret("c")}, {"tls.key", Secret("k")}});
    options_.now = kNow;
    options_.resolve = [](const std::string&) { return std::vector<std::string>{"192.0.2.7"}; };
    options_.look_at_certificate = [this](const http::Url& url, const http::TlsOptions& tls, std::stop_token) {
      dialled_ = url.origin() + " as " + tls.server_name;
      return shown_;
    };
  }
  void put(const std::string& ns, const std::string& name, std::map<std::string, Secret> bytes) {
    schema::Metadata meta;
    meta.ns = ns;
    meta.name = name;
    meta.labels[std::string(api::kUsableBy)] = "ProtectedEndpoint";
    static_cast<OfflineStore&>(*material_->store).put_secret(std::move(meta), std::move(bytes));
  }
  std::string token(const std::function<void(json&)>& edit = {}) const {
    const auto at = [](std::chrono::seconds from_now) {
      return std::chrono::duration_cast<std::chrono::seconds>((kNow + from_now).time_since_epoch()).count();
    };
    json payload = {{"iss", "https://login.example.com"},
                    {"aud", "https://ml.example.com"},
                    {"sub", "app"},
                    {"client_id", "app"},
                    {"jti", "1"},
                    {"iat", at(-60s)},
                    {"exp", at(600s)},
                    {"scope", "fraud:score"}};
    if (edit) edit(payload);
    return key_.token_of("ES256", R"({"alg":"ES256","kid":"k1","typ":"at+jwt"})", payload.dump());
  }
  Explanation explained() {
    const auto connect = [this](const http::ClientOptions& options) -> Result<std::unique_ptr<http::Client>> {
      return std::unique_ptr<http::Client>(std::make_unique<FakeHttp>(
          [this, base = options.base_url](const http::Request& request) { return asked(base, request); }));
    };
    const auto explanation = explain(*material_, connect, "risk", endpoint_name_, options_);
    EXPECT_TRUE(explanation) << explanation.error().text();
    return explanation.value_or(Explanation{});
  }
  static const Link& link(const Explanation& explanation, const std::string& name) {
    static const Link kNone;
    const auto found = std::ranges::find(explanation.chain, name, &Link::name);
    EXPECT_NE(found, explanation.chain.end()) << name;
    return found == explanation.chain.end() ? kNone : *found;
  }

  std::unique_ptr<Material> material_;
  ExplainOptions options_;
  const SigningKey key_{"P-256", "k1"};
  Result<http::ShownCertificate> shown_ = http::ShownCertificate{kNow + std::chrono::days(40)};
  std::string dialled_;
  http::Response exchange_ = answer(200, {{"access_token", "dbx"}, {"token_type", "Bearer"}, {"expires_in", 900}});
  http::Response endpoint_ = answer(200, {{"id", "e1"}, {"name", "fraud-scoring"}, {"permission_level", "CAN_QUERY"}});
  int writes_ = 0;
  std::string endpoint_name_ = "fraud-live";

 private:
  Result<http::Response> asked(const std::string& base, const http::Request& request) {
    if (!request.changes.empty()) ++writes_;
    const std::string url = base + request.target;
    if (url == "https://login.example.com/.well-known/openid-configuration") {
      return answer(200, {{"issuer", "https://login.example.com"},
                          {"token_endpoint", "https://login.example.com/token"},
                          {"jwks_uri", "https://login.example.com/jwks"}});
    }
    if (url == "https://login.example.com/jwks") return answer(200, {{"keys", {key_.jwk()}}});
    if (url == "https://login.example.com/token")
      return answer(200, {{"access_token", token()}, {"token_type", "Bearer"}});
    if (url == "https://live.example.com/oidc/v1/token" && request.body.find("token-exchange") != std::string::npos)
      return exchange_;
    if (url == "https://live.example.com/api/2.0/serving-endpoints/fraud-scoring" && request.authorization &&
        request.authorization->reveal() == "Bearer dbx")
      return endpoint_;
    return http::Response{503, {}, "busy"};
  }
};

TEST_F(ExplainTest, WalksTheChainOfARequestThatPasses) {
  options_.subject.token = Secret(token());

  const Explanation explanation = explained();

  std::vector<std::string> names;
  for (const Link& one : explanation.chain) names.push_back(one.name);
  EXPECT_THAT(names,
              IsSupersetOf({"object", "name", "certificate", "issuer", "token", "exchange", "caller", "limits"}));
  for (const char* name : {"object", "name", "certificate", "issuer", "token", "exchange", "caller"})
    EXPECT_EQ(link(explanation, name).standing, Standing::Passes) << name << ": " << link(explanation, name).says;
  EXPECT_THAT(link(explanation, "certificate").says, HasSubstr("2027-01-01T00:00:00Z, 40 days from now"));
  EXPECT_EQ(dialled_, "https://live.ml.example.com as live.ml.example.com");
  EXPECT_THAT(link(explanation, "token").details, Contains("ok: scopes fraud:score"));
  EXPECT_THAT(link(explanation, "caller").says, HasSubstr("CAN_QUERY"));
  EXPECT_EQ(writes_, 0);
  EXPECT_EQ(to_json(explanation).dump().find(token().substr(0, 20)), std::string::npos);
}

TEST_F(ExplainTest, TellsWhichClaimIsWrong) {
  struct Case {
    std::function<void(json&)> edit;
    std::string says, detail;
  };
  const std::vector<Case> cases{
      {[](json& p) { p["scope"] = "fraud:read"; }, "403 scope_missing", "wrong: scopes fraud:read, wanted fraud:score"},
      {[](json& p) { p["aud"] = "https://other"; }, "401 audience_wrong",
       "wrong: audience https://other, wanted https://ml.example.com"},
      {[](json& p) { p["iss"] = "https://evil.example.com"; }, "401 issuer_wrong",
       "wrong: issuer https://evil.example.com, wanted https://login.example.com"},
      {[](json& p) { p["exp"] = p["iat"].get<int>() + 1; }, "401 expired", "wrong: expires"}};
  for (const Case& one : cases) {
    options_.subject.token = Secret(token(one.edit));

    const Explanation explanation = explained();

    EXPECT_EQ(link(explanation, "token").standing, Standing::Refuses);
    EXPECT_THAT(link(explanation, "token").says, HasSubstr(one.says));
    EXPECT_THAT(link(explanation, "token").details, Contains(HasSubstr(one.detail)));
    EXPECT_NE(link(explanation, "token").mend, "");
  }
}

TEST_F(ExplainTest, TellsOfAForeignSignatureAndOfNoToken) {
  options_.subject.token =
      Secret(SigningKey("P-256", "k1").token_of("ES256", R"({"alg":"ES256","kid":"k1","typ":"at+jwt"})", "{}"));
  EXPECT_THAT(link(explained(), "token").says, HasSubstr("401 signature_invalid"));

  options_.subject = {};
  options_.subject.request = *read_request(std::string("POST ") + kPath + " HTTP/1.1\nHost: live.ml.example.com\n\n");
  EXPECT_THAT(link(explained(), "token").says, HasSubstr("401 token_missing"));
}

TEST_F(ExplainTest, TellsOfAGrantWhoseTimeIsOver) {
  options_.now = *parse_rfc3339("2030-01-01T00:00:00Z");
  options_.subject.token = Secret(token([&](json& p) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(options_.now.time_since_epoch()).count();
    p["iat"] = now - 1;
    p["exp"] = now + 60;
    p["sub"] = p["client_id"] = "2b7c1f4e-8a53-4d0c-9b7e-6f5a4c3d2e1f";
  }));

  EXPECT_THAT(link(explained(), "token").says, HasSubstr("403 grant_ended"));
}

TEST_F(ExplainTest, TellsWhatDatabricksSaysOfTheCaller) {
  options_.subject.token = Secret(token());
  exchange_ = answer(400, {{"error", "invalid_grant"}, {"error_description", "unknown subject"}});
  EXPECT_THAT(link(explained(), "exchange").says, HasSubstr("unknown subject"));
  EXPECT_THAT(link(explained(), "exchange").mend, HasSubstr("federation policy"));

  exchange_ = answer(200, {{"access_token", "dbx"}, {"token_type", "Bearer"}});
  endpoint_ = answer(403, {{"error_code", "PERMISSION_DENIED"}});
  EXPECT_EQ(link(explained(), "caller").standing, Standing::Refuses);
  endpoint_ = answer(200, {{"permission_level", "CAN_VIEW"}});
  EXPECT_THAT(link(explained(), "caller").says, HasSubstr("CAN_VIEW"));
  endpoint_ = {502, {}, "<html>"};
  EXPECT_EQ(link(explained(), "caller").standing, Standing::Unknown);
}

TEST_F(ExplainTest, FetchesATokenWithAClientsSecret) {
  put("risk", "app-client", {{"client_id", Secret("app")}, {"client_secret", Secret("s")}});
  options_.subject.client_secret_name = "app-client";
  EXPECT_EQ(link(explained(), "token").standing, Standing::Passes);

  options_.subject.client_secret_name = "none";
  EXPECT_EQ(link(explained(), "token").standing, Standing::Refuses);
}

TEST_F(ExplainTest, TellsOfDnsAndOfTheCertificate) {
  options_.resolve = [](const std::string&) { return std::vector<std::string>{}; };
  EXPECT_EQ(explained().culprit()->name, "name");
  EXPECT_THAT(explained().culprit()->says, HasSubstr("leads nowhere"));

  options_.connect_to = "127.0.0.1:8443";
  shown_ = http::ShownCertificate{kNow, "certificate is for another name: wanted a, it has b"};
  EXPECT_EQ(link(explained(), "name").standing, Standing::Unknown);
  EXPECT_EQ(explained().culprit()->name, "certificate");
  EXPECT_EQ(dialled_, "https://127.0.0.1:8443 as live.ml.example.com");

  shown_ = http::ShownCertificate{kNow, "unknown CA: self-signed"};
  EXPECT_EQ(link(explained(), "certificate").standing, Standing::Unknown) << "this machine may just not know it";
  const Folder folder;
  options_.ca_file = folder.write("corporate.pem", testing::TestAuthority().cert_pem());
  EXPECT_EQ(link(explained(), "certificate").standing, Standing::Refuses);
  shown_ = Error{Code::Unavailable, "refused", {}, {}};
  EXPECT_THAT(link(explained(), "certificate").says, HasSubstr("nobody answers at https://127.0.0.1:8443 from here"));
}

TEST_F(ExplainTest, TellsOfAnObjectThatIsNotAllowed) {
  const auto endpoint = material_->caches.endpoints.get("risk", "fraud-live");
  auto spoilt = std::make_shared<store::Object<api::ProtectedEndpoint>>(*endpoint);
  spoilt->spec.host = "live.elsewhere.com";
  material_->caches.endpoints.put("risk", "fraud-live", spoilt);

  const Explanation explanation = explained();

  EXPECT_EQ(explanation.culprit()->name, "object");
  EXPECT_THAT(explanation.culprit()->says, HasSubstr("spec.host"));
}

TEST_F(ExplainTest, TellsWhatBecomesOfARequest) {
  const auto asked = [&](const std::string& text) {
    options_.subject.request = *read_request(text);
    return link(explained(), "request");
  };
  material_->caches.endpoints.put("risk", "fraud-live", [&] {
    auto known =
        std::make_shared<store::Object<api::ProtectedEndpoint>>(*material_->caches.endpoints.get("risk", "fraud-live"));
    known->status.databricks.emplace_back();
    known->status.databricks.front().invocations_url = std::string("https://live.example.com") + kPath;
    return known;
  }());
  const std::string good =
      std::string("POST ") + kPath + " HTTP/1.1\nHost: live.ml.example.com\nX-Databricks-Org-Id: 1\n\n";

  EXPECT_EQ(asked(good).standing, Standing::Passes);
  EXPECT_THAT(asked(good).details, Contains("X-Databricks-Org-Id is stripped"));
  EXPECT_THAT(asked("POST /other HTTP/1.1\n\n").says, HasSubstr("404"));
  EXPECT_THAT(asked(std::string("GET ") + kPath + " HTTP/1.1\n\n").says, HasSubstr("405"));
  EXPECT_THAT(asked(std::string("POST ") + kPath + " HTTP/1.1\nHost: x\n\n").says, HasSubstr("421: Host is x"));
  EXPECT_THAT(asked(std::string("POST ") + kPath + "?a=b HTTP/1.1\n\n").says, HasSubstr("(there is a query)"));
  EXPECT_THAT(asked(std::string("POST ") + kPath + " HTTP/1.1\nAuthorization: a\nAuthorization: b\n\n").says,
              HasSubstr("400"));
  EXPECT_THAT(asked(std::string("POST ") + kPath + " HTTP/1.1\n\n" + std::string((16U << 20U) + 1, 'a')).says,
              HasSubstr("413"));
}

TEST_F(ExplainTest, SaysThatItDoesNotKnowByWhatAReferencedPolicyRefuses) {
  endpoint_name_ = "fraud-scoring";
  options_.subject.token = Secret(token([](json& p) { p["scope"] = "fraud:read"; }));

  const Explanation explanation = explained();

  EXPECT_EQ(link(explanation, "token").standing, Standing::Unknown);
  EXPECT_THAT(link(explanation, "token").details, Contains(HasSubstr("wrong: scopes")));
}

TEST_F(ExplainTest, TellsWhereAnAddressIsAnotherAndWhereAGatewayHasNothingYet) {
  material_->caches.endpoints.put("risk", "fraud-live", [&] {
    auto known =
        std::make_shared<store::Object<api::ProtectedEndpoint>>(*material_->caches.endpoints.get("risk", "fraud-live"));
    known->status.virtual_server = api::VirtualServerStatus{"door.example.com", "x"};
    return known;
  }());
  options_.resolve = [](const std::string& host) {
    return std::vector<std::string>{host == "door.example.com" ? "192.0.2.9" : "192.0.2.7"};
  };

  const Explanation explanation = explained();

  EXPECT_EQ(link(explanation, "name").standing, Standing::Short) << "there may be a balancer in between";
  EXPECT_NE(link(explanation, "gateway").standing, Standing::Passes);
}

TEST_F(ExplainTest, RefusesFlagsThatItCannotHeed) {
  const auto refusal = [&] {
    const auto connect = [](const http::ClientOptions&) -> Result<std::unique_ptr<http::Client>> {
      return Error{Code::Unavailable, "nothing is to be asked", {}, {}};
    };
    const auto explanation = explain(*material_, connect, "risk", "fraud-live", options_);
    return explanation ? std::string() : explanation.error().where;
  };
  options_.connect_to = "127.0.0.1:99999";
  EXPECT_EQ(refusal(), "--connect-to");
  options_.connect_to.clear();
  options_.ca_file = "/nonexistent.pem";
  EXPECT_EQ(refusal(), "--ca");
}

TEST(ExplainText, EndsAtTheLinkThatRefusesUnlessAllIsAsked) {
  const Explanation explanation{"risk",
                                "fraud",
                                {{"object", Standing::Passes, "fine", "", {"hidden"}},
                                 {"token", Standing::Refuses, "401 expired", "get another", {"why"}},
                                 {"limits", Standing::Short, "too short", "", {}}}};
  std::ostringstream out, all;
  print_text(out, explanation, false);
  print_text(all, explanation, true);

  EXPECT_EQ(out.str(),
            "ProtectedEndpoint risk/fraud\n"
            "  object       passes   fine\n"
            "  token        refuses  401 expired\n"
            "                        why\n"
            "It ends at token: 401 expired\n"
            "To mend it: get another\n");
  EXPECT_THAT(all.str(), HasSubstr("hidden"));
  EXPECT_THAT(all.str(), HasSubstr("too short"));
  EXPECT_EQ(to_json(explanation).at("refusedBy"), "token");
}

TEST(ExplainCommand, SaysWhatIsThereWhenTheEndpointIsNot) {
  const Said said = run_cli({"explain", "risk/none", "-f", testing::quickstart(), "--instance", "abcd1234"});

  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.err, HasSubstr("there is no ProtectedEndpoint risk/none; there are: risk/fraud-scoring"));
}

TEST(ExplainCommand, TakesATokenOrAClientAndNotBoth) {
  const Said said = run_cli({"explain", "x", "--token-file", "a", "--client", "b"});

  EXPECT_NE(said.code, 0);
}

TEST(ExplainCommand, WantsATokenInTheFile) {
  const Folder folder;
  const Said said = run_cli({"explain", "x", "--token-file", folder.write("empty", "\n"), "-f", testing::quickstart()});

  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.err, HasSubstr("holds no token"));
}

}  // namespace
}  // namespace sallyport::program::cli
