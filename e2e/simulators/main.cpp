// SPDX-License-Identifier: Apache-2.0
// sallyport-sim: a BIG-IP (or a pair) or a Databricks workspace on loopback, for end-to-end tests and for trying things
// out. Prints one JSON line with its URLs when it listens; ends on SIGTERM and SIGINT.
#include <CLI/CLI.hpp>
#include <csignal>
#include <fstream>
#include <iostream>

#include "e2e/simulators/bigip/simulator.hpp"
#include "e2e/simulators/databricks/simulator.hpp"
#include "e2e/simulators/json.hpp"
#include "operator/base/digest.hpp"

namespace {

using sallyport::Error;
using sallyport::Result;
using sallyport::Secret;
namespace http = sallyport::http;
namespace simulators = sallyport::simulators;

constexpr int kPortsToTry = 100;

/// What the command line says beyond simulators::Options.
struct Arguments {
  std::string system;
  int port = 0;
  std::string password;
  std::string token;
  std::string client;
  std::string latency = "none";
  std::string tls_cert_file;
  std::string tls_key_file;
  std::string ready_file;
  simulators::Options options;
};

void describe(CLI::App& app, Arguments& arguments) {
  simulators::Options& options = arguments.options;
  app.add_option("system", arguments.system, "bigip or databricks")
      ->required()
      ->check(CLI::IsMember({"bigip", "databricks"}));
  app.add_option("--port", arguments.port, "port on 127.0.0.1; 0: any free one. A second unit takes the next free one");
  app.add_option("--units", options.units, "bigip: devices of the group")->check(CLI::Range(1, 2));
  app.add_option("--user", options.user, "bigip: the administrator");
  app.add_option("--password", arguments.password, "bigip: of the administrator; made up and printed when not given");
  app.add_option("--token", arguments.token, "databricks: a personal access token that is accepted");
  app.add_option("--client", arguments.client, "databricks: ID:SECRET of a service principal that may sign in");
  app.add_option("--world", options.world_file, "databricks: JSON that replaces the default world");
  app.add_option("--tls-cert", arguments.tls_cert_file, "PEM; with --tls-key: serve HTTPS");
  app.add_option("--tls-key", arguments.tls_key_file, "PEM");
  app.add_option("--latency", arguments.latency, "none or realistic")->check(CLI::IsMember({"none", "realistic"}));
  app.add_option("--time-scale", options.time_scale, "simulated durations are divided by this")
      ->check(CLI::PositiveNumber);
  app.add_option("--faults", options.faults_file, "JSON rules, read again when the file changes");
  app.add_option("--journal", options.journal_file, "one JSON line a request is appended here");
  app.add_option("--ready-file", arguments.ready_file, "also write the ready line here");
}

void finish(Arguments& arguments) {
  simulators::Options& options = arguments.options;
  if (arguments.system == "bigip" && arguments.password.empty()) arguments.password = sallyport::random_name(16);
  options.password = Secret(arguments.password);
  options.token = Secret(arguments.token);
  options.scheme = arguments.tls_cert_file.empty() ? "http" : "https";
  const std::size_t colon = arguments.client.find(':');
  options.client_id = arguments.client.substr(0, colon);
  if (colon != std::string::npos) options.client_secret = Secret(arguments.client.substr(colon + 1));
  options.latency = arguments.latency == "realistic" ? simulators::Latency::Realistic : simulators::Latency::None;
}

/// A fixed port or the next free one after it.
Result<std::unique_ptr<http::Listener>> listen_near(http::ListenerOptions options, const http::Listener::Serve& serve) {
  for (int tried = 0; tried < kPortsToTry; ++tried, ++options.port) {
    auto listener = http::listen(options, serve);
    if (listener || options.port == 0 || listener.error().code != sallyport::Code::Unavailable) return listener;
  }
  return Error{sallyport::Code::Unavailable, "no free port found", {}, {}};
}

Result<std::vector<std::unique_ptr<http::Listener>>> listen_all(const Arguments& arguments,
                                                                simulators::Simulator& simulator) {
  std::vector<std::unique_ptr<http::Listener>> listeners;
  http::ListenerOptions options;
  options.port = arguments.port;
  options.tls_cert_file = arguments.tls_cert_file;
  options.tls_key_file = arguments.tls_key_file;
  options.max_connections = 1024;
  for (int unit = 0; unit < (arguments.system == "bigip" ? arguments.options.units : 1); ++unit) {
    const auto serve = [&simulator, unit](const http::Incoming& request) { return simulator.serve(request, unit); };
    listeners.push_back(unit == 0 ? TRY(http::listen(options, serve)) : TRY(listen_near(options, serve)));
    if (arguments.port != 0) options.port = listeners.back()->port() + 1;
  }
  return listeners;
}

std::string ready_line(const Arguments& arguments, const std::vector<std::unique_ptr<http::Listener>>& listeners) {
  simulators::Json line = {{"ready", true}, {"urls", simulators::Json::array()}};
  for (const auto& listener : listeners)
    line["urls"].push_back(arguments.options.scheme + "://127.0.0.1:" + std::to_string(listener->port()));
  if (arguments.system == "bigip") {
    line["user"] = arguments.options.user;
    line["password"] = arguments.password;
  }
  return line.dump();
}

Result<void> run(Arguments& arguments, const sigset_t& signals) {
  finish(arguments);
  const auto simulator = arguments.system == "bigip" ? TRY(simulators::make_bigip(arguments.options))
                                                     : TRY(simulators::make_databricks(arguments.options));
  const auto listeners = TRY(listen_all(arguments, *simulator));
  const std::string line = ready_line(arguments, listeners);
  std::cout << line << std::endl;
  if (!arguments.ready_file.empty()) std::ofstream(arguments.ready_file) << line << '\n';
  int signal = 0;
  sigwait(&signals, &signal);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  // Before any thread starts, so that only sigwait sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("A stand-in for a BIG-IP or a Databricks workspace, on loopback only.", "sallyport-sim");
  Arguments arguments;
  describe(app, arguments);
  CLI11_PARSE(app, argc, argv);
  if (const auto done = run(arguments, signals); !done) {
    std::cerr << "sallyport-sim: " << done.error().text() << '\n';
    return 1;
  }
  return 0;
}
