// SPDX-License-Identifier: Apache-2.0
#include "tests/effects/changes.hpp"

#include "operator/base/digest.hpp"

namespace sallyport::testing {
namespace {

const std::string kBigIp = "/F5Gateway/spec/bigip/";
const std::string kGateway = "/F5Gateway/spec/allow/0/";
const std::string kProvider = "/IdentityProvider/spec/allow/0/";
const std::string kWorkspace = "/DatabricksWorkspace/spec/allow/0/";
const std::string kEndpoint = "/ProtectedEndpoint/spec/";
const std::string kEntry = "/AccessLedger/spec/entries/0/";

const Edit kLimited{kEndpoint + "traffic/rateLimit", {{"requestsPerSecond", 50}, {"burst", 100}}};
const Json kReferenced{
    {"type", "Reference"}, {"accessProfile", "/Common/corp_oauth"}, {"perRequestPolicy", "/Common/corp_oauth_api"}};
const Edit kOrphan{kEndpoint + "deletionPolicy", "Orphan"};

constexpr auto kCertificates = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";

}  // namespace

Json base_objects() {
  return Json::parse(R"({
    "F5Gateway": {"metadata": {"name": "edge"}, "spec": {
      "type": "BIGIP",
      "bigip": {"units": ["https://bigip-0.example.com"], "credentialsSecret": "bigip-edge"},
      "addressPool": ["192.0.2.32/28"],
      "allow": [{"name": "risk-teams", "namespaces": {"matchLabels": {"ml-edge": "true"}, "matchNames": ["risk"]},
        "hosts": ["*.ml.example.com"], "orphan": true,
        "references": ["/Common/corp_oauth", "/Common/corp_oauth_2", "/Common/corp_oauth_api",
                       "/Common/corp_oauth_api_2", "/Common/ml_waf"]}]}},
    "IdentityProvider": {"metadata": {"name": "corporate"}, "spec": {
      "issuer": "https://idp.test", "type": "DynamicRegistration",
      "registration": {"credentialsSecret": "idp-registration"},
      "tokens": {"audience": "https://ml.example.com"},
      "allow": [{"name": "risk-teams", "namespaces": {"matchLabels": {"ml-edge": "true"}, "matchNames": ["risk"]},
        "scopes": ["fraud:*"], "audiences": ["https://ml.example.com", "https://other.example.com"],
        "grantTypes": ["client_credentials"], "adopt": ["legacy-fraud"], "orphan": true}]}},
    "DatabricksWorkspace": {"metadata": {"name": "prod-eu"}, "spec": {
      "host": "https://adb-1.example.net",
      "auth": {"type": "OAuthM2M", "credentialsSecret": "dbx-prod"},
      "allow": [{"name": "risk", "namespaces": {"matchLabels": {"ml-edge": "true"}, "matchNames": ["risk"]},
        "servingEndpoints": ["fraud-*", "optimised-*", "churn"], "principals": ["risk-*", "alice@*", "data-*"],
        "maxLevel": "CanManage", "modes": ["Additive"], "orphan": true}]}},
    "ProtectedEndpoint": {"metadata": {"name": "fraud", "namespace": "risk"}, "spec": {
      "host": "fraud.ml.example.com",
      "gatewayRef": {"name": "edge"},
      "tls": {"secretName": "fraud-tls"},
      "backends": [{"name": "eu", "workspaceRef": {"name": "prod-eu"}, "serving": {"endpoint": "fraud-scoring"}}],
      "identity": {"providerRef": {"name": "corporate"}, "requiredScopes": ["fraud:score"],
        "enforcement": {"type": "Reference", "accessProfile": "/Common/corp_oauth",
                        "perRequestPolicy": "/Common/corp_oauth_api"}},
      "client": {"manage": true, "grantTypes": ["client_credentials"]},
      "access": {"mode": "Additive",
                 "grants": [{"principalType": "Group", "principal": "risk-analysts", "level": "CanQuery"}]},
      "upstream": {"type": "ByPolicy"}}}
  })");
}

