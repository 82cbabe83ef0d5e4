// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/config.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "operator/base/digest.hpp"
#include "operator/kube/credentials.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::kube {
namespace {

using ::testing::HasSubstr;

/// A folder of its own for each test, gone afterwards.
class KubeConfig : public ::testing::Test {
 protected:
  KubeConfig() { std::filesystem::create_directories(dir_); }
  ~KubeConfig() override { std::filesystem::remove_all(dir_); }

  std::string file(const std::string& name, const std::string& content) {
    const auto path = dir_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
    return path.string();
  }
  ConfigSources sources(std::map<std::string, std::string> environment) {
    ConfigSources made;
    made.environment = [environment = std::move(environment)](const char* name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional<std::string>(found->second);
    };
    made.service_account_dir = (dir_ / "account").string();
    return made;
  }

  std::filesystem::path dir_ = std::filesystem::temp_directory_path() / ("kube-config-" + random_name(8));
};

std::string kubeconfig(const std::string& user, const std::string& cluster = "") {
  return "apiVersion: v1\nkind: Config\ncurrent-context: dev\n"
         "contexts:\n- {name: dev, context: {cluster: c, user: u, namespace: risk}}\n- {name: other, context: "
         "{cluster: c}}\n"
         "clusters:\n- name: c\n  cluster: {server: 'https://10.0.0.1:6443'" +
         (cluster.empty() ? "" : ", " + cluster) + "}\nusers:\n- {name: u, user: {" + user + "}}\n";
}

TEST_F(KubeConfig, ReadsServerTokenAndNamespaceOfTheCurrentContext) {
  const auto config = load_config(sources({{"KUBECONFIG", file("config", kubeconfig("token: abc"))}}));

  ASSERT_TRUE(config.has_value()) << config.error().text();
  EXPECT_EQ(config->server, "https://10.0.0.1:6443");
  EXPECT_EQ(config->token.reveal(), "abc");
  EXPECT_EQ(config->default_ns, "risk");
}

TEST_F(KubeConfig, DecodesInlineCertificates) {
  const auto config = load_config(
      sources({{"KUBECONFIG", file("config", kubeconfig("client-certificate-data: " + base64_encode("CERT") +
                                                            ", client-key-data: " + base64_encode("KEY"),
                                                        "certificate-authority-data: " + base64_encode("CA")))}}));

  ASSERT_TRUE(config.has_value()) << config.error().text();
  EXPECT_EQ(config->tls.ca_bundle_pem, "CA");
  EXPECT_EQ(config->tls.client_cert_pem, "CERT");
  EXPECT_EQ(config->tls.client_key_pem->reveal(), "KEY");
}

TEST_F(KubeConfig, StartsRelativePathsAtTheFilesFolder) {
  const auto config = load_config(sources(
      {{"KUBECONFIG", file("sub/config", kubeconfig("tokenFile: ../token", "certificate-authority: ca.crt"))}}));

  ASSERT_TRUE(config.has_value()) << config.error().text();
  EXPECT_EQ(std::filesystem::path(config->token_file).lexically_normal(), dir_ / "token");
  EXPECT_EQ(config->tls.ca_file, (dir_ / "sub/ca.crt").string());
}

TEST_F(KubeConfig, TakesEachNameFromTheFirstFileThatHasIt) {
  const std::string first = file("first",
                                 "contexts: [{name: dev, context: {cluster: mine}}]\n"
                                 "clusters: [{name: mine, cluster: {server: 'https://first'}}]\n");
  const std::string second = file("second", kubeconfig("token: abc"));

  const auto config = load_config(sources({{"KUBECONFIG", first + ":" + (dir_ / "absent").string() + ":" + second}}));

  ASSERT_TRUE(config.has_value()) << config.error().text();
  EXPECT_EQ(config->server, "https://first");
}

TEST_F(KubeConfig, TakesTheContextThatIsAskedFor) {
  auto asked = sources({{"KUBECONFIG", file("config", kubeconfig("token: abc"))}});
  asked.context = "other";

  const auto config = load_config(asked);

  ASSERT_TRUE(config.has_value()) << config.error().text();
  EXPECT_TRUE(config->token.empty());
  EXPECT_EQ(config->default_ns, "default");
}

TEST_F(KubeConfig, SaysWhatToDoInsteadOfAnExecPlugin) {
  const auto config = load_config(sources({{"KUBECONFIG", file("config", kubeconfig("exec: {command: aws}"))}}));

  ASSERT_FALSE(config.has_value());
  EXPECT_EQ(config.error().code, Code::InvalidSpec);
  EXPECT_THAT(config.error().message, HasSubstr("\"aws\" is not supported; use a token: kubectl create token"));
}

TEST_F(KubeConfig, RefusesWhatItCannotUse) {
  for (const std::string& content :
       {std::string("{"), std::string("[]"), std::string("contexts: []"), kubeconfig("username: x"),
        kubeconfig("client-certificate: x"), kubeconfig("token: x", "certificate-authority-data: '%%'"),
        std::string("current-context: dev\ncontexts: [{name: dev, context: {cluster: nowhere}}]")}) {
    const auto config = load_config(sources({{"KUBECONFIG", file("config", content)}}));
    ASSERT_FALSE(config.has_value()) << content;
    EXPECT_EQ(config.error().code, Code::InvalidSpec) << content;
  }
}

TEST_F(KubeConfig, FindsThePodsOwnAccount) {
  file("account/token", "pod-token\n");
  file("account/ca.crt", "CA");
  file("account/namespace", "sallyport-system");

  const auto config =
      load_config(sources({{"KUBERNETES_SERVICE_HOST", "fd00::1"}, {"KUBERNETES_SERVICE_PORT", "443"}}));

  ASSERT_TRUE(config.has_value()) << config.error().text();
  EXPECT_EQ(config->server, "https://[fd00::1]:443");
  EXPECT_EQ(config->default_ns, "sallyport-system");
  EXPECT_EQ(config->token_file, (dir_ / "account/token").string());
}

TEST_F(KubeConfig, SaysThatAPodHasNoToken) {
  const auto config = load_config(sources({{"KUBERNETES_SERVICE_HOST", "10.0.0.1"}}));

  ASSERT_FALSE(config.has_value());
  EXPECT_THAT(config.error().message, HasSubstr("automountServiceAccountToken"));
}

TEST_F(KubeConfig, SaysThatThereIsNoCluster) {
  const auto config = load_config(sources({{"HOME", dir_.string()}}));

  ASSERT_FALSE(config.has_value());
  EXPECT_THAT(config.error().message, HasSubstr("--kubeconfig"));
}

TEST_F(KubeConfig, ReadsATokenFileAgainAfterAMinuteOrARefusal) {
  sallyport::testing::FakeClock clock;
  Config config;
  config.token_file = file("token", "one\n");
  Credentials credentials(config, clock);
  const auto header = [&] { return (*credentials.authorization())->reveal(); };
  EXPECT_EQ(header(), "Bearer one");

  file("token", "two");
  clock.advance(std::chrono::seconds(59));
  EXPECT_EQ(header(), "Bearer one");
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(header(), "Bearer two");
  file("token", "three");
  credentials.rejected();
  EXPECT_EQ(header(), "Bearer three");
}

TEST_F(KubeConfig, KeepsTheLastTokenWhileItsFileIsEmptyOrGone) {
  sallyport::testing::FakeClock clock;
  Config config;
  config.token_file = file("token", "one");
  Credentials credentials(config, clock);
  (void)credentials.authorization();

  file("token", " \n");
  credentials.rejected();
  EXPECT_EQ((*credentials.authorization())->reveal(), "Bearer one");
  std::filesystem::remove(config.token_file);
  credentials.rejected();
  EXPECT_EQ((*credentials.authorization())->reveal(), "Bearer one");
}

TEST_F(KubeConfig, FailsWithoutAnyToken) {
  sallyport::testing::FakeClock clock;
  Config config;
  config.token_file = (dir_ / "absent").string();
  Credentials credentials(config, clock);

  EXPECT_FALSE(credentials.authorization().has_value());
}

}  // namespace
}  // namespace sallyport::kube
