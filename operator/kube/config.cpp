// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/config.hpp"

#include <cstdlib>
#include <filesystem>

#include "operator/base/text.hpp"
#include "operator/kube/read_file.hpp"

namespace sallyport::kube {
namespace {

std::optional<std::string> variable(const ConfigSources& sources, const char* name) {
  if (sources.environment) return sources.environment(name);
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::vector<std::string> existing(const std::vector<std::string>& files) {
  std::vector<std::string> found;
  std::error_code ignored;
  for (const std::string& file : files) {
    if (!file.empty() && std::filesystem::exists(file, ignored)) found.push_back(file);
  }
  return found;
}

}  // namespace

Result<Config> load_config(const ConfigSources& sources) {
  if (!sources.kubeconfig.empty()) return read_kubeconfig({sources.kubeconfig}, sources.context);
  if (const auto listed = variable(sources, "KUBECONFIG"); listed && !listed->empty()) {
    // As kubectl does it: files of the list that do not exist are passed over, but one has to.
    const auto files = existing(split(*listed, ':'));
    if (files.empty()) return Error{Code::InvalidSpec, "no file named in KUBECONFIG exists", "KUBECONFIG", {}};
    return read_kubeconfig(files, sources.context);
  }
  if (variable(sources, "KUBERNETES_SERVICE_HOST")) return in_cluster_config(sources);
  const std::string home = variable(sources, "HOME").value_or("");
  const auto files = existing({home + "/.kube/config"});
  if (!files.empty()) return read_kubeconfig(files, sources.context);
  return Error{Code::InvalidSpec,
               "no cluster to talk to: give --kubeconfig, set KUBECONFIG, or run as a pod with a ServiceAccount",
               {},
               {}};
}

Result<Config> in_cluster_config(const ConfigSources& sources) {
  const std::string host = variable(sources, "KUBERNETES_SERVICE_HOST").value_or("");
  const std::string port = variable(sources, "KUBERNETES_SERVICE_PORT").value_or("443");
  if (host.empty()) return Error{Code::InvalidSpec, "not in a pod: KUBERNETES_SERVICE_HOST is not set", {}, {}};
  const std::string& dir = sources.service_account_dir;
  Config config;
  const bool ipv6 = host.find(':') != std::string::npos;
  config.server = "https://" + (ipv6 ? "[" + host + "]" : host) + ":" + port;
  config.tls.ca_file = dir + "/ca.crt";
  config.token_file = dir + "/token";
  config.source = "in-cluster";
  // Read here so that a pod without a mounted token says so at its start and not at its first request.
  auto token = read_file(config.token_file);
  if (!token) {
    return token.error().context("read the ServiceAccount token (is automountServiceAccountToken switched off?)");
  }
  TRY(read_file(config.tls.ca_file));
  const auto ns = read_file(dir + "/namespace");
  config.default_ns = ns ? std::string(trim(*ns)) : "default";
  return config;
}

Result<Transports> make_transports(const Config& config) {
  http::ClientOptions options;
  options.base_url = config.server;
  options.tls = config.tls;
  // 500 objects a page; the full list that follows an expired page token is larger.
  options.limits.body_bytes = 256UL << 20U;
  Transports made;
  made.unary = TRY(http::make_client(options));
  made.watch = TRY(http::make_client(options));
  options.limits.body_bytes = 4UL << 20U;
  made.events = TRY(http::make_client(options));
  made.lease = TRY(http::make_client(options));
  return made;
}

}  // namespace sallyport::kube
