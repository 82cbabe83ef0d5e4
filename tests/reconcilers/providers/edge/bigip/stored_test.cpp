// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/stored.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sallyport::edge::bigip {
namespace {

const std::string kAdc = R"({"class":"ADC","schemaVersion":"3.50.0","T":{"class":"Tenant","label":"ours",
  "app":{"class":"Application","remark":"mark","vs":{"class":"Service_HTTPS","remark":"not this one","pool":"/T/Shared/pool_1",
         "virtualAddresses":["192.0.2.1"],"clientTLS":[{"use":"/T/Shared/tls_1"}],"iRules":["guard"],"virtualPort":443},
         "cert":{"class":"Certificate","privateKey":"very secret"}},
  "Shared":{"class":"Application","template":"shared","pool_1":{"class":"Pool","members":[{"servicePort":443}]}}}})";

const std::string kKept = R"({"class":"ADC","schemaVersion":"3.50.0","T":{"class":"Tenant","label":"ours",
  "app":{"class":"Application","remark":"mark","vs":{"pool":"/T/Shared/pool_1","clientTLS":[{"use":"/T/Shared/tls_1"}]}},
  "Shared":{"class":"Application","template":"shared","pool_1":{"class":"Pool","members":[{"servicePort":443}]}}}})";

TEST(StoredDeclaration, KeepsMarksAndReferencesOfApplicationsAndAllOfShared) {
  EXPECT_EQ(parse_stored(kAdc), Json::parse(kKept));
}

TEST(StoredDeclaration, IsTakenOutOfARequest) {
  EXPECT_EQ(parse_stored(R"({"class":"AS3","action":"deploy","declaration":)" + kAdc + "}"), Json::parse(kKept));
}

TEST(StoredDeclaration, IsDiscardedWhenItIsNoJson) {
  EXPECT_TRUE(parse_stored("<html>").is_discarded());
  EXPECT_TRUE(parse_stored(kAdc.substr(0, 200)).is_discarded());
}

}  // namespace
}  // namespace sallyport::edge::bigip
