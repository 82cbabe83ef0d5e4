// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/publication/endpoint.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/base/json.hpp"
#include "operator/schema/codec.hpp"
#include "reconcilers/publication/endpoint_table.hpp"

namespace sallyport::publication {

Result<Endpoint> read_endpoint(std::string_view text) {
  if (text.size() > kMaxDocumentSize) {
    return Error{Code::InvalidSpec, "is longer than " + std::to_string(kMaxDocumentSize) + " bytes", "document", {}};
  }
  const nlohmann::json document = TRY(parse_json(text, 16, Code::InvalidSpec));
  return schema::read<Endpoint>(document, "endpoint", schema::Unknown::Refuse).result();
}

std::string write_endpoint(const Endpoint& endpoint) {
  return schema::write(endpoint).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

namespace {

std::string origin_of(const Endpoint& endpoint) {
  return "https://" + endpoint.host + (endpoint.port == 443 ? "" : ":" + std::to_string(endpoint.port));
}

}  // namespace

std::string resource_of(const Endpoint& endpoint) {
  return origin_of(endpoint) + endpoint.path;
}

std::string metadata_url_of(const Endpoint& endpoint) {
  return origin_of(endpoint) + std::string(kMetadataPath) + endpoint.path;
}

std::string key_of(const Backend& backend) {
  return short_hash(schema::write(backend).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), 16);
}

std::vector<std::string> objects_of(const Endpoint& endpoint) {
  std::vector<std::string> names{endpoint.certificate, endpoint.client_ca, endpoint.token.issuer.trust,
                                 endpoint.upstream.credentials};
  for (const Backend& backend : endpoint.backends) names.push_back(backend.trust);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::erase(names, "");
  return names;
}

}  // namespace sallyport::publication
