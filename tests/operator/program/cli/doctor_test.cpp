// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "operator/program/cli/diagnosis.hpp"
#include "operator/program/cli/offline_store.hpp"
#include "tests/operator/program/cli/cli_testing.hpp"
#include "tests/testing/fake_http.hpp"
#include "tests/testing/signing_key.hpp"

namespace sallyport::program::cli {
namespace {

using nlohmann::json;
using testing::FakeHttp;
using ::testing::HasSubstr;
using testing::run_cli;
using testing::Said;

http::Response answer(const json& body) {
  return {200, {{"Content-Type", "application/json"}}, body.dump()};
}

TEST(Doctor, TellsOfEachConnectionWhetherItCanBeUsed) {
  ManifestSource source;
  source.paths = {testing::quickstart()};
  source.instance = "abcd1234";
  const auto material = std::move(*read_manifests(source));
  for (const char* name : {"idp-registration", "dbx-prod"}) {
    schema::Metadata meta;
    meta.ns = "sallyport-system";
    meta.name = name;
    static_cast<OfflineStore&>(*material->store)
        .put_secret(
            meta, {{"client_id", Secret("a")}, {"client_secret", Secret("b")}, {"initial_access_token", Secret("t")}});
  }
  const testing::SigningKey key("P-256", "k1");
  int writes = 0;
  const auto connect = [&](const http::ClientOptions& options) -> Result<std::unique_ptr<http::Client>> {
    return std::unique_ptr<http::Client>(
        std::make_unique<FakeHttp>([&, base = options.base_url](const http::Request& request) -> http::Response {
          if (!request.changes.empty()) ++writes;
          if (request.target == "/jwks") return answer({{"keys", {key.jwk()}}});
          if (base != "https://login.example.com") return {503, {}, "busy"};
          return answer({{"issuer", base}, {"token_endpoint", base + "/token"}, {"jwks_uri", base + "/jwks"}});
        }));
  };

  const std::vector<Diagnosis> all = diagnose(*material, connect);

  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].kind, "F5Gateway");
  EXPECT_FALSE(all[0].usable);
  EXPECT_THAT(all[0].says, HasSubstr("there is no Secret 'sallyport-system/bigip-edge'"));
  EXPECT_EQ(all[1].kind, "IdentityProvider");
  EXPECT_TRUE(all[1].usable) << all[1].says;
  EXPECT_THAT(all[1].says, HasSubstr("1 signing key"));
  EXPECT_EQ(all[2].kind, "DatabricksWorkspace");
  EXPECT_FALSE(all[2].usable);
  EXPECT_THAT(all[2].says, HasSubstr("POST https://workspace.example.com/oidc/v1/token: busy; see that it runs"));
  EXPECT_EQ(writes, 0);
}

TEST(DoctorText, HasALineForEachConnection) {
  const std::vector<Diagnosis> all{{"IdentityProvider", "corporate", true, "current", {"keys at x"}},
                                   {"F5Gateway", "edge", false, "nobody answers", {}}};
  std::ostringstream out;
  print_text(out, all);

  EXPECT_EQ(out.str(),
            "ok  IdentityProvider corporate: current\n"
            "      keys at x\n"
            "!!  F5Gateway edge: nobody answers\n");
  EXPECT_EQ(to_json(all)[1].at("usable"), false);
}

TEST(DoctorCommand, EndsWithOneWhenAConnectionCannotBeUsed) {
  const Said said = run_cli({"doctor", "-f", testing::quickstart(), "--instance", "abcd1234", "-o", "json"});

  EXPECT_EQ(said.code, 1);
  EXPECT_EQ(json::parse(said.out).size(), 3U);
}

}  // namespace
}  // namespace sallyport::program::cli
