// SPDX-License-Identifier: Apache-2.0
// A small HTTP/1.1 server for probes, metrics, the authorizer and the simulators, on Boost.Beast: cpprestsdk's own
// listener has neither limits nor time-outs.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"
#include "operator/http/message.hpp"

namespace sallyport::http {

class ServerIdentity;

/// Of a client, as far as somebody whom the listener believes vouches for it.
struct PeerCertificate {
  std::vector<std::string> uris;  ///< its subject alternative names of this kind
  SystemTime valid_until;         ///< looked at when the connection was made: it may have passed since
};

struct Incoming {
  std::string method;
  std::string target;  ///< "/path?query" as it came
  Headers headers;
  std::string body;
  std::string peer;                              ///< "address:port"; of a Unix socket "uid 33, pid 4711"
  std::optional<PeerCertificate> certificate{};  ///< only where the listener has an `identity`
  [[nodiscard]] std::string path() const;        ///< target without its query, not decoded
  [[nodiscard]] std::string query() const;       ///< after the '?', empty when there is none
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
};

struct Outgoing {
  int status = 200;
  std::string body{};
  std::string content_type = "application/json";
  Headers headers{};
  /// For simulators and tests of misbehaviour: close the connection without an answer.
  bool drop_connection = false;
  /// Close the connection after the answer: the next request had better go elsewhere.
  bool ends_connection = false;
  /// Write the answer only after this long (simulated latency); the connection, not a thread, waits.
  std::chrono::milliseconds delay{0};
};

/// A socket in the file system. What a process that was killed left there is taken away; anything else stays, and is a
/// Conflict.
struct UnixSocket {
  std::string path;
  std::optional<unsigned> group{};  ///< the socket's gid; its mode is 0660
  /// Uids that are answered, by the credentials that the kernel tells; ours and root always are.
  std::vector<unsigned> users{};
};

struct ListenerOptions {
  std::optional<UnixSocket> unix_socket{};  ///< in place of address and port, without TLS
  std::string address = "127.0.0.1";
  int port = 0;  ///< 0: any free one, see Listener::port()
  int threads = 2;
  std::string tls_cert_file{};  ///< PEM; both or none. Read again when they change.
  std::string tls_key_file{};
  std::shared_ptr<const ServerIdentity> identity{};  ///< in place of both files; clients are asked for a certificate
  std::size_t max_header_bytes = 16UL << 10U;
  std::size_t max_body_bytes = 16UL << 20U;
  /// With `identity`: of who shows no certificate that is vouched for.
  std::size_t max_anonymous_body_bytes = 64UL << 10U;
  int max_connections = 256;
  std::chrono::milliseconds read_timeout = std::chrono::seconds(10);  ///< for header and body of one request
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(90);  ///< between requests of one connection
};

/// Serves from construction until it is destroyed; the destructor closes connections and joins its threads.
class Listener {
 public:
  /// Called on the listener's threads, several at a time. An exception becomes a 500 without its text.
  using Serve = std::function<Outgoing(const Incoming&)>;
  /// The same for who cannot answer at once: no thread waits for it. `respond` is called once, from any thread, before
  /// the listener is destroyed.
  using Respond = std::function<void(Outgoing)>;
  using ServeLater = std::function<void(const Incoming&, Respond)>;

  virtual ~Listener() = default;
  [[nodiscard]] virtual int port() const = 0;  ///< 0 of a Unix socket
};

/// Unavailable when the address is taken; InvalidSpec for a bad address or certificate.
[[nodiscard]] Result<std::unique_ptr<Listener>> listen(ListenerOptions options, Listener::Serve serve);
[[nodiscard]] Result<std::unique_ptr<Listener>> listen_later(ListenerOptions options, Listener::ServeLater serve);

}  // namespace sallyport::http
