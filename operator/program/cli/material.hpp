// SPDX-License-Identifier: Apache-2.0
// What render and plan look at: all objects, from manifests (with or without standalone mode's state directory) or from
// a cluster, behind the same store and caches that the reconcilers use.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "operator/schema/codec.hpp"
#include "operator/store/store.hpp"
#include "reconcilers/shared/caches.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace sallyport::program::cli {

struct Material {
  shared::Caches caches;
  std::vector<std::string> problems{};  ///< documents and files that could not be taken, and why
  std::vector<std::string> ignored{};   ///< documents of kinds that are not ours
  std::vector<std::string> assumed{};   ///< what no manifest declares and is taken to be there
  InstanceId instance{};
  std::unique_ptr<store::Store> store;  // last: it uses the caches
};

/// What to make of a Secret or a Namespace that no manifest declares: people keep them elsewhere.
enum class Undeclared {
  Assumed,  ///< There, usable, and without labels of its own; told in `assumed`.
  Missing,  ///< Secrets are missing; namespaces exist, as in standalone mode.
};

/// Stands for the id that an installation makes for itself, where there is none yet.
inline constexpr const char* kExampleInstance = "instance";

struct ManifestSource {
  std::vector<std::string> paths{};  ///< files and directories; "-" is stdin
  std::string state{};               ///< standalone mode's state directory; empty: none
  std::string instance{};            ///< wins over the state's
  std::string operator_namespace = "sallyport-system";
  Undeclared undeclared = Undeclared::Missing;
};

/// NotFound for a path that is not there or holds no manifest; InvalidSpec for a state directory that is none.
[[nodiscard]] Result<std::unique_ptr<Material>> read_manifests(const ManifestSource& source);

/// Flags of commands that can look at a cluster.
struct ClusterSource {
  std::string kubeconfig{};
  std::string context{};
  std::string ns{};        ///< empty: all
  std::string instance{};  ///< wins over the cluster's
  std::string operator_namespace = "sallyport-system";
  std::chrono::milliseconds patience = std::chrono::seconds(60);
};
void add_cluster_flags(CLI::App& command, ClusterSource& source);

/// Fills the caches once from the API server. Nothing is ever written: every write would be refused before it is sent.
[[nodiscard]] Result<std::unique_ptr<Material>> read_cluster(const ClusterSource& source);

/// All five kinds, decoded into these caches.
[[nodiscard]] std::vector<store::WatchedKind> watched_kinds(shared::Caches& caches, schema::Unknown unknown);

}  // namespace sallyport::program::cli
