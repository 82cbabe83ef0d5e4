// SPDX-License-Identifier: Apache-2.0
// Signed-in requests to one workspace: tokens, courtesy, and what error answers mean.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>

#include "operator/http/client.hpp"
#include "operator/runtime/rate_limiter.hpp"
#include "reconcilers/providers/data/data_provider.hpp"

namespace sallyport::data::databricks {

/// What a status that is no success means (databricks.md 8.1, 8.2): error_code first, then the status.
[[nodiscard]] Error error_of(const http::Response& response, std::string where);

/// The workspace's limits that we know of (databricks.md 4.5, 6.3), each counted by itself: being told to slow down
/// with one kind of request says nothing about the others.
enum class Quota {
  PermissionReads,   ///< 100 a second
  PermissionWrites,  ///< 30 a second
  Scim,              ///< 255 a minute
  ServingWrites,     ///< 50 in 5 minutes to create and configure; of tags nothing is known: found out by trying
  Others,
};
inline constexpr std::size_t kQuotas = 5;
[[nodiscard]] Quota quota_of(std::string_view method, std::string_view target);

/// Thread-safe. The token is fetched when first needed, renewed before its time, and once more when it is not accepted.
class Session {
 public:
  Session(ir::DataConnection connection, std::unique_ptr<http::Client> http, Surroundings around);

  /// Sends as us. Any 2xx is the answer; everything else is an Error, and NotFound only what the workspace itself says
  /// of the thing that this request is about: never a missing Secret or token endpoint. Reads are repeated on 429, 502,
  /// 503 and 504 within a minute; writes only on 429, which says that nothing was done.
  [[nodiscard]] Result<http::Response> send(const http::Request& request, std::stop_token stop);

 private:
  [[nodiscard]] Result<Secret> authorization(std::stop_token stop);
  [[nodiscard]] Result<Secret> sign_in(std::stop_token stop);
  [[nodiscard]] Result<std::string> token_path(std::stop_token stop);
  [[nodiscard]] Result<http::Response> once(http::Request request, std::stop_token stop);
  /// Unless somebody has renewed it meanwhile.
  void forget_token(const Secret& refused);
  [[nodiscard]] Result<ir::SecretBytes> credentials();

  const ir::DataConnection connection_;
  const std::unique_ptr<http::Client> http_;
  const Surroundings around_;
  std::array<runtime::RateLimiter, kQuotas> limiters_;
  std::mutex mutex_;
  Secret token_;  ///< whole header value
  SteadyTime renew_at_{};
};

}  // namespace sallyport::data::databricks
