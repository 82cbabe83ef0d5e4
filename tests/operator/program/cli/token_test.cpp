// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/operator/program/cli/cli_testing.hpp"
#include "tests/reconcilers/token/token_issuer.hpp"

namespace sallyport::program::cli {
namespace {

using sallyport::testing::Folder;
using sallyport::testing::run_cli;
using sallyport::testing::Said;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kProvider = R"(apiVersion: sallyport.dev/v1alpha1
kind: IdentityProvider
metadata: {name: corporate}
spec:
  issuer: https://login.example.com
  type: DynamicRegistration
  tokens: {audience: "https://ml.example.com"}
  allow: [{name: all, namespaces: {matchNames: [risk]}}]
)";

class TokenVerify : public ::testing::Test {
 protected:
  Said verify(const std::vector<std::string>& tokens, std::vector<std::string> more = {},
              SystemTime at = token::kNow) const {
    std::string lines;
    for (const std::string& token : tokens) lines += token + "\n";
    std::vector<std::string> arguments{"token",
                                       "verify",
                                       folder_.write("tokens", lines),
                                       "--provider",
                                       folder_.write("provider.yaml", kProvider),
                                       "--jwks",
                                       folder_.write("jwks.json", issuer_.key_set()),
                                       "--at",
                                       to_rfc3339(at)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_cli(arguments);
  }

  Folder folder_;
  token::TokenIssuer issuer_;
};

TEST_F(TokenVerify, AcceptsTheRightToken) {
  const Said said = verify({issuer_.token()}, {"--scope", "fraud:score", "--group", "risk"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.out, "accept\n");
}

TEST_F(TokenVerify, SaysOfEachWhatIsWrongAndNeverShowsOne) {
  const std::string wrong = issuer_.with_payload(token::set("aud", "https://other.example.com"));
  const Said said = verify({issuer_.token(), wrong, "", "x.y.z", token::TokenIssuer().token()});
  EXPECT_EQ(said.code, 1);
  EXPECT_EQ(said.out,
            "accept\n"
            "audience_wrong: audience is https://other.example.com; needed: https://ml.example.com\n"
            "malformed: the header is not base64url without padding (RFC 7515 section 2)\n"
            "signature_invalid: the signature is not that of key 'key-1'\n");
  EXPECT_THAT(said.out + said.err, Not(HasSubstr(wrong.substr(0, 20))));
}

TEST_F(TokenVerify, DemandsWhatItIsTold) {
  EXPECT_THAT(verify({issuer_.token()}, {"--scope", "fraud:admin"}).out, HasSubstr("scope_missing"));
  EXPECT_THAT(verify({issuer_.token()}, {"--group", "ris"}).out, HasSubstr("group_missing"));
  EXPECT_THAT(verify({issuer_.token()}, {"--audience", "https://other"}).out, HasSubstr("audience_wrong"));
  EXPECT_THAT(verify({issuer_.token()}, {"--algorithm", "RS256"}).out, HasSubstr("algorithm_not_allowed"));
  EXPECT_THAT(verify({issuer_.token()}, {"--max-lifetime", "1m"}).out, HasSubstr("lifetime_too_long"));
  EXPECT_THAT(verify({issuer_.token()}, {}, token::kNow + std::chrono::hours(1)).out, HasSubstr("expired"));
  EXPECT_THAT(verify({issuer_.token()}, {"--profile", "Keycloak"}).out, Not(HasSubstr("accept")));
}

TEST_F(TokenVerify, TellsMachinesWhoItIs) {
  const Said said = verify({issuer_.token(), "x"}, {"-o", "json"});
  const auto verdicts = nlohmann::json::parse(said.out);
  EXPECT_EQ(verdicts[0]["verdict"], "accept");
  EXPECT_EQ(verdicts[0]["subject"], "alice");
  EXPECT_EQ(verdicts[0]["scopes"], nlohmann::json({"fraud:read", "fraud:score"}));
  EXPECT_EQ(verdicts[1]["verdict"], "malformed");
}

TEST_F(TokenVerify, NeedsAnAudienceAndOneProvider) {
  std::string nameless = kProvider;
  nameless.replace(nameless.find("  tokens:"), nameless.find("  allow:") - nameless.find("  tokens:"), "");
  const auto with = [&](const std::string& provider) {
    return run_cli({"token", "verify", folder_.write("tokens", "x\n"), "--provider", folder_.write("p.yaml", provider),
                    "--jwks", folder_.write("jwks.json", issuer_.key_set())})
        .err;
  };
  EXPECT_THAT(with(nameless), HasSubstr("--audience: is needed"));
  std::string second = kProvider;
  second.replace(second.find("corporate"), 9, "partners");
  EXPECT_THAT(with(std::string(kProvider) + "---\n" + second), HasSubstr("more than one IdentityProvider"));
  EXPECT_THAT(with("---\n"), HasSubstr("--provider"));
}

}  // namespace
}  // namespace sallyport::program::cli
