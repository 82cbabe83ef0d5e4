// SPDX-License-Identifier: Apache-2.0
#include "operator/http/unix_socket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/testing/files.hpp"
#include "tests/testing/unix_client.hpp"

namespace sallyport::http {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ListenerOnASocket : public ::testing::Test {
 protected:
  ListenerOnASocket() { socket_.path = folder_.path + "/authorizer.sock"; }

  Result<std::unique_ptr<Listener>> start(Listener::ServeLater serve) {
    ListenerOptions options;
    options.unix_socket = socket_;
    return listen_later(options, std::move(serve));
  }
  static void echo(const Incoming& request, const Listener::Respond& respond) {
    respond(Outgoing{.body = request.target + " from " + request.peer});
  }
  [[nodiscard]] std::string ask(const std::string& request) const {
    return sallyport::testing::ask_unix(socket_.path, request);
  }

  sallyport::testing::TemporaryDirectory folder_;
  UnixSocket socket_;
};

constexpr const char* kGet = "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

TEST_F(ListenerOnASocket, AnswersAndKnowsWhoAsked) {
  const auto listener = start(echo);
  ASSERT_TRUE(listener) << listener.error().text();
  EXPECT_THAT(ask(kGet), HasSubstr("/x from uid " + std::to_string(::geteuid())));
  EXPECT_EQ((*listener)->port(), 0);
}

TEST_F(ListenerOnASocket, IsForOwnerAndGroupOnlyAndGoesWithIt) {
  {
    const auto listener = start(echo);
    ASSERT_TRUE(listener);
    struct stat there {};
    ASSERT_EQ(::stat(socket_.path.c_str(), &there), 0);
    EXPECT_EQ(there.st_mode & 0777U, 0660U);
  }
  EXPECT_FALSE(fs::exists(socket_.path));
}

TEST_F(ListenerOnASocket, MayAnswerLaterAndFromAnotherThread) {
  std::jthread later;
  const auto listener = start([&](const Incoming&, Listener::Respond respond) {
    later = std::jthread([respond = std::move(respond)] { respond(Outgoing{.body = "later"}); });
  });
  ASSERT_TRUE(listener);
  EXPECT_THAT(ask(kGet), HasSubstr("later"));
  later.join();
}

TEST_F(ListenerOnASocket, TakesThePlaceOfOneThatWasKilled) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_.path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ::close(dead);
  const auto listener = start(echo);
  ASSERT_TRUE(listener) << listener.error().text();
  EXPECT_THAT(ask(kGet), HasSubstr("/x from"));
}

TEST_F(ListenerOnASocket, LeavesOneThatIsInUseAlone) {
  const auto first = start(echo);
  ASSERT_TRUE(first);
  EXPECT_EQ(start(echo).error().code, Code::Conflict);
  EXPECT_THAT(ask(kGet), HasSubstr("/x from")) << "the first goes on";
}

TEST_F(ListenerOnASocket, NeverRemovesWhatIsNoSocket) {
  std::ofstream(socket_.path) << "mine";
  EXPECT_EQ(start(echo).error().code, Code::Conflict);
  EXPECT_TRUE(fs::exists(socket_.path));
}

TEST_F(ListenerOnASocket, NeedsAPathThatFits) {
  socket_.path = std::string(200, 'x');
  EXPECT_EQ(start(echo).error().code, Code::InvalidSpec);
  socket_.path = "";
  EXPECT_EQ(start(echo).error().code, Code::InvalidSpec);
}

TEST(KnownUser, IsRootOurselvesOrOneThatIsNamed) {
  UnixSocket socket;
  socket.users = {33, 101};
  EXPECT_TRUE(is_known(33, 1000, socket));
  EXPECT_TRUE(is_known(1000, 1000, socket));
  EXPECT_TRUE(is_known(0, 1000, socket));
  EXPECT_FALSE(is_known(34, 1000, socket));
  EXPECT_FALSE(is_known(34, 0, socket));
}

}  // namespace
}  // namespace sallyport::http
