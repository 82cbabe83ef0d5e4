// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/publication/signer.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "reconcilers/token/openssl.hpp"

namespace sallyport::publication {
namespace {

constexpr std::size_t kPublicSize = 32;
constexpr std::size_t kSignatureSize = 64;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

std::shared_ptr<EVP_PKEY> own(EVP_PKEY* key) {
  return {key, EVP_PKEY_free};
}

/// Without one OpenSSL would ask at the terminal.
int no_pass_phrase(char*, int, int, void*) {
  return -1;
}

std::string public_half(EVP_PKEY& key) {
  std::array<unsigned char, kPublicSize> bytes{};
  std::size_t size = bytes.size();
  if (EVP_PKEY_get_raw_public_key(&key, bytes.data(), &size) != 1) return {};
  return base64url_encode({reinterpret_cast<const char*>(bytes.data()), size});
}

}  // namespace

Signer::Signer(std::shared_ptr<evp_pkey_st> key)
    : key_(std::move(key)),
      public_(public_half(*key_)),
      // RFC 7638 section 3.2: the members that the key is made of, in order, without white space.
      id_(base64url_encode(sha256(R"({"crv":"Ed25519","kty":"OKP","x":")" + public_ + "\"}"))) {}

Result<Signer> Signer::generate() {
  const token::ErrorQueue errors;
  const auto key = own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (key == nullptr) return Error{Code::Internal, "cannot make an Ed25519 key", {}, {}};
  return Signer(key);
}

Result<Signer> Signer::read(const Secret& pem) {
  const token::ErrorQueue errors;
  const std::string& text = pem.reveal();
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const auto key = own(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_pass_phrase, nullptr));
  if (key == nullptr || EVP_PKEY_is_a(key.get(), "ED25519") != 1) {
    return Error{Code::InvalidSpec, "is not an Ed25519 private key in PEM without a pass phrase", {}, {}};
  }
  return Signer(key);
}

Result<Secret> Signer::pem() const {
  const token::ErrorQueue errors;
  const Bio bio(BIO_new(BIO_s_secmem()));
  char* bytes = nullptr;
  if (PEM_write_bio_PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return Error{Code::Internal, "cannot write an Ed25519 key", {}, {}};
  }
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return Secret(std::string(bytes, static_cast<std::size_t>(size)));
}

nlohmann::json Signer::public_jwk() const {
  return {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", public_}, {"kid", id_}, {"alg", "EdDSA"}, {"use", "sig"}};
}

Result<std::string> Signer::sign(std::string_view bytes) const {
  const token::ErrorQueue errors;
  const token::Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::string signature(kSignatureSize, '\0');
  std::size_t size = signature.size();
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), out, &size, in, bytes.size()) != 1 || size != kSignatureSize) {
    return Error{Code::Internal, "cannot sign", {}, {}};
  }
  return signature;
}

}  // namespace sallyport::publication
