// SPDX-License-Identifier: Apache-2.0
// The fence around cpprestsdk: the one file that knows it, and that no task or exception of it leaves. What is done
// against its habits is said where it is done; limits of time and size are kept by Call.
#define _TURN_OFF_PLATFORM_STRING  // its macro U breaks fmt and everybody's template parameters
#include <cpprest/http_client.h>
#include <cpprest/producerconsumerstream.h>
#include <openssl/ssl.h>
#include <pplx/threadpool.h>

#include <boost/asio/ssl.hpp>
#include <csignal>

#include "operator/base/text.hpp"
#include "operator/http/folder_client.hpp"
#include "operator/http/name_lookup.hpp"
#include "operator/http/pooled_client.hpp"
#include "operator/http/socket_watch.hpp"
#include "operator/http/tls_peer.hpp"

namespace sallyport::http {
namespace {

using Tcp = boost::asio::ip::tcp;
using TlsStream = boost::asio::ssl::stream<Tcp::socket&>;
namespace streams = concurrency::streams;

/// How long a client that is destroyed waits for abandoned requests to end.
constexpr std::chrono::seconds kFarewell{2};
/// The library's own time-out restarts with every step and closes quiet watches: out of the way.
constexpr std::chrono::hours kNoTimeout{24 * 365};

struct StaleConnection : std::runtime_error {
  StaleConnection() : std::runtime_error("the pooled connection is dead") {}
};

/// Writes the body into the exchange. A write is done when there is room for more: that is all the backpressure that
/// the library knows (its own buffers grow without end).
class BodySink final : public streams::details::streambuf_state_manager<std::uint8_t> {
 public:
  explicit BodySink(std::shared_ptr<Exchange> exchange)
      : streambuf_state_manager(std::ios_base::out), exchange_(std::move(exchange)) {}

  bool can_seek() const override { return false; }
  bool has_size() const override { return false; }
  std::size_t buffer_size(std::ios_base::openmode) const override { return 0; }
  void set_buffer_size(std::size_t, std::ios_base::openmode) override {}
  std::size_t in_avail() const override { return 0; }
  pos_type getpos(std::ios_base::openmode) const override { return nowhere(); }
  pos_type seekpos(pos_type, std::ios_base::openmode) override { return nowhere(); }
  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override { return nowhere(); }
  bool acquire(std::uint8_t*&, std::size_t&) override { return false; }
  void release(std::uint8_t*, std::size_t) override {}
  /// A write that fails is followed by this, and the library waits for it on one of its own threads: the base class'
  /// task would need another of them, and with as many failed writes at once as there are threads all would wait for
  /// ever.
  pplx::task<void> close(std::ios_base::openmode mode) override {
    if ((mode & std::ios_base::out) != 0) m_stream_can_write = false;
    return pplx::task_from_result();
  }

 protected:
  pplx::task<std::size_t> _putn(const std::uint8_t* bytes, std::size_t count) override {
    // A chunk of "-2" bytes comes as a count near 2^64.
    if (count > static_cast<std::size_t>(PTRDIFF_MAX)) return refusal();
    pplx::task_completion_event<std::size_t> done;
    const auto resume = [done, count](bool go_on) {
      if (go_on) {
        done.set(count);
      } else {
        done.set_exception(std::runtime_error("the caller is gone"));
      }
    };
    switch (exchange_->add({reinterpret_cast<const char*>(bytes), count}, resume)) {
      case Exchange::Room::Enough:
        return pplx::task_from_result(count);
      case Exchange::Room::Full:
        return pplx::create_task(done);
      case Exchange::Room::Refused:
        break;
    }
    return refusal();
  }
  pplx::task<int_type> _putc(std::uint8_t c) override {
    return _putn(&c, 1).then([c](std::size_t) { return static_cast<int_type>(c); });
  }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }
  std::uint8_t* _alloc(std::size_t) override { return nullptr; }
  void _commit(std::size_t) override {}
  // Nothing is read from here.
  pplx::task<int_type> _bumpc() override { return pplx::task_from_result(traits::eof()); }
  int_type _sbumpc() override { return traits::eof(); }
  pplx::task<int_type> _getc() override { return pplx::task_from_result(traits::eof()); }
  int_type _sgetc() override { return traits::eof(); }
  pplx::task<int_type> _nextc() override { return pplx::task_from_result(traits::eof()); }
  pplx::task<int_type> _ungetc() override { return pplx::task_from_result(traits::eof()); }
  pplx::task<std::size_t> _getn(std::uint8_t*, std::size_t) override { return pplx::task_from_result<std::size_t>(0); }
  std::size_t _scopy(std::uint8_t*, std::size_t) override { return 0; }

 private:
  static pos_type nowhere() { return static_cast<pos_type>(traits::eof()); }
  static pplx::task<std::size_t> refusal() {
    return pplx::task_from_exception<std::size_t>(std::runtime_error("the caller is gone"));
  }

