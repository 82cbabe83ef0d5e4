// SPDX-License-Identifier: Apache-2.0
// All serving endpoints of a workspace by one list, shared by everybody who asks within some seconds: a workspace holds
// up to a thousand, and a read each is what its request limits notice first. What the list does not tell and what never
// changes, an endpoint's URL and what goes with it, is kept from when the endpoint itself was read.
#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>

#include "operator/base/clock.hpp"
#include "reconcilers/providers/data/databricks/session.hpp"

namespace sallyport::data::databricks {

/// Thread-safe. References outlive it.
class Catalogue {
 public:
  Catalogue(Session& session, const Clock& clock) : session_(session), clock_(clock) {}

  /// GET /api/2.0/serving-endpoints, unless the last one is young enough. Empty when the endpoint is not in the list,
  /// which is no proof that it does not exist: the list shows what the caller may see, and may lag. Without a URL when
  /// the endpoint itself has never been read under this id.
  [[nodiscard]] Result<std::optional<ServingEndpoint>> find(const std::string& name, std::stop_token stop);
  /// Something newer is known of this endpoint: it was read itself, or changed.
  void remember(const ServingEndpoint& endpoint);

 private:
  [[nodiscard]] Result<void> refresh(std::stop_token stop);

  Session& session_;
  const Clock& clock_;
  std::mutex mutex_;  ///< held while listing: whoever asks meanwhile wants that very list
  std::unordered_map<std::string, ServingEndpoint> listed_;
  struct Route {
    std::string invocations_url;
    std::string authorization_details;
    bool scales_to_zero = false;  ///< as it was then
  };
  using Routes = std::unordered_map<std::string, Route>;
  static void fill_in(ServingEndpoint& endpoint, const Routes& routes);
  Routes routes_;  ///< by id
  std::optional<SteadyTime> listed_at_;
};

}  // namespace sallyport::data::databricks
