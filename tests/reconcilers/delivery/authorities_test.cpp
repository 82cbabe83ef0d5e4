// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/delivery/authorities.hpp"

#include <gmock/gmock.h>

namespace sallyport::delivery {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const SystemTime kNow = std::chrono::sys_days{std::chrono::year(2026) / 11 / 22};
constexpr std::chrono::hours kDay{24};

std::string pem(const ir::SecretBytes& secret, const char* name) {
  return secret.at(name).reveal();
}

/// The Secret as it is after so many days of looking at it each day.
ir::SecretBytes after(ir::SecretBytes secret, int days, SystemTime from = kNow) {
  for (int day = 1; day <= days; ++day)
    if (auto step = *next_step(secret, "k3x8m2qa", from + day * kDay)) secret = *std::move(step);
  return secret;
}

TEST(Authorities, AreMadeOnce) {
  const ir::SecretBytes made = *new_authorities("k3x8m2qa", kNow);
  const auto read = Authorities::read(made);

  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->bundle(), pem(made, "tls.crt"));
  EXPECT_EQ(after(made, 200), made);
}

TEST(Authorities, AreFollowedByTheNextThatEverybodyHasHeardOf) {
  const ir::SecretBytes made = *new_authorities("k3x8m2qa", kNow);

  const ir::SecretBytes announced = after(made, 245);
  EXPECT_EQ(pem(announced, "tls.crt"), pem(made, "tls.crt"));
  ASSERT_TRUE(announced.contains("next.key"));
  EXPECT_EQ(Authorities::read(announced)->bundle(), pem(made, "tls.crt") + pem(announced, "next.crt"));
  EXPECT_EQ(Authorities::read(announced)->current().certificate().pem(), pem(made, "tls.crt"));

  const ir::SecretBytes used = after(made, 255);
  EXPECT_FALSE(used.contains("next.crt") || used.contains("next.key"));
  EXPECT_EQ(pem(used, "previous.crt"), pem(made, "tls.crt"));
  const auto read = Authorities::read(used);
  EXPECT_THAT(read->bundle(), HasSubstr(pem(made, "tls.crt")));
  EXPECT_NE(read->current().certificate().pem(), pem(made, "tls.crt"));

  EXPECT_FALSE(after(made, 370).contains("previous.crt")) << "it has ended";
}

TEST(Authorities, AreExchangedAtOnceWhereTheCurrentOneIsAboutToEnd) {
  const ir::SecretBytes made = *new_authorities("k3x8m2qa", kNow);
  const SystemTime late = kNow + 364 * kDay + 12h;
  const ir::SecretBytes announced = **next_step(made, "k3x8m2qa", late);

  const auto used = *next_step(announced, "k3x8m2qa", late + 1min);

  ASSERT_TRUE(used);
  EXPECT_EQ(pem(*used, "tls.crt"), pem(announced, "next.crt"));
}

TEST(Authorities, AreRefusedByTheNameOfWhatIsWrong) {
  const ir::SecretBytes made = *new_authorities("k3x8m2qa", kNow), other = *new_authorities("k3x8m2qa", kNow);
  ir::SecretBytes swapped = made, damaged = made, rubbish = made;
  swapped.insert_or_assign("tls.key", other.at("tls.key"));
  damaged.erase("tls.crt");
  rubbish.insert_or_assign("next.crt", Secret("rubbish"));

  EXPECT_THAT(Authorities::read(swapped).error().message, HasSubstr("tls.crt is not the certificate of this key"));
  EXPECT_THAT(Authorities::read(damaged).error().message, HasSubstr("tls.crt"));
  EXPECT_THAT(Authorities::read(rubbish).error().message, HasSubstr("next.crt"));
  EXPECT_EQ(Authorities::read({}).error().code, Code::InvalidSpec);
}

TEST(GivenAuthorities, AreToldOfBeforeTheyEnd) {
  const Authorities given = *Authorities::read(*new_authorities("k3x8m2qa", kNow));

  EXPECT_THAT(notes_on(given, "agents-ca", kNow + 200 * kDay), IsEmpty());
  EXPECT_THAT(notes_on(given, "agents-ca", kNow + 250 * kDay), ElementsAre(HasSubstr("ends at 2027-11-22")));
  EXPECT_THAT(notes_on(given, "agents-ca", kNow + 366 * kDay), ElementsAre(HasSubstr("ended at 2027-11-22")));
  EXPECT_THAT(notes_on(given, "agents-ca", kNow + 366 * kDay).front(), Not(HasSubstr("PRIVATE")));
}

}  // namespace
}  // namespace sallyport::delivery
