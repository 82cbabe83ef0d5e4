// SPDX-License-Identifier: Apache-2.0
// The limits of time and size, each against a server that breaks it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>

#include "operator/http/call.hpp"
#include "tests/testing/raw_server.hpp"

namespace sallyport::http {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::raw_answer;
using testing::RawServer;
using testing::RawSocket;

constexpr std::chrono::seconds kLong{20};

/// Sends nothing until the client is gone.
void hold(RawSocket& socket) {
  EXPECT_TRUE(socket.closed_by_peer(60s));
}

std::unique_ptr<Client> client_for(const RawServer& server, Limits limits = {}) {
  ClientOptions options;
  options.base_url = server.url();
  options.limits = limits;
  Result<std::unique_ptr<Client>> client = make_client(options);
  EXPECT_TRUE(client) << client.error().text();
  return std::move(*client);
}

void expect_unavailable(const Result<Response>& result, const std::string& words) {
  ASSERT_FALSE(result) << result->status << " " << result->body.substr(0, 100);
  EXPECT_EQ(result.error().code, Code::Unavailable);
  EXPECT_THAT(result.error().message, HasSubstr(words));
  EXPECT_THAT(result.error().where, HasSubstr("http://127.0.0.1:"));
}

struct Streamed {
  Result<Response> result;
  std::vector<std::string> lines;
};

Streamed stream_from(const RawServer& server, Limits limits = {}, std::chrono::milliseconds idle = kLong) {
  Streamed streamed{Error{}, {}};
  streamed.result = client_for(server, limits)->stream({.target = "/watch"}, idle, {}, [&](std::string_view line) {
    streamed.lines.emplace_back(line);
    return Result<void>();
  });
  return streamed;
}

RawServer::Script chunked(std::vector<std::string> chunks, std::string end = "0\r\n\r\n") {
  return [chunks = std::move(chunks), end = std::move(end)](RawSocket& socket, int) {
    socket.read_request();
    socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const std::string& chunk : chunks) {
      std::ostringstream size;
      size << std::hex << chunk.size();
      socket.send(size.str() + "\r\n" + chunk + "\r\n");
    }
    socket.send(end);
  };
}

TEST(Stream, DeliversLinesHoweverTheyWereCut) {
  RawServer server(chunked({"{\"a\":1}\n{\"b", "\":", "2}\n", "\n", "last\r", "\n"}));

  const Streamed streamed = stream_from(server);

  ASSERT_TRUE(streamed.result) << streamed.result.error().text();
  EXPECT_EQ(streamed.result->status, 200);
  EXPECT_THAT(streamed.result->body, IsEmpty());
  EXPECT_THAT(streamed.lines, ElementsAre("{\"a\":1}", "{\"b\":2}", "", "last"));
}

TEST(Stream, NeverDeliversAPartialLastLine) {
  RawServer server(chunked({"whole\npar", "tial"}));

  const Streamed streamed = stream_from(server);

  expect_unavailable(streamed.result, "ended in mid-line");
  EXPECT_THAT(streamed.lines, ElementsAre("whole"));
}

TEST(Stream, NoticesThatItWasCutOff) {
  RawServer server(chunked({"whole\n"}, ""));

  const Streamed streamed = stream_from(server);

  expect_unavailable(streamed.result, "cut off");
  EXPECT_THAT(streamed.lines, ElementsAre("whole"));
}

TEST(Stream, EndsWhenNothingComesForTooLong) {
  RawServer server([](RawSocket& socket, int) {
    socket.read_request();
    socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nfirst\n\r\n");
    hold(socket);
  });

  const Streamed streamed = stream_from(server, {}, 100ms);

  expect_unavailable(streamed.result, "nothing whole came for 100 ms");
  EXPECT_THAT(streamed.lines, ElementsAre("first"));
}

TEST(Stream, EndsWhenOnlyPiecesOfALineComeForTooLong) {
  RawServer server([](RawSocket& socket, int) {
    socket.read_request();
    socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nfirst\n\r\n");
    while (!socket.closed_by_peer(10ms) && socket.send("1\r\nx\r\n")) {
    }
  });

  const Streamed streamed = stream_from(server, {.line_bytes = 1000}, 200ms);

  expect_unavailable(streamed.result, "nothing whole came for 200 ms while reading the answer");
  EXPECT_THAT(streamed.lines, ElementsAre("first"));
}

