// SPDX-License-Identifier: Apache-2.0
#include "operator/pki/certificate.hpp"

#include <gmock/gmock.h>

#include "operator/pki/authority.hpp"

namespace sallyport::pki {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

const SystemTime kNow = std::chrono::sys_days{std::chrono::year(2026) / 11 / 22};

TEST(Certificate, TellsItsTermAndWhoseItIs) {
  const Authority authority = *Authority::make("agents", {kNow, kNow + 24h});
  const auto read = Certificate::read(authority.certificate().pem());

  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->term().from, kNow);
  EXPECT_EQ(read->term().until, kNow + 24h);
  EXPECT_TRUE(read->is_authority());
  EXPECT_TRUE(read->is_of(authority.key()));
  EXPECT_FALSE(read->is_of(*Key::make()));
}

TEST(Certificate, TellsTheNamesInIt) {
  const Authority authority = *Authority::make("agents", {kNow, kNow + 24h});
  const std::string pem = *authority.issue_server(*Key::make(), {"a.svc", "b.svc"}, {kNow, kNow + 1h});

  EXPECT_THAT(Certificate::read(pem)->names(), ElementsAre("a.svc", "b.svc"));
  EXPECT_FALSE(Certificate::read(pem)->is_authority());
}

TEST(Certificate, IsReadFromAListAndNotFromRubbish) {
  const Authority one = *Authority::make("one", {kNow, kNow + 24h}), two = *Authority::make("two", {kNow, kNow + 24h});
  const std::string both = one.certificate().pem() + two.certificate().pem();

  EXPECT_EQ(Certificate::read_all(both)->size(), 2U);
  EXPECT_EQ(Certificate::read(both)->pem(), one.certificate().pem());
  EXPECT_EQ(Certificate::read_all("").error().code, Code::InvalidSpec);
  EXPECT_EQ(Certificate::read("rubbish").error().code, Code::InvalidSpec);
  EXPECT_EQ(Certificate::read_all(both + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").error().code,
            Code::InvalidSpec);
}

}  // namespace
}  // namespace sallyport::pki
