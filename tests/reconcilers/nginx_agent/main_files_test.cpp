// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/main_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reconcilers/nginx_agent/sample_machine.hpp"

namespace sallyport::nginx_agent {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MainFiles, TellTheGenerationOnLoopbackOnly) {
  const auto files = render_main(sample_machine(), "0a1b", {"443"});
  ASSERT_TRUE(files);
  EXPECT_THAT(files->at(kMainFile), HasSubstr("listen 127.0.0.1:8081;"));
  EXPECT_THAT(files->at(kMainFile), HasSubstr("return 200 \"0a1b\\n\";"));
}

TEST(MainFiles, TestWithoutTouchingWhatRuns) {
  const auto files = render_main(sample_machine(), "0a1b", {"443"});
  ASSERT_TRUE(files);
  EXPECT_THAT(files->at(kMainFile), HasSubstr("pid /var/lib/sallyport/nginx.pid;"));
  EXPECT_THAT(files->at(kTestFile), HasSubstr("pid /var/lib/sallyport/test.pid;\nerror_log stderr warn;"));
}

TEST(MainFiles, NeverLogAQueryOrAHeaderOfTheClient) {
  const auto files = render_main(sample_machine(), "0a1b", {"443"});
  ASSERT_TRUE(files);
  const std::string& text = files->at(kMainFile);
  const std::string format = text.substr(text.find("log_format"), text.find("}';") - text.find("log_format"));
  for (const char* variable :
       {"$request\"", "$request_uri", "$args", "$query_string", "$http_", "$arg_", "authorization"})
    EXPECT_THAT(format, Not(HasSubstr(variable))) << variable;
}

TEST(MainFiles, LetNoAnswerOfABackendSteerNginx) {
  const auto files = render_main(sample_machine(), "0a1b", {"443"});
  ASSERT_TRUE(files);
  EXPECT_THAT(files->at(kMainFile), HasSubstr("proxy_ignore_headers X-Accel-Redirect "));
}

TEST(MainFiles, SendNothingUpstreamWithoutItsOwnToken) {
  const auto files = render_main(sample_machine(), "0a1b", {"443"});
  ASSERT_TRUE(files);
  EXPECT_THAT(files->at("send.conf"), ::testing::StartsWith("if ($sallyport_authorization = \"\") { return 503; }"));
  EXPECT_THAT(files->at("send.conf"), Not(HasSubstr("$http_authorization")));
  for (const char* line :
       {"proxy_set_header Content-Type $http_content_type;", "proxy_set_header traceparent $http_traceparent;"})
    EXPECT_THAT(files->at("send.conf"), HasSubstr(line));
  EXPECT_THAT(files->at(kMainFile), HasSubstr("proxy_pass_request_headers off;"));
}

TEST(MainFiles, ShowNoCertificateToWhoeverAsksForNoNameOfOurs) {
  const auto files = render_main(sample_machine(), "0a1b", {"443", "10.0.0.1:8443"});
  ASSERT_TRUE(files);
  for (const char* address : {"443", "10.0.0.1:8443"}) {
    EXPECT_THAT(files->at(kMainFile),
                HasSubstr("listen " + std::string(address) +
                          " ssl default_server;\n    server_name _;\n    ssl_reject_handshake on;"));
  }
}

TEST(MainFiles, AreRefusedForAMachineThatCannotBeWritten) {
  Machine machine = sample_machine();
  machine.error_log = "/dev/null; include /etc/passwd";
  EXPECT_FALSE(render_main(machine, "0a1b", {"443"}));
  EXPECT_FALSE(render_main(sample_machine(), "a\"; return", {"443"}));
}

}  // namespace
}  // namespace sallyport::nginx_agent
