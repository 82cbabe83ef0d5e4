// SPDX-License-Identifier: Apache-2.0
// The limits of time and size, each against a server that breaks it.
#include "operator/http/call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>

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

/// A piece every `pause` until the client is gone.
void drip(RawSocket& socket, std::string_view piece, std::chrono::milliseconds pause) {
  while (!socket.closed_by_peer(pause) && socket.send(piece)) {
  }
}

std::unique_ptr<Client> client_for(const RawServer& server, Limits limits = {}) {
  ClientOptions options;
  options.base_url = server.url();
  options.limits = limits;
  Result<std::unique_ptr<Client>> client = make_client(options);
  EXPECT_TRUE(client) << client.error().text();
  return std::move(*client);
}

struct Timed {
  Result<Response> result;
  std::chrono::steady_clock::duration took;
};

Timed send_timed(Client& client, std::chrono::milliseconds deadline, const std::stop_token& stop = {}) {
  const auto begin = std::chrono::steady_clock::now();
  Result<Response> result = client.send({.target = "/"}, deadline, stop);
  return {std::move(result), std::chrono::steady_clock::now() - begin};
}

void expect_unavailable(const Result<Response>& result, const std::string& words) {
  ASSERT_FALSE(result) << result->status << " " << result->body.substr(0, 100);
  EXPECT_EQ(result.error().code, Code::Unavailable);
  EXPECT_THAT(result.error().message, HasSubstr(words));
  EXPECT_THAT(result.error().where, HasSubstr("http://127.0.0.1:"));
}

TEST(Call, EndsAtItsDeadlineWhenTheServerSaysNothing) {
  RawServer server([](RawSocket& socket, int) { hold(socket); });

  const Timed call = send_timed(*client_for(server), 100ms);

  expect_unavailable(call.result, "deadline of 100 ms passed while waiting for the answer");
  EXPECT_LT(call.took, 5s);
}

TEST(Call, EndsAtItsDeadlineThoughBytesKeepComing) {
  RawServer server([](RawSocket& socket, int) {
    socket.read_request();
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    drip(socket, "x", 10ms);
  });

  const Timed call = send_timed(*client_for(server), 200ms);

  expect_unavailable(call.result, "deadline of 200 ms passed while");
  EXPECT_LT(call.took, 5s);
}

TEST(Call, EndsAtItsDeadlineThoughTheHeaderKeepsComing) {
  RawServer server([](RawSocket& socket, int) {
    socket.read_request();
    socket.send("HTTP/1.1 200 OK\r\n");
    drip(socket, "X-More: yes\r\n", 10ms);
  });

  expect_unavailable(send_timed(*client_for(server), 200ms).result, "while waiting for the answer");
}

TEST(Call, EndsAtItsDeadlineOnAPooledConnectionWhosePeerFellSilentAndDropsIt) {
  RawServer server([](RawSocket& socket, int) {
    socket.read_request();
    socket.send(raw_answer(200, "the first and the last"));
    hold(socket);
  });
  const auto client = client_for(server);
  ASSERT_TRUE(send_timed(*client, kLong).result);

  expect_unavailable(send_timed(*client, 200ms).result, "deadline of 200 ms passed while waiting for the answer");

  EXPECT_EQ(server.connections(), 1) << "it was the pooled one";
  EXPECT_TRUE(send_timed(*client, kLong).result);
  EXPECT_EQ(server.connections(), 2);
}

TEST(Call, RefusesJsonThatIsNestedTooDeepForAReaderAndNothingElse) {
  std::string body;
  RawServer server([&](RawSocket& socket, int) {
    socket.read_request();
    socket.send(raw_answer(200, body));
  });
  const auto answers = [&](std::string text) {
    body = std::move(text);
    return send_timed(*client_for(server), kLong).result;
  };

  const std::string deep = "{\"token\":" + std::string(100000, '[');
  expect_unavailable(answers(deep), "JSON nested deeper than 64 levels");
  expect_unavailable(answers(std::string(1000, '\n') + deep), "JSON nested deeper than 64 levels");
  expect_unavailable(answers("\xEF\xBB\xBF" + deep), "JSON nested deeper than 64 levels");
  expect_unavailable(answers("\xEF\xBB\xBF \t\r\n" + deep), "JSON nested deeper than 64 levels");
  EXPECT_TRUE(answers("[" + std::string(63, '[') + std::string(63, ']') + "]"));
  EXPECT_TRUE(answers("<script>" + std::string(100, '{')));
}

TEST(Call, EndsAtOnceWhenStopped) {
  std::promise<void> arrived;
  RawServer server([&](RawSocket& socket, int) {
    socket.read_request();
    arrived.set_value();
    hold(socket);
  });
  const auto client = client_for(server);
  std::stop_source stop;
  auto call = std::async(std::launch::async, [&] { return send_timed(*client, 60s, stop.get_token()); });
  arrived.get_future().wait();

  const auto begin = std::chrono::steady_clock::now();
  stop.request_stop();
  const Timed ended = call.get();

  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  ASSERT_FALSE(ended.result);
  EXPECT_EQ(ended.result.error().code, Code::ShuttingDown);
}

