// SPDX-License-Identifier: Apache-2.0
// A registrar in memory and a provider class that can be "restarted" in front of it.
#pragma once

#include "reconcilers/providers/idp/idp_provider.hpp"
#include "tests/reconcilers/providers/idp/fake_registrar.hpp"

namespace sallyport::testing {

class RegistrationFixture : public ::testing::Test {
 protected:
  RegistrationFixture() { restart(); }

  /// What is in memory only is gone.
  void restart() {
    provider_ =
        *idp::make_idp_provider(connection_, {connect_to(registrar_.network()), secrets_, vault_, clock_, random_});
  }
  ir::Verdict converge() { return provider_->converge(fragment_, {}); }
  ir::Verdict converge(ir::Wish wish) {
    ir::ClientFragment other = fragment_;
    other.wish = wish;
    return provider_->converge(other, {});
  }
  /// The one request whose effect happens and whose answer is lost.
  void lose_answer(const std::string& method) {
    registrar_.after = [method, done = false](
                           const std::string& m,
                           const std::string& path) mutable -> std::optional<Result<http::Response>> {
      if (done || m != method || path == "/token") return std::nullopt;
      done = true;
      return Result<http::Response>(Error{Code::Unavailable, "connection reset", {}, {}});
    };
  }
  void answer_once(const std::string& method, const http::Response& response) {
    registrar_.before = [method, response, done = false](
                            const std::string& m,
                            const std::string& path) mutable -> std::optional<Result<http::Response>> {
      if (done || m != method || path == "/token" || path.starts_with("/.well")) return std::nullopt;
      done = true;
      return Result<http::Response>(response);
    };
  }

  FakeRegistrar registrar_;
  ir::IdpConnection connection_ = idp_connection("DynamicRegistration", FakeRegistrar::kIssuer);
  MemorySecrets secrets_{{{"initial_access_token", Secret("initial-token")}}};
  MemoryVault vault_;
  FakeClock clock_;
  FakeRandom random_;
  ir::ClientFragment fragment_ = client_fragment();
  std::unique_ptr<idp::IdpProvider> provider_;
};

}  // namespace sallyport::testing
