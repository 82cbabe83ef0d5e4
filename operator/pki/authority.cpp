// SPDX-License-Identifier: Apache-2.0
#include "operator/pki/authority.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "operator/pki/openssl.hpp"

namespace sallyport::pki {
namespace {

constexpr int kSerialBits = 127;
constexpr std::size_t kLongestHost = 253;
constexpr const char* kServerAuth = "serverAuth";
constexpr const char* kClientAuth = "clientAuth";

Error unmade(const char* what) {
  return {Code::Internal, std::string("cannot make ") + what, {}, {}};
}

bool extend(X509* certificate, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_serial(X509* certificate) {
  const Owned<BIGNUM> number(BN_new());
  return BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_term(X509* certificate, const Term& term) {
  const auto seconds = [](SystemTime time) { return std::chrono::system_clock::to_time_t(time); };
  return ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(term.from)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(term.until)) != nullptr;
}

/// Without extensions, issuer and signature.
Owned<X509> blank(const std::string& common_name, EVP_PKEY* key, const Term& term) {
  Owned<X509> certificate(X509_new());
  const auto* const name = reinterpret_cast<const unsigned char*>(common_name.c_str());
  const bool made = X509_set_version(certificate.get(), X509_VERSION_3) == 1 && set_serial(certificate.get()) &&
                    set_term(certificate.get(), term) && X509_set_pubkey(certificate.get(), key) == 1 &&
                    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8, name,
                                               static_cast<int>(common_name.size()), -1, 0) == 1;
  if (!made) certificate.reset();
  return certificate;
}

/// Put together from its parts: as a text, one name could be read as several.
bool add_name(GENERAL_NAMES* names, int type, const std::string& bytes) {
  Owned<GENERAL_NAME> name(GENERAL_NAME_new());
  const bool address = type == GEN_IPADD;
  ASN1_STRING* const value = ASN1_STRING_type_new(address ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
  if (name == nullptr || value == nullptr) return false;
  ASN1_STRING_set(value, bytes.data(), static_cast<int>(bytes.size()));
  GENERAL_NAME_set0_value(name.get(), type, value);
  if (sk_GENERAL_NAME_push(names, name.get()) <= 0) return false;
  static_cast<void>(name.release());
  return true;
}

bool attach(X509* certificate, GENERAL_NAMES* names) {
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1;
}

bool is_host(const std::string& name) {
  return !name.empty() && name.size() <= kLongestHost && name.front() != '.' && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

/// Network byte order, as a certificate has it; empty for what is no address.
std::string address_bytes(const std::string& name) {
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET, name.c_str(), bytes.data()) == 1) return {bytes.begin(), bytes.begin() + 4};
  if (inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1) return {bytes.begin(), bytes.end()};
  return {};
}

const EVP_MD* digest_of(const EVP_PKEY* key) {
  return EVP_PKEY_is_a(key, "ED25519") == 1 ? nullptr : EVP_sha256();  // EdDSA brings its own
}

bool signs_itself(X509* certificate) {
  return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}

}  // namespace

Result<Authority> Authority::make(const std::string& common_name, const Term& term) {
  const Quiet errors;
  Key key = TRY(Key::make());
  const Owned<X509> certificate = blank(common_name, key.get(), term);
  X509* const own = certificate.get();
  const bool made = own != nullptr && extend(own, own, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                    extend(own, own, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                    extend(own, own, NID_subject_key_identifier, "hash") &&
                    X509_set_issuer_name(own, X509_get_subject_name(own)) == 1 &&
                    X509_sign(own, key.get(), EVP_sha256()) > 0;
  if (!made) return unmade("an authority");
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), own);
  return Authority(TRY(Certificate::read(text_of(bio))), std::move(key), {});
}

Result<Authority> Authority::read(const std::string& certificate, const Secret& key) {
  const Quiet errors;
  const std::vector<Certificate> chain = TRY(Certificate::read_all(certificate));
  Key own = TRY(Key::read(key));
  if (!chain.front().is_authority()) {
    return Error{Code::InvalidSpec, "is not the certificate of an authority: it may not sign others", {}, {}};
  }
  if (!chain.front().is_of(own)) return Error{Code::InvalidSpec, "is not the certificate of this key", {}, {}};
  std::string above;
  for (const Certificate& link : chain)
    if (!signs_itself(link.get())) above += link.pem();
  return Authority(chain.front(), std::move(own), std::move(above));
}

/// Extensions that every leaf has, the signature, and the chain.
Result<std::string> Authority::sign(x509_st* leaf, const char* usage) const {
  X509* const issuer = certificate_.get();
  bool made = extend(leaf, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
              extend(leaf, issuer, NID_key_usage, "critical,digitalSignature") &&
              extend(leaf, issuer, NID_ext_key_usage, usage);
  // Tells authorities of one name apart, as they are while one takes the other's place.
  if (X509_get0_subject_key_id(issuer) != nullptr)
    made = made && extend(leaf, issuer, NID_authority_key_identifier, "keyid");
  made = made && X509_set_issuer_name(leaf, X509_get_subject_name(issuer)) == 1 &&
         X509_sign(leaf, key_.get(), digest_of(key_.get())) > 0;
  if (!made) return unmade("a certificate");
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), leaf);
  return text_of(bio) + above_;
}

