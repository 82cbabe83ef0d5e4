// SPDX-License-Identifier: Apache-2.0
// The part of the chain that is about who asks: the issuer and its keys, the token claim by claim, the exchange, and
// what Databricks lets that caller do. No link ever holds a token.
#pragma once

#include <memory>

#include "operator/program/cli/explaining.hpp"
#include "operator/program/cli/systems.hpp"
#include "reconcilers/authorizer/policy.hpp"
#include "reconcilers/token/key_set.hpp"

namespace sallyport::program::cli {

class TokenWalk {
 public:
  TokenWalk(Material& material, const shared::Connect& connect, const protected_endpoint::Validated& validated,
            const Subject& subject, SystemTime now);

  /// "issuer", and, where there is a token or should be one, "token", and for each backend "exchange" and "caller".
  [[nodiscard]] std::vector<Link> run();

 private:
  [[nodiscard]] Link issuer();
  [[nodiscard]] Link token();
  [[nodiscard]] Link exchange(std::size_t backend);
  [[nodiscard]] Link caller(std::size_t backend);
  [[nodiscard]] std::string said_of(std::size_t backend) const;
  [[nodiscard]] Result<authorizer::Policy> policy() const;
  [[nodiscard]] Result<Secret> presented();
  [[nodiscard]] Result<Secret> fetch_for_client() const;
  [[nodiscard]] Result<std::string> get(const std::string& url, const std::string& ca_bundle,
                                        const std::optional<Secret>& authorization) const;

  Material& material_;
  const shared::Connect& connect_;
  const protected_endpoint::Validated& v_;
  const Subject& subject_;
  const SystemTime now_;
  Systems systems_;
  std::string token_endpoint_;
  std::optional<token::KeySet> keys_;
  Secret token_;     ///< the caller's
  Secret upstream_;  ///< the last workspace's for it
};

}  // namespace sallyport::program::cli
