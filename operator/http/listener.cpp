// SPDX-License-Identifier: Apache-2.0
// The listener on Boost.Beast. Every connection is a chain of asynchronous steps on its own strand, so a slow client
// costs memory for one request, never a thread; only `serve` itself runs on one of the listener's threads.
#include "operator/http/listener.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <thread>

#include "operator/base/log.hpp"
#include "operator/http/server_certificate.hpp"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using Tcp = asio::ip::tcp;
using TlsContext = asio::ssl::context;
using Failure = beast::error_code;

/// After an answer that ends the connection, the client's remaining bytes are read and thrown away for this long: a
/// close with unread bytes resets the connection, and the client would lose the answer that tells it why.
constexpr std::chrono::seconds kLinger{2};

/// What all connections of a listener share. Outlives them: they are destroyed with the io_context.
struct Shared {
  ListenerOptions options;
  Listener::Serve serve;
  std::atomic<int> open_connections{0};
};

Outgoing plain_answer(int status, std::string_view text) {
  Outgoing answer;
  answer.status = status;
  answer.body = std::string(text) + "\n";
  answer.content_type = "text/plain; charset=utf-8";
  return answer;
}

Outgoing call(const Shared& shared, const Incoming& request) {
  try {
    return shared.serve(request);
  } catch (const std::exception& e) {
    log::error("a request ended in an exception", {{"path", request.path()}, {"exception", e.what()}});
  } catch (...) {
    log::error("a request ended in an unknown exception", {{"path", request.path()}});
  }
  return plain_answer(500, "internal error");
}

Incoming to_incoming(wire::request<wire::string_body>&& message, std::string peer) {
  Incoming request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message) {
    const std::string name(field.name_string());
    const std::string value(field.value());
    const auto [at, fresh] = request.headers.try_emplace(name, value);
    if (!fresh) at->second += ", " + value;
  }
  request.body = std::move(message.body());
  request.peer = std::move(peer);
  return request;
}

