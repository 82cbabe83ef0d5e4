// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/delivery/service.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "operator/base/whole_file.hpp"
#include "reconcilers/publication/objects.hpp"
#include "tests/testing/fake_clock.hpp"
#include "tests/testing/files.hpp"

namespace sallyport::delivery {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kToken = "aaa.bbb.ccc";

class ServiceOf : public ::testing::Test {
 protected:
  ServiceOf() {
    EXPECT_TRUE(replace_file(folder_.path + "/manifest", "sealed", Care::Kept));
    object_ = *publication::Objects(folder_.path + "/objects").put(Secret("bytes"));
  }

  http::Incoming of(const AgentName& agent, const std::string& method, const std::string& target,
                    const std::string& body = {}) {
    http::Incoming request{method, target, {}, body, "10.0.0.1:4711"};
    request.certificate = http::PeerCertificate{{uri_of(agent)}, clock_.now() + 1h};
    return request;
  }
  http::Outgoing ask(const std::string& target) { return service_.serve(of(agent_, "GET", target)); }
  http::Outgoing enrol(const std::string& gateway, const std::string& token = kToken, std::string body = {}) {
    if (body.empty()) body = *key_.request();
    http::Incoming request{"POST", "/gateways/" + gateway + "/enrol", {}, body, "10.0.0.1:4711"};
    if (!token.empty()) request.headers["Authorization"] = "Bearer " + token;
    return service_.serve(request);
  }

  testing::TemporaryDirectory folder_;
  testing::FakeClock clock_;
  std::string object_;
  DeliveredGateway edge_{"edge", folder_.path, {{"edge-system", "agent"}}};
  AgentName agent_{"k3x8m2qa", "edge", "edge-system", "agent", "edge-0"};
  Result<kube::PodAccount> account_ = kube::PodAccount{"edge-system", "agent", "edge-0", "u1"};
  std::vector<std::string> reviewed_;
  std::shared_ptr<const Authorities> authorities_ =
      std::make_shared<const Authorities>(*Authorities::read(*new_authorities("k3x8m2qa", clock_.now())));
  pki::Key key_ = *pki::Key::make();
  Service service_{"k3x8m2qa",
                   {.gateway = [this](const std::string& name) -> std::optional<DeliveredGateway> {
                      if (name == edge_.name) return edge_;
                      return std::nullopt;
                    },
                    .review =
                        [this](const Secret& token) {
                          reviewed_.push_back(token.reveal());
                          return account_;
                        },
                    .authorities = [this] { return authorities_; },
                    .clock = clock_}};
};

TEST_F(ServiceOf, HandsOutTheManifestOnceAndThenSaysThatItIsTheSame) {
  const http::Outgoing first = ask("/gateways/edge/manifest");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body, "sealed");
  http::Incoming again = of(agent_, "GET", "/gateways/edge/manifest");
  again.headers["If-None-Match"] = first.headers.at("ETag");

  const http::Outgoing second = service_.serve(again);

  EXPECT_EQ(second.status, 304);
  EXPECT_EQ(second.body, "");
  EXPECT_TRUE(replace_file(folder_.path + "/manifest", "newer", Care::Kept));
  EXPECT_EQ(service_.serve(again).body, "newer");
}

TEST_F(ServiceOf, HandsOutObjects) {
  EXPECT_EQ(ask("/gateways/edge/objects/" + object_).body, "bytes");
  EXPECT_EQ(ask("/gateways/edge/objects/" + std::string(64, '0')).status, 404);
}

TEST_F(ServiceOf, KnowsNoOtherPaths) {
  for (const char* target :
       {"/", "/gateways", "/gateways/edge", "/gateways/edge/", "/gateways/edge/objects/", "/gateways/edge/manifest/x",
        "/gateways/edge/objects/../manifest", "/gateways/edge/objects/..%2Fmanifest", "/gateways/edge/manifest?x=1",
        "/gateways//manifest", "/gateways/../manifest", "/gateways/edge/reports", "/gateways/edge/reports/a",
        "//gateways/edge/manifest", "/gateways/edge/keys.json"}) {
    EXPECT_EQ(ask(target).status, 404) << target;
  }
  EXPECT_EQ(service_.serve(of(agent_, "PUT", "/gateways/edge/manifest")).status, 405);
  EXPECT_EQ(service_.serve(of(agent_, "GET", "/gateways/edge/enrol")).status, 405);
}

TEST_F(ServiceOf, LetsNobodyInWithoutACertificateOfItsOwn) {
  const auto status_of = [&](std::optional<http::PeerCertificate> shown) {
    http::Incoming request = of(agent_, "GET", "/gateways/edge/manifest");
    request.certificate = std::move(shown);
    return service_.serve(request).status;
  };
  AgentName elsewhere = agent_;
  elsewhere.instance = "other000";

  EXPECT_EQ(status_of(std::nullopt), 401);
  EXPECT_EQ(status_of(http::PeerCertificate{{uri_of(agent_)}, clock_.now()}), 401) << "it has ended since";
  EXPECT_EQ(status_of(http::PeerCertificate{{uri_of(elsewhere)}, clock_.now() + 1h}), 401);
  EXPECT_EQ(status_of(http::PeerCertificate{{}, clock_.now() + 1h}), 401);
  EXPECT_EQ(status_of(http::PeerCertificate{{uri_of(agent_), "urn:x"}, clock_.now() + 1h}), 401);
  EXPECT_EQ(status_of(http::PeerCertificate{{uri_of(agent_)}, clock_.now() + 1s}), 200);
}