Json base_ledger(const std::string& serving_id) {
  return {{"metadata", {{"name", "al-" + short_hash("prod-eu/" + serving_id, 16)}, {"namespace", "sallyport-system"}}},
          {"spec",
           {{"workspace", "prod-eu"},
            {"endpointId", serving_id},
            {"endpointName", "fraud-scoring"},
            {"entries",
             {{{"principalType", "Group"},
               {"principal", "risk-analysts"},
               {"before", "CanView"},
               {"applied", "CanQuery"},
               {"owners", {{{"uid", "uid-ProtectedEndpoint-fraud"}, {"level", "CanQuery"}}}}}}}}}};
}

std::vector<Edit> behind_nginx(std::vector<Edit> more) {
  std::vector<Edit> edits{{"/F5Gateway/spec/type", "NGINX"},
                          {"/F5Gateway/spec/bigip", nullptr},
                          {"/F5Gateway/spec/addressPool", nullptr},
                          {"/F5Gateway/spec/nginx", {{"directory", "/published/edge"}}},
                          {kEndpoint + "identity/enforcement", {{"type", "Generated"}}},
                          {kEndpoint + "upstream", nullptr}};
  edits.insert(edits.end(), more.begin(), more.end());
  return edits;
}

/// One that fetches from the operator what it is to serve.
std::vector<Edit> behind_delivered_nginx() {
  return behind_nginx(
      {{"/F5Gateway/spec/nginx", {{"agents", {{{"namespace", "edge"}, {"serviceAccount", "agent"}}}}}}});
}

void make(const Edit& edit, Json& objects) {
  const Json::json_pointer pointer(edit.at);
  if (!edit.to.is_null()) {
    objects[pointer] = edit.to;
  } else if (objects.contains(pointer)) {
    objects[pointer.parent_pointer()].erase(pointer.back());
  }
}

std::vector<Change> gateway_changes() {
  return {
      {{kBigIp + "units/0", "https://bigip-1.example.com"}},
      {{kBigIp + "credentialsSecret", "bigip-edge-2"}},
      {{kBigIp + "caBundle", kCertificates}},
      {{kBigIp + "pinnedSHA256", std::string(64, 'a')}},
      {{kBigIp + "insecureSkipVerify", true}},
      {{kBigIp + "logPool", "/Common/siem"}},
      {{"/F5Gateway/spec/addressPool/0", "198.51.100.0/28"}},
      {{"/F5Gateway/spec/type", "NGINX"}, behind_nginx({{"/F5Gateway/spec/type", "BIGIP"}})},
      {{"/F5Gateway/spec/nginx/directory", "/published/other"}, behind_nginx()},
      {{"/F5Gateway/spec/nginx/agents/0/namespace", "elsewhere"}, behind_delivered_nginx()},
      {{"/F5Gateway/spec/nginx/agents/0/serviceAccount", "another"}, behind_delivered_nginx()},
      {{"/F5Gateway/spec/nginx/address", "edge.example.com"}, behind_nginx()},
      {{"/F5Gateway/spec/nginx/signingKeySecret", "edge-signing"}, behind_nginx()},
      {{"/F5Gateway/spec/nginx/useFor", "12h"}, behind_nginx()},
      {{"/F5Gateway/spec/nginx/logPasses", true}, behind_nginx()},
      {{kGateway + "name", "others"}, {{kEndpoint + "host", "fraud.elsewhere.example.com"}}},
      {{kGateway + "namespaces/matchLabels/ml-edge", "false"}},
      {{kGateway + "namespaces/matchNames/0", "payments"}},
      {{kGateway + "hosts/0", "*.elsewhere.example.com"}},
      {{kGateway + "references/2", "/Common/something"}},
      {{kGateway + "orphan", false}, {kOrphan}},
  };
}

