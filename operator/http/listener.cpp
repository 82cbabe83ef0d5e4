// SPDX-License-Identifier: Apache-2.0
// The listener on Boost.Beast: accepts, and hands each connection to connection.hpp.
#include "operator/http/listener.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/strand.hpp>
#include <filesystem>
#include <thread>

#include "operator/base/log.hpp"
#include "operator/http/connection.hpp"
#include "operator/http/server_certificate.hpp"
#include "operator/http/server_identity.hpp"
#include "operator/http/unix_socket.hpp"

namespace sallyport::http {
namespace {

using Tcp = asio::ip::tcp;
using Local = asio::local::stream_protocol;

template <class Protocol>
class BeastListener final : public Listener {
  static constexpr bool kLocal = std::is_same_v<Protocol, Local>;
  // Named, and not erased behind asio's any_io_executor: a step of a connection is too short for that.
  using Executor = asio::strand<asio::io_context::executor_type>;
  using Socket = asio::basic_stream_socket<Protocol, Executor>;
  using PlainStream = beast::basic_stream<Protocol, Executor>;

 public:
  BeastListener(ListenerOptions options, ServeLater serve)
      : shared_{std::move(options), std::move(serve), {}},
        certificate_(shared_.options.tls_cert_file, shared_.options.tls_key_file) {}

  ~BeastListener() override {
    io_.stop();
    threads_.clear();  // joins; what is still open is closed as the io_context destroys it
    std::error_code ignored;
    if (bound_) std::filesystem::remove(shared_.options.unix_socket->path, ignored);
  }
  BeastListener(const BeastListener&) = delete;
  BeastListener& operator=(const BeastListener&) = delete;

  Result<void> open() {
    if constexpr (kLocal) {
      TRY(open_local());
    } else {
      TRY(open_tcp());
    }
    accept();
    for (int i = 0; i < std::max(1, shared_.options.threads); ++i) threads_.emplace_back([this] { io_.run(); });
    return {};
  }

  int port() const override { return port_; }

 private:
  Result<void> open_tcp()
    requires(!kLocal)
  {
    const ListenerOptions& options = shared_.options;
    if (options.tls_cert_file.empty() != options.tls_key_file.empty()) {
      return Error{Code::InvalidSpec, "a listener needs both certificate and key, or neither", {}, {}};
    }
    if (has_files()) TRY(certificate_.refresh());
    Failure failure;
    const asio::ip::address address = asio::ip::make_address(options.address, failure);
    if (failure || options.port < 0 || options.port > 65535) {
      return Error{Code::InvalidSpec, "not an address to listen on", place(), {}};
    }
    const Tcp::endpoint endpoint(address, static_cast<unsigned short>(options.port));
    acceptor_.open(endpoint.protocol(), failure);
    if (!failure) acceptor_.set_option(asio::socket_base::reuse_address(true), failure);
    if (!failure) acceptor_.bind(endpoint, failure);
    if (!failure) acceptor_.listen(asio::socket_base::max_listen_connections, failure);
    if (failure) return Error{Code::Unavailable, "listen: " + failure.message(), place(), {}};
    port_ = acceptor_.local_endpoint().port();
    return {};
  }

  Result<void> open_local()
    requires kLocal
  {
    const UnixSocket& socket = *shared_.options.unix_socket;
    TRY(clear_stale_socket(socket.path));
    Failure failure;
    acceptor_.open(Local(), failure);
    if (!failure) acceptor_.bind(Local::endpoint(socket.path), failure);
    if (failure) return Error{Code::Unavailable, "listen: " + failure.message(), place(), {}};
    bound_ = true;
    TRY(restrict_socket(socket));
    acceptor_.listen(asio::socket_base::max_listen_connections, failure);
    if (failure) return Error{Code::Unavailable, "listen: " + failure.message(), place(), {}};
    return {};
  }

