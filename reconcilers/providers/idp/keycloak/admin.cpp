// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/keycloak/admin.hpp"

namespace sallyport::idp::keycloak {
namespace {

/// The list of a realm's client scopes with their mappers is the largest answer.
constexpr std::size_t kLargestAnswer = 8UL << 20U;

const Secret* find(const ir::SecretBytes& bytes, const std::string& key) {
  const auto found = bytes.find(key);
  return found == bytes.end() || found->second.empty() ? nullptr : &found->second;
}

}  // namespace

Result<std::string> admin_base(const std::string& issuer) {
  static constexpr std::string_view kRealms = "/realms/";
  const http::Url url = TRY(parse_endpoint(issuer, "spec.issuer"));
  const std::size_t at = url.target.rfind(kRealms);
  const std::string realm = at == std::string::npos ? "" : url.target.substr(at + kRealms.size());
  if (realm.empty() || realm.find_first_of("/?#") != std::string::npos) {
    return Error{Code::InvalidSpec, "the issuer of a Keycloak realm ends in /realms/<realm>", "spec.issuer", {}};
  }
  return url.origin() + url.target.substr(0, at) + "/admin/realms/" + realm;
}

Admin::Admin(std::string base, Connect connect, std::string ca_bundle, Access access)
    : base_(std::move(base)),
      wire_(std::move(connect), std::move(ca_bundle), kLargestAnswer),
      access_(std::move(access)) {}

std::string Admin::where(const std::string& method, const std::string& path) const {
  return where_of(method, base_ + path);
}

Result<http::Response> Admin::send(const http::Request& request, const std::string& path, Issuer& issuer,
                                   std::stop_token stop) {
  for (bool again : {true, false}) {
    const Secret bearer = TRY(token(issuer, stop));
    http::Request signed_request = request;
    signed_request.authorization = Secret("Bearer " + bearer.reveal());
    http::Response response = TRY(wire_.send(base_ + path, signed_request, stop));
    if (response.status != 401) return response;
    drop(bearer);
    if (!again) return error_of(response, where(request.method, path), {bearer});
  }
  return Error{Code::Internal, "unreachable", {}, {}};
}

Result<Secret> Admin::token(Issuer& issuer, std::stop_token stop) {
  const std::lock_guard lock(mutex_);
  if (!token_.empty() && access_.clock.steady() < renew_at_) return token_;
  return sign_in(issuer, std::move(stop));
}

Result<Secret> Admin::sign_in(Issuer& issuer, std::stop_token stop) {
  const Discovery discovery = TRY(issuer.current(stop));
  const ir::SecretBytes bytes = TRY(access_.secrets.read(access_.credentials.ns, access_.credentials.name));
  const Secret* id = find(bytes, "client_id");
  const Secret* secret = find(bytes, "client_secret");
  if (id == nullptr || secret == nullptr) {
    return Error{Code::InvalidSpec,
                 access_.credentials.text() + " needs the keys client_id and client_secret",
                 "spec.registration.credentialsSecret",
                 {}};
  }
  TokenAnswer answer = TRY(request_token(wire_, {discovery.token_endpoint, id->reveal(), *secret}, std::move(stop)));
  if (answer.meaning != TokenAnswer::Meaning::Issued) {
    // Whatever it is called (Keycloak says unauthorized_client for a wrong secret), it is our credential.
    Error error = answer.error.value_or(Error{}).context("sign in as the operator's service account");
    error.code = Code::Unauthorized;
    error.message += "; renew " + access_.credentials.text();
    return error;
  }
  token_ = std::move(answer.access_token);
  renew_at_ = access_.clock.steady() + answer.life * 3 / 4;
  return token_;
}

void Admin::drop(const Secret& token) {
  const std::lock_guard lock(mutex_);
  if (token_ == token) token_ = Secret();
}

}  // namespace sallyport::idp::keycloak
