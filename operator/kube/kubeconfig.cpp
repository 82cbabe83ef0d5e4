// SPDX-License-Identifier: Apache-2.0
// Kubeconfig files: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/. The only place that includes yaml.h
// in this library.
#include <yaml-cpp/yaml.h>

#include <filesystem>

#include "operator/base/digest.hpp"
#include "operator/kube/config.hpp"
#include "operator/kube/read_file.hpp"

namespace sallyport::kube {
namespace {

Error invalid(std::string message, std::string where = {}) {
  return Error{Code::InvalidSpec, std::move(message), std::move(where), {}};
}

struct Document {
  std::string file;
  YAML::Node root;
};

/// A named entry and the folder that its relative paths start at.
struct Entry {
  YAML::Node node;
  std::filesystem::path folder;
};

std::string text(const YAML::Node& node, const char* key) {
  const YAML::Node value = node[key];
  return value && value.IsScalar() ? value.Scalar() : "";
}

Result<std::vector<Document>> load(const std::vector<std::string>& files) {
  std::vector<Document> documents;
  for (const std::string& file : files) {
    const std::string content = TRY(read_file(file));
    auto root = guard(Code::InvalidSpec, "kubeconfig " + file, [&] { return YAML::Load(content); });
    if (!root) return root.error();
    if (!root->IsMap()) return invalid("is not a kubeconfig", file);
    documents.push_back({file, *root});
  }
  return documents;
}

/// `list` is "clusters", "users" or "contexts"; `inner` the key below each named entry.
Result<Entry> find(const std::vector<Document>& documents, const std::string& list, const std::string& name) {
  const std::string inner = list.substr(0, list.size() - 1);
  for (const Document& document : documents) {
    for (const YAML::Node& entry : document.root[list]) {
      if (text(entry, "name") != name) continue;
      const YAML::Node node = entry[inner];
      if (!node || !node.IsMap()) return invalid("has no " + inner, list + "[" + name + "]");
      return Entry{node, std::filesystem::absolute(document.file).parent_path()};
    }
  }
  return invalid("kubeconfig has no entry named \"" + name + "\"", list);
}

std::string path_of(const Entry& entry, const char* key) {
  const std::string value = text(entry.node, key);
  return value.empty() ? "" : (entry.folder / value).string();
}

Result<std::string> decoded(const Entry& entry, const char* key) {
  const std::string value = text(entry.node, key);
  if (value.empty()) return std::string();
  auto bytes = base64_decode(value);
  if (!bytes) return invalid("is not base64", key);
  return bytes;
}

Result<void> take_cluster(const Entry& cluster, Config& config) {
  config.server = text(cluster.node, "server");
  if (config.server.empty()) return invalid("the cluster has no server", "clusters[].cluster.server");
  if (!text(cluster.node, "proxy-url").empty())
    return invalid("proxies are not supported", "clusters[].cluster.proxy-url");
  config.tls.ca_bundle_pem = TRY(decoded(cluster, "certificate-authority-data"));
  // Inline data wins over the file, as in kubectl.
  if (config.tls.ca_bundle_pem.empty()) config.tls.ca_file = path_of(cluster, "certificate-authority");
  config.tls.server_name = text(cluster.node, "tls-server-name");
  config.tls.insecure_skip_verify = text(cluster.node, "insecure-skip-tls-verify") == "true";
  return {};
}

Result<void> refuse_unsupported(const Entry& user) {
  if (user.node["exec"]) {
    const std::string command = text(user.node["exec"], "command");
    return invalid("the exec plugin \"" + command +
                       "\" is not supported; use a token: kubectl create token <service "
                       "account>, put it into a kubeconfig as users[].user.tokenFile, and pass that with --kubeconfig",
                   "users[].user.exec");
  }
  for (const char* key : {"auth-provider", "username", "as"}) {
    if (user.node[key]) {
      return invalid("is not supported; use a token, tokenFile or a client certificate",
                     std::string("users[].user.") + key);
    }
  }
  return {};
}

Result<void> take_user(const Entry& user, Config& config) {
  TRY(refuse_unsupported(user));
  const std::string certificate = TRY(decoded(user, "client-certificate-data"));
  const std::string key = TRY(decoded(user, "client-key-data"));
  if (!certificate.empty()) config.tls.client_cert_pem = certificate;
  if (!key.empty()) config.tls.client_key_pem = Secret(key);
  if (certificate.empty()) config.tls.client_cert_file = path_of(user, "client-certificate");
  if (key.empty()) config.tls.client_key_file = path_of(user, "client-key");
  const bool has_certificate = !certificate.empty() || !config.tls.client_cert_file.empty();
  const bool has_key = !key.empty() || !config.tls.client_key_file.empty();
  if (has_certificate != has_key) return invalid("a client certificate needs its key", "users[].user");
  config.token_file = path_of(user, "tokenFile");
  config.token = Secret(text(user.node, "token"));
  return {};
}

}  // namespace

Result<Config> read_kubeconfig(const std::vector<std::string>& files, const std::string& context) {
  return guard(Code::InvalidSpec, "read kubeconfig", [&]() -> Result<Config> {
    const std::vector<Document> documents = TRY(load(files));
    std::string wanted = context;
    for (const Document& document : documents) {
      if (wanted.empty()) wanted = text(document.root, "current-context");
    }
    if (wanted.empty()) return invalid("kubeconfig has no current-context; choose one with --context");
    const Entry chosen = TRY(find(documents, "contexts", wanted));
    Config config;
    TRY(take_cluster(TRY(find(documents, "clusters", text(chosen.node, "cluster"))), config));
    if (const std::string user = text(chosen.node, "user"); !user.empty()) {
      TRY(take_user(TRY(find(documents, "users", user)), config));
    }
    config.default_ns = text(chosen.node, "namespace");
    if (config.default_ns.empty()) config.default_ns = "default";
    config.source = "kubeconfig " + documents.front().file + ", context " + wanted;
    return config;
  });
}

}  // namespace sallyport::kube
