// SPDX-License-Identifier: Apache-2.0
// What goes over the wire: cpprestsdk's habits with redirects, dead connections and headers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "operator/http/client.hpp"
#include "operator/http/listener.hpp"
#include "tests/testing/raw_server.hpp"
#include "tests/testing/test_certificates.hpp"

namespace sallyport::http {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::raw_answer;
using testing::RawServer;
using testing::RawSocket;
using ::testing::StartsWith;

constexpr std::chrono::seconds kLong{20};

std::unique_ptr<Client> client_for(const std::string& base_url) {
  ClientOptions options;
  options.base_url = base_url;
  Result<std::unique_ptr<Client>> client = make_client(options);
  EXPECT_TRUE(client) << client.error().text();
  return std::move(*client);
}

/// Answers every request of every connection with the same bytes and records them all.
RawServer::Script always(RawServer*& server, std::string answer) {
  return [&server, answer = std::move(answer)](RawSocket& socket, int) {
    for (std::string request; !(request = socket.read_request()).empty();) {
      server->record(request);
      if (!socket.send(answer)) return;
    }
  };
}

/// A server whose script may refer to it.
struct Recording {
  explicit Recording(std::string answer) : server(always(self, std::move(answer))) { self = &server; }
  RawServer* self = nullptr;
  RawServer server;
};

TEST(CpprestClient, SendsTheRequestAsItWasWritten) {
  Recording recording(raw_answer(201, "done", "X-Answer: yes\r\n"));
  const auto client = client_for(recording.server.url() + "/base/");
  Request request;
  request.method = "PATCH";
  request.target = "/a%2Fb//c/?x=1&y=%20:";
  request.headers = {{"Content-Type", "application/json-patch+json"}, {"X-Custom", "v"}};
  request.body = "[]";
  request.authorization = Secret("Bearer abc");

  const Result<Response> response = client->send(request, kLong, {});

  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->body, "done");
  EXPECT_EQ(response->header("x-answer"), "yes");
  const std::string sent = recording.server.requests().at(0);
  EXPECT_THAT(sent, StartsWith("PATCH /base/a%2Fb//c/?x=1&y=%20: HTTP/1.1\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nHost:127.0.0.1:" + std::to_string(recording.server.port()) + "\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nAuthorization:Bearer abc\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nContent-Type:application/json-patch+json\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nContent-Length:2\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nX-Custom:v\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nUser-Agent:sallyport/"));
  EXPECT_THAT(sent, ::testing::EndsWith("\r\n\r\n[]"));
}

TEST(CpprestClient, HandsBackEveryStatusAsAnAnswer) {
  for (const int status : {200, 204, 304, 400, 401, 404, 409, 429, 500, 503}) {
    const bool bodiless = status == 204 || status == 304;
    Recording recording(bodiless ? "HTTP/1.1 " + std::to_string(status) + " X\r\n\r\n" : raw_answer(status, "text"));

    const Result<Response> response = client_for(recording.server.url())->send({.target = "/"}, kLong, {});

    ASSERT_TRUE(response) << response.error().text();
    EXPECT_EQ(response->status, status);
    EXPECT_EQ(response->body, bodiless ? "" : "text");
  }
}

TEST(CpprestClient, AnswersHeadWithoutWaitingForABody) {
  Recording recording("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");

  const Result<Response> response =
      client_for(recording.server.url())->send({.method = "HEAD", .target = "/"}, kLong, {});

  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(response->header("content-length"), "1000");
}

TEST(CpprestClient, DoesNotFollowARedirectNorCarryTheAuthorizationThere) {
  Recording elsewhere(raw_answer(200, "trap"));
  for (const int status : {301, 302, 303, 307, 308}) {
    Recording recording(raw_answer(status, "", "Location: " + elsewhere.server.url() + "/trap\r\n"));
    const auto client = client_for(recording.server.url());
    for (const char* method : {"GET", "POST"}) {
      Request request{.method = method, .target = "/"};
      request.authorization = Secret("Bearer abc");

      const Result<Response> response = client->send(request, kLong, {});

      ASSERT_TRUE(response) << response.error().text();
      EXPECT_EQ(response->status, status);
    }
  }
  EXPECT_EQ(elsewhere.server.connections(), 0);
}

TEST(CpprestClient, KeepsOneConnectionForRequestsInARow) {
  Recording recording(raw_answer(200, "ok"));
  const auto client = client_for(recording.server.url());

  for (int i = 0; i < 20; ++i) ASSERT_TRUE(client->send({.target = "/"}, kLong, {}));

  EXPECT_EQ(recording.server.requests().size(), 20U);
  EXPECT_EQ(recording.server.connections(), 1);
}

TEST(CpprestClient, SendsARepeatableRequestAgainWhenThePooledConnectionIsDead) {
  RawServer* self = nullptr;
  RawServer server([&self](RawSocket& socket, int) {
    self->record(socket.read_request());
    socket.send(raw_answer(200, "ok"));  // and closes, though it promised keep-alive
  });
  self = &server;
  const auto client = client_for(server.url());

  for (int i = 0; i < 5; ++i) {
    const Result<Response> response = client->send({.target = "/"}, kLong, {});
    ASSERT_TRUE(response) << response.error().text();
  }
  EXPECT_EQ(server.requests().size(), 5U);
}

