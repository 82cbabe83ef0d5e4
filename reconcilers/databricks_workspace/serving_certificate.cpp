// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/databricks_workspace/serving_certificate.hpp"

#include "operator/base/text.hpp"

namespace sallyport::databricks_workspace {
namespace {

ir::Facts facts_of(const Result<http::ShownCertificate>& shown) {
  if (!shown) return {};
  ir::Facts facts{{"certificate_until", to_rfc3339(shown->until)}};
  if (!shown->refusal.empty()) facts["certificate_problem"] = one_line(shown->refusal, 512);
  return facts;
}

}  // namespace

ir::Facts ServingCertificates::facts(const std::string& invocations_url, const std::string& ca_bundle,
                                     std::stop_token stop) {
  const Result<http::Url> url = http::parse_url(invocations_url);
  if (!look_ || !url || url->scheme != "https") return {};
  const std::lock_guard lock(mutex_);
  const auto known = seen_.find(url->origin());
  const bool fresh =
      known != seen_.end() && known->second.ca_bundle == ca_bundle && clock_.steady() - known->second.at < keep_;
  if (fresh) return known->second.facts;
  http::TlsOptions tls;
  tls.ca_bundle_pem = ca_bundle;
  Seen& seen = seen_[url->origin()];
  seen = {clock_.steady(), ca_bundle, facts_of(look_(*url, tls, std::move(stop)))};
  return seen.facts;
}

}  // namespace sallyport::databricks_workspace
