// SPDX-License-Identifier: Apache-2.0
// One connection of the listener, over TCP, TLS or a Unix socket: a chain of asynchronous steps on its own strand, so a
// slow client costs memory for one request, never a thread. For listener.cpp.
#pragma once

#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "operator/base/log.hpp"
#include "operator/http/beast_message.hpp"
#include "operator/http/listener.hpp"
#include "operator/http/peer_certificate.hpp"
#include "operator/http/server_identity.hpp"

namespace sallyport::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using TlsContext = asio::ssl::context;
using Failure = beast::error_code;

/// After an answer that ends the connection, the client's remaining bytes are read and thrown away for this long: a
/// close with unread bytes resets the connection, and the client would lose the answer that tells it why.
inline constexpr std::chrono::seconds kLinger{2};

/// What all connections of a listener share. Outlives them: they are destroyed with the io_context.
struct Shared {
  ListenerOptions options;
  Listener::ServeLater serve;
  std::atomic<int> open_connections{0};
};

template <class Stream>
class Connection : public std::enable_shared_from_this<Connection<Stream>> {
  static constexpr bool kTls = !std::is_same_v<Stream, beast::lowest_layer_type<Stream>>;
  using Lowest = beast::lowest_layer_type<Stream>;
  using Socket = typename Lowest::socket_type;

 public:
  /// `context` is kept because an SSL stream does not own the one that it was made from.
  Connection(Shared& shared, Socket socket, std::string peer, std::shared_ptr<TlsContext> context)
      : shared_(shared),
        context_(std::move(context)),
        stream_(make(std::move(socket))),
        timer_(stream_.get_executor()),
        peer_(std::move(peer)) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { --shared_.open_connections; }

  auto executor() { return stream_.get_executor(); }

  void start() {
    // The first request has the read time-out from the start: whoever connects and stays silent is not "idle".
    lowest().expires_after(shared_.options.read_timeout);
    if constexpr (kTls) {
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](const Failure& failure) {
                                if (failure) return;
                                if (self->shared_.options.identity)
                                  self->certificate_ = peer_certificate(self->stream_.native_handle());
                                self->read_header();
                              });
    } else {
      read_header();
    }
  }

 private:
  Stream make(Socket socket) {
    if constexpr (kTls) {
      return Stream(std::move(socket), *context_);
    } else {
      return Stream(std::move(socket));
    }
  }
  Lowest& lowest() { return beast::get_lowest_layer(stream_); }

  /// Between requests: waits for the first byte of the next one.
  void await_next() {
    if (buffer_.size() > 0) {
      lowest().expires_after(shared_.options.read_timeout);
      return read_header();
    }
    lowest().expires_after(shared_.options.idle_timeout);
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = this->shared_from_this()](const Failure& failure, std::size_t bytes) {
                              if (failure) return self->close();
                              self->buffer_.commit(bytes);
                              self->lowest().expires_after(self->shared_.options.read_timeout);
                              self->read_header();
                            });
  }

  void read_header() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(shared_.options.max_header_bytes));
    const bool anonymous = shared_.options.identity && !certificate_;
    parser_->body_limit(anonymous ? shared_.options.max_anonymous_body_bytes : shared_.options.max_body_bytes);
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

  /// What the server showed, and whom it believed, when this connection was made is not what holds now.
  [[nodiscard]] bool outdated() const {
    return shared_.options.identity && shared_.options.identity->context() != context_;
  }

  void respond() {
    if (outdated()) return close();
    const unsigned version = parser_->get().version();
    after_ = parser_->get().keep_alive() ? After::KeepAlive : After::Close;
    head_ = parser_->get().method() == wire::verb::head;
    lowest().expires_never();
    // Whoever answers may do so from another thread; the connection goes on with it on its own strand.
    auto answered = [self = this->shared_from_this(), version](Outgoing answer) {
      asio::dispatch(self->executor(), [self, version, answer = std::move(answer)]() mutable {
        self->answer(std::move(answer), version);
      });
    };
    Incoming request = to_incoming(parser_->release(), peer_);
    request.certificate = certificate_;
    try {
      return shared_.serve(request, answered);
    } catch (const std::exception& e) {
      log::error("a request ended in an exception", {{"path", request.path()}, {"exception", e.what()}});
    } catch (...) {
      log::error("a request ended in an unknown exception", {{"path", request.path()}});
    }
    answered(plain_answer(500, "internal error"));
  }

  void answer(Outgoing&& answer, unsigned version) {
    if (answer.drop_connection) return close();
    if (answer.ends_connection) after_ = After::Close;
    if (answer.delay.count() <= 0) return write(to_message(std::move(answer), version));
    timer_.expires_after(answer.delay);
    timer_.async_wait(
        [self = this->shared_from_this(), answer = std::move(answer), version](const Failure& failure) mutable {
          if (!failure) self->write(to_message(std::move(answer), version));
        });
  }

  void write(BeastResponse&& message) {
    message.keep_alive(after_ == After::KeepAlive);
    message_ = std::move(message);
    // Slow readers get as long as slow writers.
    lowest().expires_after(shared_.options.read_timeout);
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
    lowest().expires_after(kLinger);
    if constexpr (kTls) {
      stream_.async_shutdown([self = this->shared_from_this()](const Failure&) { self->close(); });
    } else {
      Failure ignored;
      lowest().socket().shutdown(asio::socket_base::shutdown_send, ignored);
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
    lowest().socket().shutdown(asio::socket_base::shutdown_both, ignored);
    lowest().close();
  }

  enum class After { KeepAlive, Close };

  Shared& shared_;
  std::shared_ptr<TlsContext> context_;
  Stream stream_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  std::optional<wire::request_parser<wire::string_body>> parser_;
  BeastResponse message_;
  std::optional<wire::response_serializer<wire::string_body>> serializer_;
  std::string peer_;
  std::optional<PeerCertificate> certificate_;
  After after_ = After::KeepAlive;
  bool head_ = false;
};

}  // namespace sallyport::http