TEST(CpprestClient, SurvivesAPooledConnectionThatDiesWhileItIsUsed) {
  RawServer* self = nullptr;
  RawServer server([&self](RawSocket& socket, int number) {
    socket.read_request();
    socket.send(raw_answer(200, "ok"));
    if (number == 1) {
      self->record(socket.read_request());  // reads the second one, and then closes without an answer
      return;
    }
  });
  self = &server;
  const auto client = client_for(server.url());
  ASSERT_TRUE(client->send({.target = "/"}, kLong, {}));

  const Result<Response> response = client->send({.target = "/"}, kLong, {});

  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(server.connections(), 2);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(CpprestClient, SendsAPostThatGoesAloneOnAFreshConnection) {
  Recording recording(raw_answer(201, "ok"));
  const auto client = client_for(recording.server.url());
  ASSERT_TRUE(client->send({.target = "/"}, kLong, {}));

  const Result<Response> response =
      client->send({.method = "POST", .target = "/register", .body = "{}", .delivery = Delivery::OnceAlone}, kLong, {});

  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(recording.server.connections(), 2);
  EXPECT_THAT(recording.server.requests().at(1), HasSubstr("\r\nConnection:close"));
}

TEST(CpprestClient, SendsAPostThatMayArriveOnceOnAPooledConnection) {
  Recording recording(raw_answer(201, "ok"));
  const auto client = client_for(recording.server.url());
  ASSERT_TRUE(client->send({.target = "/"}, kLong, {}));

  const Result<Response> response = client->send(
      {.method = "POST", .target = "/register", .body = R"({"a":1})", .delivery = Delivery::Once}, kLong, {});

  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(recording.server.connections(), 1);
  EXPECT_THAT(recording.server.requests().at(1), ::testing::EndsWith("\r\n\r\n{\"a\":1}"));
}

class DeliveredOnce : public ::testing::TestWithParam<Delivery> {};
INSTANTIATE_TEST_SUITE_P(EachWay, DeliveredOnce, ::testing::Values(Delivery::Once, Delivery::OnceAlone));

TEST_P(DeliveredOnce, IsNeverSentTwiceWhenTheServerReadsItAndCloses) {
  RawServer* self = nullptr;
  RawServer server([&self](RawSocket& socket, int) {
    for (;;) {
      const std::string request = socket.read_request();
      if (request.empty()) return;
      self->record(request);
      if (request.starts_with("POST")) return;
      socket.send(raw_answer(200, "ok"));
    }
  });
  self = &server;
  const auto client = client_for(server.url());
  ASSERT_TRUE(client->send({.target = "/"}, kLong, {}));

  const Result<Response> response =
      client->send({.method = "POST", .target = "/register", .body = "{}", .delivery = GetParam()}, kLong, {});

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::Unavailable);
  EXPECT_THAT(response.error().message, HasSubstr("closed the connection without an answer"));
  int posts = 0;
  for (const std::string& request : server.requests()) posts += request.starts_with("POST") ? 1 : 0;
  EXPECT_EQ(posts, 1);
}

TEST(CpprestClient, DoesNotTakeUnaskedBytesForTheNextAnswer) {
  RawServer server([](RawSocket& socket, int number) {
    socket.read_request();
    // In one piece: what comes after the next request has gone out, no client could tell from its answer.
    socket.send(raw_answer(200, "mine" + std::to_string(number)) + raw_answer(200, std::string(8000, 'p')));
    socket.read_request();
  });
  const auto client = client_for(server.url());

  for (int i = 0; i < 5; ++i) {
    const Result<Response> response = client->send({.target = "/"}, kLong, {});
    ASSERT_TRUE(response) << response.error().text();
    EXPECT_THAT(response->body, StartsWith("mine"));
  }
}

TEST(CpprestClient, RefusesARequestThatWouldWriteHeadersOfItsOwn) {
  Recording recording(raw_answer(200, "ok"));
  const auto client = client_for(recording.server.url());

  const Result<Response> response = client->send({.target = "/", .headers = {{"X", "a\r\nX-Forged: yes"}}}, kLong, {});

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::InvalidSpec);
  EXPECT_EQ(recording.server.connections(), 0);
}

TEST(CpprestClient, SaysThatNobodyListens) {
  int port = 0;
  {
    RawServer server([](RawSocket&, int) {});
    port = server.port();
  }
  const auto client = client_for("http://127.0.0.1:" + std::to_string(port));

  const Result<Response> response = client->send({.target = "/path?token=hunter2"}, kLong, {});

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::Unavailable);
  EXPECT_THAT(response.error().message, HasSubstr("cannot connect to 127.0.0.1:" + std::to_string(port)));
  EXPECT_THAT(response.error().message, HasSubstr("refused"));
  EXPECT_EQ(response.error().where, "GET http://127.0.0.1:" + std::to_string(port) + "/path");
}

