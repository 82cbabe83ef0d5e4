// SPDX-License-Identifier: Apache-2.0
// Policies for tests, whose tokens an issuer of the token tests makes.
#pragma once

#include "reconcilers/authorizer/policy.hpp"
#include "tests/reconcilers/publication/sample.hpp"
#include "tests/reconcilers/token/token_issuer.hpp"

namespace sallyport::authorizer {

inline Policy sample_policy(const std::function<void(publication::Endpoint&)>& edit = {},
                            const std::string& document = std::string(64, 'd')) {
  publication::Endpoint endpoint = publication::sample_endpoint();
  if (edit) edit(endpoint);
  return *make_policy(endpoint, document);
}

inline token::Claims claims_of(const std::string& subject, std::vector<std::string> groups = {},
                               const std::string& client = "fraud-app") {
  token::Claims claims;
  claims.issuer = "https://login.example.com";
  claims.subject = subject;
  claims.client = client;
  claims.groups = std::move(groups);
  claims.by_client = subject == client;
  return claims;
}

}  // namespace sallyport::authorizer
