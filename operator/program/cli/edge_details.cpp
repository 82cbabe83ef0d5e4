// SPDX-License-Identifier: Apache-2.0
#include "operator/program/cli/edge_details.hpp"

#include "operator/base/text.hpp"

namespace sallyport::program::cli {
namespace {

std::string policy_of(const ir::EdgeFragment& fragment) {
  if (fragment.check) return "tokens of " + fragment.check->issuer.issuer + " for " + fragment.check->audience;
  return "token policy " + fragment.policy.access_profile + ", " + fragment.policy.per_request_policy;
}

}  // namespace

std::vector<std::string> edge_details(const ir::EdgeFragment& fragment) {
  const std::string at = fragment.address.empty() ? "" : " on " + fragment.address;
  const ir::ServingHost& upstream = fragment.upstream;
  return {"https://" + fragment.host + at + ":" + std::to_string(fragment.port),
          "to https://" + upstream.host + ":" + std::to_string(upstream.port) + join(fragment.allowed_paths, ", "),
          policy_of(fragment)};
}

}  // namespace sallyport::program::cli
