// SPDX-License-Identifier: Apache-2.0
// HTTP clients that change nothing outside: one that only reads, and one that does not even do that.
#pragma once

#include <memory>

#include "operator/http/client.hpp"

namespace sallyport::program::cli {

/// Refuses what carries changes, and every method but GET and HEAD that is not a session (signing in, a dry run). And a
/// read that may arrive only once: what its answer holds would be lost (RFC 7592: a client's new token).
class ReadingClient final : public http::Client {
 public:
  explicit ReadingClient(std::unique_ptr<http::Client> inner) : inner_(std::move(inner)) {}
  Result<http::Response> send(const http::Request& request, std::chrono::milliseconds deadline,
                              std::stop_token stop) override;
  Result<http::Response> stream(const http::Request& request, std::chrono::milliseconds idle, std::stop_token stop,
                                const OnLine& on_line) override;

 private:
  std::unique_ptr<http::Client> inner_;
};

/// Answers nothing: Unavailable "offline".
class OfflineClient final : public http::Client {
 public:
  Result<http::Response> send(const http::Request& request, std::chrono::milliseconds, std::stop_token) override;
  Result<http::Response> stream(const http::Request& request, std::chrono::milliseconds, std::stop_token,
                                const OnLine&) override;
};

[[nodiscard]] Result<std::unique_ptr<http::Client>> connect_reading(http::ClientOptions options);
[[nodiscard]] Result<std::unique_ptr<http::Client>> connect_offline(const http::ClientOptions& options);

}  // namespace sallyport::program::cli
