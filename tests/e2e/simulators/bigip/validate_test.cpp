// SPDX-License-Identifier: Apache-2.0
// f5.md 1.2, 1.7 and 2: what AS3 3.56 refuses in a declaration, in its words, and what it lets through.
#include <gtest/gtest.h>

#include "tests/e2e/simulators/bigip/bigip_testing.hpp"

namespace sallyport::simulators::testing {
namespace {

Json application() {
  return Bigip::application("192.0.2.40");
}

/// The first error that /T/A draws, or the message when there is none of the schema's.
std::string complaint(const Json& declared, Bigip& device) {
  const Reply reply = device.declare({{"T", Bigip::tenant({{"A", declared}})}});
  if (reply.status == 200) return "";
  if (reply.body.contains("errors")) return reply.body["errors"][0].get<std::string>();
  if (reply.body.contains("results")) return reply.body["results"][0]["response"].get<std::string>();
  return reply.body["message"].get<std::string>();
}
std::string complaint(const Json& declared) {
  Bigip device;
  return complaint(declared, device);
}

TEST(As3Validation, AcceptsTheExampleOfEveryClassThatSallyportUses) {
  Json all = application();
  all["vs"].update({{"serverTLS", "tls_in"},
                    {"clientTLS", "tls_out"},
                    {"snat", "auto"},
                    {"profileHTTP", {{"use", "http"}}},
                    {"profileTCP", {{"ingress", {{"use", "tcp_long"}}}, {"egress", {{"use", "tcp_long"}}}}},
                    {"profileMultiplex", {{"use", "oneconnect"}}},
                    {"policyEndpoint", "route"},
                    {"iRules", {"guard"}},
                    {"profileTrafficLog", {{"use", "audit"}}},
                    {"maxConnections", 400},
                    {"rateLimit", 200},
                    {"metadata", {{"sallyport.io-generation", {{"value", "12"}, {"persist", true}}}}}});
  all["http"] = {{"class", "HTTP_Profile"},
                 {"xForwardedFor", true},
                 {"insertHeader", {{"name", "X-A"}, {"value", "ml/x"}}},
                 {"whiteOutHeader", "X-Forwarded-User"},
                 {"responseChunking", "sustain"},
                 {"requestChunking", "sustain"}};
  all["tcp_long"] = {
      {"class", "TCP_Profile"}, {"idleTimeout", 330}, {"keepAliveInterval", 60}, {"remark", "up to 300 s"}};
  all["oneconnect"] = {{"class", "Multiplex_Profile"}, {"sourceMask", "255.255.255.255"}, {"maxConnectionReuse", 1000}};
  all["ws_https"] = {{"class", "Monitor"},
                     {"monitorType", "https"},
                     {"interval", 10},
                     {"timeout", 31},
                     {"receive", "HTTP/1\\.[01] (200|401|403)"},
                     {"clientTLS", {{"use", "tls_out"}}}};
  all["workspace"]["monitors"] = Json::array({{{"use", "ws_https"}}});
  all["workspace"]["members"] = Json::array({{{"servicePort", 443},
                                              {"addressDiscovery", "fqdn"},
                                              {"hostname", "adb-1.7.azuredatabricks.net"},
                                              {"autoPopulate", true},
                                              {"queryInterval", 60},
                                              {"fqdnPrefix", "sp-"}}});
  all["tls_out"] = {{"class", "TLS_Client"},
                    {"sendSNI", "adb-1.7.azuredatabricks.net"},
                    {"serverName", "adb-1.7.azuredatabricks.net"},
                    {"validateCertificate", true},
                    {"trustCA", {{"bigip", "/Common/ca-bundle.crt"}}},
                    {"tls1_3Enabled", true}};
  all["tls_in"] = {{"class", "TLS_Server"},
                   {"certificates", Json::array({{{"certificate", "front_cert"}, {"sniDefault", true}}})}};
  all["front_cert"] = {{"class", "Certificate"}, {"certificate", {{"bigip", "/Common/default.crt"}}}};
  all["nets"] = {{"class", "Data_Group"},
                 {"keyDataType", "ip"},
                 {"storageType", "internal"},
                 {"records", Json::array({{{"key", "10.20.0.0/16"}, {"value", "prod"}}})}};
  all["guard"] = {{"class", "iRule"}, {"expand", false}, {"iRule", {{"base64", "d2hlbg=="}}}};
  all["route"] = {
      {"class", "Endpoint_Policy"},
      {"strategy", "first-match"},
      {"rules", Json::array({{{"name", "only"},
                              {"conditions",
                               Json::array({{{"type", "httpUri"},
                                             {"event", "request"},
                                             {"path", {{"operand", "does-not-start-with"}, {"values", {"/x/"}}}}}})},
                              {"actions", Json::array({{{"type", "drop"}, {"event", "request"}}})}}})}};
  all["siem"] = {{"class", "Pool"},
                 {"monitors", {"tcp"}},
                 {"members", Json::array({{{"servicePort", 6514}, {"serverAddresses", {"192.0.2.90"}}}})}};
  all["audit"] = {{"class", "Traffic_Log_Profile"},
                  {"requestSettings",
                   {{"requestEnabled", true}, {"requestProtocol", "mds-tcp"}, {"requestPool", {{"use", "siem"}}}}}};

  EXPECT_EQ(complaint(all), "");
}

TEST(As3Validation, AcceptsAMisspeltPropertyOfAServiceAndOfAMonitorSilently) {
  Json typo = application();
  typo["vs"]["profielTCP"] = "wan";
  typo["mon"] = {{"class", "Monitor"}, {"monitorType", "http"}, {"intervall", 5}};

  EXPECT_EQ(complaint(typo), "");
}

TEST(As3Validation, RefusesUnknownPropertiesElsewhere) {
  for (const char* cls :
       {"Pool", "HTTP_Profile", "TCP_Profile", "TLS_Client", "Multiplex_Profile", "Endpoint_Policy"}) {
    Json wrong = application();
    wrong["obj"] = {{"class", cls}, {"nonsense", 1}};
    EXPECT_EQ(complaint(wrong), "/T/A/obj: should NOT have additional properties") << cls;
  }
}

TEST(As3Validation, NamesTheAllowedValues) {
  Json wrong = application();
  wrong["workspace"]["serviceDownAction"] = "explode";

  EXPECT_EQ(complaint(wrong),
            "/T/A/workspace/serviceDownAction: should be equal to one of the allowed values "
            "[\"drop\",\"none\",\"reselect\",\"reset\"]");
}

TEST(As3Validation, RefusesNull) {
  Json wrong = application();
  wrong["vs"]["pool"] = nullptr;

  EXPECT_EQ(complaint(wrong), "/T/A/vs/pool: should be object");
}

TEST(As3Validation, RefusesARemarkOf65Characters) {
  Json wrong = application();
  wrong["remark"] = std::string(65, 'x');
  EXPECT_EQ(complaint(wrong), "/T/A/remark: should NOT be longer than 64 characters");

  wrong["remark"] = std::string(64, 'x');
  EXPECT_EQ(complaint(wrong), "");
}

TEST(As3Validation, RefusesASchemaVersionOfTheFuture) {
  Bigip device;

  const Reply reply = device.declare({{"schemaVersion", "3.99.0"}});

  EXPECT_EQ(reply.body["errors"][0],
            "/schemaVersion: data \"3.99.0\" should match pattern \"^3[.]([0-9]|[1234][0-9]|5[0-6])($|[.][0-9]+$)\"");
}

TEST(As3Validation, RefusesABadPointer) {
  Json wrong = application();
  wrong["vs"]["pool"] = "nope";

  EXPECT_EQ(complaint(wrong), "/T/A/vs/pool: contains path to non-existent object nope");
}

TEST(As3Validation, RefusesAPointerToAnotherClass) {
  Json wrong = application();
  wrong["vs"]["pool"] = "vs";

  EXPECT_EQ(complaint(wrong), "/T/A/vs/pool: AS3 pointer vs does not point to required object type");
}

TEST(As3Validation, RefusesDuplicates) {
  Json wrong = application();
  const Json member = {{"servicePort", 443}, {"serverAddresses", {"192.0.2.90"}}};
  wrong["workspace"]["members"] = Json::array({member, member});

  EXPECT_EQ(complaint(wrong), "declaration has duplicate values in members");
}

TEST(As3Validation, RefusesAServiceWithoutAddresses) {
  Json wrong = application();
  wrong["vs"].erase("virtualAddresses");

  EXPECT_EQ(complaint(wrong), "/T/A/vs: should have required property 'virtualAddresses'");
}

TEST(As3Validation, LooksForReferencedObjectsOnTheDevice) {
  Bigip device;
  Json wants = application();
  wants["vs"]["profileAccess"] = {{"bigip", "/Common/x"}};
  EXPECT_EQ(complaint(wants, device), "Unable to find /Common/x for /T/A/vs/profileAccess");

  device.control("edit", {{"component", "apm profile access"}, {"path", "/Common/x"}});
  EXPECT_EQ(complaint(wants, device), "");
}

TEST(As3Validation, NamesAMissingWafPolicyInItsOwnWay) {
  Json wants = application();
  wants["vs"]["policyWAF"] = {{"bigip", "/Common/waf"}};

  EXPECT_EQ(complaint(wants), "Unable to find specified WAF policy /Common/waf for /T/A/vs/policyWAF");
}

TEST(As3Validation, WantsTheModuleProvisioned) {
  Bigip device;
  device.control("provision", {{"apm", "none"}});
  Json wants = application();
  wants["vs"]["profileAccess"] = {{"bigip", "/Common/access"}};

  EXPECT_EQ(complaint(wants, device), "/T/A/vs/profileAccess: One of these F5 modules needs to be provisioned: apm");
}

TEST(As3Validation, RefusesNamesThatAreNone) {
  Bigip device;

  const Reply tenant = device.declare({{"9T", Bigip::tenant({{"A", application()}})}});
  EXPECT_EQ(tenant.body["errors"][0], ": propertyName \"9T\" should match pattern \"^[A-Za-z][0-9A-Za-z_.-]*$\"");
  Json wrong = application();
  wrong["bad name"] = {{"class", "Pool"}};
  EXPECT_EQ(complaint(wrong, device),
            "/T/A: propertyName \"bad name\" should match pattern "
            "\"^[A-Za-z]([0-9A-Za-z_.-]{0,188}[0-9A-Za-z_.])?$\"");
}

TEST(As3Validation, RefusesAClassItDoesNotKnowOrSimulate) {
  Json wrong = application();
  wrong["obj"] = {{"class", "Persist"}};
  EXPECT_EQ(complaint(wrong), "/T/A/obj: class Persist is not simulated");
  wrong["obj"] = {{"class", "Nonsense"}};
  EXPECT_TRUE(
      complaint(wrong).starts_with("/T/A/obj/class: should be equal to one of the allowed values [\"Service_HTTP\","));
}

TEST(As3Validation, WantsEveryMemberOfAnApplicationToBeAnObjectWithAClass) {
  Json wrong = application();
  wrong["obj"] = "text";
  EXPECT_EQ(complaint(wrong), "/T/A/obj: should be object");
  wrong["obj"] = {{"use", "workspace"}};
  EXPECT_EQ(complaint(wrong), "/T/A/obj: should have required property 'class'");
}

TEST(As3Validation, WantsBothSidesOfAProfileOrNone) {
  Json wrong = application();
  wrong["tcp_long"] = {{"class", "TCP_Profile"}};
  wrong["vs"]["profileTCP"] = {{"ingress", {{"use", "tcp_long"}}}};

  EXPECT_EQ(complaint(wrong), "/T/A/vs/profileTCP: should NOT have fewer than 2 properties");
}

TEST(As3Validation, TakesAnIRuleOfAnyLengthAndRefusesWhatIsNoBase64) {
  Json rule = application();
  rule["guard"] = {{"class", "iRule"}, {"iRule", {{"base64", base64_encode(std::string(200'000, 'x'))}}}};
  EXPECT_EQ(complaint(rule), "");

  rule["guard"]["iRule"]["base64"] = "not base64!";
  EXPECT_TRUE(complaint(rule).starts_with("/T/A/guard/iRule/base64: data \"not base64!\" should match pattern"));
}

TEST(As3Validation, WantsTheTemplateOfShared) {
  Bigip device;

  const Reply reply = device.declare({{"T", Bigip::tenant({{"Shared", {{"class", "Application"}}}})}});

  EXPECT_EQ(reply.body["errors"][0], "/T/Shared: should have required property 'template'");
}

}  // namespace
}  // namespace sallyport::simulators::testing
