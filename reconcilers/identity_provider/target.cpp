// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/identity_provider/target.hpp"

#include <memory>

#include "reconcilers/identity_provider/consumer_secret.hpp"

namespace sallyport::identity_provider {
namespace {

using ir::Outcome;
using ir::Wish;
using shared::IdentityLink;

Result<void> deliver(IdentityLink& link, ConsumerSecrets& secrets, const ir::ClientFragment& fragment) {
  const idp::Credentials credentials = TRY(link.provider()->credentials(fragment));
  return secrets.deliver(fragment, link.connection().name, credentials);
}

ir::Verdict with_fault(ir::Verdict verdict, const Error& error) {
  verdict.outcome = error.code == Code::Conflict ? Outcome::Rejected : Outcome::Unknown;
  verdict.error = error;
  return verdict;
}

ir::Verdict one_client(IdentityLink& link, ConsumerSecrets& secrets, const ir::ClientFragment& fragment,
                       std::stop_token stop) {
  const auto provider = link.provider();
  const std::string& name = link.connection().name;
  if (fragment.wish == Wish::Observe) return provider->compare(fragment, stop);
  if (fragment.wish == Wish::Release) {
    // Before anything is forgotten: what the application holds is then the only copy.
    const Result<void> given = secrets.give_away(fragment, name, [&] { return provider->credentials(fragment); });
    if (!given) return with_fault({}, given.error());
  }
  ir::Verdict verdict = provider->converge(fragment, stop);
  Result<void> secret;
  if (verdict.outcome == Outcome::Applied) {
    secret = deliver(link, secrets, fragment);
    if (secret) verdict.facts["secret_version"] = secrets.version(fragment.owner.uid);
  } else if (verdict.outcome == Outcome::Gone && fragment.wish == Wish::Absent) {
    secret = secrets.take_away(fragment.owner, name);
  }
  return secret ? verdict : with_fault(std::move(verdict), secret.error());
}

}  // namespace

shared::IdentityLink::Step client_step(store::Store& store) {
  // The link keeps its step for as long as it lives, and with it what was delivered.
  return [secrets = std::make_shared<ConsumerSecrets>(store)](IdentityLink& link, const Key& target,
                                                              std::stop_token stop) -> runtime::Next {
    const auto provider = link.provider();
    if (!provider)
      return {Error{Code::Unavailable, "the identity provider has not been reached yet", {}, {}}, std::nullopt};
    if (target == link.check_target()) {
      Result<idp::Discovery> discovery = provider->discover(stop);
      const std::optional<Error> failed = discovery ? std::nullopt : std::optional{discovery.error()};
      link.set_health(std::move(discovery));
      return {failed, shared::drift_wait(link.around())};
    }
    const std::vector<ir::ClientFragment> wanted = link.wanted(target);
    if (wanted.empty()) return {};  // its owner is gone: nobody asks for another look
    std::optional<Error> failed;
    for (const ir::ClientFragment& fragment : wanted) {
      if (fragment.wish == Wish::Hold) continue;
      const ir::Verdict verdict = one_client(link, *secrets, fragment, stop);
      if (verdict.error) failed = verdict.error;
      link.record(target, fragment, verdict);
    }
    return {failed, shared::drift_wait(link.around())};
  };
}

}  // namespace sallyport::identity_provider