TEST(Call, IsNotEvenSentWhenAlreadyStopped) {
  RawServer server([](RawSocket& socket, int) { hold(socket); });
  std::stop_source stop;
  stop.request_stop();

  const Timed call = send_timed(*client_for(server), kLong, stop.get_token());

  ASSERT_FALSE(call.result);
  EXPECT_EQ(call.result.error().code, Code::ShuttingDown);
  EXPECT_EQ(server.connections(), 0);
}

TEST(Call, NoticesABodyShorterThanItsLength) {
  RawServer server([](RawSocket& socket, int) {
    socket.read_request();
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
  });

  expect_unavailable(send_timed(*client_for(server), kLong).result, "cut off");
}

TEST(Call, NoticesAChunkedBodyWithoutItsEnd) {
  for (const char* sent : {"5\r\nhello\r\n", "5\r\nhel", "5\r\nhello\r\n0\r\n", "ff", ""}) {
    RawServer server([&](RawSocket& socket, int) {
      socket.read_request();
      socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      socket.send(sent);
    });

    expect_unavailable(send_timed(*client_for(server), kLong).result, "cut off");
  }
}

TEST(Call, ReadsABodyThatEndsWithTheConnection) {
  RawServer server([](RawSocket& socket, int) {
    socket.read_request();
    socket.send("HTTP/1.1 200 OK\r\n\r\nto the end");
  });

  const Timed call = send_timed(*client_for(server), kLong);

  ASSERT_TRUE(call.result) << call.result.error().text();
  EXPECT_EQ(call.result->body, "to the end");
}

TEST(Call, ReadsALargeChunkedBodyWhole) {
  std::string body, chunked;
  for (int i = 0; i < 300; ++i) {
    const std::string chunk(10000, static_cast<char>('a' + i % 26));
    body += chunk;
    chunked += "2710\r\n" + chunk + "\r\n";
  }
  RawServer server([&](RawSocket& socket, int) {
    socket.read_request();
    socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked + "0\r\n\r\n");
    hold(socket);
  });

  const Timed call = send_timed(*client_for(server), kLong);

  ASSERT_TRUE(call.result) << call.result.error().text();
  EXPECT_TRUE(call.result->body == body);
}

TEST(Call, RefusesABodyOverItsLimit) {
  RawServer server([](RawSocket& socket, int) {
    socket.read_request();
    socket.send(raw_answer(200, std::string(5000, 'x')));
    hold(socket);
  });

  expect_unavailable(send_timed(*client_for(server, {.body_bytes = 4096}), kLong).result, "larger than 4096 bytes");
}

TEST(Call, RefusesAnEndlessBodyWhateverLengthItClaims) {
  for (const char* header : {"Content-Length: 99999999999\r\n", "Transfer-Encoding: chunked\r\n", ""}) {
    RawServer server([&](RawSocket& socket, int) {
      socket.read_request();
      socket.send("HTTP/1.1 200 OK\r\n" + std::string(header) + "\r\n");
      const std::string piece = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
      while (socket.send(piece)) {
      }
    });

    expect_unavailable(send_timed(*client_for(server, {.body_bytes = 1U << 20U}), kLong).result, "larger than 1 MiB");
  }
}

TEST(Call, RefusesAChunkThatIsGatheredUpUnseen) {
  // 0x7ffffff0 bytes of one chunk; -5 reads as a size near 2^64; a header line that never ends.
  for (const char* begin :
       {"Transfer-Encoding: chunked\r\n\r\n7ffffff0\r\n", "Transfer-Encoding: chunked\r\n\r\n-5\r\n", "X-Endless: "}) {
    std::size_t sent = 0;
    {
      RawServer server([&](RawSocket& socket, int) {
        socket.read_request();
        socket.send("HTTP/1.1 200 OK\r\n" + std::string(begin));
        const std::string piece(1U << 16U, 'x');
        while (sent < 1U << 30U && socket.send(piece)) sent += piece.size();
        hold(socket);
      });
      expect_unavailable(
          send_timed(*client_for(server, {.body_bytes = 1U << 20U, .line_bytes = 1U << 20U}), 60s).result,
          "larger than 1 MiB");
    }
    EXPECT_LT(sent, 1U << 30U) << begin;
  }
}

TEST(Call, RefusesWhatOnlyLooksLikeAnAnswer) {
  for (const char* answer :
       {"HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
        "chunked\r\n\r\n-2\r\nxxxxxxxxx",
        ""}) {
    RawServer server([&](RawSocket& socket, int) {
      socket.read_request();
      socket.send(answer);
    });

    const Timed call = send_timed(*client_for(server), kLong);

    ASSERT_FALSE(call.result) << answer;
    EXPECT_EQ(call.result.error().code, Code::Unavailable) << answer;
  }
}

}  // namespace
}  // namespace sallyport::http
