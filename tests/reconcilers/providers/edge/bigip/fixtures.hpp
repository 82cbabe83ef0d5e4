// SPDX-License-Identifier: Apache-2.0
// What the BIG-IP tests have in common: a fragment as a platform team would have it, real key pairs, secrets from
// memory.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <map>
#include <string>
#include <utility>

#include "reconcilers/ir/edge.hpp"
#include "reconcilers/ir/secret_source.hpp"

namespace sallyport::edge::bigip::testing {

/// `name` also makes the uid, the address' last part and the place differ.
inline ir::EdgeFragment fragment(const std::string& name = "fraud", int number = 1) {
  ir::EdgeFragment one;
  one.owner = {"ProtectedEndpoint", "risk", name, Uid("uid-" + name), "41", 3};
  one.place = {"sp_inst0001_risk_1", name + "_0a1b2c3d"};
  one.host = name + ".ml.example.com";
  one.address = "192.0.2." + std::to_string(32 + number);
  one.certificate = {"risk", name + "-tls", "secret-uid", "7"};
  one.policy = {"/Common/corp_oauth", "/Common/corp_oauth_api"};
  one.upstream = {"adb-1234567890123456.7.azuredatabricks.net", 443};
  one.allowed_paths = {"/serving-endpoints/" + name + "/invocations"};
  return one;
}

inline ir::EdgeFragment absent(ir::EdgeFragment one) {
  one.wish = ir::Wish::Absent;
  return one;
}

struct Pems {
  std::string certificate;
  std::string key;
};

inline std::string take_pem(BIO* bio) {
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<std::size_t>(length));
  BIO_free(bio);
  return pem;
}

/// A self-signed P-256 certificate for the hosts of ml.example.com, valid from `from` to `until` (Unix seconds).
inline Pems make_pems(std::int64_t from = 1, std::int64_t until = 4102444800) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  ASN1_TIME_set(X509_getm_notBefore(certificate), from);
  ASN1_TIME_set(X509_getm_notAfter(certificate), until);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("fraud.ml.example.com"), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:*.ml.example.com");
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(certificate, key, EVP_sha256());
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(out, certificate);
  Pems pems;
  pems.certificate = take_pem(out);
  out = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  pems.key = take_pem(out);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return pems;
}

inline ir::SecretBytes tls_secret(const Pems& pems) {
  return {{"tls.crt", Secret(pems.certificate)}, {"tls.key", Secret(pems.key)}};
}

/// Secrets from memory; an unknown one is NotFound.
class MemorySecrets final : public ir::SecretSource {
 public:
  /// The gateway's credentials, and a good key pair for every fragment() of these names.
  explicit MemorySecrets(std::vector<std::string> names = {"fraud"}) {
    const Pems pems = make_pems();
    for (const std::string& name : names) set("risk", name + "-tls", tls_secret(pems));
    set("sallyport", "bigip-edge", {{"username", Secret("admin")}, {"password", Secret("s3cret")}});
  }
  void set(const std::string& ns, const std::string& name, ir::SecretBytes bytes) {
    kept_[{ns, name}] = std::move(bytes);
  }
  [[nodiscard]] int reads() const { return reads_; }
  void fail(Error error) { failure_ = std::move(error); }
  Result<ir::SecretBytes> read(const std::string& ns, const std::string& name) override {
    ++reads_;
    if (failure_ && name != "bigip-edge") return *failure_;
    const auto found = kept_.find({ns, name});
    if (found == kept_.end()) return Error{Code::NotFound, "Secret " + ns + "/" + name + " is not there", {}, {}};
    return found->second;
  }

 private:
  std::map<std::pair<std::string, std::string>, ir::SecretBytes> kept_;
  std::optional<Error> failure_;
  int reads_ = 0;
};

inline ir::EdgeConnection connection(std::vector<std::string> units = {"https://bigip-a.example.com"}) {
  ir::EdgeConnection one;
  one.name = "edge";
  one.units = std::move(units);
  one.credentials = {"sallyport", "bigip-edge", "u", "1"};
  one.instance = InstanceId("inst0001");
  return one;
}

}  // namespace sallyport::edge::bigip::testing