TEST(CpprestClient, SaysThatAHostHasNoAddress) {
  const Result<Response> response = client_for("http://nobody.invalid")->send({.target = "/"}, kLong, {});

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::Unavailable);
  EXPECT_THAT(response.error().message, HasSubstr("nobody.invalid"));
  EXPECT_EQ(response.error().where, "GET http://nobody.invalid/");
}

TEST(CpprestClient, FindsTheAddressThatAnswersBehindAName) {
  // localhost is ::1 and 127.0.0.1 on most machines, and nobody listens on the former.
  Recording recording(raw_answer(200, "ok"));
  const auto client = client_for("http://localhost:" + std::to_string(recording.server.port()));

  for (int i = 0; i < 3; ++i) {
    const Result<Response> response = client->send({.target = "/"}, kLong, {});
    ASSERT_TRUE(response) << response.error().text();
  }
  EXPECT_THAT(recording.server.requests().at(0),
              HasSubstr("\r\nHost:localhost:" + std::to_string(recording.server.port()) + "\r\n"));
  EXPECT_EQ(recording.server.connections(), 1);
}

TEST(CpprestClient, NeverShowsTheAuthorizationInAnError) {
  RawServer server([](RawSocket& socket, int) { socket.read_request(); });
  Request request{.target = "/"};
  request.authorization = Secret("Bearer hunter2");

  const Result<Response> response = client_for(server.url())->send(request, kLong, {});

  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().text(), Not(HasSubstr("hunter2")));
}

TEST(CpprestClient, ServesFiftyThreadsWithItsEight) {
  const auto listener =
      listen({}, [](const Incoming& request) { return Outgoing{.body = request.target, .delay = 5ms}; });
  ASSERT_TRUE(listener);
  const auto client = client_for("http://127.0.0.1:" + std::to_string((*listener)->port()));
  std::atomic<int> right{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 50; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 10; ++i) {
          const std::string target = "/" + std::to_string(t) + "/" + std::to_string(i);
          const Result<Response> response = client->send({.target = target}, 60s, {});
          if (response && response->body == target) ++right;
        }
      });
    }
  }
  EXPECT_EQ(right, 500);
}

void exit_in_the_middle_of_everything() {
  start_library();  // first, as main does: afterwards OpenSSL has its clean-up registered already
  const testing::TestAuthority authority;
  const testing::TemporaryFolder folder;
  const testing::CertificatePair pair = authority.issue({.addresses = {"127.0.0.1"}});
  ListenerOptions options;
  options.tls_cert_file = folder.write("tls.crt", pair.cert_pem);
  options.tls_key_file = folder.write("tls.key", pair.key_pem);
  const auto listener =
      listen(options, [](const Incoming& request) { return Outgoing{.delay = request.path() == "/slow" ? 60s : 0s}; });
  ClientOptions client_options;
  client_options.base_url = "https://127.0.0.1:" + std::to_string((*listener)->port());
  client_options.tls.ca_bundle_pem = authority.cert_pem();
  auto hasty = make_client(client_options);
  if ((*hasty)->send({.target = "/slow"}, 50ms, {})) std::exit(2);
  hasty->reset();  // waits for the library to be done with what was given up
  // Never destroyed, as after std::exit() anywhere, and with a connection in its pool.
  const auto client = make_client(client_options);
  if (!(*client)->send({.target = "/"}, kLong, {})) std::exit(1);
  std::filesystem::remove_all(folder.path());
  std::exit(0);
}

TEST(StartLibraryDeathTest, LetsTheProgramEndWithTlsConnectionsOpen) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");

  EXPECT_EXIT(exit_in_the_middle_of_everything(), ::testing::ExitedWithCode(0), "");
}

/// With one thread in the library's pool: one that waits there for another waits for ever.
void give_up_streams_in_the_middle() {
  start_library(1);
  RawServer server([](RawSocket& socket, int) {
    if (socket.read_request().starts_with("GET /plain")) {
      socket.send(raw_answer(200, "ok"));
      return;
    }
    socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (socket.send("4\r\nabc\n\r\n")) {
    }
  });
  const auto client = client_for(server.url());
  const auto give_up = [](std::string_view) { return Result<void>(Error{Code::Conflict, "enough", {}, {}}); };
  for (int i = 0; i < 50; ++i) {
    if (client->stream({.target = "/watch"}, kLong, {}, give_up)) std::_Exit(2);
  }
  std::_Exit(client->send({.target = "/plain"}, 5s, {}) ? 0 : 1);
}

TEST(StartLibraryDeathTest, GoesOnAfterStreamsThatNobodyReadsToTheirEnd) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");

  EXPECT_EXIT(give_up_streams_in_the_middle(), ::testing::ExitedWithCode(0), "");
}

TEST(MakeClient, RefusesABadBaseUrl) {
  for (const char* url : {"", "ftp://h", "https://h?x=1", "https://u:p@h"}) {
    ClientOptions options;
    options.base_url = url;
    const auto client = make_client(options);
    ASSERT_FALSE(client) << url;
    EXPECT_EQ(client.error().code, Code::InvalidSpec);
  }
}

}  // namespace
}  // namespace sallyport::http
