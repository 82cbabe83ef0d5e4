// SPDX-License-Identifier: Apache-2.0
#include "operator/program/probe_listener.hpp"

#include <gtest/gtest.h>

#include "operator/http/client.hpp"
#include "operator/metrics/endpoint.hpp"

namespace sallyport::program {
namespace {

TEST(ProbeListener, TakesAddressAndPort) {
  for (const std::string address : {"127.0.0.1", "0.0.0.0", "::1"}) {
    const auto options = probe_listener(address + ":8080");
    ASSERT_TRUE(options) << options.error().text();
    EXPECT_EQ(options->address, address);
    EXPECT_EQ(options->port, 8080);
  }
}

TEST(ProbeListener, RefusesWhatIsNoAddressAndPort) {
  for (const char* text :
       {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:80a", "127.0.0.1:65536", ":-1"}) {
    const auto options = probe_listener(text);
    ASSERT_FALSE(options) << text;
    EXPECT_EQ(options.error().code, Code::InvalidSpec);
    EXPECT_EQ(options.error().where, "--listen");
  }
}

TEST(ProbeListener, KeepsLittleOfWhatAStrangerSends) {
  const auto options = probe_listener("127.0.0.1:0");
  ASSERT_TRUE(options);
  EXPECT_LE(options->max_connections, 32);
  metrics::Metrics metrics;
  const auto listener = metrics::serve(*options, {}, metrics);
  ASSERT_TRUE(listener) << listener.error().text();
  const auto client = http::make_client({.base_url = "http://127.0.0.1:" + std::to_string((*listener)->port())});
  ASSERT_TRUE(client) << client.error().text();
  const auto post = [&](std::size_t bytes) {
    const auto answer = (*client)->send({.method = "POST", .target = "/metrics", .body = std::string(bytes, 'x')},
                                        std::chrono::seconds(30), {});
    return answer ? answer->status : 0;
  };

  EXPECT_EQ(post(1024), 405);
  EXPECT_EQ(post(1025), 413);
}

}  // namespace
}  // namespace sallyport::program
