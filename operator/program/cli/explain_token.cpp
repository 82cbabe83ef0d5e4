// SPDX-License-Identifier: Apache-2.0
#include "operator/program/cli/explain_token.hpp"

#include <algorithm>

#include "operator/base/text.hpp"
#include "reconcilers/authorizer/exchange.hpp"
#include "reconcilers/identity_provider/identity_config.hpp"
#include "reconcilers/protected_endpoint/decide.hpp"
#include "reconcilers/providers/data/databricks/answer.hpp"
#include "reconcilers/providers/data/databricks/paths.hpp"
#include "reconcilers/providers/edge/nginx/document.hpp"
#include "reconcilers/providers/idp/token.hpp"

namespace sallyport::program::cli {
namespace {

using protected_endpoint::Validated;

constexpr std::chrono::seconds kPatience{20};
constexpr const char* kOk = "ok: ";
constexpr const char* kWrong = "wrong: ";

Link refused(std::string name, std::string says, std::string mend) {
  return {std::move(name), Standing::Refuses, std::move(says), std::move(mend), {}};
}

std::string list_of(const std::vector<std::string>& values) {
  return values.empty() ? "none" : one_line(join(values, " "), 200);
}

std::string claim(bool is_right, const std::string& name, const std::string& has, const std::string& wants) {
  return (is_right ? kOk : kWrong) + name + " " + one_line(has, 200) + (is_right ? "" : ", wanted " + wants);
}

bool has_each(const std::vector<std::string>& has, const std::vector<std::string>& wanted) {
  return std::ranges::all_of(wanted, [&](const std::string& one) { return std::ranges::find(has, one) != has.end(); });
}

/// What the token says beside what is wanted, believed or not.
std::vector<std::string> claims_in_words(const token::Claims& claims, const token::Demand& demand, SystemTime now) {
  const bool in_time = claims.expires + demand.clock_skew > now;
  std::vector<std::string> lines{
      claim(claims.issuer == demand.issuer, "issuer", claims.issuer, demand.issuer),
      claim(has_each(claims.audiences, {demand.audience}), "audience", list_of(claims.audiences), demand.audience),
      claim(in_time, "expires", to_rfc3339(claims.expires), "after " + to_rfc3339(now)),
      claim(claims.issued <= now + demand.clock_skew, "issued", to_rfc3339(claims.issued), "before " + to_rfc3339(now)),
      claim(claims.expires - claims.issued <= demand.max_lifetime + std::chrono::seconds(1), "lifetime",
            std::to_string(std::chrono::floor<std::chrono::seconds>(claims.expires - claims.issued).count()) + "s",
            "at most " + std::to_string(demand.max_lifetime.count()) + "s"),
      claim(has_each(claims.scopes, demand.scopes), "scopes", list_of(claims.scopes), list_of(demand.scopes)),
      claim(has_each(claims.groups, demand.groups), "groups", list_of(claims.groups), list_of(demand.groups)),
      "subject " + one_line(claims.subject, 200) + ", client " + one_line(claims.client, 200)};
  return lines;
}

std::string mend_of(token::Reason reason) {
  using enum token::Reason;
  switch (reason) {
    case Expired:
    case NotYetValid:
    case IssuedInFuture:
      return "ask the issuer for another token, and see that the clocks agree";
    case ScopeMissing:
      return "ask for a token with the scopes of spec.identity.requiredScopes";
    case GroupMissing:
      return "have the caller put into the groups of spec.identity.requiredGroups, and a claim groups in the token";
    case AudienceWrong:
      return "ask for a token for this audience (resource or audience parameter, by the issuer)";
    case IssuerWrong:
      return "get the token from the issuer of spec.identity.providerRef";
    case KeyUnknown:
    case SignatureInvalid:
      return "get the token from this issuer; its keys may have been replaced since";
    case LifetimeTooLong:
      return "let tokens live shorter, or raise spec.tokens.maxLifetime of the IdentityProvider";
    case AlgorithmNotAllowed:
      return "add the algorithm that the issuer signs with to spec.tokens.algorithms of the IdentityProvider";
    case SenderConstrained:
      return "have the issuer give a bearer token: this one is bound to a key (DPoP, mTLS) that a bearer cannot show";
    case ActorNotAllowed:
      return "ask with the caller's own token: nobody may act for somebody else here";
    case TypeWrong:
      return "send an access token, and see that spec.tokens.profile of the IdentityProvider fits the issuer";
    default:
      return "get another access token from the issuer";
  }
}

}  // namespace

TokenWalk::TokenWalk(Material& material, const shared::Connect& connect, const Validated& validated,
                     const Subject& subject, SystemTime now)
    : material_(material),
      connect_(connect),
      v_(validated),
      subject_(subject),
      now_(now),
      systems_(material, connect) {}

std::vector<Link> TokenWalk::run() {
  std::vector<Link> links{issuer()};
  const bool asked = subject_.request || !subject_.token.empty() || !subject_.client_secret_name.empty();
  if (!asked || !v_.found.provider) return links;
  links.push_back(token());
  // Only a gateway that checks tokens itself makes the caller's one of the workspace.
  if (links.back().standing != Standing::Passes || !api::is_generated(v_.found.object->spec.identity)) return links;
  const auto& upstream = v_.found.object->spec.upstream;
  if (upstream && upstream->service_principal) {
    links.push_back(
        {"exchange",
         Standing::Passes,
         "Databricks sees one principal for all callers, '" + upstream->service_principal->application_id + "'",
         "",
         {}});
    return links;
  }
  const auto& backends = v_.found.object->spec.backends;
  for (std::size_t i = 0; i < backends.size(); ++i) {
    if (!v_.found.backends[i].workspace || !backends[i].serving) continue;
    links.push_back(exchange(i));
    if (links.back().standing == Standing::Passes) links.push_back(caller(i));
  }
  return links;
}

/// Begins what is said of one of several backends.
std::string TokenWalk::said_of(std::size_t backend) const {
  const auto& backends = v_.found.object->spec.backends;
  return backends.size() > 1 ? "backend '" + backends[backend].name + "': " : "";
}

Result<std::string> TokenWalk::get(const std::string& url, const std::string& ca_bundle,
                                   const std::optional<Secret>& authorization) const {
  const http::Url parsed = TRY(http::parse_url(url));
  http::ClientOptions options{parsed.origin()};
  options.tls.ca_bundle_pem = ca_bundle;
  options.limits.body_bytes = token::kMaxKeySetSize;
  const auto client = TRY(connect_(std::move(options)));
  http::Request request{.target = parsed.target, .headers = {{"Accept", "application/json"}}};
  request.authorization = authorization;
  const http::Response response = TRY(client->send(request, kPatience, {}));
  if (response.ok()) return response.body;
  const Code code = response.status == 403   ? Code::Refused
                    : response.status == 404 ? Code::NotFound
                                             : Code::Unavailable;
  return Error{code, "HTTP " + std::to_string(response.status) + " " + one_line(response.body, 200), url, {}};
}

Link TokenWalk::issuer() {
  const std::string name = v_.found.object->spec.identity.provider_ref.name;
  const auto provider = systems_.provider(name);
  if (!provider) return {"issuer", Standing::Unknown, provider.error().text(), "see `sallyport doctor`", {}};
  const Result<idp::Discovery> found = (*provider)->discover({});
  api::IdentityProviderStatus judged = v_.found.provider->status;
  identity_provider::tell_identity_config(found, v_.found.provider->spec, now_, judged);
  const schema::Condition* current = schema::find_condition(judged.conditions, "IdentityConfigCurrent");
  const bool is_current = current != nullptr && current->status == schema::ConditionStatus::True;
  if (!found && found.error().code == Code::Conflict)
    return refused("issuer", found.error().text(), "make an IdentityProvider for the issuer that it is now");
  if (!found) {
    return {"issuer",
            Standing::Short,
            found.error().text(),
            "see that the issuer runs; gateways go on with its keys for as long as spec.keys.staleAfter says",
            {}};
  }
  token_endpoint_ = found->token_endpoint;
  if (!found->keys) {
    return {"issuer",
            Standing::Short,
            found->keys.error().text(),
            "see that jwks_uri answers; gateways go on with the keys they have until spec.keys.staleAfter",
            {}};
  }
  if (const auto body = get(found->jwks_uri, v_.found.provider->spec.ca_bundle, std::nullopt)) {
    if (auto set = token::KeySet::read(*body)) keys_ = *std::move(set);
  }
  if (!is_current && api::is_generated(v_.found.object->spec.identity))
    return refused("issuer", current == nullptr ? "" : current->message, "see spec.tokens.algorithms");
  Link link{"issuer", Standing::Passes,
            found->issuer + " answers, with " + std::to_string(found->keys->size()) + " usable signing keys"};
  for (const idp::SigningKey& key : *found->keys) {
    const auto known =
        std::ranges::find(v_.found.provider->status.keys, key.thumbprint, &api::SigningKeyStatus::thumbprint);
    const bool seen = known != v_.found.provider->status.keys.end();
    link.details.push_back("key '" + one_line(key.id, 80) + "' for " + join(key.algorithms, ", ") +
                           (seen ? ", first seen at " + known->since : ", new"));
  }
  for (const token::UnusedKey& key : keys_ ? keys_->unused() : std::vector<token::UnusedKey>{})
    link.details.push_back("key '" + key.id + "' is not used: " + key.why);
  return link;
}

Result<Secret> TokenWalk::fetch_for_client() const {
  shared::StoreSecrets secrets(*material_.store);
  const ir::SecretBytes bytes = TRY(secrets.read(v_.found.object->meta.ns, subject_.client_secret_name));
  const auto part = [&](const char* name) {
    const auto found = bytes.find(name);
    return found == bytes.end() ? std::string() : found->second.reveal();
  };
  if (part("client_id").empty() || part("client_secret").empty()) {
    return Error{Code::InvalidSpec, "has no client_id and client_secret", "Secret " + subject_.client_secret_name, {}};
  }
  idp::Wire wire(connect_, v_.found.provider->spec.ca_bundle, token::kMaxKeySetSize);
  idp::ClientLogin login{part("token_url"), part("client_id"), Secret(part("client_secret"))};
  if (login.token_endpoint.empty()) login.token_endpoint = token_endpoint_;
  login.scope = join(v_.found.object->spec.identity.required_scopes, " ");
  idp::TokenAnswer answer = TRY(idp::request_token(wire, login, {}));
  if (answer.error) return *std::move(answer.error);
  return std::move(answer.access_token);
}

Result<Secret> TokenWalk::presented() {
  if (!subject_.token.empty()) return subject_.token;
  if (!subject_.client_secret_name.empty()) return fetch_for_client();
  if (subject_.request->authorizations.empty())
    return Error{Code::InvalidSpec, "401 token_missing: there is no Authorization header", {}, {}};
  if (subject_.request->authorizations.size() > 1)
    return Error{Code::InvalidSpec, "400: there is more than one Authorization header", {}, {}};
  const auto bearer = authorizer::bearer_of(subject_.request->authorizations.front().reveal());
  if (bearer) return Secret(std::string(*bearer));
  return Error{Code::InvalidSpec, "401 " + std::string(authorizer::row(bearer.error()).code), {}, {}};
}

/// By the same table and rules as a gateway that checks tokens itself.
Result<authorizer::Policy> TokenWalk::policy() const {
  ir::EdgeFragment fragment;
  fragment.owner = protected_endpoint::owner_of(v_.found.object);
  fragment.check = protected_endpoint::token_rules(v_);
  return authorizer::make_policy(edge::nginx::document(fragment, {}), {});
}

Link TokenWalk::token() {
  Result<Secret> presented_token = presented();
  if (!presented_token) {
    const bool fetched = !subject_.client_secret_name.empty();
    if (presented_token.error().code == Code::Unavailable)
      return {"token", Standing::Unknown, presented_token.error().text(), "see that the issuer runs", {}};
    return refused("token", presented_token.error().text(),
                   fetched ? "see the Secret " + subject_.client_secret_name + " and the client at the issuer"
                           : "send one header Authorization: Bearer TOKEN");
  }
  token_ = *std::move(presented_token);
  const Result<authorizer::Policy> rules = policy();
  if (!rules) return {"token", Standing::Unknown, rules.error().text(), "", {}};
  if (!keys_)
    return {"token", Standing::Unknown, "the issuer's keys could not be read, so nothing is believed", "", {}};
  Link link{"token", Standing::Passes, "accepted by the rules of this object"};
  if (!api::is_generated(v_.found.object->spec.identity))
    link.says += "; what the referenced policy on the gateway checks is not known";
  if (const auto jws = token::read_jws(token_.reveal())) {
    if (const auto claims = token::read_claims(jws->payload, jws->header.type, rules->demand.profile))
      link.details = claims_in_words(*claims, rules->demand, now_);
  }
  const auto claims = token::validate(token_.reveal(), *keys_, rules->demand, now_);
  // Only a gateway that checks tokens itself goes by these rules alone.
  const Standing wrong = api::is_generated(v_.found.object->spec.identity) ? Standing::Refuses : Standing::Unknown;
  if (!claims) {
    const token::Refusal& refusal = claims.error();
    link.standing = wrong;
    link.says = std::to_string(token::row(refusal.reason).status) + " " + std::string(to_string(refusal.reason)) +
                ": " + refusal.detail;
    link.mend = mend_of(refusal.reason);
    return link;
  }
  const authorizer::GrantVerdict grants = authorizer::judge_grants(*rules, *claims, now_);
  if (!grants.refused) return link;
  link.standing = wrong;
  link.says = std::to_string(authorizer::row(*grants.refused).status) + " " +
              std::string(authorizer::row(*grants.refused).code) + ": " + grants.detail;
  link.mend = "give the caller a grant in spec.access.grants that holds now";
  return link;
}

Link TokenWalk::exchange(std::size_t backend) {
  const Result<authorizer::Policy> rules = policy();
  const api::DatabricksWorkspaceSpec& workspace = v_.found.backends[backend].workspace->spec;
  const Result<http::Url> parsed = http::parse_url(protected_endpoint::token_endpoint_of(workspace));
  const auto unknown = [&](const Error& error) {
    return Link{"exchange", Standing::Unknown, said_of(backend) + error.text(), "", {}};
  };
  if (!rules) return unknown(rules.error());
  if (!parsed) return unknown(parsed.error());
  http::ClientOptions options{parsed->origin()};
  options.tls.ca_bundle_pem = workspace.ca_bundle;
  const auto client = connect_(std::move(options));
  if (!client) return unknown(client.error());
  const auto send = [&](http::Request request) {
    request.target = parsed->target;
    return authorizer::read_token_answer((*client)->send(request, kPatience, {}), now_);
  };
  auto answer = send(authorizer::exchange_request(token_.reveal(), rules->upstream));
  const auto* told = protected_endpoint::told_of(v_.found.object->status, v_.found.object->spec.backends[backend]);
  const std::string details = told == nullptr ? "" : told->authorization_details;
  if (answer) upstream_ = answer->token;
  if (answer && !details.empty()) answer = send(authorizer::narrowing_request(*answer, details));
  if (!answer) {
    const authorizer::Decision& decision = answer.error();
    Link link = refused(
        "exchange", said_of(backend) + std::to_string(decision.status) + " " + decision.code + ": " + decision.detail,
        "see that the workspace's account has a federation policy for this issuer and audience, and "
        "knows the token's subject");
    if (decision.status == 503) link.standing = Standing::Unknown;
    return link;
  }
  return {"exchange",
          Standing::Passes,
          said_of(backend) + "Databricks takes the token for one of its own, until " + to_rfc3339(answer->expires),
          "",
          {}};
}

/// As the caller: what it may do with the serving endpoint.
Link TokenWalk::caller(std::size_t backend) {
  const ServingRef serving = serving_of(v_.found.object->spec.backends[backend]);
  const api::DatabricksWorkspaceSpec& workspace = v_.found.backends[backend].workspace->spec;
  const std::string url = shared::origin_of(workspace.host) + data::databricks::endpoint_path(serving.endpoint);
  const std::string of = said_of(backend);
  const std::string mend = "grant it CanQuery: an entry of spec.access.grants for the caller or one of its groups";
  const auto body = get(url, workspace.ca_bundle, Secret("Bearer " + upstream_.reveal()));
  if (!body) {
    const bool refuses = body.error().code == Code::Refused || body.error().code == Code::NotFound;
    if (!refuses) return {"caller", Standing::Unknown, of + body.error().text(), "", {}};
    return refused("caller", of + "Databricks does not show it the serving endpoint '" + serving.endpoint + "'", mend);
  }
  const std::string level = data::databricks::text_member(*body, "permission_level");
  if (level == "CAN_VIEW")
    return refused("caller", of + "Databricks lets it see the serving endpoint and not query it (CAN_VIEW)", mend);
  return {
      "caller", Standing::Passes, of + "Databricks lets it query" + (level.empty() ? "" : " (" + level + ")"), "", {}};
}

}  // namespace sallyport::program::cli
