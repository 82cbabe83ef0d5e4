// SPDX-License-Identifier: Apache-2.0
#include "operator/http/server_certificate.hpp"

#include <sys/stat.h>

#include <boost/asio/ssl/context.hpp>

namespace sallyport::http {
namespace {

/// Changes when the file is written, replaced, or reached through another symbolic link (as in a mounted Secret).
std::string appearance(const std::string& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return "absent;";
  return std::to_string(found.st_ino) + "." + std::to_string(found.st_size) + "." +
         std::to_string(found.st_mtim.tv_sec) + "." + std::to_string(found.st_mtim.tv_nsec) + ";";
}

}  // namespace

Result<void> ServerCertificate::refresh() {
  const std::string seen = appearance(cert_file_) + appearance(key_file_);
  if (seen == seen_) return {};
  seen_ = seen;
  context_ = TRY(guard(Code::InvalidSpec, "listener certificate " + cert_file_, [&] {
    using Context = boost::asio::ssl::context;
    auto fresh = std::make_shared<Context>(Context::tls_server);
    SSL_CTX_set_min_proto_version(fresh->native_handle(), TLS1_2_VERSION);
    // Without this, OpenSSL would ask for an encrypted key's password at the terminal.
    fresh->set_password_callback([](std::size_t, Context::password_purpose) { return std::string(); });
    fresh->use_certificate_chain_file(cert_file_);
    fresh->use_private_key_file(key_file_, Context::pem);
    return fresh;
  }));
  return {};
}

}  // namespace sallyport::http
