// SPDX-License-Identifier: Apache-2.0
// Signed-in requests to one workspace: tokens, courtesy, and what error answers mean.
#pragma once

#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "operator/http/client.hpp"
#include "operator/runtime/rate_limiter.hpp"
#include "reconcilers/providers/data/data_provider.hpp"

namespace sallyport::data::databricks {

/// What a status that is no success means (databricks.md 8.1, 8.2): error_code first, then the status.
[[nodiscard]] Error error_of(const http::Response& response, std::string where);

/// Thread-safe. The token is fetched when first needed, renewed before its time, and once more when it is not accepted.
class Session {
 public:
  Session(ir::DataConnection connection, std::unique_ptr<http::Client> http, Surroundings around);

  /// Sends as us. Any 2xx is the answer; everything else is an Error. Reads are repeated on 429, 502, 503 and 504
  /// within a minute; writes only on 429, which says that nothing was done.
  [[nodiscard]] Result<http::Response> send(http::Request request, std::stop_token stop);

 private:
  [[nodiscard]] Result<Secret> authorization(std::stop_token stop);
  [[nodiscard]] Result<Secret> sign_in(std::stop_token stop);
  [[nodiscard]] Result<std::string> token_path(std::stop_token stop);
  [[nodiscard]] Result<http::Response> once(http::Request request, std::stop_token stop);
  void forget_token();

  const ir::DataConnection connection_;
  const std::unique_ptr<http::Client> http_;
  const Surroundings around_;
  runtime::RateLimiter limiter_;
  std::mutex mutex_;
  Secret token_;  ///< whole header value
  SteadyTime renew_at_{};
};

}  // namespace sallyport::data::databricks
