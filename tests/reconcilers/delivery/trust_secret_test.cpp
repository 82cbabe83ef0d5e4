// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/delivery/trust_secret.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/memory_store.hpp"

namespace sallyport::delivery {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kName = "sallyport-gateway-edge";
const Trust kTrust{"authorities", "keys"};

class TrustSecrets : public ::testing::Test {
 protected:
  void SetUp() override {
    store_.put_namespace("a", {});
    store_.put_namespace("b", {});
    gateway_.meta.name = "edge";
    gateway_.meta.uid = Uid("uid-1");
  }
  [[nodiscard]] bool is_there(const std::string& ns) const { return store_.secrets().get(ns, kName) != nullptr; }

  shared::Caches caches_;
  testing::MemoryStore store_{caches_};
  DeliveredGateway gateway_{"edge", "/publications/edge", {{"a", "agent"}, {"b", "agent"}}};
};

TEST_F(TrustSecrets, AreLaidWhereAgentsRunAndGoWithTheGateway) {
  EXPECT_THAT(lay_out_trust(store_, gateway_, kTrust), IsEmpty());

  for (const char* ns : {"a", "b"}) {
    EXPECT_EQ(store_.bytes(ns, kName).at("ca.crt").reveal(), "authorities");
    EXPECT_EQ(store_.bytes(ns, kName).at("keys.json").reveal(), "keys");
    EXPECT_EQ(store_.controller_of(ns, kName), Uid("uid-1"));
  }
}

TEST_F(TrustSecrets, AreWrittenWhenTheyChangeAndNotElse) {
  EXPECT_THAT(lay_out_trust(store_, gateway_, kTrust), IsEmpty());
  const int writes = store_.writes();
  EXPECT_THAT(lay_out_trust(store_, gateway_, kTrust), IsEmpty());
  EXPECT_EQ(store_.writes(), writes);

  EXPECT_THAT(lay_out_trust(store_, gateway_, {"authorities", "other keys"}), IsEmpty());

  EXPECT_EQ(store_.writes(), writes + 2);
  EXPECT_EQ(store_.bytes("a", kName).at("keys.json").reveal(), "other keys");
}

TEST_F(TrustSecrets, AreTakenFromNamespacesThatAreNoLongerNamed) {
  EXPECT_THAT(lay_out_trust(store_, gateway_, kTrust), IsEmpty());
  gateway_.agents = {{"a", "agent"}};
  gateway_.whole = false;
  EXPECT_THAT(lay_out_trust(store_, gateway_, kTrust), IsEmpty());
  EXPECT_TRUE(is_there("b")) << "a list that could not be read takes nothing away";

  gateway_.whole = true;
  EXPECT_THAT(lay_out_trust(store_, gateway_, kTrust), IsEmpty());

  EXPECT_TRUE(is_there("a"));
  EXPECT_FALSE(is_there("b"));
}

TEST_F(TrustSecrets, OfOthersAreLeftAlone) {
  store_.put_secret("a", kName, {{"ca.crt", Secret("theirs")}});

  EXPECT_THAT(lay_out_trust(store_, gateway_, kTrust), ElementsAre(HasSubstr("a/sallyport-gateway-edge was not made")));
  EXPECT_EQ(store_.bytes("a", kName).at("ca.crt").reveal(), "theirs");
  DeliveredGateway another = gateway_;
  another.meta.uid = Uid("uid-2");
  EXPECT_THAT(lay_out_trust(store_, another, kTrust), ::testing::SizeIs(2)) << "of a gateway of this name before";
}

TEST_F(TrustSecrets, NeedANamespace) {
  gateway_.agents = {{"nowhere", "agent"}};
  EXPECT_THAT(lay_out_trust(store_, gateway_, kTrust), ElementsAre(HasSubstr("no namespace 'nowhere'")));
}

TEST_F(TrustSecrets, ThatCannotBeWrittenAreToldOf) {
  store_.refuse_secrets(testing::MemoryStore::Verb::Write, Error{Code::Refused, "no right", {}, {}});
  EXPECT_THAT(lay_out_trust(store_, gateway_, kTrust), ElementsAre(HasSubstr("no right"), HasSubstr("no right")));
}

TEST(TrustSecretNames, AreNamesHoweverLongTheGatewaysIs) {
  EXPECT_EQ(trust_secret_name("edge"), kName);
  EXPECT_LE(trust_secret_name(std::string(253, 'a')).size(), 253U);
  EXPECT_NE(trust_secret_name(std::string(253, 'a')), trust_secret_name(std::string(252, 'a')));
}

}  // namespace
}  // namespace sallyport::delivery
