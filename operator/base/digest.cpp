// SPDX-License-Identifier: Apache-2.0
#include "operator/base/digest.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

namespace sallyport {
namespace {

using Bytes = std::array<unsigned char, EVP_MAX_MD_SIZE>;

Bytes digest(std::string_view bytes, const EVP_MD* algorithm) {
  Bytes out{};
  unsigned length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out.data(), &length, algorithm, nullptr) != 1) std::abort();
  return out;
}

Bytes digest_sha256(std::string_view bytes) {
  // Fetched once: OpenSSL would look it up by name for each digest, which takes longer than most of ours.
  static const EVP_MD* const kSha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return digest(bytes, kSha256);
}

std::string hex(const unsigned char* bytes, std::size_t count) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(count * 2);
  for (std::size_t i = 0; i < count; ++i) {
    text += kDigits[bytes[i] >> 4U];
    text += kDigits[bytes[i] & 15U];
  }
  return text;
}

std::string uuid_text(std::array<unsigned char, 16> bytes, unsigned version) {
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | (version << 4U));
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  const std::string h = hex(bytes.data(), bytes.size());
  return h.substr(0, 8) + "-" + h.substr(8, 4) + "-" + h.substr(12, 4) + "-" + h.substr(16, 4) + "-" + h.substr(20);
}

constexpr std::array<std::int16_t, 256> values_of_base64url() {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::array<std::int16_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::int16_t>(i);
  }
  return values;
}

void fill_random(unsigned char* bytes, std::size_t count) {
  // Without randomness there is no safe way to go on.
  if (RAND_bytes(bytes, static_cast<int>(count)) != 1) std::abort();
}

}  // namespace

std::string sha256(std::string_view bytes) {
  const Bytes hash = digest_sha256(bytes);
  return {reinterpret_cast<const char*>(hash.data()), 32};
}

std::string sha256_hex(std::string_view bytes) {
  return hex(digest_sha256(bytes).data(), 32);
}

std::string short_hash(std::string_view bytes, std::size_t length) {
  return sha256_hex(bytes).substr(0, length);
}

std::string uuid_v5(std::string_view name) {
  // Our namespace: random, fixed for ever (RFC 9562 section 6.6 allows private namespaces).
  static constexpr std::string_view kNamespace{"\x5a\x1c\x0e\x77\x9d\x42\x4f\x0b\xa3\x6e\x21\xc8\x54\xf0\x9b\x13", 16};
  const Bytes hash = digest(std::string(kNamespace) + std::string(name), EVP_sha1());
  std::array<unsigned char, 16> bytes{};
  std::copy_n(hash.begin(), bytes.size(), bytes.begin());
  return uuid_text(bytes, 5);
}

std::string uuid_v4() {
  std::array<unsigned char, 16> bytes{};
  fill_random(bytes.data(), bytes.size());
  return uuid_text(bytes, 4);
}

std::string base64_encode(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  return out;
}

std::string base64url_encode(std::string_view bytes) {
  std::string text = base64_encode(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return text;
}

Result<std::string> base64_decode(std::string_view text) {
  const Error bad{Code::InvalidSpec, "is not base64 (RFC 4648 section 4)", {}, {}};
  if (text.size() % 4 != 0) return bad;
  if (text.empty()) return std::string();
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  for (std::size_t i = 0; i < text.size() - padding; ++i) {
    const char c = text[i];
    const bool legal =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    if (!legal) return bad;
  }
  std::string out(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  if (length < 0) return bad;
  out.resize(static_cast<std::size_t>(length) - padding);
  if (base64_encode(out) != text) return bad;  // unused bits must be zero
  return out;
}

Result<std::string> base64url_decode(std::string_view text) {
  static constexpr auto kValues = values_of_base64url();
  const Error bad{Code::InvalidSpec, "is not base64url without padding (RFC 7515 section 2)", {}, {}};
  if (text.size() % 4 == 1) return bad;
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const int value = kValues[static_cast<unsigned char>(c)];
    if (value < 0) return bad;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>((bits >> count) & 0xFFU);
  }
  if ((bits & ((1U << count) - 1U)) != 0) return bad;  // unused bits must be zero, or one signature had several texts
  return out;
}

Secret random_token(std::size_t bytes) {
  std::string raw(bytes, '\0');
  fill_random(reinterpret_cast<unsigned char*>(raw.data()), raw.size());
  return Secret(base64url_encode(raw));
}

std::string random_name(std::size_t length) {
  static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string name;
  while (name.size() < length) {
    unsigned char byte = 0;
    fill_random(&byte, 1);
    const std::size_t choices = name.empty() ? 26 : 36;
    if (byte < 252 / choices * choices) name += kLetters[byte % choices];
  }
  return name;
}

}  // namespace sallyport
