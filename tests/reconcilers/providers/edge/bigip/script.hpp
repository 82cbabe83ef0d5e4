// SPDX-License-Identifier: Apache-2.0
// A unit that answers from a table: for shapes of answers that a simulator gives only with effort.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/testing/fake_http.hpp"

namespace sallyport::edge::bigip::testing {

inline http::Response answer(int status, const std::string& body) {
  return {status, {}, body};
}
inline http::Response json(const nlohmann::json& body, int status = 200) {
  return {status, {}, body.dump()};
}

inline std::string stat(const std::string& name, const std::string& text) {
  const nlohmann::json body = {
      {"entries", {{"https://localhost/x/0", {{"nestedStats", {{"entries", {{name, {{"description", text}}}}}}}}}}}};
  return body.dump();
}

/// "GET /path" (without its query) -> answers, the last of which is repeated. Signing in works, anything else is a 404.
class Script {
 public:
  Script() {
    on("POST /mgmt/shared/authn/login", json({{"token", {{"token", "T0KEN"}, {"timeout", 1200}}}}));
    on("GET /mgmt/tm/cm/failover-status", answer(200, stat("status", "ACTIVE")));
  }
  Script& on(const std::string& call, std::vector<Result<http::Response>> answers) {
    answers_[call] = {answers.begin(), answers.end()};
    return *this;
  }
  Script& on(const std::string& call, http::Response one) {
    return on(call, std::vector<Result<http::Response>>{std::move(one)});
  }

  /// Something happens elsewhere while this call is under way.
  Script& before(const std::string& call, std::function<void()> happens) {
    meanwhile_[call] = std::move(happens);
    return *this;
  }

  Result<http::Response> operator()(const http::Request& request) {
    const std::string call = request.method + " " + request.target.substr(0, request.target.find('?'));
    asked.push_back(request);
    if (const auto happens = meanwhile_.find(call); happens != meanwhile_.end()) happens->second();
    const auto found = answers_.find(call);
    if (found == answers_.end()) return json({{"code", 404}, {"message", "no script for " + call}}, 404);
    Result<http::Response> next = found->second.front();
    if (found->second.size() > 1) found->second.pop_front();
    return next;
  }
  [[nodiscard]] std::size_t count(const std::string& call) const {
    std::size_t times = 0;
    for (const http::Request& request : asked) {
      times +=
          static_cast<std::size_t>(request.method + " " + request.target.substr(0, request.target.find('?')) == call);
    }
    return times;
  }
  [[nodiscard]] std::unique_ptr<http::Client> client() {
    auto made = std::make_unique<sallyport::testing::FakeHttp>(
        [this](const http::Request& request) { return (*this)(request); });
    last_made_ = made.get();
    return made;
  }
  /// What the audit trail was told of the ends of tasks, by the client that was made last and lives yet.
  [[nodiscard]] std::vector<std::pair<std::string, http::Ending>> endings() const { return last_made_->endings(); }

  std::vector<http::Request> asked;

 private:
  std::map<std::string, std::deque<Result<http::Response>>> answers_;
  std::map<std::string, std::function<void()>> meanwhile_;
  const sallyport::testing::FakeHttp* last_made_ = nullptr;
};

}  // namespace sallyport::edge::bigip::testing
