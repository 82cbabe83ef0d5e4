// SPDX-License-Identifier: Apache-2.0
// What tests of the Kubernetes layer share: an API server that follows a script.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <nlohmann/json.hpp>
#include <string>

#include "operator/kube/client.hpp"
#include "tests/testing/fake_clock.hpp"
#include "tests/testing/fake_http.hpp"

namespace sallyport::kube::testing {

using Answer = Result<http::Response>;

inline http::Response answer(int status, std::string body = "", http::Headers headers = {}) {
  return {status, std::move(headers), std::move(body)};
}

inline http::Response refusal(int code, const std::string& reason, nlohmann::json details = nlohmann::json::object()) {
  return answer(code, nlohmann::json{{"kind", "Status"},
                                     {"apiVersion", "v1"},
                                     {"status", "Failure"},
                                     {"code", code},
                                     {"reason", reason},
                                     {"message", reason + " it was"},
                                     {"details", std::move(details)}}
                          .dump());
}

inline Error no_answer(std::string why = "connection refused") {
  return {Code::Unavailable, std::move(why), {}, {}};
}

/// Answers the n-th request with the n-th entry; a request too many is a failure of the test.
class Script {
 public:
  explicit Script(std::deque<Answer> answers) : answers_(std::move(answers)) {}

  std::unique_ptr<http::Client> client() {
    auto made =
        std::make_unique<sallyport::testing::FakeHttp>([this](const http::Request& request) { return next(request); });
    http_ = made.get();
    return made;
  }
  void add(Answer answer) { answers_.push_back(std::move(answer)); }
  [[nodiscard]] std::vector<http::Request> requests() const { return http_->requests(); }
  [[nodiscard]] bool used_up() const { return answers_.empty(); }

 private:
  Answer next(const http::Request& request) {
    if (answers_.empty()) {
      ADD_FAILURE() << "unexpected " << request.method << " " << request.target;
      return no_answer("script is used up");
    }
    Answer first = std::move(answers_.front());
    answers_.pop_front();
    return first;
  }
  std::deque<Answer> answers_;
  sallyport::testing::FakeHttp* http_ = nullptr;
};

inline ClientOptions client_options(const Clock& clock, Random& random, const Config& config = {}) {
  ClientOptions options;
  options.credentials = std::make_shared<Credentials>(config, clock);
  options.clock = &clock;
  options.random = &random;
  return options;
}

inline const Resource kEdges{"sallyport.dev", "v1alpha1", "Edge", "edges", schema::Scope::Namespaced};

inline nlohmann::json object(const std::string& name, int version, const std::string& uid = "u1") {
  return {
      {"apiVersion", "sallyport.dev/v1alpha1"},
      {"kind", "Edge"},
      {"metadata", {{"namespace", "risk"}, {"name", name}, {"uid", uid}, {"resourceVersion", std::to_string(version)}}},
      {"spec", {{"host", name + ".example.com"}}}};
}

inline std::string event(const std::string& type, const nlohmann::json& object) {
  return nlohmann::json{{"type", type}, {"object", object}}.dump() + "\n";
}

inline std::string bookmark(int version) {
  return event("BOOKMARK", {{"kind", "Edge"}, {"metadata", {{"resourceVersion", std::to_string(version)}}}});
}

inline std::string end_of_list(int version) {
  return event(
      "BOOKMARK",
      {{"kind", "Edge"},
       {"metadata",
        {{"resourceVersion", std::to_string(version)}, {"annotations", {{"k8s.io/initial-events-end", "true"}}}}}});
}

inline std::string list(int version, const std::vector<nlohmann::json>& items, const std::string& next = "") {
  return nlohmann::json{{"apiVersion", "v1"},
                        {"kind", "List"},
                        {"items", items},
                        {"metadata", {{"resourceVersion", std::to_string(version)}, {"continue", next}}}}
      .dump();
}

}  // namespace sallyport::kube::testing
