// SPDX-License-Identifier: Apache-2.0
// The gateways whose publication is handed out, and to whom.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reconcilers/shared/caches.hpp"

namespace sallyport::delivery {

/// A service account whose pods may enrol.
struct Account {
  std::string ns;
  std::string name;
  friend bool operator==(const Account&, const Account&) = default;
};

struct DeliveredGateway {
  std::string name;
  std::string directory;
  std::vector<Account> agents;
  schema::Metadata meta{};
  bool whole = true;  ///< false: the spec has errors, and the list may be part of what was meant

  [[nodiscard]] bool lists(const Account& account) const;
  /// Where its agents run, each once.
  [[nodiscard]] std::vector<std::string> namespaces() const;
};

/// Where the publication of such a gateway lies, below the operator's own folder of publications.
[[nodiscard]] std::string directory_of(const std::string& publications, const std::string& gateway);

/// As the cache has it now. Nothing for a gateway that is not there, is no NGINX, or publishes in a directory of its
/// own, where whoever can read it is its owner's matter.
[[nodiscard]] std::optional<DeliveredGateway> delivered(const shared::Caches& caches, const std::string& publications,
                                                        const std::string& name);
[[nodiscard]] std::vector<DeliveredGateway> all_delivered(const shared::Caches& caches,
                                                          const std::string& publications);

}  // namespace sallyport::delivery
