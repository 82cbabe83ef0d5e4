// SPDX-License-Identifier: Apache-2.0
// A simulated BIG-IP under a clock that stands still, and short words for talking to it.
#pragma once

#include <memory>
#include <string>

#include "e2e/simulators/bigip/simulator.hpp"
#include "e2e/simulators/json.hpp"
#include "operator/base/digest.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::simulators::testing {

struct Reply {
  int status = 0;
  Json body;
  http::Outgoing raw;
};

class Bigip {
 public:
  explicit Bigip(int units = 1, Latency latency = Latency::None, std::string user = "admin") : user_(std::move(user)) {
    options_.units = units;
    options_.user = user_;
    options_.password = Secret("pass");
    options_.latency = latency;
    options_.clock = &clock;
    options_.random = &random_;
    simulator_ = std::move(*make_bigip(options_));
  }

  Reply send(const std::string& method, const std::string& target, const Json& body = nullptr, int unit = 0) {
    return raw(method, target, body.is_null() ? "" : body.dump(),
               {{"Authorization", "Basic " + base64_encode(user_ + ":pass")}}, unit);
  }
  Reply raw(const std::string& method, const std::string& target, const std::string& body, const http::Headers& headers,
            int unit = 0) {
    http::Incoming incoming{method, target, headers, body, "192.0.2.1:1234"};
    Reply reply;
    reply.raw = simulator_->serve(incoming, unit);
    reply.status = reply.raw.status;
    reply.body = Json::parse(reply.raw.body, nullptr, false);
    return reply;
  }
  Reply get(const std::string& target, int unit = 0) { return send("GET", target, nullptr, unit); }
  Reply declare(const Json& tenants, const std::string& path = "", int unit = 0) {
    return send("POST", "/mgmt/shared/appsvcs/declare" + path, wrap(tenants), unit);
  }
  Reply patch(const Json& operations, const std::string& path = "") {
    return send("PATCH", "/mgmt/shared/appsvcs/declare" + path, operations);
  }
  Reply control(const std::string& what, const Json& body, int unit = 0) {
    return send("POST", "/_sim/" + what, body, unit);
  }

  /// {"T": {...}} as the whole AS3 request.
  static Json wrap(const Json& tenants) {
    Json adc = {{"class", "ADC"}, {"schemaVersion", "3.50.0"}, {"id", "test-1"}};
    adc.update(tenants);
    return {{"class", "AS3"}, {"persist", false}, {"declaration", adc}};
  }
  static Json tenant(const Json& applications) {
    Json made = {{"class", "Tenant"}, {"label", "sallyport:test"}};
    made.update(applications);
    return made;
  }
  /// An application with a service on `address` and a pool.
  static Json application(const std::string& address) {
    return {
        {"class", "Application"},
        {"template", "generic"},
        {"remark", "ns=a name=b"},
        {"vs",
         {{"class", "Service_HTTPS"},
          {"virtualAddresses", {address}},
          {"redirect80", false},
          {"pool", "workspace"},
          {"persistenceMethods", Json::array()}}},
        {"workspace",
         {{"class", "Pool"}, {"members", Json::array({{{"servicePort", 443}, {"serverAddresses", {"192.0.2.90"}}}})}}}};
  }

  sallyport::testing::FakeClock clock;

 private:
  std::string user_;
  sallyport::testing::FakeRandom random_;
  Options options_;
  std::unique_ptr<Simulator> simulator_;
};

}  // namespace sallyport::simulators::testing