  std::shared_ptr<Exchange> exchange_;
};

/// The requests that the library still holds something of.
class Census {
 public:
  void enter() {
    const std::lock_guard lock(mutex_);
    ++alive_;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    --alive_;
    changed_.notify_all();
  }
  void await_none(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return alive_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int alive_ = 0;
};

/// The present connection of a lane, as the library's callbacks see it. Kept alive by them.
class Wire {
 public:
  Wire(std::shared_ptr<const TlsOptions> options, const std::string& host) : tls_(std::move(options), host) {}
  TlsPeer& tls() { return tls_; }

  /// Called before each use of a connection, new or pooled.
  void attach_plain(void* handle) { attach(*static_cast<Tcp::socket*>(handle)); }
  void attach_tls(void* handle) {
    auto& stream = *static_cast<TlsStream*>(handle);
    if (SSL_is_init_finished(stream.native_handle()) == 0) tls_.introduce(stream.native_handle());
    attach(stream.next_layer());
  }
  /// Called when the request's header is on its way: by now there is a connection.
  void watch() {
    const std::lock_guard lock(mutex_);
    if (!watched_ && socket_ != nullptr) watch_ = SocketWatch(socket_->native_handle());
    watched_ = true;
  }
  [[nodiscard]] std::uint64_t bytes_received() const {
    const std::lock_guard lock(mutex_);
    return watch_.bytes_received();
  }
  [[nodiscard]] bool reused() const {
    const std::lock_guard lock(mutex_);
    return reused_;
  }

 private:
  void attach(Tcp::socket& socket) {
    const std::lock_guard lock(mutex_);
    socket_ = &socket;
    watch_ = SocketWatch();
    watched_ = false;
    reused_ = socket.is_open();
    // Else the library would find out only after writing, and then send again without a word.
    if (reused_ && !is_quiet(socket.native_handle())) throw StaleConnection();
  }

  TlsPeer tls_;
  mutable std::mutex mutex_;
  Tcp::socket* socket_ = nullptr;  ///< owned by the request under way, and only touched from within it
  SocketWatch watch_;
  bool watched_ = false;
  bool reused_ = false;
};

Exchange::Failure describe(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const StaleConnection& e) {
    return {.text = e.what(), .stale = true};
  } catch (const web::http::http_exception& e) {
    return {.text = e.what(), .number = e.error_code().value()};
  } catch (const std::exception& e) {
    return {.text = e.what()};
  } catch (...) {
    return {.text = "unknown exception"};
  }
}

struct Destination {
  Url url;  ///< `target` is the prefix of every request's target, without a slash at its end
  std::shared_ptr<const TlsOptions> tls;
  std::string user_agent;
};

class CpprestLane final : public Lane {
 public:
  CpprestLane(const Destination& to, const std::string& address, std::shared_ptr<Census> census)
      : to_(to),
        census_(std::move(census)),
        wire_(std::make_shared<Wire>(to.tls, to.url.host)),
        client_(base_of(to.url, address), config()) {}

  void start(const Request& request, std::shared_ptr<Exchange> exchange) override {
    try {
      canceller_ = pplx::cancellation_token_source();
      observe(client_.request(to_message(request, exchange), canceller_.get_token()), exchange);
    } catch (...) {
      exchange->mark_finished(describe(std::current_exception()));
    }
  }
  void cancel() override { canceller_.cancel(); }
  std::uint64_t bytes_received() const override { return wire_->bytes_received(); }
  bool reused() const override { return wire_->reused(); }
  std::string tls_refusal() const override { return wire_->tls().refusal(); }

 private:
  /// The URL with an address for its host: names are resolved by NameLookup. Put together from parts, because the
  /// library's parser keeps the brackets of an IPv6 address and then looks it up with them.
  static web::uri base_of(const Url& url, const std::string& address) {
    web::uri_builder builder;
    builder.set_scheme(url.scheme).set_host(address).set_port(url.port);
    return builder.to_uri();
  }

  web::http::client::http_client_config config() const {
    web::http::client::http_client_config config;
    config.set_timeout(kNoTimeout);
    config.set_max_redirects(0);           // it would send every header, Authorization too, to any host
    config.set_tlsext_sni_enabled(false);  // TlsPeer does, with the name and not the address
    if (to_.url.scheme == "https") {
      config.set_ssl_context_callback([wire = wire_](boost::asio::ssl::context& context) {
        if (const Result<void> ready = wire->tls().equip(context.native_handle()); !ready) {
          throw std::runtime_error("TLS: " + ready.error().message);
        }
      });
      config.set_nativehandle_options([wire = wire_](void* handle) { wire->attach_tls(handle); });
    } else {
      config.set_nativehandle_options([wire = wire_](void* handle) { wire->attach_plain(handle); });
    }
    return config;
  }

  /// Of unsigned bytes, because the library reads a stream of chars through a pointer to another class. It sends a
  /// request once more on a fresh connection if it can go back to the beginning of its body.
  static streams::istream body_of(const Request& request) {
    std::vector<std::uint8_t> bytes(request.body.begin(), request.body.end());
    if (request.delivery == Delivery::Repeatable) return streams::bytestream::open_istream(std::move(bytes));
    streams::producer_consumer_buffer<std::uint8_t> no_way_back;
    no_way_back.putn_nocopy(bytes.data(), bytes.size()).get();  // done at once: it copies
    static_cast<void>(no_way_back.close(std::ios_base::out));   // likewise; its task only says so
    return no_way_back.create_istream();
  }