bool fits_in_a_header(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

wire::response<wire::string_body> to_message(Outgoing&& answer, unsigned version) {
  wire::response<wire::string_body> message;
  message.version(version);
  message.result(static_cast<unsigned>(answer.status));
  for (const auto& [name, value] : answer.headers) {
    // A line break would let a value write headers of its own.
    if (!name.empty() && fits_in_a_header(name) && fits_in_a_header(value)) message.insert(name, value);
  }
  const bool has_body = answer.status >= 200 && answer.status != 204 && answer.status != 304;
  if (has_body) {
    if (!answer.content_type.empty() && fits_in_a_header(answer.content_type)) {
      message.set(wire::field::content_type, answer.content_type);
    }
    message.body() = std::move(answer.body);
    message.content_length(message.body().size());
  }
  return message;
}

int status_of(const Failure& failure) {
  if (failure == wire::error::header_limit || failure == wire::error::buffer_overflow) return 431;
  if (failure == wire::error::body_limit) return 413;
  return 400;
}

template <class Stream>
class Connection : public std::enable_shared_from_this<Connection<Stream>> {
  static constexpr bool kTls = !std::is_same_v<Stream, beast::tcp_stream>;

 public:
  /// `context` is kept because an SSL stream does not own the one that it was made from.
  Connection(Shared& shared, Tcp::socket socket, std::shared_ptr<TlsContext> context)
      : shared_(shared),
        context_(std::move(context)),
        stream_(make(std::move(socket))),
        timer_(stream_.get_executor()) {
    Failure ignored;
    const Tcp::endpoint peer = tcp().socket().remote_endpoint(ignored);
    peer_ = peer.address().to_string(ignored) + ":" + std::to_string(peer.port());
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { --shared_.open_connections; }

  auto executor() { return stream_.get_executor(); }

  void start() {
    // The first request has the read time-out from the start: whoever connects and stays silent is not "idle".
    tcp().expires_after(shared_.options.read_timeout);
    if constexpr (kTls) {
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](const Failure& failure) {
                                if (!failure) self->read_header();
                              });
    } else {
      read_header();
    }
  }

 private:
  Stream make(Tcp::socket socket) {
    if constexpr (kTls) {
      return Stream(std::move(socket), *context_);
    } else {
      return Stream(std::move(socket));
    }
  }
  beast::tcp_stream& tcp() { return beast::get_lowest_layer(stream_); }

  /// Between requests: waits for the first byte of the next one.
  void await_next() {
    if (buffer_.size() > 0) {
      tcp().expires_after(shared_.options.read_timeout);
      return read_header();
    }
    tcp().expires_after(shared_.options.idle_timeout);
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = this->shared_from_this()](const Failure& failure, std::size_t bytes) {
                              if (failure) return self->close();
                              self->buffer_.commit(bytes);
                              self->tcp().expires_after(self->shared_.options.read_timeout);
                              self->read_header();
                            });
  }

  void read_header() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(shared_.options.max_header_bytes));
    parser_->body_limit(shared_.options.max_body_bytes);
    wire::async_read_header(stream_, buffer_, *parser_,
                            [self = this->shared_from_this()](const Failure& failure, std::size_t) {
                              if (failure) return self->refuse(failure);
                              self->invite_body();
                            });
  }

  /// Answers `Expect: 100-continue` (RFC 9110 section 10.1.1); curl sends it before large bodies.
  void invite_body() {
    if (!beast::iequals(parser_->get()[wire::field::expect], "100-continue")) return read_body();
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                      [self = this->shared_from_this()](const Failure& failure, std::size_t) {
                        if (failure) return self->close();
                        self->read_body();
                      });
  }

  void read_body() {
    wire::async_read(stream_, buffer_, *parser_,
                     [self = this->shared_from_this()](const Failure& failure, std::size_t) {
                       if (failure) return self->refuse(failure);
                       self->respond();
                     });
  }

  /// The request could not be read: says why if there is somebody to tell, and ends the connection.
  void refuse(const Failure& failure) {
    const bool malformed = failure.category() == wire::make_error_code(wire::error::bad_method).category() &&
                           failure != wire::error::end_of_stream && failure != wire::error::partial_message;
    if (!malformed) return close();
    const int status = status_of(failure);
    after_ = After::Close;
    write(to_message(plain_answer(status, failure.message()), 11));
  }

  void respond() {
    const unsigned version = parser_->get().version();
    after_ = parser_->get().keep_alive() ? After::KeepAlive : After::Close;
    head_ = parser_->get().method() == wire::verb::head;
    Outgoing answer = call(shared_, to_incoming(parser_->release(), peer_));
    const auto delay = answer.delay;
    auto finish = [self = this->shared_from_this(), answer = std::move(answer), version]() mutable {
      if (answer.drop_connection) return self->close();
      self->write(to_message(std::move(answer), version));
    };
    if (delay.count() <= 0) return finish();
    tcp().expires_never();
    timer_.expires_after(delay);
    timer_.async_wait([finish = std::move(finish)](const Failure& failure) mutable {
      if (!failure) finish();
    });
  }

  void write(wire::response<wire::string_body>&& message) {
    message.keep_alive(after_ == After::KeepAlive);
    message_ = std::move(message);
    // Slow readers get as long as slow writers.
    tcp().expires_after(shared_.options.read_timeout);
    const auto done = [self = this->shared_from_this()](const Failure& failure, std::size_t) {
      if (failure) return self->close();
      if (self->after_ == After::Close) return self->say_goodbye();
      self->await_next();
    };
    serializer_.emplace(message_);
    if (head_) {
      wire::async_write_header(stream_, *serializer_, done);
    } else {
      wire::async_write(stream_, *serializer_, done);
    }
  }

  void say_goodbye() {
    tcp().expires_after(kLinger);
    if constexpr (kTls) {
      stream_.async_shutdown([self = this->shared_from_this()](const Failure&) { self->close(); });
    } else {
      Failure ignored;
      tcp().socket().shutdown(Tcp::socket::shutdown_send, ignored);
      drain();
    }
  }

  void drain() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(65536),
                            [self = this->shared_from_this()](const Failure& failure, std::size_t) {
                              if (failure) return self->close();
                              self->drain();  // the clock set by say_goodbye() goes on
                            });
  }

  void close() {
    Failure ignored;
    tcp().socket().shutdown(Tcp::socket::shutdown_both, ignored);
    tcp().close();
  }

  enum class After { KeepAlive, Close };

  Shared& shared_;
  std::shared_ptr<TlsContext> context_;
  Stream stream_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  std::optional<wire::request_parser<wire::string_body>> parser_;
  wire::response<wire::string_body> message_;
  std::optional<wire::response_serializer<wire::string_body>> serializer_;
  std::string peer_;
  After after_ = After::KeepAlive;
  bool head_ = false;
};

