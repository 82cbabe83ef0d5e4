// SPDX-License-Identifier: Apache-2.0
// The one way to send an HTTP request. Behind it stands cpprestsdk (cpprest_client.cpp, the fence); in tests, a fake.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"
#include "operator/http/message.hpp"

namespace sallyport::http {

[[nodiscard]] Result<Url> parse_url(std::string_view text);

/// What a request that changes something outside does, in the audit trail's words. Hashes, never contents.
struct Change {
  std::string object;  ///< "ProtectedEndpoint risk/fraud-scoring"
  std::string uid;
  std::string resource_version;  ///< of the object that wanted it
  std::int64_t generation = 0;
  std::string target;  ///< "bigip edge: /sp_x/app", "databricks prod-eu: serving-endpoints/6f.."
  std::string action;  ///< "create" | "update" | "delete"
  std::string before;  ///< hash of what was there, empty when nothing was
  std::string after;   ///< hash of what is wanted, empty when nothing is
};

/// How often a request may arrive at its server. A pooled connection can be closed by the server in the very moment in
/// which it is used; then nobody knows whether the request arrived, and the library sends it again without a word.
enum class Delivery {
  Repeatable,  ///< twice does no harm
  Once,        ///< never twice: a failure in that moment is told to the caller
  OnceAlone,   ///< never twice, and on a connection of its own, since a lost answer costs more than a handshake
};

struct Request {
  std::string method = "GET";
  std::string target;  ///< "/path?query", already percent-encoded, relative to the client's base URL
  Headers headers{};   ///< neither Host nor Content-Length: the client sets them
  std::string body{};
  std::optional<Secret> authorization{};  ///< whole header value ("Bearer ..."), kept apart so that nothing prints it
  Delivery delivery = Delivery::Repeatable;
  /// One entry per object that this request changes outside; empty for reads and for signing in. The guarded client
  /// (operator/audit) refuses to send a mutating request that has neither changes nor `session`.
  std::vector<Change> changes{};
  /// True for a non-GET request that changes nothing that a CR declares: signing in, a dry run, polling by POST.
  bool session = false;
};

struct Response {
  int status = 0;
  Headers headers;
  std::string body;
  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
  /// Retry-After in seconds or as an HTTP date (RFC 9110 section 10.2.3), capped at `cap`. Empty when absent or bad.
  [[nodiscard]] std::optional<std::chrono::milliseconds> retry_after(
      std::chrono::milliseconds cap = std::chrono::minutes(5)) const;
};

/// Limits that no answer may exceed, whatever it claims.
struct Limits {
  std::size_t body_bytes = 16UL << 20U;
  std::size_t line_bytes = 3UL << 20U;  ///< of a stream: an object can reach 1.5 MiB (etcd's limit)
  int json_depth = 64;                  ///< of a body that is JSON, not of a stream
};

/// What a connection trusts and shows. Files are read again for every new connection, so rotation needs no restart.
struct TlsOptions {
  std::string ca_bundle_pem{};  ///< PEM text; together with ca_file: only these are trusted. Both empty: the system's
  std::string ca_file{};        ///< path to PEM
  std::string
      pinned_sha256{};  ///< hex of the server certificate's SHA-256 (DER); when set, replaces chain and name checks
  std::string server_name{};       ///< name to check instead of the URL's host
  std::string client_cert_file{};  ///< PEM paths, both or none
  std::string client_key_file{};
  std::optional<std::string> client_cert_pem{};  ///< as above, from memory (kubeconfig's inline data)
  std::optional<Secret> client_key_pem{};
  bool insecure_skip_verify = false;
};

struct ClientOptions {
  std::string base_url;  ///< scheme, host, port; an optional path prefix. "file:///a/b": see folder_client.hpp
  TlsOptions tls{};
  Limits limits{};
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  std::string user_agent = "sallyport/" SALLYPORT_VERSION;
};

/// How a change ended that the other side had only accepted (202).
enum class Ending { Done, NotDone };

/// A connection pool to one origin with one set of credentials and one purpose (unary, watch, lease).
/// Thread-safe. Blocking; call it from worker threads only. Never follows a redirect: the 3xx is the answer.
class Client {
 public:
  virtual ~Client() = default;

  /// Sends and waits for the whole answer. Any HTTP status is a Response; an Error means that there is none:
  /// Unavailable (connect, TLS, reset, deadline, oversized or truncated body: the effect is unknown), ShuttingDown
  /// (`stop`), InvalidSpec (a request that could not be built). `deadline` covers all of it, from connect to last byte.
  [[nodiscard]] virtual Result<Response> send(const Request& request, std::chrono::milliseconds deadline,
                                              std::stop_token stop) = 0;

  /// Receives newline-separated lines until the server ends the stream. `on_line` gets each whole line without its end;
  /// returning an error ends the stream with it. `idle` is the longest wait for a whole line. A non-2xx status is not
  /// streamed: it comes back as the Response with its (bounded) body. A stream that ended in mid-line gives
  /// Unavailable, the partial line is never delivered. On a clean end: Response with status 200 and an empty body.
  using OnLine = std::function<Result<void>(std::string_view line)>;
  [[nodiscard]] virtual Result<Response> stream(const Request& request, std::chrono::milliseconds idle,
                                                std::stop_token stop, const OnLine& on_line) = 0;

  /// Tells who keeps a record of changes how an accepted one ended, by the id that its answer named. Sends nothing.
  virtual void concluded(const std::string& /*outside_id*/, Ending /*ending*/) {}
};

/// InvalidSpec for a bad URL, CA bundle, client certificate or pin.
[[nodiscard]] Result<std::unique_ptr<Client>> make_client(ClientOptions options);

/// Call once, first thing in main: fixes the library's process-wide pool (40 threads otherwise) and ignores SIGPIPE.
/// Before anything else uses OpenSSL, or its clean-up at exit frees what connections that are still open go on using.
/// Calls have to have returned before the program ends; clients and their connections may still be there.
void start_library(int threads = 8);

}  // namespace sallyport::http
