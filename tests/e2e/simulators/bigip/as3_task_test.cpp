// SPDX-License-Identifier: Apache-2.0
// f5.md 1.3 and 1.4: asynchronous writes and their records.
#include <gtest/gtest.h>

#include "tests/e2e/simulators/bigip/bigip_testing.hpp"

namespace sallyport::simulators::testing {
namespace {

constexpr const char* kAsync = "/mgmt/shared/appsvcs/declare?async=true";

Json one_tenant(const std::string& address = "192.0.2.40") {
  return Bigip::wrap({{"Ta", Bigip::tenant({{"A", Bigip::application(address)}})}});
}

TEST(As3Task, IsAcceptedThenInProgressThenHasTheVerdict) {
  Bigip device(1, Latency::Realistic);

  const Reply accepted = device.send("POST", kAsync, one_tenant());
  ASSERT_EQ(accepted.status, 202);
  EXPECT_EQ(accepted.body["results"][0]["message"], "Declaration successfully submitted");
  EXPECT_EQ(accepted.body["results"][0]["code"], 0);
  EXPECT_EQ(accepted.body["results"][0]["declarationId"], "test-1");
  const std::string task = "/mgmt/shared/appsvcs/task/" + accepted.body["id"].get<std::string>();
  EXPECT_EQ(accepted.body["selfLink"], "https://localhost" + task);

  const Reply running = device.get(task);
  EXPECT_EQ(running.status, 200);
  EXPECT_EQ(running.body["results"][0]["message"], "in progress");
  EXPECT_EQ(running.body["results"][0]["code"], 0);
  EXPECT_EQ(device.get("/mgmt/shared/appsvcs/declare").status, 204);

  device.clock.advance(std::chrono::minutes(2));
  EXPECT_EQ(device.get(task).body["results"][0]["message"], "success");
  EXPECT_EQ(device.get("/mgmt/shared/appsvcs/declare").status, 200);
}

TEST(As3Task, HoldsTheBusyAnswerInsideTheRecord) {
  Bigip device(1, Latency::Realistic);
  ASSERT_EQ(device.send("POST", kAsync, one_tenant()).status, 202);

  const Reply second = device.send("POST", kAsync, one_tenant("192.0.2.41"));

  ASSERT_EQ(second.status, 202);
  device.clock.advance(std::chrono::seconds(1));
  const Reply record = device.get("/mgmt/shared/appsvcs/task/" + second.body["id"].get<std::string>());
  EXPECT_EQ(record.status, 200);
  EXPECT_EQ(record.body["results"][0]["code"], 503);
  EXPECT_EQ(record.body["results"][0]["tenant"], Json::array({"Ta"}));
}

TEST(As3Task, HoldsAnInvalidDeclarationInsideTheRecord) {
  Bigip device;

  const Reply accepted = device.send("POST", kAsync, one_tenant("not an address"));

  ASSERT_EQ(accepted.status, 202);
  const Reply record = device.get("/mgmt/shared/appsvcs/task/" + accepted.body["id"].get<std::string>());
  EXPECT_EQ(record.body["results"][0]["code"], 422);
  EXPECT_EQ(record.body["results"][0]["message"], "declaration is invalid");
  EXPECT_EQ(record.body["results"][0]["errors"][0], "/Ta/A/vs/virtualAddresses/0: should match format \"f5ip\"");
}

TEST(As3Task, Answers404WithoutACodeForAnUnknownRecord) {
  Bigip device;

  const Reply reply = device.get("/mgmt/shared/appsvcs/task/nope");

  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.body, Json({{"message", "No record found with ID of nope"}}));
}

TEST(As3Task, ListsSynchronousRequestsToo) {
  Bigip device;
  ASSERT_EQ(device.send("POST", "/mgmt/shared/appsvcs/declare", one_tenant()).status, 200);

  const Reply list = device.get("/mgmt/shared/appsvcs/task");

  ASSERT_EQ(list.body["items"].size(), 1U);
  EXPECT_EQ(list.body["items"][0]["results"][0]["message"], "success");
}

TEST(As3Task, IsCancelledWithoutAnEffectWhenRestnodedRestarts) {
  Bigip device(1, Latency::Realistic);
  const Reply accepted = device.send("POST", kAsync, one_tenant());

  device.control("restart", {{"what", "restnoded"}});
  device.clock.advance(std::chrono::minutes(2));

  const Reply record = device.get("/mgmt/shared/appsvcs/task/" + accepted.body["id"].get<std::string>());
  EXPECT_EQ(record.body["results"][0]["message"], "task cancelled");
  EXPECT_EQ(device.get("/mgmt/shared/appsvcs/declare").status, 204);
}

TEST(As3Task, TurnsASynchronousCallOfMoreThan45SecondsInto202) {
  Bigip device(1, Latency::Realistic);
  Json tenants = Json::object();
  for (int i = 0; i < 12; ++i) {
    tenants["T" + std::to_string(i)] = Bigip::tenant({{"A", Bigip::application("192.0.2." + std::to_string(10 + i))}});
  }

  const Reply reply = device.declare(tenants);

  EXPECT_EQ(reply.status, 202) << reply.body.dump(1);
}

}  // namespace
}  // namespace sallyport::simulators::testing
