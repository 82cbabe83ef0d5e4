// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/complaint.hpp"

#include <gtest/gtest.h>

namespace sallyport::nginx_agent {
namespace {

constexpr const char* kSyntax =
    "2026/11/30 20:00:00 [warn] 1#1: conflicting server name \"x\" on 127.0.0.1:1, ignored\n"
    "2026/11/30 20:00:00 [emerg] 4711#4711: unknown directive \"bogus\" in "
    "/var/lib/sallyport/generations/0a/endpoints/fraud_1.conf:5\n"
    "nginx: configuration file /var/lib/sallyport/generations/0a/test.conf test failed\n";
constexpr const char* kCertificate =
    "nginx: [emerg] cannot load certificate \"/var/lib/sallyport/objects/0a\": BIO_new_file() failed\n"
    "nginx: configuration file /var/lib/sallyport/generations/0a/test.conf test failed\n";

TEST(Complaint, IsTheFirstErrorWithoutTimeAndProcess) {
  EXPECT_EQ(complaint_of(kSyntax),
            "unknown directive \"bogus\" in /var/lib/sallyport/generations/0a/endpoints/fraud_1.conf:5");
  EXPECT_EQ(complaint_of(kCertificate),
            "cannot load certificate \"/var/lib/sallyport/objects/0a\": BIO_new_file() failed");
  EXPECT_EQ(complaint_of("something else\nmore"), "something else");
  EXPECT_EQ(complaint_of(""), "");
}

TEST(Complaint, NamesAnEndpointOrNone) {
  EXPECT_EQ(endpoint_named(kSyntax), "fraud_1");
  EXPECT_EQ(endpoint_named(kCertificate), std::nullopt);
  EXPECT_EQ(endpoint_named("[emerg] x in /a/endpoints/.conf:1"), std::nullopt);
  EXPECT_EQ(endpoint_named(""), std::nullopt);
}

}  // namespace
}  // namespace sallyport::nginx_agent
