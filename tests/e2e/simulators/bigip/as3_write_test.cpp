// SPDX-License-Identifier: Apache-2.0
// f5.md 1.3 and 1.4: what AS3 3.56's own code was measured to answer to writes.
#include <gtest/gtest.h>

#include "tests/e2e/simulators/bigip/bigip_testing.hpp"

namespace sallyport::simulators::testing {
namespace {

TEST(As3Write, AnswersSuccessWithTheDeclarationId) {
  Bigip device;

  const Reply reply = device.declare({{"Ta", Bigip::tenant({{"A", Bigip::application("192.0.2.40")}})}});

  ASSERT_EQ(reply.status, 200) << reply.body.dump(1);
  const Json& result = reply.body["results"][0];
  EXPECT_EQ(result["message"], "success");
  EXPECT_EQ(result["code"], 200);
  EXPECT_EQ(result["tenant"], "Ta");
  EXPECT_EQ(result["host"], "localhost");
  EXPECT_EQ(result["declarationId"], "test-1");
  EXPECT_GT(result["lineCount"].get<int>(), 1);
  EXPECT_TRUE(reply.body["declaration"]["Ta"].contains("A"));
}

TEST(As3Write, AnswersNoChangeWithoutALineCountTheSecondTime) {
  Bigip device;
  const Json tenants = {{"Ta", Bigip::tenant({{"A", Bigip::application("192.0.2.40")}})}};
  ASSERT_EQ(device.declare(tenants).status, 200);

  const Reply again = device.declare(tenants);

  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body["results"][0]["message"], "no change");
  EXPECT_FALSE(again.body["results"][0].contains("lineCount"));
}

TEST(As3Write, TakesTheExampleOfAPolicyReferenceAndShowsWhatGuardsTheVirtual) {
  Bigip device;
  device.control("edit",
                 Json::array({{{"component", "apm profile access"}, {"path", "/Common/corp_oauth"}},
                              {{"component", "apm policy access-policy"}, {"path", "/Common/corp_oauth_api"}}}));
  Json guarded = Bigip::application("192.0.2.40");
  guarded["vs"]["profileAccess"] = {{"bigip", "/Common/corp_oauth"}};
  guarded["vs"]["policyPerRequestAccess"] = {{"bigip", "/Common/corp_oauth_api"}};

  ASSERT_EQ(device.declare({{"Ta", Bigip::tenant({{"A", guarded}})}}).status, 200);

  const Json view = device.get("/_sim/virtuals").body;
  ASSERT_EQ(view.size(), 1U);
  EXPECT_EQ(view[0]["accessProfile"], "/Common/corp_oauth");
  EXPECT_EQ(view[0]["perRequestPolicy"], "/Common/corp_oauth_api");
  EXPECT_EQ(view[0]["application"], "A");
  EXPECT_EQ(view[0]["pool"], "/Ta/A/workspace");
  EXPECT_EQ(view[0]["enabled"], true);
}

TEST(As3Write, LeavesTheTenantOutWhenThePathNamesNoneOfTheBody) {
  Bigip device;

  const Reply reply = device.declare({{"Ta", Bigip::tenant({{"A", Bigip::application("192.0.2.40")}})}}, "/Tother");

  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body["results"][0]["message"], "no change");
  EXPECT_FALSE(reply.body["results"][0].contains("tenant"));
  EXPECT_EQ(device.get("/mgmt/shared/appsvcs/declare").status, 204);
}

TEST(As3Write, AnswersPartialSuccessWith207) {
  Bigip device;
  Json broken = Bigip::application("192.0.2.41");
  broken["cert"] = {{"class", "Certificate"}, {"certificate", "not PEM"}};

  const Reply reply = device.declare(
      {{"Ta", Bigip::tenant({{"A", Bigip::application("192.0.2.40")}})}, {"Tb", Bigip::tenant({{"B", broken}})}});

  EXPECT_EQ(reply.status, 207);
  EXPECT_EQ(reply.body["code"], 207);
  EXPECT_EQ(reply.body["results"][0]["code"], 200);
  EXPECT_EQ(reply.body["results"][1]["code"], 422);
  EXPECT_EQ(reply.body["results"][1]["message"], "declaration failed");
  EXPECT_EQ(reply.body["results"][1]["tenant"], "Tb");
  EXPECT_TRUE(reply.body["results"][1]["response"].get<std::string>().starts_with("0107"));
  EXPECT_FALSE(device.get("/mgmt/shared/appsvcs/declare").body.contains("Tb"));
}

TEST(As3Write, Answers422WithTheResultsWhenEveryTenantFailed) {
  Bigip device;
  Json broken = Bigip::application("192.0.2.41");
  broken["cert"] = {{"class", "Certificate"}, {"certificate", "not PEM"}};

  const Reply reply = device.declare({{"Tb", Bigip::tenant({{"B", broken}})}});

  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.body["code"], 422);
  EXPECT_EQ(reply.body["results"][0]["message"], "declaration failed");
}

TEST(As3Write, NamesOnlyTheFirstErrorAndTheTenantAsAnArray) {
  Bigip device;
  Json wrong = Bigip::application("192.0.2.40");
  wrong["workspace"]["loadBalancingMode"] = "fastest";
  wrong["vs"]["maxConnections"] = -1;

  const Reply reply = device.declare({{"T", Bigip::tenant({{"A", wrong}})}});

  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.body["message"], "declaration is invalid");
  EXPECT_EQ(reply.body["errors"].size(), 1U);
  EXPECT_EQ(reply.body["tenant"], Json::array({"T"}));
  EXPECT_FALSE(reply.body.contains("results"));
}