std::vector<Change> provider_changes() {
  const Edit keycloak{"/IdentityProvider/spec/issuer", "https://kc.test/auth/realms/r"};
  return {
      {{"/IdentityProvider/spec/issuer", "https://login.test"}},
      {{"/IdentityProvider/spec/type", "Keycloak"}, {keycloak}},
      {{"/IdentityProvider/spec/registration/credentialsSecret", "idp-registration-2"}},
      {{"/IdentityProvider/spec/registration/endpoint", "https://idp.test/elsewhere"}},
      {{"/IdentityProvider/spec/caBundle", kCertificates}},
      {{"/IdentityProvider/spec/tokens/audience", "https://other.example.com"}},
      {{"/IdentityProvider/spec/tokens/profile", "Okta"}, behind_nginx()},
      {{"/IdentityProvider/spec/tokens/algorithms", {"ES512"}}, behind_nginx()},
      {{"/IdentityProvider/spec/tokens/clockSkew", "10s"}, behind_nginx()},
      {{"/IdentityProvider/spec/tokens/maxLifetime", "2h"}, behind_nginx()},
      {{"/IdentityProvider/spec/keys/refresh", "1m"}, behind_nginx()},
      {{"/IdentityProvider/spec/keys/coolDown", "10s"}, behind_nginx()},
      {{"/IdentityProvider/spec/keys/staleAfter", "48h"}, behind_nginx()},
      {{kProvider + "name", "others"}, {{kEndpoint + "identity/requiredScopes/0", "claims:read"}}},
      {{kProvider + "namespaces/matchLabels/ml-edge", "false"}},
      {{kProvider + "namespaces/matchNames/0", "payments"}},
      {{kProvider + "scopes/0", "claims:*"}},
      {{kProvider + "audiences/0", "https://third.example.com"}},
      {{kProvider + "grantTypes", Json::array()}},
      {{kProvider + "adopt/0", "another"},
       {{"/ProtectedEndpoint/metadata/annotations", {{"sallyport.dev/adopt-client", "legacy-fraud"}}}}},
      {{kProvider + "orphan", false}, {kOrphan}},
  };
}

std::vector<Change> workspace_changes() {
  const Edit untagged{kEndpoint + "backends/0/serving/endpoint", "churn"};
  return {
      {{"/DatabricksWorkspace/spec/host", "https://adb-2.example.net"}},
      {{"/DatabricksWorkspace/spec/auth/type", "PersonalAccessToken"}},
      {{"/DatabricksWorkspace/spec/auth/credentialsSecret", "dbx-prod-2"}},
      {{"/DatabricksWorkspace/spec/caBundle", kCertificates}},
      {{kWorkspace + "name", "others"}, {{kEndpoint + "backends/0/serving/endpoint", "private-model"}}},
      {{kWorkspace + "namespaces/matchLabels/ml-edge", "false"}},
      {{kWorkspace + "namespaces/matchNames/0", "payments"}},
      {{kWorkspace + "servingEndpoints/0", "claims-*"}},
      {{kWorkspace + "principals/0", "claims-*"}},
      {{kWorkspace + "maxLevel", "CanView"}},
      {{kWorkspace + "orphan", false}, {kOrphan}},
      {{"/DatabricksWorkspace/spec/consent", "None"}, {untagged}},
  };
}

