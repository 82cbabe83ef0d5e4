// SPDX-License-Identifier: Apache-2.0
// A small HTTP/1.1 server for probes, metrics and the simulators, on Boost.Beast: cpprestsdk's own listener has neither
// limits nor time-outs.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "operator/base/result.hpp"
#include "operator/http/message.hpp"

namespace sallyport::http {

struct Incoming {
  std::string method;
  std::string target;  ///< "/path?query" as it came
  Headers headers;
  std::string body;
  std::string peer;                         ///< "address:port"
  [[nodiscard]] std::string path() const;   ///< target without its query, not decoded
  [[nodiscard]] std::string query() const;  ///< after the '?', empty when there is none
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
};

struct Outgoing {
  int status = 200;
  std::string body{};
  std::string content_type = "application/json";
  Headers headers{};
  /// For simulators and tests of misbehaviour: close the connection without an answer.
  bool drop_connection = false;
  /// Write the answer only after this long (simulated latency); the connection, not a thread, waits.
  std::chrono::milliseconds delay{0};
};

struct ListenerOptions {
  std::string address = "127.0.0.1";
  int port = 0;  ///< 0: any free one, see Listener::port()
  int threads = 2;
  std::string tls_cert_file{};  ///< PEM; both or none. Read again when they change.
  std::string tls_key_file{};
  std::size_t max_header_bytes = 16UL << 10U;
  std::size_t max_body_bytes = 16UL << 20U;
  int max_connections = 256;
  std::chrono::milliseconds read_timeout = std::chrono::seconds(10);  ///< for header and body of one request
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(90);  ///< between requests of one connection
};

/// Serves from construction until it is destroyed; the destructor closes connections and joins its threads.
class Listener {
 public:
  /// Called on the listener's threads, several at a time. An exception becomes a 500 without its text.
  using Serve = std::function<Outgoing(const Incoming&)>;

  virtual ~Listener() = default;
  [[nodiscard]] virtual int port() const = 0;
};

/// Unavailable when the address is taken; InvalidSpec for a bad address or certificate.
[[nodiscard]] Result<std::unique_ptr<Listener>> listen(ListenerOptions options, Listener::Serve serve);

}  // namespace sallyport::http
