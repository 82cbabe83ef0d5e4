// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/certificate.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "operator/http/tls_peer.hpp"

namespace sallyport::edge {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

Error invalid(std::string why) {
  ERR_clear_error();
  return Error{Code::InvalidSpec, std::move(why), "spec.tls.secretName", {}};
}

Bio reader(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Asks nobody: without it OpenSSL would prompt at the terminal for an encrypted key's passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

std::vector<Certificate> read_certificates(const std::string& pem) {
  std::vector<Certificate> all;
  const Bio bio = reader(pem);
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)) all.emplace_back(one);
  ERR_clear_error();  // the end of the text is an error to OpenSSL
  return all;
}

/// Written anew rather than cut out: what is sent is certificates and nothing that stood between them.
std::string to_pem(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

Secret to_pem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  Secret secret(std::string(text, static_cast<std::size_t>(length)));
  OPENSSL_cleanse(text, static_cast<std::size_t>(length));
  return secret;
}

std::string to_text(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? to_rfc3339(utc_time(parts)) : "an unreadable time";
}

/// Empty: the certificate is for this host. A name in the subject alone does not count (RFC 9110 section 4.3.4).
std::string wrong_name(X509* leaf, const std::string& host) {
  constexpr unsigned kFlags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
  const bool fits = X509_check_host(leaf, host.c_str(), host.size(), kFlags, nullptr) == 1;
  return fits ? std::string() : "the certificate is not for " + host;
}

bool signs(X509* issuer, X509* certificate) {
  const bool does =
      X509_check_issued(issuer, certificate) == X509_V_OK && X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
  ERR_clear_error();
  return does;
}

/// What a client can build from the leaf: in whatever order they stand, and without those that nobody needs (RFC 8446
/// section 4.4.2).
std::vector<X509*> path_of(const std::vector<Certificate>& shown) {
  std::vector<X509*> path{shown.front().get()};
  while (path.size() <= shown.size() && !signs(path.back(), path.back())) {
    const auto next = std::find_if(shown.begin() + 1, shown.end(),
                                   [&](const Certificate& one) { return signs(one.get(), path.back()); });
    if (next == shown.end()) break;
    path.push_back(next->get());
  }
  return path;
}

std::optional<Error> check_validity(X509* leaf, SystemTime now) {
  std::time_t at = std::chrono::system_clock::to_time_t(now);
  const ASN1_TIME* until = X509_get0_notAfter(leaf);
  const ASN1_TIME* from = X509_get0_notBefore(leaf);
  if (X509_cmp_time(until, &at) <= 0) return invalid("the certificate has expired at " + to_text(until));
  if (X509_cmp_time(from, &at) > 0) return invalid("the certificate is not valid before " + to_text(from));
  return std::nullopt;
}

}  // namespace

Result<KeyPair> read_key_pair(const ir::SecretBytes& bytes, SystemTime now) {
  const auto certificate = bytes.find("tls.crt");
  const auto key = bytes.find("tls.key");
  if (certificate == bytes.end() || certificate->second.empty()) return invalid("the Secret has no tls.crt");
  if (key == bytes.end() || key->second.empty()) return invalid("the Secret has no tls.key");

  const std::vector<Certificate> chain = read_certificates(certificate->second.reveal());
  if (chain.empty()) return invalid("tls.crt holds no PEM certificate");
  const Bio bio = reader(key->second.reveal());
  const Key private_key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!private_key) return invalid("tls.key is no PEM private key, or it is encrypted");
  if (X509_check_private_key(chain.front().get(), private_key.get()) != 1) {
    return invalid("tls.key does not belong to the first certificate of tls.crt");
  }
  if (auto error = check_validity(chain.front().get(), now)) return *std::move(error);

  KeyPair pair{to_pem(chain.front().get()), {}, to_pem(private_key.get())};
  for (std::size_t i = 1; i < chain.size(); ++i) pair.chain += to_pem(chain[i].get());
  return pair;
}

const Result<KeyPair>& KeyPairs::read(const ir::SecretHandle& handle) {
  const auto key = std::tuple(handle.ns, handle.name, handle.resource_version);
  const auto found = read_.find(key);
  return found != read_.end() ? found->second : read_.emplace(key, read_anew(handle)).first->second;
}

Result<KeyPair> KeyPairs::read_anew(const ir::SecretHandle& handle) {
  const Result<ir::SecretBytes> bytes = secrets_.read(handle.ns, handle.name);
  if (bytes) return read_key_pair(*bytes, clock_.now());
  Error error = bytes.error();
  error.where = "spec.tls.secretName";
  return error;
}

ir::Facts shown_facts(const KeyPair& pair, const std::string& host) {
  const std::vector<Certificate> shown = read_certificates(pair.certificate + pair.chain);
  if (shown.empty()) return {};
  const std::vector<X509*> path = path_of(shown);
  std::optional<SystemTime> first;
  for (X509* const one : path) {
    const bool root = one != path.front() && signs(one, one);  // trusted for itself, whatever it says of its end
    const std::optional<SystemTime> end = root ? std::nullopt : http::end_of(one);
    if (end && (!first || *end < *first)) first = end;
  }
  if (!first) return {};
  ir::Facts facts{{"certificate_until", to_rfc3339(*first)}};
  std::string problem = wrong_name(shown.front().get(), host);
  const bool alone = shown.size() > 1 && path.size() == 1 && !signs(path.front(), path.front());
  if (problem.empty() && alone) problem = "none of the certificates after the first of tls.crt has signed it";
  if (!problem.empty()) facts["certificate_problem"] = problem;
  return facts;
}

KeyPair placeholder(const ir::SecretHandle& handle) {
  const std::string secret = "<secret " + handle.ns + "/" + handle.name;
  return KeyPair{secret + "#tls.crt>", {}, Secret(secret + "#tls.key>")};
}

}  // namespace sallyport::edge
