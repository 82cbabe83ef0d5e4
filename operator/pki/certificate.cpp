// SPDX-License-Identifier: Apache-2.0
#include "operator/pki/certificate.hpp"

#include "operator/pki/openssl.hpp"

namespace sallyport::pki {
namespace {

SystemTime time_of(const ASN1_TIME* time) {
  std::tm parts{};
  return time != nullptr && ASN1_TIME_to_tm(time, &parts) == 1 ? utc_time(parts) : SystemTime{};
}

}  // namespace

Result<Certificate> Certificate::read(std::string_view pem) {
  const Quiet errors;
  const auto bio = bio_of(pem);
  X509* const certificate = PEM_read_bio_X509(bio.get(), nullptr, no_pass_phrase, nullptr);
  if (certificate == nullptr) return Error{Code::InvalidSpec, "is not a certificate in PEM", {}, {}};
  return Certificate({certificate, X509_free});
}

Result<std::vector<Certificate>> Certificate::read_all(std::string_view pem) {
  const Quiet errors;
  const auto bio = bio_of(pem);
  std::vector<Certificate> all;
  while (X509* const certificate = PEM_read_bio_X509(bio.get(), nullptr, no_pass_phrase, nullptr)) {
    all.push_back(Certificate({certificate, X509_free}));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (all.empty() || !at_end) return Error{Code::InvalidSpec, "has no certificate in PEM, or a damaged one", {}, {}};
  return all;
}

std::string Certificate::pem() const {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate_.get());
  return text_of(bio);
}

Term Certificate::term() const {
  return {time_of(X509_get0_notBefore(certificate_.get())), time_of(X509_get0_notAfter(certificate_.get()))};
}

bool Certificate::is_authority() const {
  const Quiet errors;
  return X509_check_ca(certificate_.get()) == 1;  // 1: by its extensions; others are guesses at old certificates
}

bool Certificate::is_of(const Key& key) const {
  const Quiet errors;
  return X509_check_private_key(certificate_.get(), key.get()) == 1;
}

std::vector<std::string> Certificate::names() const {
  const Quiet errors;
  std::vector<std::string> found;
  const Owned<GENERAL_NAMES> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate_.get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI && name->type != GEN_DNS) continue;
    const ASN1_STRING* const text = name->d.ia5;
    found.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                       static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  return found;
}

}  // namespace sallyport::pki