  web::http::http_request to_message(const Request& request, const std::shared_ptr<Exchange>& exchange) const {
    web::http::http_request message(request.method);
    message.set_request_uri(web::uri(to_.url.target + request.target));
    const auto type = request.headers.find("Content-Type");
    if (!request.body.empty()) {
      message.set_body(body_of(request), request.body.size(),
                       type == request.headers.end() ? "application/octet-stream" : type->second);
    } else if (type != request.headers.end()) {
      message.headers().add("Content-Type", type->second);
    }
    for (const auto& [name, value] : request.headers) {
      if (to_lower(name) != "content-type") message.headers().add(name, value);
    }
    message.headers()["Host"] = to_.url.origin().substr(to_.url.scheme.size() + 3);
    if (!message.headers().has("User-Agent")) message.headers().add("User-Agent", to_.user_agent);
    if (!message.headers().has("Accept-Encoding")) message.headers().add("Accept-Encoding", "identity");
    if (request.authorization) message.headers().add("Authorization", request.authorization->reveal());
    if (goes_alone(request)) message.headers().add("Connection", "close");
    message.set_response_stream(
        streams::ostream(streams::streambuf<std::uint8_t>(std::make_shared<BodySink>(exchange))));

    // Goes with the library's last reference to the request, which is after its connection went back to the pool.
    census_->enter();
    const std::shared_ptr<void> held(nullptr, [exchange, census = census_](void*) {
      exchange->mark_released();
      census->leave();
    });
    message.set_progress_handler([held, exchange, wire = wire_](web::http::message_direction::direction way, auto) {
      if (way != web::http::message_direction::upload) return;
      wire->watch();
      exchange->mark_sent();
    });
    return message;
  }

  /// Every branch ends in a task that looks at its exception: one that nobody looked at ends the program.
  static void observe(const pplx::task<web::http::http_response>& answer, const std::shared_ptr<Exchange>& exchange) {
    answer
        .then([exchange](const web::http::http_response& head) {
          Headers headers;
          for (const auto& [name, value] : head.headers()) headers[name] = value;
          exchange->mark_answered(head.status_code(), std::move(headers));
          return head.content_ready();
        })
        .then([exchange](const pplx::task<web::http::http_response>& whole) {
          try {
            whole.get();  // done already: a continuation never waits
            exchange->mark_finished(std::nullopt);
          } catch (...) {
            exchange->mark_finished(describe(std::current_exception()));
          }
        });
  }

  const Destination& to_;
  std::shared_ptr<Census> census_;
  std::shared_ptr<Wire> wire_;
  web::http::client::http_client client_;
  pplx::cancellation_token_source canceller_;
};

class CpprestLanes final : public LaneSource {
 public:
  explicit CpprestLanes(Destination to) : to_(std::move(to)) {}
  ~CpprestLanes() override { census_->await_none(kFarewell); }
  CpprestLanes(const CpprestLanes&) = delete;
  CpprestLanes& operator=(const CpprestLanes&) = delete;

  std::unique_ptr<Lane> open(const std::string& address) override {
    return std::make_unique<CpprestLane>(to_, address, census_);
  }

 private:
  const Destination to_;
  std::shared_ptr<Census> census_ = std::make_shared<Census>();
};

}  // namespace

Result<std::unique_ptr<Client>> make_client(ClientOptions options) {
  if (options.base_url.starts_with(kFolderScheme)) return make_folder_client(options);
  Destination to{TRY(parse_url(options.base_url)), std::make_shared<TlsOptions>(options.tls), options.user_agent};
  if (to.url.target.find('?') != std::string::npos) {
    return Error{Code::InvalidSpec, "a base URL cannot have a query", to.url.without_query(), {}};
  }
  while (to.url.target.ends_with('/')) to.url.target.pop_back();
  if (const Result<void> usable = check_tls(*to.tls); !usable) return usable.error();
  start_library();
  return guard(Code::Internal, "make HTTP client", [&]() -> std::unique_ptr<Client> {
    const Url base = to.url;
    auto names = std::make_unique<NameLookup>(base.host);
    auto lanes = std::make_unique<CpprestLanes>(std::move(to));
    return std::make_unique<PooledClient>(std::move(options), base, std::move(names), std::move(lanes));
  });
}

void start_library(int threads) {
  static std::once_flag once;  // the pool is the library's own process-wide state
  std::call_once(once, [threads] {
    // OpenSSL's clean-up at exit would run before the pool's, which still holds TLS streams: a crash on the way out.
    OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    static_cast<void>(system_authorities());
    crossplat::threadpool::initialize_with_threads(static_cast<std::size_t>(std::max(1, threads)));
  });
}

}  // namespace sallyport::http
