// SPDX-License-Identifier: Apache-2.0
#include "operator/program/cli/still_clients.hpp"

namespace sallyport::program::cli {
namespace {

Result<void> only_reads(const http::Request& request) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const bool is_only_answer = reads && request.delivery == http::Delivery::OnceAlone;
  if ((reads || request.session) && request.changes.empty() && !is_only_answer) return {};
  const std::string path = request.target.substr(0, request.target.find('?'));
  return Error{Code::Refused, "this command only reads; the request was not sent", request.method + " " + path, {}};
}

Error offline(const http::Request& request) {
  return {Code::Unavailable, "offline", request.method + " " + request.target.substr(0, request.target.find('?')), {}};
}

}  // namespace

Result<http::Response> ReadingClient::send(const http::Request& request, std::chrono::milliseconds deadline,
                                           std::stop_token stop) {
  TRY(only_reads(request));
  return inner_->send(request, deadline, std::move(stop));
}

Result<http::Response> ReadingClient::stream(const http::Request& request, std::chrono::milliseconds idle,
                                             std::stop_token stop, const OnLine& on_line) {
  TRY(only_reads(request));
  return inner_->stream(request, idle, std::move(stop), on_line);
}

Result<http::Response> OfflineClient::send(const http::Request& request, std::chrono::milliseconds, std::stop_token) {
  return offline(request);
}

Result<http::Response> OfflineClient::stream(const http::Request& request, std::chrono::milliseconds, std::stop_token,
                                             const OnLine&) {
  return offline(request);
}

Result<std::unique_ptr<http::Client>> connect_reading(http::ClientOptions options) {
  return std::unique_ptr<http::Client>(std::make_unique<ReadingClient>(TRY(http::make_client(std::move(options)))));
}

Result<std::unique_ptr<http::Client>> connect_offline(const http::ClientOptions&) {
  return std::unique_ptr<http::Client>(std::make_unique<OfflineClient>());
}

}  // namespace sallyport::program::cli
