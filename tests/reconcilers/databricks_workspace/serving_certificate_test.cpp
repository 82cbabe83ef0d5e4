// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/databricks_workspace/serving_certificate.hpp"

#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "tests/testing/fake_clock.hpp"

namespace sallyport::databricks_workspace {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr const char* kUrl = "https://adb-1.7.azuredatabricks.net/serving-endpoints/fraud/invocations";
const SystemTime kEnd = std::chrono::sys_days{std::chrono::year(2027) / 1 / 31};

struct Hosts {
  testing::FakeClock clock;
  std::vector<std::string> asked;
  Result<http::ShownCertificate> shown = http::ShownCertificate{kEnd};

  ServingCertificates certificates() {
    return {[this](const http::Url& url, const http::TlsOptions& tls, std::stop_token) {
              asked.push_back(url.origin() + " " + tls.ca_bundle_pem);
              return shown;
            },
            clock, 5min};
  }
};

TEST(ServingCertificate, TellsWhenItExpiresAndWhyItIsRefused) {
  Hosts hosts;
  auto certificates = hosts.certificates();
  EXPECT_THAT(certificates.facts(kUrl, "", {}), ElementsAre(Pair("certificate_until", "2027-01-31T00:00:00Z")));

  hosts.shown = http::ShownCertificate{kEnd, "unknown CA"};
  hosts.clock.advance(5min);
  EXPECT_THAT(certificates.facts(kUrl, "", {}), ElementsAre(Pair("certificate_problem", "unknown CA"),
                                                            Pair("certificate_until", "2027-01-31T00:00:00Z")));
}

TEST(ServingCertificate, IsAskedForOnceAHostUntilTheAuthoritiesChange) {
  Hosts hosts;
  auto certificates = hosts.certificates();

  for (const char* path : {"/a", "/b"})
    static_cast<void>(certificates.facts(std::string("https://one.example.com") + path, "A", {}));
  static_cast<void>(certificates.facts("https://two.example.com/a", "A", {}));
  static_cast<void>(certificates.facts("https://one.example.com/a", "B", {}));

  EXPECT_THAT(hosts.asked,
              ElementsAre("https://one.example.com A", "https://two.example.com A", "https://one.example.com B"));
}

TEST(ServingCertificate, HoldsUpNobodyWhoAsksForAnotherHost) {
  testing::FakeClock clock;
  std::promise<void> begun, go_on;
  ServingCertificates certificates(
      [&](const http::Url& url, const http::TlsOptions&, std::stop_token) -> Result<http::ShownCertificate> {
        if (url.host == "slow.example.com") {
          begun.set_value();
          go_on.get_future().wait();
        }
        return http::ShownCertificate{kEnd};
      },
      clock, 5min);
  std::jthread slow([&] { static_cast<void>(certificates.facts("https://slow.example.com/a", "", {})); });
  begun.get_future().wait();

  EXPECT_THAT(certificates.facts("https://one.example.com/a", "", {}), IsEmpty()) << "nothing is known of it yet";

  go_on.set_value();
  slow.join();
  EXPECT_EQ(certificates.facts("https://slow.example.com/b", "", {}).size(), 1U);
  EXPECT_EQ(certificates.facts("https://one.example.com/a", "", {}).size(), 1U);
}

TEST(ServingCertificate, SaysNothingWhereNobodyAnswersOrNobodyLooks) {
  Hosts hosts;
  hosts.shown = Error{Code::Unavailable, "timed out", {}, {}};
  auto certificates = hosts.certificates();
  ServingCertificates blind({}, hosts.clock, 5min);

  EXPECT_THAT(certificates.facts(kUrl, "", {}), IsEmpty());
  EXPECT_THAT(certificates.facts("http://127.0.0.1:80/x", "", {}), IsEmpty());
  EXPECT_THAT(certificates.facts("nonsense", "", {}), IsEmpty());
  EXPECT_THAT(blind.facts(kUrl, "", {}), IsEmpty());
}

}  // namespace
}  // namespace sallyport::databricks_workspace
