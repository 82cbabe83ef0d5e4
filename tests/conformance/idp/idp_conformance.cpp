// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/idp/idp_conformance.hpp"

#include "operator/base/digest.hpp"
#include "reconcilers/providers/idp/token.hpp"

namespace sallyport::conformance {
namespace {

class MeddledClient final : public http::Client {
 public:
  MeddledClient(std::unique_ptr<http::Client> real, Meddler& meddler) : real_(std::move(real)), meddler_(meddler) {}

  Result<http::Response> send(const http::Request& request, std::chrono::milliseconds deadline,
                              std::stop_token stop) override {
    // What the guarded client (operator/audit) refuses.
    const bool mutating = request.method != "GET";
    if (mutating && request.changes.empty() && !request.session) {
      return Error{Code::Internal, "a change without an audit entry: " + request.method + " " + request.target, {}, {}};
    }
    if (meddler_.before) {
      if (auto instead = meddler_.before(request)) return *instead;
    }
    if (!request.changes.empty()) ++meddler_.writes;
    auto response = real_->send(request, deadline, stop);
    if (meddler_.after) {
      if (auto instead = meddler_.after(request)) return *instead;
    }
    return response;
  }
  Result<http::Response> stream(const http::Request& request, std::chrono::milliseconds idle, std::stop_token stop,
                                const OnLine& on_line) override {
    return real_->stream(request, idle, stop, on_line);
  }

 private:
  std::unique_ptr<http::Client> real_;
  Meddler& meddler_;
};

/// What must never be seen, whatever happened.
void expect_no_secret(const std::string& said, const ir::SecretBytes& secrets) {
  for (const auto& [key, value] : secrets) {
    const bool secret = key.ends_with("secret") || key.ends_with("token");
    EXPECT_FALSE(secret && said.find(value.reveal()) != std::string::npos) << key << " in " << said;
  }
}

}  // namespace

OidcProvider* IdpSuite::oidc_provider(std::string& why_not) {
  static std::string reason;
  static const std::unique_ptr<OidcProvider> kProvider = OidcProvider::start(reason);
  why_not = reason;
  return kProvider.get();
}

RunningKeycloak* IdpSuite::keycloak(std::string& why_not) {
  static std::string reason;
  static const std::unique_ptr<RunningKeycloak> kProvider = RunningKeycloak::find(reason);
  why_not = reason;
  return kProvider.get();
}

void IdpSuite::use(RealProvider& real) {
  real_ = &real;
  connection_ = real.connection();
  secrets_.set(real.credentials());
  // Tests share a provider: each is an owner of its own.
  fragment_.owner.uid = Uid(uuid_v4());
  fragment_.client_name = "sallyport " + connection_.instance.str() + " " + fragment_.owner.uid.str();
  restart();
}

Result<std::unique_ptr<http::Client>> IdpSuite::connect(const http::ClientOptions& options) {
  return std::unique_ptr<http::Client>(std::make_unique<MeddledClient>(TRY(http::make_client(options)), meddler_));
}

void IdpSuite::restart() {
  auto connect_to_it = [this](const http::ClientOptions& options) { return connect(options); };
  provider_ = *idp::make_idp_provider(connection_, {connect_to_it, secrets_, vault_, clock_, random_});
}

ir::Verdict IdpSuite::converge(ir::Wish wish) {
  ir::ClientFragment wished = fragment_;
  wished.wish = wish;
  const ir::SecretBytes before = vault_.only();
  ir::Verdict verdict = provider_->converge(wished, {});
  const std::string said = testing::text_of(verdict);
  expect_no_secret(said, before);
  expect_no_secret(said, vault_.only());
  expect_no_secret(said, real_->credentials());
  return verdict;
}

bool IdpSuite::signs_in() {
  const auto credentials = provider_->credentials(fragment_);
  if (!credentials) return false;
  idp::Wire wire([](const http::ClientOptions& options) { return http::make_client(options); }, "", 1U << 16U);
  const auto answer =
      idp::request_token(wire, {credentials->token_url, credentials->client_id, credentials->client_secret}, {});
  return answer && answer->meaning == idp::TokenAnswer::Meaning::Issued;
}

std::size_t IdpSuite::orphans(const ir::Verdict& verdict) {
  const auto found = verdict.facts.find("orphans");
  return found == verdict.facts.end() ? 0 : std::stoul(found->second);
}

}  // namespace sallyport::conformance
