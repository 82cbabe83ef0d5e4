// SPDX-License-Identifier: Apache-2.0
// An http::Client that answers from a function and remembers what it was asked.
#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "operator/http/client.hpp"

namespace sallyport::testing {

class FakeHttp final : public http::Client {
 public:
  using Answer = std::function<Result<http::Response>(const http::Request&)>;
  explicit FakeHttp(Answer answer) : answer_(std::move(answer)) {}

  Result<http::Response> send(const http::Request& request, std::chrono::milliseconds, std::stop_token) override {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    return answer_(request);
  }

  Result<http::Response> stream(const http::Request& request, std::chrono::milliseconds idle, std::stop_token stop,
                                const OnLine& on_line) override {
    http::Response response = TRY(send(request, idle, stop));
    if (!response.ok()) return response;
    for (std::size_t begin = 0; begin < response.body.size();) {
      const std::size_t end = response.body.find('\n', begin);
      if (end == std::string::npos) return Error{Code::Unavailable, "stream ended in mid-line", {}, {}};
      TRY(on_line(std::string_view(response.body).substr(begin, end - begin)));
      begin = end + 1;
    }
    response.body.clear();
    return response;
  }

  void concluded(const std::string& outside_id, http::Ending ending) override {
    const std::lock_guard lock(mutex_);
    endings_.emplace_back(outside_id, ending);
  }

  [[nodiscard]] std::vector<std::pair<std::string, http::Ending>> endings() const {
    const std::lock_guard lock(mutex_);
    return endings_;
  }
  [[nodiscard]] std::vector<http::Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  Answer answer_;
  mutable std::mutex mutex_;
  std::vector<http::Request> requests_;
  std::vector<std::pair<std::string, http::Ending>> endings_;
};

}  // namespace sallyport::testing
