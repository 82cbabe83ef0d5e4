// SPDX-License-Identifier: Apache-2.0
#include "operator/http/certificate_look.hpp"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <memory>
#include <vector>

#include "operator/http/name_lookup.hpp"
#include "operator/http/tls_peer.hpp"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

constexpr std::chrono::milliseconds kSlice{100};  ///< how soon `stop` is heeded

std::vector<Tcp::endpoint> endpoints_of(const std::vector<std::string>& addresses, int port) {
  std::vector<Tcp::endpoint> endpoints;
  for (const std::string& address : addresses)
    endpoints.emplace_back(asio::ip::make_address(address), static_cast<std::uint16_t>(port));
  return endpoints;
}

/// Lets what was begun on `io` go on until it is done, `until` has come or somebody stops it.
void run(asio::io_context& io, SteadyTime until, const std::stop_token& stop) {
  while (!io.stopped() && !stop.stop_requested() && std::chrono::steady_clock::now() < until)
    io.run_until(std::min(until, std::chrono::steady_clock::now() + kSlice));
}

Result<ShownCertificate> shake_hands(const Url& url, const TlsOptions& tls, SteadyTime until,
                                     const std::stop_token& stop) {
  const std::string where = url.origin();
  NameLookup names(url.host);
  const auto endpoints = endpoints_of(TRY(names.addresses(until, stop)), url.port);
  TlsPeer peer(std::make_shared<const TlsOptions>(tls), url.host);
  asio::ssl::context context(asio::ssl::context::tls_client);
  TRY(peer.equip(context.native_handle()));
  context.set_verify_mode(asio::ssl::verify_peer);
  asio::io_context io;
  asio::ssl::stream<Tcp::socket> stream(io, context);
  peer.introduce(stream.native_handle());
  boost::system::error_code failure = asio::error::timed_out;
  asio::async_connect(stream.next_layer(), endpoints, [&](const boost::system::error_code& unconnected, const auto&) {
    failure = unconnected;
    if (unconnected) return;
    failure = asio::error::timed_out;
    stream.async_handshake(asio::ssl::stream_base::client,
                           [&](const boost::system::error_code& refused) { failure = refused; });
  });
  run(io, until, stop);
  if (stop.stop_requested()) return Error{Code::ShuttingDown, "stopped while looking at a certificate", where, {}};
  // Whatever came after: what was shown is known, and what we say of it.
  if (const auto shown = peer.valid_until()) return ShownCertificate{*shown, peer.refusal()};
  return Error{Code::Unavailable, "no certificate was shown: " + failure.message(), where, {}};
}

}  // namespace

Result<ShownCertificate> look_at_certificate(const Url& url, const TlsOptions& tls, std::chrono::milliseconds patience,
                                             std::stop_token stop) {
  if (url.scheme != "https") return Error{Code::InvalidSpec, "only an https URL has a certificate", url.origin(), {}};
  TRY(check_tls(tls));
  return guard(Code::Unavailable, "look at a certificate", [&]() -> Result<ShownCertificate> {
    return shake_hands(url, tls, std::chrono::steady_clock::now() + patience, stop);
  });
}

}  // namespace sallyport::http
