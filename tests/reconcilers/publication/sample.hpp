// SPDX-License-Identifier: Apache-2.0
// An endpoint in which everything is right.
#pragma once

#include <string>

#include "reconcilers/publication/endpoint.hpp"

namespace sallyport::publication {

inline Endpoint sample_endpoint() {
  Endpoint endpoint;
  endpoint.id = "fraud_scoring_0123456789";
  endpoint.owner = "ProtectedEndpoint risk/fraud-scoring";
  endpoint.uid = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9";
  endpoint.generation = 3;
  endpoint.host = "fraud.ml.example.com";
  endpoint.path = "/serving-endpoints/fraud-scoring/invocations";
  endpoint.certificate = std::string(64, 'c');
  endpoint.backends.push_back(Backend{.name = "eu",
                                      .host = "adb-1.7.azuredatabricks.net",
                                      .path = "/serving-endpoints/fraud-scoring/invocations",
                                      .token_endpoint = "https://adb-1.7.azuredatabricks.net/oidc/v1/token"});
  endpoint.token.issuer.issuer = "https://login.example.com";
  endpoint.token.issuer.jwks_uri = "https://login.example.com/jwks";
  endpoint.token.algorithms = {"RS256", "ES256"};
  endpoint.token.audience = "https://ml.example.com";
  endpoint.token.scopes = {"fraud:score"};
  return endpoint;
}

inline std::string sample_backend_key() {
  return key_of(sample_endpoint().backends[0]);
}

}  // namespace sallyport::publication
