// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/operator/program/cli/cli_testing.hpp"

namespace sallyport::program::cli {
namespace {

using nlohmann::json;
using testing::Folder;
using testing::run_cli;
using testing::Said;

void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = SALLYPORT_SOURCE_DIR "/tests/golden/render/quickstart/" + name;
  if (std::getenv("SALLYPORT_UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(testing::text_of(path), text) << "SALLYPORT_UPDATE_GOLDEN=1 records it anew; read it first";
}

TEST(Render, ShowsTheWholeTargetStateOfTheQuickstart) {
  const Said said = run_cli({"render", "-f", testing::quickstart()});
  EXPECT_EQ(said.code, 0) << said.err;
  expect_golden("out.txt", said.out);
}

TEST(Render, ShowsTheQuickstartToMachines) {
  const Said said = run_cli({"render", "-f", testing::quickstart(), "-o", "json"});
  EXPECT_EQ(said.code, 0) << said.err;
  expect_golden("out.json", said.out);
}

TEST(Render, SaysTheSameTwiceWhateverTheOrderOfTheFiles) {
  const std::string dir = testing::quickstart();
  const Said forth =
      run_cli({"render", "-f", dir + "/10-namespaces.yaml", dir + "/20-connections.yaml", dir + "/30-endpoint.yaml"});
  const Said back =
      run_cli({"render", "-f", dir + "/30-endpoint.yaml", dir + "/20-connections.yaml", dir + "/10-namespaces.yaml"});
  EXPECT_EQ(forth.out, back.out);
  EXPECT_EQ(forth.out, run_cli({"render", "-f", dir}).out);
}

TEST(Render, ShowsWhatAnNginxWouldBeGivenAndWhatItAssumed) {
  const Said said =
      run_cli({"render", "-f", testing::quickstart(), SALLYPORT_SOURCE_DIR "/examples/nginx", "-o", "json"});
  EXPECT_EQ(said.code, 0) << said.err;
  const json rendered = json::parse(said.out);
  const auto door = std::ranges::find_if(rendered["gateways"], [](const json& one) { return one["name"] == "door"; });
  ASSERT_NE(door, rendered["gateways"].end()) << said.out;
  const json& tenant = *(*door)["declaration"].begin();
  const json& document = *tenant.begin();
  EXPECT_EQ(document["host"], "live.ml.example.com");
  EXPECT_EQ(document["certificate"], "<secret risk/live-tls#tls.crt, tls.key>");
  EXPECT_EQ(document["token"]["issuer"]["jwksUri"], "https://login.example.com/jwks");
  EXPECT_EQ(document["backends"][0]["tokenEndpoint"], "https://live.example.com/oidc/v1/token");
  EXPECT_EQ(document["traffic"]["rateLimit"]["burst"], 100);
  EXPECT_EQ(document["grants"][0]["until"], "2030-01-01T00:00:00Z");
  EXPECT_NE(rendered["assumed"].dump().find("https://login.example.com/jwks"), std::string::npos);
}

struct Spoil {
  const char* name;
  const char* what;
  const char* by;
  const char* expected;  ///< on stdout
};
class RenderRefuses : public ::testing::TestWithParam<Spoil> {};

TEST_P(RenderRefuses, AndSaysWhereAndWhy) {
  const Folder folder;
  for (const char* file : {"10-namespaces.yaml", "20-connections.yaml", "30-endpoint.yaml"}) {
    std::string text = testing::text_of(testing::quickstart() + "/" + file);
    const std::size_t at = text.find(GetParam().what);
    if (at != std::string::npos) text.replace(at, std::string(GetParam().what).size(), GetParam().by);
    folder.write(file, text);
  }
  const Said said = run_cli({"render", "-f", folder.path()});
  EXPECT_EQ(said.code, 1);
  EXPECT_NE(said.out.find(GetParam().expected), std::string::npos) << said.out;
}

INSTANTIATE_TEST_SUITE_P(
    Faults, RenderRefuses,
    ::testing::Values(
        Spoil{"ALevelThatIsNone", "level: CanQuery", "level: CanFly", "! InvalidSpec: spec.access.grants[0].level"},
        Spoil{"AFieldThatIsNotKnown", "  client:", "  clent:", "! InvalidSpec: spec.clent"},
        Spoil{"AHostThatIsNotAllowed", "fraud.ml.example.com", "fraud.example.org",
              "! NotAllowed: spec.host: 'fraud.example.org' is not an allowed host"},
        Spoil{"AConnectionThatIsNotThere", "providerRef: {name: corporate}", "providerRef: {name: other}",
              "! RefNotFound: spec.identity.providerRef.name: there is no IdentityProvider 'other'"},
        Spoil{"ALevelAboveTheOwnersLimit", "risk-analysts, level: CanQuery", "risk-analysts, level: CanManage",
              "! NotAllowed: spec.access.grants: Group 'risk-analysts' at CanManage is not allowed"},
        Spoil{"AFaultyConnection", "addressPool: [192.0.2.32/28]", "addressPool: [192.0.2.0.1]",
              "! F5Gateway edge: spec.addressPool"},
        Spoil{"AKindThatIsMisspelt", "kind: ProtectedEndpoint", "kind: ProtectdEndpoint", "there is no such kind"}),
    [](const auto& spoil) { return spoil.param.name; });

TEST(Render, TakesASecretThatIsDeclaredWithoutTheLabelAtItsWord) {
  const Folder folder;
  const std::string secret = folder.write("secret.yaml",
                                          "apiVersion: v1\nkind: Secret\nmetadata: {name: fraud-tls, namespace: risk}\n"
                                          "stringData: {tls.crt: a, tls.key: b}\n");
  const Said said = run_cli({"render", "-f", testing::quickstart(), secret});
  EXPECT_EQ(said.code, 1);
  EXPECT_NE(said.out.find("! SecretNotUsable: spec.tls.secretName"), std::string::npos) << said.out;
}

TEST(Render, NeverShowsTheBytesOfASecret) {
  const Folder folder;
  const std::string secrets = folder.write(
      "secrets.yaml",
      "apiVersion: v1\nkind: Secret\n"
      "metadata: {name: fraud-tls, namespace: risk, labels: {sallyport.dev/usable-by: ProtectedEndpoint}}\n"
      "stringData: {tls.crt: hush-hush-1, tls.key: hush-hush-2}\n---\n"
      "apiVersion: v1\nkind: Secret\nmetadata: {name: idp-registration, namespace: sallyport-system}\n"
      "stringData: {initial_access_token: hush-hush-3}\n");
  for (const char* format : {"text", "json"}) {
    const Said said = run_cli({"render", "-f", testing::quickstart(), secrets, "-o", format});
    EXPECT_EQ(said.code, 0) << said.out;
    EXPECT_EQ(said.out.find("hush-hush"), std::string::npos);
  }
}

TEST(Render, SaysWhatToDoAboutAPathThatIsNotThere) {
  const Said said = run_cli({"render", "-f", "no/such/place"});
  EXPECT_EQ(said.code, 1);
  EXPECT_EQ(said.err, "sallyport render: no/such/place: there is no such file or directory\n");
  EXPECT_TRUE(said.out.empty());
}

TEST(Render, GivesTwoEndpointsOfAGatewayDifferentAddresses) {
  const Folder folder;
  std::string second = testing::text_of(testing::quickstart() + "/30-endpoint.yaml");
  for (const auto& [what, by] : {std::pair<std::string, std::string>{"name: fraud-scoring\n", "name: fraud-second\n"},
                                 {"host: fraud.", "host: second."},
                                 {"secretName: fraud-client", "secretName: second-client"}})
    second.replace(second.find(what), what.size(), by);
  const Said said = run_cli({"render", "-o", "json", "-f", testing::quickstart(), folder.write("second.yaml", second)});
  ASSERT_EQ(said.code, 0) << said.out;
  const json out = json::parse(said.out);
  ASSERT_EQ(out.at("endpoints").size(), 2U);
  EXPECT_TRUE(out.at("endpoints")[0].at("edge").at("place").get<std::string>().ends_with("192.0.2.33"));
  EXPECT_TRUE(out.at("endpoints")[1].at("edge").at("place").get<std::string>().ends_with("192.0.2.34"));
}

}  // namespace
}  // namespace sallyport::program::cli