class BeastListener final : public Listener {
 public:
  BeastListener(ListenerOptions options, Serve serve)
      : shared_{std::move(options), std::move(serve), {}},
        certificate_(shared_.options.tls_cert_file, shared_.options.tls_key_file) {}

  ~BeastListener() override {
    io_.stop();
    threads_.clear();  // joins; what is still open is closed as the io_context destroys it
  }
  BeastListener(const BeastListener&) = delete;
  BeastListener& operator=(const BeastListener&) = delete;

  Result<void> open() {
    const ListenerOptions& options = shared_.options;
    if (options.tls_cert_file.empty() != options.tls_key_file.empty()) {
      return Error{Code::InvalidSpec, "a listener needs both certificate and key, or neither", {}, {}};
    }
    if (tls()) TRY(certificate_.refresh());
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
    accept();
    for (int i = 0; i < std::max(1, options.threads); ++i) threads_.emplace_back([this] { io_.run(); });
    return {};
  }

  int port() const override { return port_; }

 private:
  [[nodiscard]] bool tls() const { return !shared_.options.tls_cert_file.empty(); }
  [[nodiscard]] std::string place() const {
    return shared_.options.address + ":" + std::to_string(shared_.options.port);
  }

  void accept() {
    acceptor_.async_accept(asio::make_strand(io_), [this](const Failure& failure, Tcp::socket socket) {
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

  void welcome(Tcp::socket socket) {
    if (shared_.open_connections >= shared_.options.max_connections) return;  // closed as `socket` goes
    ++shared_.open_connections;
    Failure ignored;
    socket.set_option(Tcp::no_delay(true), ignored);
    if (!tls()) return run(std::make_shared<Connection<beast::tcp_stream>>(shared_, std::move(socket), nullptr));
    if (const Result<void> fresh = certificate_.refresh(); !fresh) {
      log::error("the certificate changed and cannot be used; the former one stays", {{"error", fresh.error().text()}});
    }
    run(std::make_shared<Connection<beast::ssl_stream<beast::tcp_stream>>>(shared_, std::move(socket),
                                                                           certificate_.context()));
  }

  template <class C>
  void run(std::shared_ptr<C> connection) {
    asio::dispatch(connection->executor(), [connection] { connection->start(); });
  }

  // Connections live in handlers that the io_context owns, so it is destroyed before what they refer to.
  Shared shared_;
  ServerCertificate certificate_;
  asio::io_context io_;
  Tcp::acceptor acceptor_{io_};
  asio::steady_timer pause_{io_};
  int port_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace

Result<std::unique_ptr<Listener>> listen(ListenerOptions options, Listener::Serve serve) {
  return guard(Code::Unavailable, "listen", [&]() -> Result<std::unique_ptr<Listener>> {
    auto listener = std::make_unique<BeastListener>(std::move(options), std::move(serve));
    TRY(listener->open());
    return std::unique_ptr<Listener>(std::move(listener));
  });
}

}  // namespace sallyport::http
