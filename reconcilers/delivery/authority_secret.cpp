// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/delivery/authority_secret.hpp"

#include "operator/base/log.hpp"
#include "reconcilers/shared/store_adapters.hpp"

namespace sallyport::delivery {

Result<void> AuthoritySecret::read() {
  const std::string& ns = store_.operator_namespace();
  const auto known = store_.secrets().get(ns, name_);
  if (authorities_ && known && known->meta.resource_version == version_) return {};
  store::SecretRead secret = TRY(store_.read_secret(ns, name_));
  if (authorities_ && secret.meta.resource_version == version_) return {};  // the cache lags behind what we wrote
  auto read = Authorities::read(secret.bytes);
  if (!read) return read.error().context("Secret " + name_);
  const auto mark = secret.meta.labels.find(std::string(shared::kManagedBy));
  given_ = mark == secret.meta.labels.end() || mark->second != "sallyport";
  version_ = secret.meta.resource_version;
  bytes_ = std::move(secret.bytes);
  authorities_ = std::make_shared<const Authorities>(*std::move(read));
  return {};
}

Result<void> AuthoritySecret::write(ir::SecretBytes bytes, const std::string& replaced) {
  store::SecretWrite secret;
  secret.ns = store_.operator_namespace();
  secret.name = name_;
  secret.bytes = std::move(bytes);
  secret.expected_resource_version = replaced;
  const auto written = store_.write_secret(secret);
  if (!written && written.error().code != Code::Conflict) return written.error();
  authorities_.reset();  // what is there counts, whoever wrote it
  return read();
}

Result<std::shared_ptr<const Authorities>> AuthoritySecret::look() {
  TRY(read());
  return authorities_;
}

Result<std::shared_ptr<const Authorities>> AuthoritySecret::tend(const std::string& instance) {
  const SystemTime now = clock_.now();
  if (const Result<void> there = read(); !there) {
    // Only the API server's own word that there is none lets us make one.
    if (there.error().code != Code::NotFound) return there.error();
    log::info("making an authority for the agents' certificates", {{"secret", name_}});
    TRY(write(TRY(new_authorities(instance, now)), {}));
    return authorities_;
  }
  if (given_) return authorities_;
  if (auto step = TRY(next_step(bytes_, instance, now))) {
    log::info("the authority of the agents' certificates changes hands", {{"secret", name_}});
    TRY(write(*std::move(step), version_));
  }
  return authorities_;
}

std::vector<std::string> AuthoritySecret::notes() const {
  if (!authorities_ || !given_) return {};
  return notes_on(*authorities_, name_, clock_.now());
}

}  // namespace sallyport::delivery
