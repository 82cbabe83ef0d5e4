// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/endpoint_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/reconcilers/nginx_agent/sample_machine.hpp"
#include "tests/reconcilers/publication/sample.hpp"

namespace sallyport::nginx_agent {
namespace {

using publication::Endpoint;
using ::testing::HasSubstr;
using ::testing::Not;

const Addresses kAddresses{{"adb-1.7.azuredatabricks.net", {"10.0.0.1", "2001:db8::1"}},
                           {"adb-2.8.azuredatabricks.net", {"10.0.0.2"}},
                           {"adb-3.9.azuredatabricks.net", {"10.0.0.3"}}};

std::string render(const std::function<void(Endpoint&)>& edit = {}, const Machine& machine = sample_machine()) {
  Endpoint endpoint = publication::sample_endpoint();
  if (edit) edit(endpoint);
  const auto text = render_endpoint(endpoint, kAddresses, machine);
  return text ? *text : "refused: " + text.error().text();
}

void add_backends(Endpoint& endpoint) {
  publication::Backend us = endpoint.backends[0], spare = endpoint.backends[0];
  us.name = "us";
  us.host = "adb-2.8.azuredatabricks.net";
  us.path = "/serving-endpoints/fraud-us/invocations";
  us.weight = 3;
  spare.name = "spare";
  spare.host = "adb-3.9.azuredatabricks.net";
  spare.priority = 1;
  endpoint.backends.push_back(us);
  endpoint.backends.push_back(spare);
}

TEST(EndpointFile, AsksBeforeItSends) {
  const std::string text = render();
  const std::string location =
      "  location = /serving-endpoints/fraud-scoring/invocations {\n"
      "    if ($request_method != POST) { return 405; }\n"
      "    auth_request /authorize/0;\n"
      "    include asked.conf;\n"
      "    try_files /nonexistent @backend_0_send;\n"
      "  }\n";
  EXPECT_THAT(text, HasSubstr(location));
  EXPECT_THAT(text, HasSubstr("proxy_pass http://sallyport_authorizer/check/fraud_scoring_0123456789/" +
                              publication::sample_backend_key() + ";"));
  EXPECT_THAT(text, HasSubstr("proxy_pass https://sp_fraud_scoring_0123456789_0;"));
}

TEST(EndpointFile, SendsToTheAddressesByTheirRealName) {
  const std::string text = render([](Endpoint& endpoint) { endpoint.backends[0].port = 8443; });
  EXPECT_THAT(text, HasSubstr("  server 10.0.0.1:8443;\n  server [2001:db8::1]:8443;\n  keepalive 16;"));
  EXPECT_THAT(text, HasSubstr("proxy_ssl_name adb-1.7.azuredatabricks.net;"));
  EXPECT_THAT(text, HasSubstr("proxy_set_header Host adb-1.7.azuredatabricks.net:8443;"));
}

TEST(EndpointFile, KnowsItsTwoPathsByteForByte) {
  const std::string text = render();
  EXPECT_THAT(text, HasSubstr("if ($request_uri = \"/serving-endpoints/fraud-scoring/invocations\")"));
  EXPECT_THAT(text,
              HasSubstr("if ($request_uri = "
                        "\"/.well-known/oauth-protected-resource/serving-endpoints/fraud-scoring/invocations\")"));
  EXPECT_THAT(text, HasSubstr("if ($sallyport_known = 0) { return 404; }"));
  EXPECT_THAT(text, HasSubstr("if ($ssl_server_name != \"fraud.ml.example.com\") { return 421; }"));
}

TEST(EndpointFile, PicksByWeightAmongTheFirstAndGoesOnInOrder) {
  const std::string text = render(add_backends);
  EXPECT_THAT(text, HasSubstr("split_clients $request_id $sp_fraud_scoring_0123456789_pick {\n"
                              "  25.00% @backend_0;\n"
                              "  * @backend_1;\n}"));
  EXPECT_THAT(text, HasSubstr("map $sp_fraud_scoring_0123456789_pick $sp_fraud_scoring_0123456789_after_0 {\n"
                              "  default @exhausted;\n"
                              "  @backend_0 @backend_1;\n"
                              "  @backend_1 @backend_2;\n}"));
  EXPECT_THAT(text, HasSubstr("map $sp_fraud_scoring_0123456789_pick $sp_fraud_scoring_0123456789_after_1 {\n"
                              "  default @exhausted;\n"
                              "  @backend_0 @backend_2;\n"
                              "  @backend_1 @backend_0;\n}"));
  EXPECT_THAT(text, HasSubstr("map $sp_fraud_scoring_0123456789_pick $sp_fraud_scoring_0123456789_after_2 {\n"
                              "  default @exhausted;\n}"));
  EXPECT_THAT(text, HasSubstr("    try_files /nonexistent $sp_fraud_scoring_0123456789_pick;\n"));
  EXPECT_THAT(text, HasSubstr("    rewrite ^ /serving-endpoints/fraud-us/invocations? break;\n"));
}

TEST(EndpointFile, GoesOnOnlyWhereNothingWasSent) {
  EXPECT_THAT(render(add_backends), HasSubstr("  location @backend_0_failed {\n"
                                              "    if ($upstream_connect_time ~ \"[0-9]\") { return 502; }\n"));
  EXPECT_THAT(render(), Not(HasSubstr("_failed")));
}

TEST(EndpointFile, GoesOnWhereAWorkspaceGivesNobodyATokenNow) {
  const std::string text = render(add_backends);
  EXPECT_THAT(text,
              HasSubstr("  location @backend_1 {\n    include begin.conf;\n    error_page 403 = @backend_1_unasked;\n"
                        "    auth_request /authorize/1;\n"));
  EXPECT_THAT(text, HasSubstr("  location @backend_1_unasked { try_files /nonexistent "
                              "$sp_fraud_scoring_0123456789_instead_1; }\n"));
  EXPECT_THAT(text, HasSubstr("map \"$sallyport_status $sp_fraud_scoring_0123456789_pick\" "
                              "$sp_fraud_scoring_0123456789_instead_1 {\n"
                              "  default @forbidden;\n"
                              "  \"503 @backend_0\" @backend_2;\n"
                              "  \"503 @backend_1\" @backend_0;\n}"));
  EXPECT_THAT(text, HasSubstr("$sp_fraud_scoring_0123456789_instead_2 {\n  default @forbidden;\n}"))
      << "the last one's word is the answer";
}

TEST(EndpointFile, TrustsWhatTheBackendNamesOrTheMachine) {
  EXPECT_THAT(render(), HasSubstr("proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;"));
  EXPECT_THAT(render([](Endpoint& endpoint) { endpoint.backends[0].trust = std::string(64, 'a'); }),
              HasSubstr("proxy_ssl_trusted_certificate /var/lib/sallyport/objects/" + std::string(64, 'a') + ";"));
}

TEST(EndpointFile, AsksForACertificateWhereAnotherStandsInFront) {
  const std::string text = render([](Endpoint& endpoint) {
    endpoint.client_ca = std::string(64, 'b');
    endpoint.client_name = "bigip.example.com";
  });
  EXPECT_THAT(text, HasSubstr("ssl_verify_client on;\n  ssl_client_certificate /var/lib/sallyport/objects/" +
                              std::string(64, 'b') + ";"));
  EXPECT_THAT(text,
              HasSubstr("if ($ssl_client_s_dn !~ \"(^|[^\\x5c],)CN=bigip[.]example[.]com(,|$)\") { return 403; }"));
}

TEST(EndpointFile, HoldsLimitsAndTimeOuts) {
  const std::string text = render([](Endpoint& endpoint) {
    endpoint.traffic.max_concurrent = 40;
    endpoint.traffic.response_timeout = std::chrono::milliseconds(310500);
    endpoint.traffic.allowed_networks = {"10.20.0.0/16", "2001:db8::/32"};
  });
  EXPECT_THAT(text, HasSubstr("limit_conn sallyport_concurrent 40;"));
  EXPECT_THAT(text, HasSubstr("proxy_read_timeout 310500ms;"));
  EXPECT_THAT(text, HasSubstr("client_max_body_size 16777216;"));
  EXPECT_THAT(text, HasSubstr("  allow 10.20.0.0/16;\n  allow 2001:db8::/32;\n  deny all;\n"));
}

TEST(EndpointFile, LogsPassesWhereItIsAskedTo) {
  EXPECT_THAT(render(), HasSubstr("access_log /dev/stdout sallyport if=$sallyport_refused;"));
  EXPECT_THAT(render([](Endpoint& endpoint) { endpoint.log_passes = true; }),
              HasSubstr("access_log /dev/stdout sallyport;"));
}

TEST(EndpointFile, IsNotMadeForAHostWithoutAddress) {
  EXPECT_THAT(render([](Endpoint& endpoint) { endpoint.backends[0].host = "gone.example.com"; }),
              HasSubstr("refused: endpoint.backends: host 'gone.example.com' of backend 'eu' has no address"));
}

TEST(EndpointFile, RefusesWhatIsNoWordEvenIfADocumentLetItThrough) {
  for (const char* hostile : {"a;b", "a b", "$a", "a\"", "a{", "a\n"}) {
    EXPECT_THAT(render([&](Endpoint& endpoint) { endpoint.host = hostile; }), HasSubstr("refused")) << hostile;
    EXPECT_THAT(render([&](Endpoint& endpoint) { endpoint.path = hostile; }), HasSubstr("refused")) << hostile;
    EXPECT_THAT(render([&](Endpoint& endpoint) { endpoint.id = hostile; }), HasSubstr("refused")) << hostile;
    EXPECT_THAT(render([&](Endpoint& endpoint) { endpoint.certificate = hostile; }), HasSubstr("refused")) << hostile;
    EXPECT_THAT(render([&](Endpoint& endpoint) { endpoint.backends[0].path = hostile; }), HasSubstr("refused"))
        << hostile;
    EXPECT_THAT(render([&](Endpoint& endpoint) { endpoint.traffic.allowed_networks = {hostile}; }),
                HasSubstr("refused"))
        << hostile;
  }
}

TEST(ResourceMetadata, SaysWhereToGetATokenForWhat) {
  EXPECT_EQ(nlohmann::json::parse(resource_metadata(publication::sample_endpoint())), nlohmann::json::parse(R"({
      "resource": "https://fraud.ml.example.com/serving-endpoints/fraud-scoring/invocations",
      "authorization_servers": ["https://login.example.com"],
      "bearer_methods_supported": ["header"], "scopes_supported": ["fraud:score"]})"));
}

TEST(ResourceMetadata, FitsIntoAWordOfNginx) {
  Endpoint endpoint = publication::sample_endpoint();
  for (int i = 0; i < 200; ++i) endpoint.token.scopes.push_back("scope-with-a-long-name:" + std::to_string(i));
  EXPECT_THAT(resource_metadata(endpoint), Not(HasSubstr("scopes_supported")));
  EXPECT_THAT(resource_metadata(endpoint), HasSubstr("authorization_servers"));
}

TEST(ResourceMetadata, StandsInTheFileAsData) {
  const std::string text =
      render([](Endpoint& endpoint) { endpoint.token.scopes = {"a'; return 200; # $request_id \"\\"}; });
  EXPECT_THAT(text, Not(HasSubstr("$request_id \\")));
  EXPECT_THAT(text, HasSubstr("a\\u0027\\u003b return 200"));
}

}  // namespace
}  // namespace sallyport::nginx_agent
