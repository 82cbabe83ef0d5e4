// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/delivery/authority_secret.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/memory_store.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::delivery {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kName = "agents-ca";
constexpr std::chrono::hours kDay{24};

class AuthoritySecretOf : public ::testing::Test {
 protected:
  shared::Caches caches_;
  testing::MemoryStore store_{caches_};
  testing::FakeClock clock_;
  AuthoritySecret secret_{store_, kName, clock_};
  const std::string ns_ = store_.operator_namespace();
};

TEST_F(AuthoritySecretOf, IsMadeByWhoLeadsAndByNobodyElse) {
  EXPECT_EQ(secret_.look().error().code, Code::NotFound);
  EXPECT_EQ(store_.writes(), 0);

  const auto made = secret_.tend("k3x8m2qa");

  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ((*made)->bundle(), store_.bytes(ns_, kName).at("tls.crt").reveal());
  EXPECT_EQ((*secret_.look())->bundle(), (*made)->bundle());
}

TEST_F(AuthoritySecretOf, IsLeftAloneAndNotReadAgainWhileNothingIsDue) {
  ASSERT_TRUE(secret_.tend("k3x8m2qa"));
  const int writes = store_.writes(), reads = store_.secret_reads();

  for (int i = 0; i < 5; ++i) ASSERT_TRUE(secret_.tend("k3x8m2qa"));

  EXPECT_EQ(store_.writes(), writes);
  EXPECT_EQ(store_.secret_reads(), reads);
}

TEST_F(AuthoritySecretOf, IsTakenFurtherWhenItIsTime) {
  const auto first = *secret_.tend("k3x8m2qa");
  clock_.advance(245 * kDay);

  const auto announced = *secret_.tend("k3x8m2qa");

  EXPECT_THAT(announced->bundle(), HasSubstr(first->bundle()));
  EXPECT_GT(announced->bundle().size(), first->bundle().size());
  clock_.advance(8 * kDay);
  const auto used = *secret_.tend("k3x8m2qa");
  EXPECT_NE(used->current().certificate().pem(), first->current().certificate().pem());
  EXPECT_THAT(used->bundle(), HasSubstr(first->bundle()));
}

TEST_F(AuthoritySecretOf, IsNotMadeAnewWhereItCannotBeReadOrUsed) {
  store_.refuse_secrets(testing::MemoryStore::Verb::Read, Error{Code::Refused, "no", {}, {}});
  EXPECT_EQ(secret_.tend("k3x8m2qa").error().code, Code::Refused);
  store_.refuse_secrets(testing::MemoryStore::Verb::Read, std::nullopt);
  store_.put_secret(ns_, kName, {{"tls.crt", Secret("rubbish")}});
  const int writes = store_.writes();

  const auto tended = secret_.tend("k3x8m2qa");

  EXPECT_THAT(tended.error().message, HasSubstr("Secret agents-ca"));
  EXPECT_EQ(store_.writes(), writes);
}

TEST_F(AuthoritySecretOf, IsReadAnewWhereSomebodyChangedIt) {
  ASSERT_TRUE(secret_.tend("k3x8m2qa"));
  store_.put_secret(ns_, kName, *new_authorities("other", clock_.now()));

  EXPECT_EQ((*secret_.look())->bundle(), store_.bytes(ns_, kName).at("tls.crt").reveal());
}

TEST_F(AuthoritySecretOf, ThatSomebodyGaveIsNeverWrittenButToldOf) {
  store_.put_secret(ns_, kName, *new_authorities("other", clock_.now()));
  const auto given = *secret_.tend("k3x8m2qa");
  EXPECT_THAT(secret_.notes(), IsEmpty());
  clock_.advance(250 * kDay);
  const int writes = store_.writes();

  EXPECT_EQ((*secret_.tend("k3x8m2qa"))->bundle(), given->bundle());

  EXPECT_EQ(store_.writes(), writes);
  EXPECT_THAT(secret_.notes(), ElementsAre(HasSubstr("agents-ca")));
}

}  // namespace
}  // namespace sallyport::delivery
