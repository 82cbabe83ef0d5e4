// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/preflight.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"
#include "tests/reconcilers/providers/edge/bigip/script.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::edge::bigip {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kInfo = "GET /mgmt/shared/appsvcs/info";
constexpr const char* kAddresses = "GET /mgmt/tm/ltm/virtual-address";
constexpr const char* kSelfIps = "GET /mgmt/tm/net/self";
constexpr const char* kSnat = "GET /mgmt/tm/ltm/snat-translation";
constexpr const char* kModules = "GET /mgmt/tm/sys/provision";

class Preflight : public ::testing::Test {
 protected:
  void SetUp() override {
    script.on("GET /mgmt/tm/sys/version", testing::answer(200, testing::stat("Version", "17.1.1")))
        .on(kInfo, testing::json({{"version", "3.56.0"}, {"release", "10"}}))
        .on(kModules,
            testing::answer(200, R"({"items":[{"name":"ltm","level":"nominal"},{"name":"apm","level":"nominal"}]})"))
        .on(kAddresses, testing::answer(200, R"({"kind":"x"})"))
        .on("GET /mgmt/tm/cm/sync-status", testing::answer(200, testing::stat("status", "Standalone")))
        .on("GET /mgmt/tm/sys/folder", testing::answer(200, R"({"items":[{"fullPath":"/"},{"fullPath":"/Common"}]})"));
  }
  Result<Condition> check() { return preflight(device, InstanceId("inst0001"), {}); }

  testing::Script script;
  testing::MemorySecrets secrets;
  sallyport::testing::FakeClock clock;
  Device device{"https://unit", script.client(), {testing::connection().credentials, secrets, clock}};
};

TEST_F(Preflight, NamesTheVersions) {
  EXPECT_EQ(check()->version, "AS3 3.56.0, BIG-IP 17.1.1");
  EXPECT_TRUE(check()->notes.empty());
}

TEST_F(Preflight, WantsAs3Since350) {
  for (const std::string version : {"3.49.0", "2.60.0", "", "x"}) {
    script.on(kInfo, testing::json({{"version", version}}));
    EXPECT_EQ(check().error().code, Code::NotFound) << version;
  }
  for (const std::string version : {"3.50.0", "3.100.1", "4.0.0"}) {
    script.on(kInfo, testing::json({{"version", version}}));
    EXPECT_TRUE(check().has_value()) << version;
  }
}

TEST_F(Preflight, WantsBothModules) {
  script.on(kModules,
            testing::answer(200, R"({"items":[{"name":"ltm","level":"nominal"},{"name":"apm","level":"none"}]})"));
  EXPECT_THAT(check().error().message, HasSubstr("module apm"));
  script.on(kModules, testing::answer(200, "{}"));
  EXPECT_THAT(check().error().message, HasSubstr("module ltm"));
}

TEST_F(Preflight, ListsAddressesWithoutTheirRouteDomain) {
  script.on(kAddresses,
            testing::answer(200, R"({"items":[{"name":"a","address":"192.0.2.7%2"},{"name":"2001:db8::1"}]})"));

  EXPECT_THAT(check()->addresses_in_use, ElementsAre("192.0.2.7", "2001:db8::1"));
}

TEST_F(Preflight, ListsSelfIpsAndSnatTranslationsAsInUse) {
  script.on(kAddresses, testing::answer(200, R"({"items":[{"name":"a","address":"192.0.2.7"}]})"))
      .on(kSelfIps, testing::answer(200, R"({"items":[{"name":"internal","address":"192.0.2.8%1/24"},
                                                     {"name":"external","address":"2001:db8::8/64"}]})"))
      .on(kSnat, testing::answer(200, R"({"items":[{"name":"out","address":"192.0.2.9"}]})"));

  EXPECT_THAT(check()->addresses_in_use, ElementsAre("192.0.2.7", "192.0.2.8", "192.0.2.9", "2001:db8::8"));
}

TEST_F(Preflight, LooksAtADeviceThatKnowsNoSelfIpsOrSnatTranslations) {
  for (const char* kind : {kSelfIps, kSnat}) script.on(kind, testing::answer(404, "{}"));
  EXPECT_TRUE(check().has_value());
}

TEST_F(Preflight, NeverTakesUnreadableAddressesForNone) {
  for (const char* kind : {kAddresses, kSelfIps, kSnat}) {
    for (const auto& [status, body] :
         std::vector<std::pair<int, std::string>>{{403, "{}"}, {500, ""}, {200, "<html>"}, {200, R"({"items":7})"}}) {
      script.on(kind, testing::answer(status, body));
      EXPECT_FALSE(check().has_value()) << kind << status << body;
    }
    script.on(kind, testing::answer(200, "{}"));
  }
}

TEST_F(Preflight, NotesAPeerThatIsBehind) {
  script.on("GET /mgmt/tm/cm/sync-status", testing::answer(200, testing::stat("status", "Changes Pending")));

  EXPECT_THAT(check()->notes, Contains(HasSubstr("Changes Pending")));
}

TEST_F(Preflight, ListsWhatBearsOurNameAndNotWhatBearsAnothers) {
  script.on("GET /mgmt/tm/sys/folder", testing::answer(200, R"({"items":[{"fullPath":"/"},{"fullPath":"/Common"},
    {"fullPath":"/sp_inst0001_0a_1"},{"fullPath":"/sp_inst0001_0a_1/Shared"},{"fullPath":"/sp_inst0001_0a_1/A"},
    {"fullPath":"/sp_inst0002_0a_1/B"},{"fullPath":"/Common/sp_inst0001_0a_1/C"}]})"));

  EXPECT_THAT(check()->unclaimed, ElementsAre("sp_inst0001_0a_1/A"));
}

TEST_F(Preflight, SaysSoWhereItCannotBeReadWhatBearsOurName) {
  script.on("GET /mgmt/tm/sys/folder", testing::answer(403, "{}"));

  EXPECT_THAT(check()->notes, Contains(HasSubstr("which applications bear our name is unknown")));
}

}  // namespace
}  // namespace sallyport::edge::bigip
