// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/discovery.hpp"

#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "reconcilers/token/key_set.hpp"

namespace sallyport::idp {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLargestDocument = 64UL << 10U;
constexpr std::chrono::minutes kBelieved{10};
constexpr std::size_t kLongestId = 200;

std::string text_of(const Json& document, const char* name) {
  const auto found = document.find(name);
  return found != document.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<void> check_endpoint(const std::string& url, const std::string& name, const std::string& where) {
  if (url.empty()) return {};
  const Result<http::Url> parsed = parse_endpoint(url, name);
  if (parsed) return {};
  return Error{Code::Unavailable, "the metadata is not usable: " + parsed.error().message, where, {}};
}

std::string hash_of(const Discovery& d) {
  return sha256_hex(d.issuer + "\n" + d.token_endpoint + "\n" + d.registration_endpoint + "\n" + d.jwks_uri);
}

}  // namespace

Result<std::vector<std::string>> metadata_urls(const std::string& issuer) {
  const http::Url url = TRY(parse_endpoint(issuer, "spec.issuer"));
  if (issuer.find_first_of("?#") != std::string::npos) {
    return Error{Code::InvalidSpec, "an issuer has neither query nor fragment", "spec.issuer", {}};
  }
  std::string path = url.target;
  while (path.ends_with('/')) path.pop_back();
  return std::vector<std::string>{url.origin() + path + "/.well-known/openid-configuration",
                                  url.origin() + "/.well-known/oauth-authorization-server" + path};
}

Issuer::Issuer(const ir::IdpConnection& connection, Connect connect, const Clock& clock)
    : issuer_(connection.issuer),
      registration_endpoint_(connection.registration_endpoint),
      clock_(clock),
      wire_(connect, connection.ca_bundle, kLargestDocument),
      keys_wire_(std::move(connect), connection.ca_bundle, token::kMaxKeySetSize) {}

Result<Discovery> Issuer::read_from(const std::string& url, std::stop_token stop) {
  const http::Response response = TRY(wire_.send(url, {}, std::move(stop)));
  const std::string where = where_of("GET", url);
  const Json document = Json::parse(response.body, nullptr, false);
  const bool busy = response.status >= 500 || response.status == 429;
  if (busy) return error_of(response, where, {});
  if (response.status != 200 || !document.is_object() || !document.contains("issuer")) {
    return Error{Code::NotFound, "HTTP " + std::to_string(response.status) + " without issuer metadata", where, {}};
  }
  Discovery found;
  found.issuer = text_of(document, "issuer");
  if (found.issuer != issuer_) {
    return Error{Code::Conflict,
                 one_line("the metadata is that of issuer '" + found.issuer + "', not of '" + issuer_ +
                          "': spec.issuer has to be the same, character by character"),
                 where,
                 {}};
  }
  found.token_endpoint = text_of(document, "token_endpoint");
  found.jwks_uri = text_of(document, "jwks_uri");
  found.registration_endpoint =
      registration_endpoint_.empty() ? text_of(document, "registration_endpoint") : registration_endpoint_;
  if (found.token_endpoint.empty()) {
    return Error{Code::Unavailable, "the metadata has no token_endpoint", where, {}};
  }
  TRY(check_endpoint(found.token_endpoint, "token_endpoint", where));
  TRY(check_endpoint(found.jwks_uri, "jwks_uri", where));
  TRY(check_endpoint(found.registration_endpoint, "registration_endpoint", where));
  found.hash = hash_of(found);
  return found;
}

Result<Discovery> Issuer::read(std::stop_token stop) {
  std::optional<Error> first;
  for (const std::string& url : TRY(metadata_urls(issuer_))) {
    Result<Discovery> found = read_from(url, stop);
    if (found) {
      const std::lock_guard lock(mutex_);
      last_ = *found;
      last_at_ = clock_.steady();
      return found;
    }
    if (!first) first = found.error();
    if (found.error().code != Code::NotFound) return found.error();
  }
  // Not NotFound: that would say that something of ours is not there.
  first->code = Code::Unavailable;
  return *first;
}

Result<std::vector<SigningKey>> Issuer::read_keys(const Discovery& discovery, std::stop_token stop) {
  if (discovery.jwks_uri.empty()) {
    return Error{Code::Unavailable, "the metadata has no jwks_uri, so nobody can check a token", {}, {}};
  }
  const http::Response response = TRY(keys_wire_.send(discovery.jwks_uri, {}, std::move(stop)));
  const std::string where = where_of("GET", discovery.jwks_uri);
  const auto unusable = [&](const std::string& why) { return Error{Code::Unavailable, why, where, {}}; };
  if (response.status != 200) return unusable("HTTP " + std::to_string(response.status) + " instead of the keys");
  const Result<token::KeySet> set = token::KeySet::read(response.body);
  if (!set) return unusable(set.error().message);
  std::vector<SigningKey> keys;
  for (const token::PublicKey& key : set->keys()) {
    keys.push_back({one_line(key.id(), kLongestId), key.thumbprint(), {}});
    for (const token::Algorithm algorithm : key.algorithms()) keys.back().algorithms.emplace_back(to_string(algorithm));
  }
  return keys;
}

Result<Discovery> Issuer::read_with_keys(std::stop_token stop) {
  Discovery discovery = TRY(read(stop));
  discovery.keys = read_keys(discovery, std::move(stop));
  return discovery;
}

Result<Discovery> Issuer::younger_than(std::chrono::milliseconds age, std::stop_token stop) {
  {
    const std::lock_guard lock(mutex_);
    if (last_ && clock_.steady() - last_at_ < age) return *last_;
  }
  return read(std::move(stop));
}

Result<Discovery> Issuer::current(std::stop_token stop) {
  return younger_than(kBelieved, std::move(stop));
}

}  // namespace sallyport::idp