TEST(As3Write, RefusesARequestThatIsNoneBeforeLookingAtIt) {
  Bigip device;

  Json bad_action = Bigip::wrap(Json::object());
  bad_action["action"] = "explode";
  EXPECT_EQ(device.send("POST", "/mgmt/shared/appsvcs/declare", bad_action).body["message"],
            "Invalid request: /action: should be equal to one of the allowed values "
            "[\"deploy\",\"dry-run\",\"patch\",\"redeploy\",\"retrieve\",\"remove\"]");
  const Reply no_class =
      device.send("POST", "/mgmt/shared/appsvcs/declare", {{"class", "AS3"}, {"declaration", Json::object()}});
  EXPECT_EQ(no_class.status, 422);
  EXPECT_EQ(no_class.body["message"], "Invalid request: /declaration: should have required property 'class'");
}

TEST(As3Write, TouchesOnlyTheTenantsItNamesUnlessToldToBeComplete) {
  Bigip device;
  ASSERT_EQ(device.declare({{"Ta", Bigip::tenant({{"A", Bigip::application("192.0.2.40")}})}}).status, 200);
  ASSERT_EQ(device.declare({{"Tb", Bigip::tenant({{"B", Bigip::application("192.0.2.41")}})}}).status, 200);
  EXPECT_TRUE(device.get("/mgmt/shared/appsvcs/declare").body.contains("Ta"));

  ASSERT_EQ(
      device.declare({{"Tb", Bigip::tenant({{"B", Bigip::application("192.0.2.41")}})}, {"updateMode", "complete"}})
          .status,
      200);

  EXPECT_FALSE(device.get("/mgmt/shared/appsvcs/declare").body.contains("Ta"));
  EXPECT_EQ(device.get("/_sim/virtuals").body.size(), 1U);
}

TEST(As3Write, ADryRunShowsWhatItWouldChangeAndChangesNothing) {
  Bigip device;
  Json body = Bigip::wrap({{"Ta", Bigip::tenant({{"A", Bigip::application("192.0.2.40")}})},
                           {"controls", {{"class", "Controls"}, {"logLevel", "debug"}}}});

  const Reply reply = device.send("POST", "/mgmt/shared/appsvcs/declare?controls.dryRun=true", body);

  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body["dryRun"], true);
  EXPECT_EQ(reply.body["results"][0]["dryRun"], true);
  ASSERT_FALSE(reply.body["results"][0]["changes"].empty());
  const Json& change = reply.body["results"][0]["changes"][0];
  EXPECT_EQ(change["kind"], "N");
  EXPECT_EQ(change["tags"], Json::array({"tmsh"}));
  EXPECT_TRUE(change.contains("rhsCommand"));
  EXPECT_EQ(device.get("/mgmt/shared/appsvcs/declare").status, 204);
}

TEST(As3Write, DeletingWhatIsNotThereIsNoChange) {
  Bigip device;

  const Reply reply = device.send("DELETE", "/mgmt/shared/appsvcs/declare/nope");

  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body["results"][0]["message"], "no change");
}

TEST(As3Write, ADeleteReplacesTheStoredId) {
  Bigip device;
  ASSERT_EQ(device
                .declare({{"Ta", Bigip::tenant({{"A", Bigip::application("192.0.2.40")}})},
                          {"Tb", Bigip::tenant({{"B", Bigip::application("192.0.2.41")}})}})
                .status,
            200);

  ASSERT_EQ(device.send("DELETE", "/mgmt/shared/appsvcs/declare/Ta").status, 200);

  EXPECT_NE(device.get("/mgmt/shared/appsvcs/declare").body["id"], "test-1");
}

TEST(As3Write, RefusesAStaleHashAndChangesNothing) {
  Bigip device;
  ASSERT_EQ(device.declare({{"Ta", Bigip::tenant({{"A", Bigip::application("192.0.2.40")}})}}).status, 200);
  const Reply read = device.get("/mgmt/shared/appsvcs/declare?showHash=true");
  EXPECT_EQ(read.body["Ta"]["optimisticLockKey"].get<std::string>().size(), 44U);
  Json tenant = Bigip::tenant({{"A", Bigip::application("192.0.2.44")}});
  tenant["optimisticLockKey"] = "stale";

  const Reply reply = device.declare({{"Ta", tenant}});

  EXPECT_EQ(reply.status, 422);
  EXPECT_TRUE(reply.body["results"][0]["message"].get<std::string>().starts_with(
      "The hash you submitted does not match the hash on the current Tenant"));
  EXPECT_EQ(device.get("/_sim/virtuals").body[0]["address"], "192.0.2.40");
}

TEST(As3Write, AnswersBusyWithoutRetryAfterEvenToAnInvalidDeclaration) {
  Bigip device;
  device.control("lock", {{"seconds", 60}});

  const Reply reply =
      device.declare({{"T", Bigip::tenant({{"A", {{"class", "Application"}, {"x", {{"class", "Nope"}}}}}})}});

  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.body["message"],
            "Error: Configuration operation in progress on device localhost, please try again in 2 minutes");
  EXPECT_EQ(reply.body["tenant"], Json::array({"T"}));
  EXPECT_FALSE(reply.raw.headers.contains("Retry-After"));
  EXPECT_EQ(device.get("/mgmt/shared/appsvcs/declare").status, 204);
}

TEST(As3Write, LetsTheLockGoAfterItsTime) {
  Bigip device;
  device.control("lock", {{"seconds", 60}});

  device.clock.advance(std::chrono::seconds(61));

  EXPECT_EQ(device.declare({{"Ta", Bigip::tenant({{"A", Bigip::application("192.0.2.40")}})}}).status, 200);
}

}  // namespace
}  // namespace sallyport::simulators::testing
