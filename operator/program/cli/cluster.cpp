// SPDX-License-Identifier: Apache-2.0
// Material from an API server.
#include <CLI/CLI.hpp>

#include "operator/base/text.hpp"
#include "operator/kube/config.hpp"
#include "operator/program/cli/material.hpp"
#include "operator/store/kubernetes.hpp"

namespace sallyport::program::cli {
namespace {

constexpr std::chrono::milliseconds kLook{100};

Result<void> wait_for(const store::KubernetesStore& store, std::chrono::milliseconds patience, std::stop_token stop) {
  const SteadyTime end = system_clock().steady() + patience;
  while (!store.synced()) {
    if (system_clock().steady() > end) {
      return Error{Code::Unavailable,
                   "gave up waiting for " + join(store.waiting_for(), ", ") +
                       "; see that the CRDs are installed and that you may list and watch them (kubectl auth can-i "
                       "watch f5gateways; in a namespace: protectedendpoints -n NAMESPACE)",
                   {},
                   {}};
    }
    system_clock().sleep(kLook, stop);
  }
  return {};
}

}  // namespace

void add_cluster_flags(CLI::App& command, ClusterSource& source) {
  command.add_option("--kubeconfig", source.kubeconfig,
                     "Path of a kubeconfig. Default: $KUBECONFIG, the pod's own account, ~/.kube/config");
  command.add_option("--context", source.context, "Context of the kubeconfig");
  command.add_option("-n,--namespace", source.ns, "Only this namespace");
}

Result<std::unique_ptr<Material>> read_cluster(const ClusterSource& source) {
  const kube::Config config = TRY(kube::load_config({.kubeconfig = source.kubeconfig, .context = source.context}));
  kube::Transports transports = TRY(kube::make_transports(config));
  store::KubernetesOptions options;
  options.operator_namespace = source.operator_namespace;
  if (!source.ns.empty()) options.namespaces = {source.ns};
  options.may_write = []() -> Result<void> {
    return Error{Code::Refused, "this command only reads; nothing was sent to the API server", {}, {}};
  };
  auto material = std::make_unique<Material>();
  auto store = std::make_unique<store::KubernetesStore>(
      std::move(transports), std::make_shared<kube::Credentials>(config, system_clock()), std::move(options));
  material->instance = InstanceId(source.instance);
  if (material->instance.empty()) {
    const Result<InstanceId> known = store->instance_id();
    if (!known && known.error().code == Code::Refused) {
      return Error{Code::NotFound,
                   "the ConfigMap " + source.operator_namespace +
                       "/sallyport-instance is not there or may not be read: the operator has not run yet, or runs in "
                       "another namespace; give --operator-namespace or --instance",
                   config.server,
                   {}};
    }
    material->instance = TRY(known);
  }
  const std::stop_source stop;
  TRY(store->start(
      watched_kinds(material->caches, schema::Unknown::Ignore), [](const Key&, store::Cause) {}, stop.get_token()));
  TRY(wait_for(*store, source.patience, stop.get_token()));
  material->store = std::move(store);
  return material;
}

}  // namespace sallyport::program::cli
