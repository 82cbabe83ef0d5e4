// SPDX-License-Identifier: Apache-2.0
// An operator that enrols whoever comes with the right token, and hands out what a test puts there.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "operator/pki/authority.hpp"
#include "reconcilers/nginx_agent/enrolment.hpp"
#include "tests/testing/fake_clock.hpp"
#include "tests/testing/fake_http.hpp"
#include "tests/testing/files.hpp"

namespace sallyport::nginx_agent {

class FakeOperator {
 public:
  explicit FakeOperator(const Clock& clock) : clock_(clock) {
    testing::write_text(token_file(), "the.pods.token\n");
    testing::write_text(folder_.path + "/ca.crt", authority_.certificate().pem());
  }

  EnrolmentOptions options() const {
    return {"https://operator.svc:8443/gateways/edge", token_file(), folder_.path + "/ca.crt",
            folder_.path + "/enrolled.json"};
  }
  Connect connect() {
    return [this](http::ClientOptions made) -> Result<std::unique_ptr<http::Client>> {
      connections.push_back(made);
      const bool known = made.tls.client_cert_pem.has_value();
      return std::unique_ptr<http::Client>(std::make_unique<testing::FakeHttp>(
          [this, known](const http::Request& request) { return answer(request, known); }));
    };
  }
  [[nodiscard]] std::string token_file() const { return folder_.path + "/token"; }
  [[nodiscard]] std::string state_file() const { return folder_.path + "/enrolled.json"; }

  int enrolments = 0, questions = 0;
  std::vector<http::ClientOptions> connections;
  std::vector<http::Request> asked;
  std::string wanted_token = "the.pods.token";
  /// In place of every answer, or of each to one who has enrolled.
  std::function<Result<http::Response>(const http::Request&)> instead{}, instead_of_known{};

 private:
  Result<http::Response> answer(const http::Request& request, bool known) {
    ++questions;
    asked.push_back(request);
    if (instead) return instead(request);
    if (request.target != "/enrol") return known ? instead_of_known(request) : http::Response{401, {}, {}};
    if (!request.authorization || request.authorization->reveal() != "Bearer " + wanted_token)
      return http::Response{401, {}, R"({"error": "not known"})"};
    ++enrolments;
    const SystemTime now = clock_.now();
    const nlohmann::json body = {
        {"certificate", *authority_.issue_client(request.body, "urn:edge-0", {now, now + std::chrono::hours(24)})},
        {"authorities", authority_.certificate().pem()},
        {"agent", "edge-system.edge-0"}};
    return http::Response{200, {}, body.dump()};
  }

  const Clock& clock_;
  const testing::TemporaryDirectory folder_;
  const pki::Authority authority_ =
      *pki::Authority::make("test", {clock_.now() - std::chrono::hours(1), clock_.now() + std::chrono::hours(9000)});
};

}  // namespace sallyport::nginx_agent
