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
  const std::string origin = url->origin();
  std::unique_lock lock(mutex_);
  const auto known = [&]() -> const Seen& { return seen_[origin]; };
  const auto is_fresh = [&] {
    return known().ca_bundle == ca_bundle && known().at && clock_.steady() - *known().at < keep_;
  };
  if (looking_at_ == origin) changed_.wait(lock, stop, [&] { return looking_at_ != origin; });
  if (is_fresh() || !looking_at_.empty()) return known().facts;
  looking_at_ = origin;
  lock.unlock();
  http::TlsOptions tls;
  tls.ca_bundle_pem = ca_bundle;
  ir::Facts facts = facts_of(look_(*url, tls, std::move(stop)));
  lock.lock();
  seen_[origin] = {clock_.steady(), ca_bundle, facts};
  looking_at_.clear();
  changed_.notify_all();
  return facts;
}

}  // namespace sallyport::databricks_workspace
