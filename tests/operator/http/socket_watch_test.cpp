// SPDX-License-Identifier: Apache-2.0
#include "operator/http/socket_watch.hpp"

#include <gtest/gtest.h>

#include "tests/testing/raw_server.hpp"

namespace sallyport::http {
namespace {

using testing::RawServer;
using testing::RawSocket;

TEST(SocketWatch, CountsWhatArrivedThoughNobodyReadIt) {
  RawServer server([](RawSocket& socket, int) {
    socket.send(std::string(1000, 'x'));
    EXPECT_TRUE(socket.closed_by_peer());
  });
  RawSocket client = RawSocket::connect(server.port());
  const SocketWatch watch(client.descriptor());

  EXPECT_EQ(client.read_until("x").size(), 1U);

  EXPECT_EQ(watch.bytes_received(), 1000U);
}

TEST(SocketWatch, KnowsNothingWithoutASocket) {
  EXPECT_EQ(SocketWatch().bytes_received(), 0U);
  EXPECT_EQ(SocketWatch(-1).bytes_received(), 0U);
}

TEST(SocketWatch, OutlivesTheSocketItWasMadeFrom) {
  RawServer server([](RawSocket& socket, int) { EXPECT_TRUE(socket.closed_by_peer()); });
  RawSocket client = RawSocket::connect(server.port());
  SocketWatch watch(client.descriptor());

  client.shut_down();
  client.close();
  const SocketWatch moved = std::move(watch);

  EXPECT_EQ(moved.bytes_received(), 0U);
}

TEST(IsQuiet, HoldsOnlyWhileNothingCameAndNobodyClosed) {
  RawServer server([](RawSocket& socket, int) {
    EXPECT_EQ(socket.read_until("1"), "1");
    socket.send("unasked");
    EXPECT_EQ(socket.read_until("2"), "2");
  });
  RawSocket client = RawSocket::connect(server.port());
  EXPECT_TRUE(is_quiet(client.descriptor()));

  client.send("1");
  EXPECT_EQ(client.read_until("un"), "un");  // the rest has been read from the socket, too
  EXPECT_TRUE(is_quiet(client.descriptor()));
  client.send("2");
  EXPECT_TRUE(client.closed_by_peer());

  EXPECT_FALSE(is_quiet(client.descriptor()));
}

}  // namespace
}  // namespace sallyport::http