TEST(Stream, EndsWhenTheHeaderDoesNotComeForTooLong) {
  RawServer server([](RawSocket& socket, int) { hold(socket); });

  expect_unavailable(stream_from(server, {}, 100ms).result, "nothing whole came for 100 ms");
}

TEST(Stream, LastsLongerThanItsLongestSilence) {
  RawServer server([](RawSocket& socket, int) {
    socket.read_request();
    socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 10; ++i) {
      socket.send("2\r\nx\n\r\n");
      EXPECT_FALSE(socket.closed_by_peer(100ms));
    }
    socket.send("0\r\n\r\n");
  });

  const Streamed streamed = stream_from(server, {}, 800ms);

  ASSERT_TRUE(streamed.result) << streamed.result.error().text();
  EXPECT_EQ(streamed.lines.size(), 10U);
}

TEST(Stream, RefusesALineOverItsLimit) {
  RawServer server(chunked({"short\n", std::string(600, 'x'), std::string(600, 'x'), "\n"}));

  const Streamed streamed = stream_from(server, {.line_bytes = 1000});

  expect_unavailable(streamed.result, "longer than 1000 bytes");
  EXPECT_THAT(streamed.lines, ElementsAre("short"));
}

TEST(Stream, HandsBackAnErrorStatusWithItsBody) {
  RawServer server([](RawSocket& socket, int) {
    socket.read_request();
    socket.send(raw_answer(410, "{\"reason\":\"Expired\"}\n"));
    hold(socket);
  });

  const Streamed streamed = stream_from(server);

  ASSERT_TRUE(streamed.result) << streamed.result.error().text();
  EXPECT_EQ(streamed.result->status, 410);
  EXPECT_EQ(streamed.result->body, "{\"reason\":\"Expired\"}\n");
  EXPECT_THAT(streamed.lines, IsEmpty());
}

TEST(Stream, EndsWithTheErrorOfTheOneWhoReadsIt) {
  RawServer server([](RawSocket& socket, int) {
    socket.read_request();
    socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na\nb\n\r\n");
    hold(socket);  // ends only because the client closes
  });
  int lines = 0;

  const Result<Response> result =
      client_for(server)->stream({.target = "/"}, kLong, {}, [&](std::string_view) -> Result<void> {
        ++lines;
        return Error{Code::Conflict, "too old", "here", {}};
      });

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), (Error{Code::Conflict, "too old", "here", {}}));
  EXPECT_EQ(lines, 1);
}

TEST(Stream, EndsAtOnceWhenStopped) {
  RawServer server([](RawSocket& socket, int) {
    socket.read_request();
    socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\na\n\r\n");
    hold(socket);
  });
  std::stop_source stop;
  std::promise<void> first_line;
  std::jthread stopper([&] {
    first_line.get_future().wait();
    stop.request_stop();
  });

  const auto begin = std::chrono::steady_clock::now();
  const Result<Response> result =
      client_for(server)->stream({.target = "/"}, 60s, stop.get_token(), [&](std::string_view) {
        first_line.set_value();
        return Result<void>();
      });

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::ShuttingDown);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST(Stream, HoldsTheServerBackWhileItsReaderIsBusy) {
  std::atomic<std::size_t> sent{0};
  RawServer server([&](RawSocket& socket, int) {
    socket.read_request();
    socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "8000\r\n" + std::string(0x7fff, 'x') + "\n\r\n";
    while (sent < 1U << 28U && socket.send(chunk)) sent += chunk.size();
  });
  std::size_t before = 0, lines = 0;

  const Result<Response> result = client_for(server)->stream({.target = "/"}, kLong, {}, [&](std::string_view) {
    if (++lines == 2) return Result<void>(Error{Code::Conflict, "enough", {}, {}});
    // Until the server is stuck: what has gone out no longer grows.
    for (std::size_t now = sent; now != before || now == 0; now = sent) {
      before = now;
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable().wait_for(lock, 300ms);
    }
    return Result<void>();
  });

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "enough");
  EXPECT_LT(before, 64U << 20U);
}

}  // namespace
}  // namespace sallyport::http