std::vector<Change> endpoint_changes() {
  const std::string grant = kEndpoint + "access/grants/0/";
  const std::string enforcement = kEndpoint + "identity/enforcement/";
  const std::vector<Edit> as_one = behind_nginx(
      {{kWorkspace + "principals/3", "*"},
       {kEndpoint + "upstream",
        {{"type", "ServicePrincipal"},
         {"servicePrincipal",
          {{"applicationId", "7d0c5f5e-2f3a-4b61-9c1d-3a6f0f2b9e11"}, {"secretName", "fraud-upstream"}}}}}});
  return {
      {{kEndpoint + "host", "scoring.ml.example.com"}},
      {{kEndpoint + "gatewayRef/name", "another"}},
      {{kEndpoint + "tls/secretName", "fraud-tls-2"}},
      {{kEndpoint + "backends/0/name", "west"}},
      {{kEndpoint + "backends/0/workspaceRef/name", "another"}},
      {{kEndpoint + "backends/0/serving/endpoint", "optimised-llm"}},
      {{kEndpoint + "identity/providerRef/name", "another"}},
      {{kEndpoint + "identity/audience", "https://other.example.com"}},
      {{kEndpoint + "identity/requiredScopes/0", "fraud:train"}},
      {{kEndpoint + "identity/requiredGroups", {"risk-analysts"}}, behind_nginx()},
      {{kEndpoint + "identity/cacheWindow", "10s"}, behind_nginx()},
      {{enforcement + "type", "Generated"}, behind_nginx({{kEndpoint + "identity/enforcement", kReferenced}})},
      {{kEndpoint + "upstream/type", "ByPolicy"},
       behind_nginx({{kEndpoint + "upstream", {{"type", "TokenExchange"}}}})},
      {{kEndpoint + "upstream/servicePrincipal/applicationId", "b0b0c5f5-2f3a-4b61-9c1d-3a6f0f2b9e11"}, as_one},
      {{kEndpoint + "upstream/servicePrincipal/secretName", "fraud-upstream-2"}, as_one},
      {{enforcement + "accessProfile", "/Common/corp_oauth_2"}},
      {{enforcement + "perRequestPolicy", "/Common/corp_oauth_api_2"}},
      {{kEndpoint + "client/manage", false}},
      {{kEndpoint + "client/secretName", "tokens"}},
      {{grant + "principalType", "User"}, {{grant + "principal", "alice@example.com"}}},
      {{grant + "principal", "data-scientists"}},
      {{grant + "level", "CanView"}},
      {{grant + "until", "2026-11-01T00:00:00Z"}},
      {{kEndpoint + "traffic/timeouts/connect", "7s"}},
      {{kEndpoint + "traffic/timeouts/response", "120s"}},
      {{kEndpoint + "traffic/timeouts/idle", "600s"}},
      {{kEndpoint + "traffic/maxConcurrent", 40}},
      {{kEndpoint + "traffic/rateLimit/requestsPerSecond", 60}, behind_nginx({kLimited})},
      {{kEndpoint + "traffic/rateLimit/burst", 70}, behind_nginx({kLimited})},
      {{kEndpoint + "traffic/loadBalancing", "RoundRobin"}},
      {{kEndpoint + "security/allowedNetworks", {"10.20.0.0/16"}}},
      {{kEndpoint + "security/wafPolicy", "/Common/ml_waf"}},
      {kOrphan, {}, Then::DeleteEndpoint},
      {{kEndpoint + "management", "UpsertOnly"}, {}, Then::DropGrants},
      {{kEndpoint + "management", "Observe"}},
  };
}

std::vector<Change> ledger_changes() {
  const Edit no_grants{kEndpoint + "access/grants", Json::array()};
  const std::string elsewhere = "00000000000000000000000000000001";
  return {
      {{"/AccessLedger/spec/workspace", "prod-us"}, {no_grants}},
      {{"/AccessLedger/spec/endpointId", elsewhere}, {no_grants}},
      // An endpoint that leaves looks for its ledgers by this name: without one it gives nothing back.
      {{"/AccessLedger/spec/endpointName", "another"}, {}, Then::DeleteEndpoint},
      {{kEntry + "principalType", "User"}, {no_grants}},
      {{kEntry + "principal", "data-scientists"}, {no_grants}},
      {{kEntry + "before", "None"}, {no_grants}},
      {{kEntry + "applied", "CanView"}, {no_grants, {kEntry + "owners/0/level", "CanManage"}}},
      {{kEntry + "owners/0/uid", "uid-of-another"}, {no_grants}},
      {{kEntry + "owners/0/level", "CanManage"}, {no_grants, {kEntry + "owners/0/uid", "uid-of-another"}}},
  };
}

}  // namespace sallyport::testing
