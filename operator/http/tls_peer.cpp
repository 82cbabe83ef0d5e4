// SPDX-License-Identifier: Apache-2.0
#include "operator/http/tls_peer.hpp"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

namespace sallyport::http {
namespace {

struct Free {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Error unusable(std::string message) {
  return Error{Code::Unavailable, std::move(message), {}, {}};
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

/// 64 lower-case hex digits from a pin as people and tools write it: with colons, in capitals.
std::string normal_pin(std::string_view pin) {
  std::string digits = to_lower(trim(pin));
  std::erase(digits, ':');
  return digits;
}

Result<std::string> read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return unusable("cannot read " + file);
  return text.str();
}

Owned<BIO> bio_of(const std::string& text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// An encrypted key is an error: without this, OpenSSL asks for its password at the terminal.
int no_password(char*, int, int, void*) {
  return -1;
}

/// `what` names the source in the error.
Result<int> add_authorities(X509_STORE* store, const std::string& pem, const std::string& what) {
  const Owned<BIO> bio = bio_of(pem);
  int count = 0;
  while (const Owned<X509> certificate{PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)}) {
    if (X509_STORE_add_cert(store, certificate.get()) == 1) ++count;
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (count == 0 || !at_end) return unusable(what + " has no certificate, or a damaged one");
  return count;
}

/// Empty when the options name no authority: the system's are then to be used.
Result<Owned<X509_STORE>> make_store(const TlsOptions& options) {
  if (options.ca_bundle_pem.empty() && options.ca_file.empty()) return Owned<X509_STORE>{};
  Owned<X509_STORE> store(X509_STORE_new());
  // What the bundle names is trusted as it is, be it an intermediate or an appliance's own self-signed certificate.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  if (!options.ca_bundle_pem.empty()) {
    static_cast<void>(TRY(add_authorities(store.get(), options.ca_bundle_pem, "the CA bundle")));
  }
  if (!options.ca_file.empty()) {
    const std::string pem = TRY(read_file(options.ca_file));
    static_cast<void>(TRY(add_authorities(store.get(), pem, options.ca_file)));
  }
  return store;
}

Result<void> use_certificate(SSL_CTX* context, const std::string& pem) {
  const Owned<BIO> bio = bio_of(pem);
  const Owned<X509> leaf(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) {
    ERR_clear_error();
    return unusable("the client certificate is not a PEM certificate");
  }
  while (X509* const link = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)) {
    SSL_CTX_add0_chain_cert(context, link);  // takes it over
  }
  ERR_clear_error();
  return {};
}

Result<void> use_key(SSL_CTX* context, const std::string& pem) {
  const Owned<BIO> bio = bio_of(pem);
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  const bool usable = key && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
  const bool matches = usable && SSL_CTX_check_private_key(context) == 1;
  ERR_clear_error();
  if (!key) return unusable("the client key is not an unencrypted PEM key");
  if (!matches) return unusable("the client key does not belong to the client certificate");
  return {};
}

Result<void> load_own_certificate(SSL_CTX* context, const TlsOptions& options) {
  if (!options.client_cert_pem && options.client_cert_file.empty()) return {};
  const std::string cert =
      options.client_cert_pem ? *options.client_cert_pem : TRY(read_file(options.client_cert_file));
  TRY(use_certificate(context, cert));
  const Secret key = options.client_key_pem ? *options.client_key_pem : Secret(TRY(read_file(options.client_key_file)));
  return use_key(context, key.reveal());
}

std::string sha256_of(const X509* certificate) {
  const Owned<BIO> der(BIO_new(BIO_s_mem()));
  i2d_X509_bio(der.get(), certificate);
  char* bytes = nullptr;
  const long length = BIO_get_mem_data(der.get(), &bytes);
  return sha256_hex({bytes, static_cast<std::size_t>(length)});
}

/// "a.example, b.example": for the person who has to find out why a name does not match.
std::string names_in(const X509* certificate) {
  std::vector<std::string> found;
  const Owned<GENERAL_NAMES> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS && name->type != GEN_IPADD) continue;
    const ASN1_STRING* const value = name->type == GEN_DNS ? name->d.dNSName : name->d.iPAddress;
    const auto length = static_cast<std::size_t>(ASN1_STRING_length(value));
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (name->type == GEN_DNS) {
      found.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)), length);
    } else if (inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(value), text.data(), text.size())) {
      found.emplace_back(text.data());
    }
  }
  return found.empty() ? "no name at all" : one_line(join(found, ", "), 200);
}

int judge_as_found(int verdict, X509_STORE_CTX*) {
  return verdict;
}

std::string words_for(int failure, const std::string& name, X509_STORE_CTX* chain) {
  X509* const leaf = X509_STORE_CTX_get0_cert(chain);
  switch (failure) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "certificate is for another name: wanted " + name + ", it has " + names_in(leaf);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:  // by another authority of the same name: a renewed one, as a rule
      return std::string("unknown CA: ") + X509_verify_cert_error_string(failure) + "; the certificate's SHA-256 is " +
             sha256_of(leaf);
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "certificate is not valid yet";
    default:
      return std::string("certificate refused: ") + X509_verify_cert_error_string(failure);
  }
}

}  // namespace

std::optional<SystemTime> end_of(const x509_st* certificate) {
  std::tm parts{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) return std::nullopt;
  return utc_time(parts);
}

