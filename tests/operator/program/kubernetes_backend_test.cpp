// SPDX-License-Identifier: Apache-2.0
// Which connection the lease goes over. What the lease and the store do on theirs is in tests/operator/kube and
// tests/operator/store, and with a real API server in e2e/scenarios/test_leadership.py.
#include "operator/program/kubernetes_backend.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "operator/base/digest.hpp"
#include "tests/testing/raw_server.hpp"

namespace sallyport::program {
namespace {

using testing::raw_answer;
using testing::RawServer;
using testing::RawSocket;

/// Has nothing yet, and takes whatever is made. Records "<connection> <request line>".
void serve(RawServer& server, RawSocket& socket, int connection) {
  for (std::string request; !(request = socket.read_request()).empty();) {
    server.record(std::to_string(connection) + " " + request.substr(0, request.find('\r')));
    const std::string body = request.substr(request.find("\r\n\r\n") + 4);
    socket.send(request.starts_with("GET ") ? raw_answer(404, R"({"kind":"Status","reason":"NotFound","code":404})")
                                            : raw_answer(request.starts_with("POST ") ? 201 : 200, body));
  }
}

TEST(KubernetesBackend, KeepsTheLeaseOnAConnectionThatNothingElseUses) {
  RawServer server([&](RawSocket& socket, int number) { serve(server, socket, number); });
  const auto file = std::filesystem::temp_directory_path() / ("kubernetes-backend-" + random_name(8));
  std::ofstream(file) << "contexts: [{name: c, context: {cluster: c}}]\ncurrent-context: c\n"
                      << "clusters: [{name: c, cluster: {server: '" << server.url() << "'}}]\n";
  Settings settings;
  settings.kubeconfig = file.string();
  metrics::Metrics metrics;
  {
    const auto backend = open_kubernetes(settings, metrics);
    std::filesystem::remove(file);
    ASSERT_TRUE(backend) << backend.error().text();
    ASSERT_TRUE((*backend)->acquire({}));
    // The lease's connection waits for its next renewal: a shared pool would hand it out.
    const auto instance = (*backend)->store().instance_id();
    ASSERT_TRUE(instance) << instance.error().text();
  }  // releases the lease

  std::map<std::string, std::set<bool>> carries_leases;
  for (const std::string& request : server.requests())
    carries_leases[request.substr(0, request.find(' '))].insert(request.find("/leases") != std::string::npos);
  EXPECT_EQ(carries_leases.size(), 2U) << ::testing::PrintToString(server.requests());
  for (const auto& [connection, kinds] : carries_leases)
    EXPECT_EQ(kinds.size(), 1U) << ::testing::PrintToString(server.requests());
}

}  // namespace
}  // namespace sallyport::program