Result<std::string> Authority::issue_server(const Key& key, const std::vector<std::string>& names,
                                            const Term& term) const {
  const Quiet errors;
  const Owned<X509> leaf = blank("sallyport", key.get(), {term.from, std::min(term.until, certificate_.term().until)});
  const Owned<GENERAL_NAMES> alternatives(sk_GENERAL_NAME_new_null());
  if (names.empty()) return Error{Code::InvalidSpec, "a server's certificate needs a name", {}, {}};
  for (const std::string& name : names) {
    const std::string address = address_bytes(name);
    if (address.empty() && !is_host(name)) {
      return Error{Code::InvalidSpec, "is no host name in lower case and no address: '" + name + "'", {}, {}};
    }
    if (!add_name(alternatives.get(), address.empty() ? GEN_DNS : GEN_IPADD, address.empty() ? name : address))
      return unmade("a certificate");
  }
  if (leaf == nullptr || !attach(leaf.get(), alternatives.get())) return unmade("a certificate");
  return sign(leaf.get(), kServerAuth);
}

Result<std::string> Authority::issue_client(std::string_view request, const std::string& uri, const Term& term) const {
  const Quiet errors;
  const auto bio = bio_of(request.substr(0, kMaxRequestSize + 1));
  const Owned<X509_REQ> asked(
      request.size() > kMaxRequestSize ? nullptr : PEM_read_bio_X509_REQ(bio.get(), nullptr, no_pass_phrase, nullptr));
  EVP_PKEY* const key = asked == nullptr ? nullptr : X509_REQ_get0_pubkey(asked.get());
  if (key == nullptr) return Error{Code::InvalidSpec, "is not a certificate request in PEM", {}, {}};
  if (!is_strong(key)) return Error{Code::InvalidSpec, "is for a key of a kind or size that is not taken", {}, {}};
  if (X509_REQ_verify(asked.get(), key) != 1) {
    return Error{Code::InvalidSpec, "is not signed by the key that it is for", {}, {}};
  }
  const Owned<X509> leaf = blank("sallyport agent", key, {term.from, std::min(term.until, certificate_.term().until)});
  const Owned<GENERAL_NAMES> alternatives(sk_GENERAL_NAME_new_null());
  const bool made =
      leaf != nullptr && add_name(alternatives.get(), GEN_URI, uri) && attach(leaf.get(), alternatives.get());
  if (!made) return unmade("a certificate");
  return sign(leaf.get(), kClientAuth);
}

}  // namespace sallyport::pki