TEST_F(ServiceOf, TellsNoAgentOfOtherGateways) {
  const std::string there = ask("/gateways/edge/objects/" + std::string(64, '0')).body;
  EXPECT_EQ(ask("/gateways/other/manifest").status, 404);
  EXPECT_EQ(ask("/gateways/other/manifest").body, there);
}

TEST_F(ServiceOf, LetsNobodyInWhoIsTakenOffTheList) {
  ASSERT_EQ(ask("/gateways/edge/manifest").status, 200);
  edge_.agents = {{"edge-system", "another"}};
  const http::Outgoing refused = ask("/gateways/edge/manifest");
  EXPECT_EQ(refused.status, 403);
  edge_.name = "gone";
  EXPECT_EQ(ask("/gateways/edge/manifest").body, refused.body) << "whether the gateway is there is not told";
}

TEST_F(ServiceOf, TakesAnAgentsOwnReport) {
  const std::string target = "/gateways/edge/reports/edge-system.edge-0.json";
  EXPECT_EQ(service_.serve(of(agent_, "PUT", target, R"({"serial": 1})")).status, 204);
  EXPECT_EQ(testing::read_text(folder_.path + "/reports/edge-system.edge-0.json"), R"({"serial": 1})");

  const auto put = [&](const std::string& where, const std::string& body) {
    return service_.serve(of(agent_, "PUT", where, body)).status;
  };
  EXPECT_EQ(put("/gateways/edge/reports/edge-system.edge-1.json", "{}"), 403);
  EXPECT_EQ(put("/gateways/edge/reports/..%2Fmanifest.json", "{}"), 403);
  EXPECT_EQ(put(target, "hello"), 400);
  EXPECT_EQ(put(target, "[]"), 400);
  EXPECT_EQ(put(target, std::string(kMostOfReport + 1, ' ')), 413);
}

TEST_F(ServiceOf, TakesNoMoreReportsThanItCanWrite) {
  int limited = 0;
  for (int i = 0; i < 30; ++i)
    if (service_.serve(of(agent_, "PUT", "/gateways/edge/reports/edge-system.edge-0.json", "{}")).status == 429)
      ++limited;
  EXPECT_EQ(limited, 10);
}

TEST_F(ServiceOf, EnrolsAListedAccountsPodForADay) {
  const http::Outgoing out = enrol("edge");

  ASSERT_EQ(out.status, 200) << out.body;
  EXPECT_THAT(reviewed_, ElementsAre(kToken));
  const json body = json::parse(out.body);
  EXPECT_EQ(body["authorities"], authorities_->bundle());
  EXPECT_EQ(body["agent"], "edge-system.edge-0");
  const auto certificate = *pki::Certificate::read(body["certificate"].get<std::string>());
  EXPECT_THAT(certificate.names(), ElementsAre(uri_of(agent_)));
  EXPECT_TRUE(certificate.is_of(key_));
  EXPECT_EQ(certificate.term().until, clock_.now() + 24h);
}

TEST_F(ServiceOf, EnrolsNobodyElse) {
  account_ = kube::PodAccount{"edge-system", "another", "edge-0", "u1"};
  const http::Outgoing other = enrol("edge");
  EXPECT_EQ(other.status, 403);
  EXPECT_EQ(enrol("nowhere").body, other.body) << "whether the gateway is there is not told";
  account_ = Error{Code::Unauthorized, "not known", {}, {}};
  EXPECT_EQ(enrol("edge").status, 401);
  account_ = Error{Code::Refused, "not bound to a pod", {}, {}};
  EXPECT_THAT(enrol("edge").body, HasSubstr("not bound to a pod"));
  account_ = Error{Code::Unavailable, "down", {}, {}};
  const http::Outgoing down = enrol("edge");
  EXPECT_EQ(down.status, 503);
  EXPECT_TRUE(down.headers.contains("Retry-After"));
}

TEST_F(ServiceOf, AsksNobodyAboutWhatCannotBeAToken) {
  for (const std::string& token : {std::string(), std::string("abc"), std::string("a.b.c d"), std::string("a.b.c.d"),
                                   std::string(17000, 'a') + ".b.c"}) {
    EXPECT_EQ(enrol("edge", token).status, 401) << token.substr(0, 20);
  }
  EXPECT_THAT(reviewed_, ElementsAre());
}

TEST_F(ServiceOf, WantsARequestThatItCanSign) {
  EXPECT_EQ(enrol("edge", kToken, "hello").status, 400);
  authorities_ = nullptr;
  EXPECT_EQ(enrol("edge").status, 503);
}

TEST_F(ServiceOf, AnswersFewEnrolmentsOfOneAddress) {
  account_ = Error{Code::Unauthorized, "not known", {}, {}};
  int limited = 0;
  for (int i = 0; i < 15; ++i)
    if (enrol("edge").status == 429) ++limited;
  EXPECT_EQ(limited, 5);
  EXPECT_EQ(reviewed_.size(), 10U);
}

TEST_F(ServiceOf, TellsWhatMayBlock) {
  EXPECT_TRUE(Service::is_enrolment({"POST", "/gateways/edge/enrol", {}, {}, {}}));
  EXPECT_FALSE(Service::is_enrolment({"GET", "/gateways/edge/manifest", {}, {}, {}}));
}

TEST(NotLeading, SendsElsewhere) {
  EXPECT_EQ(not_leading().status, 503);
  EXPECT_TRUE(not_leading().ends_connection);
  EXPECT_EQ(not_leading().headers.at("Retry-After"), "1");
}

}  // namespace
}  // namespace sallyport::delivery
