// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/drift.hpp"

#include <gmock/gmock.h>

#include "reconcilers/providers/edge/bigip/application.hpp"
#include "reconcilers/providers/edge/bigip/upstream.hpp"
#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"
#include "tests/reconcilers/providers/edge/bigip/script.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::edge::bigip {
namespace {

using ::testing::ElementsAre;
using testing::fragment;
using ::testing::IsEmpty;

class FindDrift : public ::testing::Test {
 protected:
  void SetUp() override { store("sallyport:inst0001"); }
  void store(const std::string& label) {
    nlohmann::ordered_json tenant = whole_tenant({wanted(one), wanted(two)}, InstanceId("inst0001"));
    tenant["label"] = label;
    const nlohmann::ordered_json adc = {{"class", "ADC"}, {one.place.tenant, tenant}};
    script.on("GET " + path, testing::answer(200, adc.dump()));
  }
  Wanted wanted(const ir::EdgeFragment& of) {
    return {&of, std::make_shared<const Json>(application(of, placeholder(of.certificate)))};
  }
  void differences(const std::vector<std::string>& paths) {
    nlohmann::json changes = nlohmann::json::array();
    for (const std::string& text : paths) changes.push_back({{"kind", "E"}, {"path", {text, "properties", "x"}}});
    script.on("PATCH " + path,
              testing::json(
                  {{"dryRun", true}, {"results", {{{"code", 200}, {"message", "success"}, {"changes", changes}}}}}));
  }
  Result<std::set<ir::EdgePlace>> find() {
    const StoredTenant stored = TRY(as3.read(one.place.tenant, {}));
    return find_drift(as3, stored, {wanted(one), wanted(two)}, {InstanceId("inst0001"), "edge"}, {});
  }

  ir::EdgeFragment one = fragment("one", 1);
  ir::EdgeFragment two = fragment("two", 2);
  const std::string t = "/" + one.place.tenant;
  const std::string path = "/mgmt/shared/appsvcs/declare" + t;
  testing::Script script;
  testing::MemorySecrets secrets;
  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  Device device{"https://unit", script.client(), {testing::connection().credentials, secrets, clock}};
  As3 as3{device, clock, random};
};

TEST_F(FindDrift, FindsNothingWhereNothingWouldChange) {
  script.on("PATCH " + path, testing::json({{"results", {{{"code", 200}, {"message", "no change"}}}}}));

  EXPECT_THAT(*find(), IsEmpty());
}

TEST_F(FindDrift, NamesTheApplicationWhoseObjectsDiffer) {
  differences({t + "/" + two.place.application + "/vs"});
  EXPECT_THAT(*find(), ElementsAre(two.place));
  differences({t + "/" + one.address});
  EXPECT_THAT(*find(), ElementsAre(one.place));
}

TEST_F(FindDrift, NamesAllThatUseASharedObject) {
  differences({t + "/Shared/" + upstream_names(one).pool});

  EXPECT_THAT(*find(), ElementsAre(one.place, two.place));
}

TEST_F(FindDrift, TakesAChangeThatIsNotListedForEverybodys) {
  differences({});

  EXPECT_THAT(*find(), ElementsAre(one.place, two.place));
}

TEST_F(FindDrift, CallsDriftedWhatTheDeviceWouldRefuseNow) {
  script.on("PATCH " + path, {testing::json({{"code", 422},
                                             {"message", "Unable to find /Common/corp_oauth for " + t + "/" +
                                                             one.place.application + "/vs/profileAccess"}},
                                            422),
                              testing::json({{"results", {{{"code", 200}, {"message", "no change"}}}}})});

  EXPECT_THAT(*find(), ElementsAre(one.place));
}

TEST_F(FindDrift, ComparesWhatIsStoredWhereNothingIsDeclaredAnew) {
  differences({t + "/" + two.place.application + "/vs"});
  const StoredTenant stored = *as3.read(one.place.tenant, {});

  const auto found = find_drift(as3, stored, {{&one, nullptr}, {&two, nullptr}}, {InstanceId("inst0001"), "edge"}, {});

  EXPECT_THAT(*found, ElementsAre(two.place));
  EXPECT_THAT(script.asked.back().body, ::testing::HasSubstr(R"([{"op":"replace","path":")" + t + "/label"));
}

TEST_F(FindDrift, TellsWhatAs3WouldTake) {
  script.on("PATCH " + path, {testing::json({{"code", 422},
                                             {"message", "Unable to find /Common/corp_oauth for " + t + "/" +
                                                             one.place.application + "/vs/profileAccess"}},
                                            422),
                              testing::json({{"results", {{{"code", 200}, {"message", "success"}}}}})});
  const StoredTenant stored = *as3.read(one.place.tenant, {});

  const auto found = find_takeable(as3, stored, {wanted(one), wanted(two)}, {InstanceId("inst0001"), "edge"}, {});

  EXPECT_THAT(*found, ElementsAre(two.place));
}

TEST_F(FindDrift, DoesNotJudgeAForeignTenant) {
  store("sallyport:other");

  EXPECT_THAT(*find(), IsEmpty());
  EXPECT_EQ(script.count("PATCH " + path), 0U);
}

TEST_F(FindDrift, MissesATenantThatIsGone) {
  script.on("GET " + path, testing::answer(204, ""));

  EXPECT_THAT(*find(), ElementsAre(one.place, two.place));
}

TEST_F(FindDrift, IsAnErrorWhenTheDeviceCannotBeAsked) {
  script.on("PATCH " + path, testing::answer(500, "<html>"));

  EXPECT_EQ(find().error().code, Code::Unavailable);
}

}  // namespace
}  // namespace sallyport::edge::bigip
