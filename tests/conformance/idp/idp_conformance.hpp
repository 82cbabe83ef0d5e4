// SPDX-License-Identifier: Apache-2.0
// What the conformance tests of identity providers stand on: a provider class in front of a real provider, and a
// network between them that loses, spoils and counts.
#pragma once

#include "tests/conformance/idp/real_provider.hpp"

namespace sallyport::conformance {

/// Passes requests on, unless a test wants otherwise.
struct Meddler {
  enum class When { BeforeEffect, AfterEffect };
  /// Asked for every request; a result takes the place of the answer.
  using Intrude = std::function<std::optional<Result<http::Response>>(const http::Request& request)>;
  Intrude before;
  Intrude after;
  int writes = 0;  ///< requests with changes that were passed on

  void reset() {
    before = nullptr;
    after = nullptr;
  }
  /// The next request of this method that changes something.
  void once(const std::string& method, When when, const Result<http::Response>& instead) {
    auto intrude = [method, instead,
                    done = false](const http::Request& request) mutable -> std::optional<Result<http::Response>> {
      if (done || request.method != method || request.changes.empty()) return std::nullopt;
      done = true;
      return instead;
    };
    (when == When::BeforeEffect ? before : after) = intrude;
  }
};

inline Error lost() {
  return {Code::Unavailable, "the connection broke", {}, {}};
}

class IdpSuite : public ::testing::Test {
 protected:
  /// Made once a process; null, with the reason, where it cannot run.
  static OidcProvider* oidc_provider(std::string& why_not);
  static RunningKeycloak* keycloak(std::string& why_not);

  void use(RealProvider& real);
  void restart();
  [[nodiscard]] ir::Verdict converge(ir::Wish wish = ir::Wish::Present);
  /// A token at the real token endpoint.
  [[nodiscard]] bool signs_in();
  [[nodiscard]] std::size_t live() { return real_->clients_named(fragment_.client_name); }
  [[nodiscard]] static std::size_t orphans(const ir::Verdict& verdict);
  [[nodiscard]] std::string id() { return provider_->credentials(fragment_)->client_id; }
  /// The shared Connect: through `meddler_` to the real thing.
  [[nodiscard]] Result<std::unique_ptr<http::Client>> connect(const http::ClientOptions& options);

  RealProvider* real_ = nullptr;
  Meddler meddler_;
  ir::IdpConnection connection_;
  testing::MemorySecrets secrets_{{}};
  testing::MemoryVault vault_;
  testing::FakeClock clock_;
  testing::FakeRandom random_;
  ir::ClientFragment fragment_ = testing::client_fragment();
  std::unique_ptr<idp::IdpProvider> provider_;
};

}  // namespace sallyport::conformance
