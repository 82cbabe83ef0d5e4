// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/bigip/device_check.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <map>
#include <memory>

#include "operator/base/digest.hpp"

namespace sallyport::simulators::bigip {

namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

Bio memory(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Certificate read_certificate(const std::string& pem) {
  const Bio bio = memory(pem);
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return certificate;
}

int give_passphrase(char* buffer, int size, int, void* data) {
  const auto& passphrase = *static_cast<const std::string*>(data);
  if (static_cast<int>(passphrase.size()) > size) return -1;
  return static_cast<int>(passphrase.copy(buffer, passphrase.size()));
}

Key read_key(const std::string& pem, std::string passphrase) {
  const Bio bio = memory(pem);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, &passphrase));
  ERR_clear_error();
  return key;
}

/// The text of an F5 string; nothing when it lies elsewhere ({"bigip"}, {"url"}).
std::optional<std::string> text_here(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.contains("text")) return text_of(value, "text");
  if (value.is_object() && value.contains("base64")) {
    auto decoded = base64_decode(text_of(value, "base64"));
    return decoded ? *decoded : std::string();
  }
  return {};
}

/// AS3's secrets are base64url; this project's decoder takes base64 with its padding.
std::string passphrase_of(const Json& value) {
  std::string text = text_of(value, "ciphertext");
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (text.size() % 4 != 0) text += '=';
  const auto decoded = base64_decode(text);
  return decoded ? *decoded : "";
}

std::optional<std::string> check_certificate(const std::string& path, const Json& declared) {
  const auto certificate_text = text_here(member(declared, "certificate"));
  const auto key_text = text_here(member(declared, "privateKey"));
  Certificate certificate;
  if (certificate_text) {
    certificate = read_certificate(*certificate_text);
    if (!certificate) return "01070712:3: unable to validate certificate, invalid x509 file (" + path + ".crt).";
  }
  if (!key_text) return {};
  const Key key = read_key(*key_text, passphrase_of(member(declared, "passphrase")));
  if (!key) return "01070711:3: unable to validate key file, unknown key type or wrong passphrase (" + path + ".key).";
  if (certificate && X509_check_private_key(certificate.get(), key.get()) != 1) {
    ERR_clear_error();
    return "01070317:3: profile " + path + "'s key and certificate do not match";
  }
  return {};
}

std::optional<std::string> check_files(const std::string& tenant, const Json& declared) {
  for (const std::string& application : members_of_class(declared, "Application")) {
    for (const auto& [name, object] : declared[application].items()) {
      const std::string path = "/" + tenant + "/" + application + "/" + name;
      if (text_of(object, "class") == "Certificate") {
        if (auto wrong = check_certificate(path, object)) return wrong;
      }
      if (text_of(object, "class") != "CA_Bundle") continue;
      const auto text = text_here(member(object, "bundle"));
      if (text && !read_certificate(*text)) {
        return "01070712:3: unable to validate certificate, invalid x509 file (" + path + ").";
      }
    }
  }
  return {};
}

std::string address_of(const Json& object) {
  std::string address = text_of(object, "_address", text_of(object, "address"));
  if (address.empty()) {  // made by hand: only its destination tells
    const std::string destination = text_of(object, "destination");
    const std::size_t begin = destination.rfind('/') + 1;
    address = destination.substr(begin, destination.rfind(':') - begin);
  }
  return address;
}

std::string port_of(const Json& object) {
  if (object.contains("_port")) return std::to_string(object["_port"].get<int>());
  const std::string destination = text_of(object, "destination");
  return destination.substr(destination.rfind(':') + 1);
}

}  // namespace

std::optional<std::string> device_check(const std::string& tenant, const Json& declared, const Objects& objects,
                                        const Objects& others) {
  if (auto wrong = check_files(tenant, declared)) return wrong;
  std::map<std::string, std::string> addresses;     // address -> full path, of the other partitions
  std::map<std::string, std::string> destinations;  // address port -> virtual
  for (const auto& [key, object] : others) {
    if (partition_of(key.second) == tenant) continue;
    if (key.first == "ltm virtual-address") addresses[address_of(object)] = key.second;
    if (key.first == "ltm virtual") destinations[address_of(object) + " " + port_of(object)] = key.second;
  }
  for (const auto& [key, object] : objects) {
    if (key.first == "ltm virtual-address") {
      const auto taken = addresses.find(address_of(object));
      if (taken != addresses.end() && taken->second != key.second) {
        return "0107176c:3: Invalid Virtual Address, the IP address " + taken->first + " already exists.";
      }
    }
    if (key.first != "ltm virtual") continue;
    const auto [taken, fresh] = destinations.emplace(address_of(object) + " " + port_of(object), key.second);
    if (!fresh) {
      return "01070333:3: Virtual Server " + key.second +
             " illegally shares destination address, source address, service port, ip-protocol, and vlan with Virtual "
             "Server " +
             taken->second + ".";
    }
  }
  return {};
}

}  // namespace sallyport::simulators::bigip
