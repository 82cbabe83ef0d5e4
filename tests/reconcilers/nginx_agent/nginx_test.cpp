// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/nginx.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "operator/http/listener.hpp"
#include "tests/testing/files.hpp"

namespace sallyport::nginx_agent {
namespace {

using ::testing::HasSubstr;

class NginxProgram : public ::testing::Test {
 protected:
  /// A program that says and does what a script says.
  std::string program(const std::string& script) const {
    const std::string path = folder_.path + "/nginx";
    testing::write_text(path, "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
  testing::TemporaryDirectory folder_;
};

TEST_F(NginxProgram, JudgesAFile) {
  const auto nginx = make_nginx({.program = program("echo \"$@\" >&2; exit 0"), .pid_file = "", .status_address = ""});
  const auto judgement = nginx->test("/etc/x.conf");
  ASSERT_TRUE(judgement) << judgement.error().text();
  EXPECT_TRUE(judgement->good);
  EXPECT_EQ(judgement->said, "-t -q -c /etc/x.conf\n");
}

TEST_F(NginxProgram, TellsWhyAFileIsRefused) {
  const auto nginx =
      make_nginx({.program = program("echo '[emerg] bad' >&2; exit 1"), .pid_file = "", .status_address = ""});
  const auto judgement = nginx->test("/etc/x.conf");
  ASSERT_TRUE(judgement);
  EXPECT_FALSE(judgement->good);
  EXPECT_EQ(judgement->said, "[emerg] bad\n");
}

TEST_F(NginxProgram, ThatDoesNotEndIsEnded) {
  const auto nginx = make_nginx({.program = program("exec sleep 600"),
                                 .pid_file = "",
                                 .status_address = "",
                                 .patience = std::chrono::milliseconds(50)});
  EXPECT_THAT(nginx->test("/etc/x.conf").error().text(), HasSubstr("does not end"));
}

TEST_F(NginxProgram, ThatIsNotThereIsAnError) {
  const auto nginx = make_nginx({.program = folder_.path + "/none", .pid_file = "", .status_address = ""});
  EXPECT_THAT(nginx->test("/etc/x.conf").error().text(), HasSubstr("none"));
}

TEST_F(NginxProgram, IsToldToReadItsFilesAgain) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/bin/sleep", "sleep", "600", nullptr);
    ::_exit(1);
  }
  while (testing::read_text("/proc/" + std::to_string(child) + "/comm") != "sleep\n") std::this_thread::yield();
  testing::write_text(folder_.path + "/nginx.pid", std::to_string(child) + "\n");
  const auto other = make_nginx({.program = "nginx", .pid_file = folder_.path + "/nginx.pid", .status_address = ""});
  EXPECT_EQ(other->reload().error().code, Code::NotFound) << "the number is another program's by now";
  const auto nginx =
      make_nginx({.program = "/bin/sleep", .pid_file = folder_.path + "/nginx.pid", .status_address = ""});
  EXPECT_TRUE(nginx->reload());
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP);
  EXPECT_EQ(nginx->reload().error().code, Code::NotFound) << "it has ended";
}

TEST_F(NginxProgram, WithoutAProcessIsNotThere) {
  for (const char* text : {"", "x", "0", "1", "-1", "12x"}) {
    testing::write_text(folder_.path + "/nginx.pid", text);
    const auto nginx = make_nginx({.program = "nginx", .pid_file = folder_.path + "/nginx.pid", .status_address = ""});
    EXPECT_EQ(nginx->reload().error().code, Code::NotFound) << text;
  }
  EXPECT_EQ(
      make_nginx({.program = "nginx", .pid_file = folder_.path + "/none", .status_address = ""})->reload().error().code,
      Code::NotFound);
}

TEST_F(NginxProgram, TellsItsGeneration) {
  const auto listener = *http::listen({}, [](const http::Incoming& request) {
    return http::Outgoing{
        .status = request.path() == "/generation" ? 200 : 404, .body = "0a1b\n", .content_type = "text/plain"};
  });
  const auto nginx = make_nginx(
      {.program = "nginx", .pid_file = "", .status_address = "127.0.0.1:" + std::to_string(listener->port())});
  EXPECT_EQ(nginx->running(), Result<std::string>("0a1b"));
}

}  // namespace
}  // namespace sallyport::nginx_agent
