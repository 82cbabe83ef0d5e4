// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/delivery/authorities.hpp"

#include <set>

#include "operator/base/digest.hpp"

namespace sallyport::delivery {
namespace {

constexpr const char* kCertificate = "tls.crt";
constexpr const char* kKey = "tls.key";
constexpr const char* kNextCertificate = "next.crt";
constexpr const char* kNextKey = "next.key";
constexpr const char* kPreviousCertificate = "previous.crt";

constexpr std::chrono::hours kTerm{24 * 365};
/// Agents come every 16 hours, and the Secrets beside them are renewed within minutes.
constexpr std::chrono::hours kAnnounced{24 * 7};
constexpr std::size_t kRandomPart = 6;

std::string text_of(const ir::SecretBytes& secret, const char* name) {
  const auto found = secret.find(name);
  return found == secret.end() ? std::string() : found->second.reveal();
}

Error named(Error error, const char* key) {
  error.message = std::string(key) + " " + error.message;
  return error;
}

Result<pki::Authority> read_pair(const ir::SecretBytes& secret, const char* certificate, const char* key) {
  auto read = pki::Authority::read(text_of(secret, certificate), Secret(text_of(secret, key)));
  if (!read) return named(read.error(), certificate);
  return read;
}

bool is_old(const pki::Certificate& certificate, SystemTime now) {
  const auto [from, until] = certificate.term();
  return now >= until - (until - from) / 3;
}

Result<pki::Authority> make(const std::string& instance, SystemTime now) {
  // Told apart by their names, too: while one takes the other's place, both are in one bundle.
  return pki::Authority::make("sallyport agents " + instance + " " + random_name(kRandomPart),
                              {now - kSkew, now + kTerm});
}

}  // namespace

Result<Authorities> Authorities::read(const ir::SecretBytes& secret) {
  pki::Authority current = TRY(read_pair(secret, kCertificate, kKey));
  std::string bundle = current.certificate().pem();
  std::set<std::string> seen{bundle};
  for (const char* other : {kNextCertificate, kPreviousCertificate}) {
    if (text_of(secret, other).empty()) continue;
    const auto read = pki::Certificate::read(text_of(secret, other));
    if (!read) return named(read.error(), other);
    if (!read->is_authority())
      return named({Code::InvalidSpec, "is not the certificate of an authority", {}, {}}, other);
    if (seen.insert(read->pem()).second) bundle += read->pem();
  }
  return Authorities(std::move(current), std::move(bundle));
}

Result<ir::SecretBytes> new_authorities(const std::string& instance, SystemTime now) {
  const pki::Authority made = TRY(make(instance, now));
  return ir::SecretBytes{{kCertificate, Secret(made.certificate().pem())}, {kKey, TRY(made.key().pem())}};
}

Result<std::optional<ir::SecretBytes>> next_step(const ir::SecretBytes& secret, const std::string& instance,
                                                 SystemTime now) {
  using Step = std::optional<ir::SecretBytes>;
  const pki::Authority current = TRY(read_pair(secret, kCertificate, kKey));
  ir::SecretBytes after = secret;
  const std::string previous = text_of(secret, kPreviousCertificate);
  if (!previous.empty() && TRY(pki::Certificate::read(previous)).term().until <= now) after.erase(kPreviousCertificate);
  if (!secret.contains(kNextCertificate)) {
    if (!is_old(current.certificate(), now)) return after == secret ? Step{} : Step{std::move(after)};
    const pki::Authority made = TRY(make(instance, now));
    after.insert_or_assign(kNextCertificate, Secret(made.certificate().pem()));
    after.insert_or_assign(kNextKey, TRY(made.key().pem()));
    return Step{std::move(after)};
  }
  const pki::Authority next = TRY(read_pair(secret, kNextCertificate, kNextKey));
  const bool heard = now >= next.certificate().term().from + kSkew + kAnnounced;
  if (!heard && now < current.certificate().term().until - kLeafTerm)
    return after == secret ? Step{} : Step{std::move(after)};
  after.insert_or_assign(kPreviousCertificate, secret.at(kCertificate));
  after.insert_or_assign(kCertificate, secret.at(kNextCertificate));
  after.insert_or_assign(kKey, secret.at(kNextKey));
  after.erase(kNextCertificate);
  after.erase(kNextKey);
  return Step{std::move(after)};
}

std::vector<std::string> notes_on(const Authorities& given, const std::string& name, SystemTime now) {
  const SystemTime end = given.current().certificate().term().until;
  if (now >= end) {
    return {"the authority of the agents' certificates, tls.crt of Secret " + name + ", ended at " + to_rfc3339(end) +
            ": no agent can enrol, or fetch anything; put a new one there"};
  }
  if (!is_old(given.current().certificate(), now)) return {};
  return {"the authority of the agents' certificates, tls.crt of Secret " + name + ", ends at " + to_rfc3339(end) +
          ": renew it, the new one as next.crt first"};
}

}  // namespace sallyport::delivery
