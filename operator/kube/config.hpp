// SPDX-License-Identifier: Apache-2.0
// Where the API server is and how we sign in to it: from a kubeconfig file, or from what a pod finds in its file
// system.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"
#include "operator/http/client.hpp"

namespace sallyport::kube {

struct Config {
  std::string server;  ///< URL, perhaps with a path prefix
  http::TlsOptions tls;
  Secret token;            ///< bearer token that never changes, or empty
  std::string token_file;  ///< path of one that is rotated (a ServiceAccount's lives an hour); wins over `token`
  std::string default_ns;  ///< of the context or the pod, else "default"
  std::string source;      ///< for a person: "kubeconfig /home/x/.kube/config, context dev" or "in-cluster"
};

/// What of the surroundings counts; tests put their own in.
struct ConfigSources {
  std::string
      kubeconfig{};  ///< --kubeconfig; empty: $KUBECONFIG (a list as in PATH), then in-cluster, then ~/.kube/config
  std::string context{};  ///< --context; empty: the file's current-context
  /// The value of an environment variable; empty: the process's own environment.
  std::function<std::optional<std::string>(const char* name)> environment{};
  std::string service_account_dir = "/var/run/secrets/kubernetes.io/serviceaccount";
};

/// --kubeconfig or KUBECONFIG first, then the pod's own account, then ~/.kube/config. InvalidSpec, with what to do,
/// when there is none, when it cannot be read, or when it asks for something that is not supported (exec plugins).
[[nodiscard]] Result<Config> load_config(const ConfigSources& sources);

/// Several kubeconfig files become one as kubectl does it: the first to define a name, or a current context, wins.
/// Relative paths in a file start at its own folder.
[[nodiscard]] Result<Config> read_kubeconfig(const std::vector<std::string>& files, const std::string& context);
/// KUBERNETES_SERVICE_HOST and _PORT; token, ca.crt and namespace from `service_account_dir`.
[[nodiscard]] Result<Config> in_cluster_config(const ConfigSources& sources);

/// Separate pools, so that hundreds of waiting watches or a slow status write cannot delay the lease.
struct Transports {
  std::unique_ptr<http::Client> unary;
  std::unique_ptr<http::Client> watch;
  std::unique_ptr<http::Client> events;
  std::unique_ptr<http::Client> lease;
};
[[nodiscard]] Result<Transports> make_transports(const Config& config);

}  // namespace sallyport::kube