Result<void> check_tls(const TlsOptions& options) {
  const std::string pin = normal_pin(options.pinned_sha256);
  const bool hex = pin.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!pin.empty() && (pin.size() != 64 || !hex)) {
    return Error{Code::InvalidSpec, "the pinned certificate has to be a SHA-256: 64 hex digits", {}, {}};
  }
  const bool has_cert = options.client_cert_pem || !options.client_cert_file.empty();
  const bool has_key = options.client_key_pem || !options.client_key_file.empty();
  if (has_cert != has_key) {
    return Error{Code::InvalidSpec, "a client certificate and its key come together, or not at all", {}, {}};
  }
  const Owned<SSL_CTX> trial(SSL_CTX_new(TLS_client_method()));
  const auto as_invalid = [](Error error) {
    error.code = Code::InvalidSpec;
    return error;
  };
  if (const auto store = make_store(options); !store) return as_invalid(store.error());
  if (const auto loaded = load_own_certificate(trial.get(), options); !loaded) return as_invalid(loaded.error());
  return {};
}

x509_store_st* system_authorities() {
  static const Owned<X509_STORE> store = [] {
    Owned<X509_STORE> made(X509_STORE_new());
    X509_STORE_set_default_paths(made.get());
    ERR_clear_error();
    ::setenv(X509_get_default_cert_file_env(), "/dev/null", 1);
    ::setenv(X509_get_default_cert_dir_env(), "/dev/null", 1);
    return made;
  }();
  return store.get();
}

TlsPeer::TlsPeer(std::shared_ptr<const TlsOptions> options, const std::string& host)
    : options_(std::move(options)),
      name_(options_->server_name.empty() ? host : options_->server_name),
      name_is_address_(is_address(name_)) {}

Result<void> TlsPeer::equip(ssl_ctx_st* context) {
  refuse({});
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  Owned<X509_STORE> store = TRY(make_store(*options_));
  if (store) {
    SSL_CTX_set_cert_store(context, store.release());
  } else {
    SSL_CTX_set1_cert_store(context, system_authorities());
  }
  TRY(load_own_certificate(context, *options_));
  SSL_CTX_set_cert_verify_callback(context, &TlsPeer::on_certificate, this);
  return {};
}

void TlsPeer::introduce(ssl_st* connection) const {
  if (!name_is_address_) SSL_set_tlsext_host_name(connection, name_.c_str());
}

std::string TlsPeer::refusal() const {
  const std::lock_guard lock(mutex_);
  return refusal_;
}

bool TlsPeer::refuse(std::string why) {
  const std::lock_guard lock(mutex_);
  refusal_ = std::move(why);
  return false;
}

std::optional<SystemTime> TlsPeer::valid_until() const {
  const std::lock_guard lock(mutex_);
  return valid_until_;
}

/// By the chain that was built, or as much of it as could be.
void TlsPeer::note_validity(x509_store_ctx_st* chain) {
  std::optional<SystemTime> first = end_of(X509_STORE_CTX_get0_cert(chain));
  const STACK_OF(X509)* const built = X509_STORE_CTX_get0_chain(chain);
  for (int i = 0; i < sk_X509_num(built); ++i) {
    const std::optional<SystemTime> end = end_of(sk_X509_value(built, i));
    if (end && (!first || *end < *first)) first = end;
  }
  const std::lock_guard lock(mutex_);
  valid_until_ = first;
}

int TlsPeer::on_certificate(x509_store_ctx_st* chain, void* self) {
  auto& peer = *static_cast<TlsPeer*>(self);
  try {
    const bool accepted = peer.accept(chain);
    peer.note_validity(chain);
    return accepted ? 1 : 0;
  } catch (...) {  // out of memory; no exception may pass through C
    return 0;
  }
}

bool TlsPeer::accept(x509_store_ctx_st* chain) {
  if (!options_->pinned_sha256.empty()) return accept_pinned(chain);
  if (options_->insecure_skip_verify) return true;
  X509_VERIFY_PARAM* const wanted = X509_STORE_CTX_get0_param(chain);
  const int set = name_is_address_ ? X509_VERIFY_PARAM_set1_ip_asc(wanted, name_.c_str())
                                   : X509_VERIFY_PARAM_set1_host(wanted, name_.c_str(), name_.size());
  if (set != 1) return refuse("the name " + name_ + " cannot be checked");
  // A name in the subject alone does not count (RFC 9110 section 4.3.4).
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  // Replaces the library's callback, which would check the name once more, in its own way.
  X509_STORE_CTX_set_verify_cb(chain, &judge_as_found);
  if (X509_verify_cert(chain) == 1) return true;
  return refuse(words_for(X509_STORE_CTX_get_error(chain), name_, chain));
}

bool TlsPeer::accept_pinned(x509_store_ctx_st* chain) {
  const X509* const leaf = X509_STORE_CTX_get0_cert(chain);
  const std::string shown = leaf == nullptr ? "absent" : sha256_of(leaf);
  if (shown == normal_pin(options_->pinned_sha256)) return true;
  X509_STORE_CTX_set_error(chain, X509_V_ERR_CERT_REJECTED);
  return refuse("certificate is not the pinned one: its SHA-256 is " + shown);
}

std::string tls_reason(int number) {
  const char* const reason = ERR_reason_error_string(static_cast<unsigned long>(static_cast<unsigned>(number)));
  return reason == nullptr ? std::string{} : std::string(reason);
}

}  // namespace sallyport::http
