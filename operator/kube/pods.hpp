// SPDX-License-Identifier: Apache-2.0
// Pods that come to us with a token of their service account: who they are by the API server's word, and whether they
// are still there.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"
#include "operator/kube/client.hpp"

namespace sallyport::kube {

/// Whose a token is.
struct PodAccount {
  std::string ns;
  std::string account;  ///< name of the service account
  std::string pod;
  std::string pod_uid;
  friend bool operator==(const PodAccount&, const PodAccount&) = default;
};

/// Thread-safe; blocks.
class Pods {
 public:
  Pods(std::unique_ptr<http::Client> http, ClientOptions options) : client_(std::move(http), std::move(options)) {}

  /// POST /apis/authentication.k8s.io/v1/tokenreviews. Unauthorized for a token that the API server does not know, or
  /// that is not for this audience; Refused for one that is no service account's, or is not bound to a pod, for such a
  /// token outlives whoever had it. That the pod is there is the API server's check.
  [[nodiscard]] Result<PodAccount> of_token(const Secret& token, const std::string& audience, std::stop_token stop);

  /// GET /api/v1/namespaces/<ns>/pods/<name>, as metadata. False only where the API server itself says NotFound.
  [[nodiscard]] Result<bool> exists(const std::string& ns, const std::string& name, std::stop_token stop);

 private:
  Client client_;
};

}  // namespace sallyport::kube
