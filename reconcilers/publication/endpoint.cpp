// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/publication/endpoint.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

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