  [[nodiscard]] bool has_files() const { return !shared_.options.tls_cert_file.empty(); }
  [[nodiscard]] std::string place() const {
    const ListenerOptions& options = shared_.options;
    return options.unix_socket ? options.unix_socket->path : options.address + ":" + std::to_string(options.port);
  }

  void accept() {
    acceptor_.async_accept(asio::make_strand(io_), [this](const Failure& failure, Socket socket) {
      if (failure == asio::error::operation_aborted) return;
      if (!failure) {
        welcome(std::move(socket));
        return accept();
      }
      // Out of file descriptors, most likely: accepting again at once would spin.
      log::warning("cannot accept a connection", {{"address", place()}, {"error", failure.message()}});
      pause_.expires_after(std::chrono::milliseconds(100));
      pause_.async_wait([this](const Failure& stopped) {
        if (!stopped) accept();
      });
    });
  }

  void welcome(Socket socket) {
    if (shared_.open_connections >= shared_.options.max_connections) return;  // closed as `socket` goes
    if constexpr (kLocal) {
      const Result<Peer> peer = known_peer(socket.native_handle(), *shared_.options.unix_socket);
      if (!peer) return log::warning("closed a connection", {{"error", peer.error().text()}});
      ++shared_.open_connections;
      run(std::make_shared<Connection<PlainStream>>(shared_, std::move(socket), peer->text(), nullptr));
    } else {
      ++shared_.open_connections;
      Failure ignored;
      socket.set_option(Tcp::no_delay(true), ignored);
      const Tcp::endpoint other = socket.remote_endpoint(ignored);
      std::string peer = other.address().to_string(ignored) + ":" + std::to_string(other.port());
      if (!has_files() && !shared_.options.identity)
        return run(std::make_shared<Connection<PlainStream>>(shared_, std::move(socket), peer, nullptr));
      auto context = shown();
      if (!context) {
        --shared_.open_connections;  // closed as `socket` goes: there is nothing to show yet
        return;
      }
      run(std::make_shared<Connection<beast::ssl_stream<PlainStream>>>(shared_, std::move(socket), peer,
                                                                       std::move(context)));
    }
  }

  std::shared_ptr<TlsContext> shown() {
    if (shared_.options.identity) return shared_.options.identity->context();
    if (const Result<void> fresh = certificate_.refresh(); !fresh) {
      log::error("the certificate changed and cannot be used; the former one stays", {{"error", fresh.error().text()}});
    }
    return certificate_.context();
  }

  template <class C>
  void run(std::shared_ptr<C> connection) {
    asio::dispatch(connection->executor(), [connection] { connection->start(); });
  }

  // Connections live in handlers that the io_context owns, so it is destroyed before what they refer to.
  Shared shared_;
  ServerCertificate certificate_;
  asio::io_context io_;
  asio::basic_socket_acceptor<Protocol> acceptor_{io_};
  asio::steady_timer pause_{io_};
  int port_ = 0;
  bool bound_ = false;
  std::vector<std::jthread> threads_;
};

template <class Protocol>
Result<std::unique_ptr<Listener>> open(ListenerOptions options, Listener::ServeLater serve) {
  auto listener = std::make_unique<BeastListener<Protocol>>(std::move(options), std::move(serve));
  TRY(listener->open());
  return std::unique_ptr<Listener>(std::move(listener));
}

}  // namespace

Result<std::unique_ptr<Listener>> listen(ListenerOptions options, Listener::Serve serve) {
  return listen_later(std::move(options),
                      [serve = std::move(serve)](const Incoming& request, const Listener::Respond& respond) {
                        respond(serve(request));
                      });
}

Result<std::unique_ptr<Listener>> listen_later(ListenerOptions options, Listener::ServeLater serve) {
  return guard(Code::Unavailable, "listen", [&]() -> Result<std::unique_ptr<Listener>> {
    if (options.unix_socket) return open<Local>(std::move(options), std::move(serve));
    return open<Tcp>(std::move(options), std::move(serve));
  });
}

}  // namespace sallyport::http
