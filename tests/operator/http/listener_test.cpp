// SPDX-License-Identifier: Apache-2.0
#include "operator/http/listener.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>

#include "tests/testing/raw_server.hpp"

namespace sallyport::http {
namespace {

using namespace std::chrono_literals;
using testing::RawSocket;

Outgoing echo(const Incoming& request) {
  return Outgoing{.body = request.method + " " + request.target + " " + request.body, .content_type = "text/plain"};
}

std::unique_ptr<Listener> start(Listener::Serve serve, const std::function<void(ListenerOptions&)>& change = {}) {
  ListenerOptions options;
  if (change) change(options);
  Result<std::unique_ptr<Listener>> listener = listen(options, std::move(serve));
  EXPECT_TRUE(listener) << listener.error().text();
  return std::move(*listener);
}

std::string ask(int port, std::string_view request) {
  RawSocket client = RawSocket::connect(port);
  client.send(request);
  return client.read_to_end();
}

TEST(Listener, HandsOnMethodTargetHeadersAndBody) {
  Incoming seen;
  const auto listener = start([&](const Incoming& request) {
    seen = request;
    return echo(request);
  });

  const std::string answer = ask(listener->port(),
                                 "POST /a%20b?x=1 HTTP/1.1\r\nHost: h\r\nX-Two: one\r\nx-two: two\r\n"
                                 "Content-Length: 4\r\nConnection: close\r\n\r\nbody");

  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nPOST /a%20b?x=1 body")) << answer;
  EXPECT_EQ(seen.header("X-TWO"), "one, two");
  EXPECT_TRUE(seen.peer.starts_with("127.0.0.1:")) << seen.peer;
}

TEST(Listener, ReadsAChunkedBody) {
  const auto listener = start(echo);

  const std::string answer = ask(listener->port(),
                                 "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                                 "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");

  EXPECT_TRUE(answer.ends_with("POST / abcde")) << answer;
}

TEST(Listener, KeepsAConnectionForTheNextRequest) {
  const auto listener = start(echo);
  RawSocket client = RawSocket::connect(listener->port());

  client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(client.read_until("GET /1 "), "");
  client.send("GET /2 HTTP/1.1\r\nHost: h\r\n\r\nGET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

  const std::string rest = client.read_to_end();
  EXPECT_NE(rest.find("GET /2 "), std::string::npos) << rest;
  EXPECT_TRUE(rest.ends_with("GET /3 ")) << rest;
}

TEST(Listener, AnswersHeadWithoutABody) {
  const auto listener = start(echo);

  const std::string answer = ask(listener->port(), "HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

  EXPECT_NE(answer.find("Content-Length: 7\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST(Listener, InvitesABodyThatWasAnnounced) {
  const auto listener = start(echo);
  RawSocket client = RawSocket::connect(listener->port());

  client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hi");

  EXPECT_TRUE(client.read_to_end().ends_with("PUT / hi"));
}

TEST(Listener, RefusesAHeaderThatIsTooLarge) {
  const auto listener = start(echo);

  const std::string answer = ask(listener->port(), "GET / HTTP/1.1\r\nX: " + std::string(20000, 'x') + "\r\n\r\n");

  EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 ")) << answer;
}

TEST(Listener, RefusesABodyThatIsTooLargeBeforeReadingIt) {
  const auto listener = start(echo, [](ListenerOptions& options) { options.max_body_bytes = 1000; });

  const std::string answer = ask(listener->port(), "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n");

  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
}

TEST(Listener, RefusesAChunkedBodyThatGrowsTooLarge) {
  const auto listener = start(echo, [](ListenerOptions& options) { options.max_body_bytes = 1000; });
  const std::string chunk = "200\r\n" + std::string(0x200, 'x') + "\r\n";

  const std::string answer =
      ask(listener->port(), "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + chunk + chunk);

  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
}

TEST(Listener, RefusesWhatIsNotHttp) {
  const auto listener = start(echo);

  EXPECT_TRUE(ask(listener->port(), "EHLO example.com\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

TEST(Listener, ClosesAClientThatNeverFinishesItsRequest) {
  const auto listener = start(echo, [](ListenerOptions& options) { options.read_timeout = 100ms; });
  RawSocket client = RawSocket::connect(listener->port());
  std::jthread drip([&](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any tick;
    std::unique_lock lock(mutex);
    // A byte now and then keeps every per-read time-out alive; the one for the whole request has to end this.
    while (!tick.wait_for(lock, stop, 10ms, [&] { return stop.stop_requested(); }) && client.send("x")) {
    }
  });

  EXPECT_TRUE(client.closed_by_peer());
}

TEST(Listener, ClosesAnIdleConnection) {
  const auto listener = start(echo, [](ListenerOptions& options) { options.idle_timeout = 50ms; });
  RawSocket client = RawSocket::connect(listener->port());

  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(client.read_until("GET / "), "");

  EXPECT_TRUE(client.closed_by_peer());
}

TEST(Listener, TurnsAwayConnectionsBeyondItsLimitAndTakesNewOnesLater) {
  const auto listener = start(echo, [](ListenerOptions& options) { options.max_connections = 2; });
  const auto talk = [](RawSocket& client) {
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    return client.read_until("GET / ").starts_with("HTTP/1.1 200");
  };
  RawSocket first = RawSocket::connect(listener->port()), second = RawSocket::connect(listener->port());
  ASSERT_TRUE(talk(first));
  ASSERT_TRUE(talk(second));

  RawSocket third = RawSocket::connect(listener->port());
  EXPECT_TRUE(third.closed_by_peer());
  first.close();
  bool served = false;
  for (int attempt = 0; attempt < 1000 && !served; ++attempt) {
    RawSocket fourth = RawSocket::connect(listener->port());
    served = talk(fourth);
  }
  EXPECT_TRUE(served);
}

TEST(Listener, TurnsAnExceptionIntoA500WithoutItsText) {
  const auto listener = start([](const Incoming&) -> Outgoing { throw std::runtime_error("secret detail"); });

  const std::string answer = ask(listener->port(), "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 ")) << answer;
  EXPECT_EQ(answer.find("secret"), std::string::npos);
}

TEST(Listener, DropsAConnectionWhenToldTo) {
  const auto listener = start([](const Incoming&) { return Outgoing{.drop_connection = true}; });

  EXPECT_EQ(ask(listener->port(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), "");
}

TEST(Listener, DelaysAnAnswerWithoutBlockingAThread) {
  const auto listener = start(
      [](const Incoming& request) {
        Outgoing answer = echo(request);
        if (request.path() == "/slow") answer.delay = 30s;
        return answer;
      },
      [](ListenerOptions& options) { options.threads = 1; });
  std::vector<RawSocket> waiting;
  for (int i = 0; i < 5; ++i) {
    waiting.push_back(RawSocket::connect(listener->port()));
    waiting.back().send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  }

  const std::string answer = ask(listener->port(), "GET /fast HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

  EXPECT_TRUE(answer.ends_with("GET /fast ")) << answer;
}

TEST(Listener, LetsNoHeaderValueWriteHeadersOfItsOwn) {
  const auto listener = start([](const Incoming&) {
    return Outgoing{.headers = {{"X-Bad", "a\r\nX-Forged: yes"}, {"X-Good", "b"}}};
  });

  const std::string answer = ask(listener->port(), "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

  EXPECT_EQ(answer.find("Forged"), std::string::npos) << answer;
  EXPECT_NE(answer.find("X-Good: b"), std::string::npos) << answer;
}

TEST(Listener, EndsPromptlyWithConnectionsOpen) {
  auto listener = start(echo);
  RawSocket silent = RawSocket::connect(listener->port()), halfway = RawSocket::connect(listener->port()),
            idle = RawSocket::connect(listener->port());
  halfway.send("GET / HT");
  idle.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(idle.read_until("GET / "), "");

  const auto begin = std::chrono::steady_clock::now();
  listener.reset();

  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  EXPECT_TRUE(silent.closed_by_peer());
  EXPECT_TRUE(halfway.closed_by_peer());
  EXPECT_TRUE(idle.closed_by_peer());
}

TEST(Listener, SaysThatAnAddressIsTaken) {
  const auto listener = start(echo);
  ListenerOptions options;
  options.port = listener->port();

  const Result<std::unique_ptr<Listener>> second = listen(options, echo);

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::Unavailable);
  EXPECT_EQ(second.error().where, "127.0.0.1:" + std::to_string(options.port));
}

TEST(Listener, RefusesABadAddressAndABadCertificate) {
  ListenerOptions options;
  options.address = "not-an-address";
  EXPECT_EQ(listen(options, echo).error().code, Code::InvalidSpec);
  options = {};
  options.tls_cert_file = options.tls_key_file = "/nonexistent/tls.pem";
  EXPECT_EQ(listen(options, echo).error().code, Code::InvalidSpec);
  options.tls_key_file.clear();
  EXPECT_EQ(listen(options, echo).error().code, Code::InvalidSpec);
}

}  // namespace
}  // namespace sallyport::http
