// SPDX-License-Identifier: Apache-2.0
// TLS_Server (towards clients), TLS_Client (towards servers), Certificate and CA_Bundle. PEM text is not parsed by AS3:
// a broken certificate is found by mcpd (device_check.cpp).
#include "e2e/simulators/bigip/schema_classes.hpp"

namespace sallyport::simulators::bigip {

namespace {

Check certificate_entry() {
  return object({{"matchToSNI", text()},
                 {"sniDefault", boolean()},
                 {"enabled", boolean()},
                 {"certificate", pointer({"Certificate"})},
                 {"proxyCertificate", pointer({"Certificate"})},
                 {"authenticationMode", one_of({"ignore", "request", "require"})},
                 {"authenticationFrequency", one_of({"one-time", "every-time"})}},
                Others::Refused, {"certificate"});
}

Check sni_name() {
  return format("hostname");
}

Fault cipher_conditions(const Json& value, const std::string& path, Notes&) {
  if (value.contains("ciphers") && value.contains("cipherGroup")) return path + ": then is NOT valid";
  return {};
}

Fault client_authentication(const Json& value, const std::string& path, Notes&) {
  const std::string mode = text_of(value, "authenticationMode", "ignore");
  if (mode != "ignore" && !value.contains("authenticationTrustCA")) {
    return path + ": should have required property 'authenticationTrustCA'";
  }
  return {};
}

/// Certificate text: on the device ({"bigip"}), or an F5 string.
Check pem() {
  const Check device = on_device("sys file ssl-cert,sys file ssl-key");
  const Check here = f5_string();
  return [=](const Json& value, const std::string& path, Notes& notes) {
    return value.is_object() && value.contains("bigip") ? device(value, path, notes) : here(value, path, notes);
  };
}

Check chain() {
  const Check bundle = reference("CA_Bundle", "sys file ssl-cert");
  const Check here = pem();
  return [=](const Json& value, const std::string& path, Notes& notes) {
    return value.is_object() && value.contains("use") ? bundle(value, path, notes) : here(value, path, notes);
  };
}

/// A small JWE: alg dir, enc none is base64url of the plain text.
Check passphrase() {
  return object(
      {{"ciphertext", base64_text()}, {"protected", text()}, {"ignoreChanges", boolean()}, {"allowReuse", boolean()}},
      Others::Accepted, {"ciphertext"});
}

std::vector<Property> server_identity() {
  return {{"class", constant("TLS_Server")},
          {"label", label()},
          {"remark", remark()},
          {"requireSNI", boolean()},
          {"alertTimeout", either({integer(1, 4294967294), one_of({"immediate", "indefinite"})})},
          {"cacheTimeout", integer(0, 86400)},
          {"certificates", list(certificate_entry(), 1)},
          {"ciphers", text()},
          {"cipherGroup", reference("Cipher_Group", "ltm cipher group")},
          {"authenticationMode", one_of({"ignore", "request", "require"})},
          {"authenticationFrequency", one_of({"one-time", "every-time"})},
          {"authenticationDepth", integer(1, 15)},
          {"authenticationTrustCA", when_text(pointer({"CA_Bundle", "Certificate"}), on_device("sys file ssl-cert"))},
          {"authenticationInviteCA", when_text(pointer({"CA_Bundle", "Certificate"}), on_device("sys file ssl-cert"))},
          {"crlFile", reference("SSL_CRL_File", "sys file ssl-crl")},
          {"allowExpiredCRL", boolean()},
          {"cacheCertificateEnabled", boolean()},
          {"c3dOCSPUnknownStatusAction", one_of({"drop", "ignore"})},
          {"c3dOCSP", reference("Certificate_Validator_OCSP", "sys crypto cert-validator ocsp")},
          {"c3dEnabled", boolean()},
          {"forwardProxyEnabled", boolean()},
          {"forwardProxyBypassEnabled", boolean()},
          {"forwardProxyBypassAllowlist", reference("Data_Group", "ltm data-group external,ltm data-group internal")},
          {"hybrid", boolean()},
          {"ldapStartTLS", one_of({"none", "allow", "require"})},
          {"smtpsStartTLS", one_of({"none", "allow", "require"})},
          {"staplerOCSPEnabled", boolean()}};
}

std::vector<Property> server_protocol() {
  return {
      {"notifyCertStatusToVirtualServer", boolean()},
      {"insertEmptyFragmentsEnabled", boolean()},
      {"singleUseDhEnabled", boolean()},
      {"tls1_3Enabled", boolean()},
      {"tls1_2Enabled", boolean()},
      {"tls1_1Enabled", boolean()},
      {"tls1_0Enabled", boolean()},
      {"renegotiationEnabled", boolean()},
      {"retainCertificateEnabled", boolean()},
      {"namingScheme", one_of({"numbered", "certificate"})},
      {"sslEnabled", boolean()},
      {"ssl3Enabled", boolean()},
      {"proxySslEnabled", boolean()},
      {"proxySslPassthroughEnabled", boolean()},
      {"secureRenegotiation", one_of({"request", "require", "require-strict"})},
      {"uncleanShutdownEnabled", boolean()},
      {"dtlsEnabled", boolean()},
      {"dtls1_2Enabled", boolean()},
      {"certificateExtensions",
       list(one_of({"authority-key-identifier", "basic-constraints", "certificate-policies", "crl-distribution-points",
                    "extended-key-usage", "fresh-crl", "issuer-alternative-name", "key-usage",
                    "subject-alternative-name", "subject-directory-attribute", "subject-key-identifier"}))},
      {"nonSslConnectionsEnabled", boolean()},
      {"allowDynamicRecordSizing", boolean()},
      {"dataZeroRoundTripTime", one_of({"disabled", "enabled-with-anti-replay", "enabled-no-anti-replay"})},
      {"renegotiateMaxRecordDelay", either({integer(0, 4294967295), constant("indefinite")})},
      {"renegotiatePeriod", either({integer(0, 4294967295), constant("indefinite")})},
      {"renegotiateSize", either({integer(0, 4294967295), constant("indefinite")})},
      {"sslSignHash", one_of({"any", "sha1", "sha256", "sha384"})},
      {"handshakeTimeout", either({integer(1, 4294967295), constant("indefinite")})}};
}

std::vector<Property> client_identity() {
  return {{"class", constant("TLS_Client")},
          {"label", label()},
          {"remark", remark()},
          {"sendSNI", sni_name()},
          {"sniDefault", boolean()},
          {"requireSNI", boolean()},
          {"alertTimeout", either({integer(1, 4294967294), one_of({"immediate", "indefinite"})})},
          {"cacheTimeout", integer(0, 86400)},
          {"ciphers", text()},
          {"cipherGroup", reference("Cipher_Group", "ltm cipher group")},
          {"authenticationFrequency", one_of({"one-time", "every-time"})},
          {"authenticationDepth", integer(1, 15)},
          {"serverName", sni_name()},
          {"validateCertificate", boolean()},
          {"trustCA", when_text(one_of({"generic", "none"}), reference("CA_Bundle", "sys file ssl-cert"))},
          {"ignoreExpired", boolean()},
          {"ignoreUntrusted", boolean()},
          {"sessionTickets", boolean()},
          {"clientCertificate", pointer({"Certificate"})},
          {"crlFile", reference("SSL_CRL_File", "sys file ssl-crl")},
          {"allowExpiredCRL", boolean()},
          {"c3dCertificateAuthority", pointer({"Certificate"})},
          {"c3dCertificateExtensions",
           list(one_of({"basic-constraints", "extended-key-usage", "key-usage", "subject-alternative-name"}))},
          {"c3dCertificateLifespan", integer(0, 8760)}};
}

std::vector<Property> client_protocol() {
  return {{"c3dEnabled", boolean()},
          {"forwardProxyEnabled", boolean()},
          {"forwardProxyBypassEnabled", boolean()},
          {"ldapStartTLS", one_of({"none", "allow", "require"})},
          {"insertEmptyFragmentsEnabled", boolean()},
          {"singleUseDhEnabled", boolean()},
          {"tls1_3Enabled", boolean()},
          {"tls1_2Enabled", boolean()},
          {"tls1_1Enabled", boolean()},
          {"tls1_0Enabled", boolean()},
          {"renegotiationEnabled", boolean()},
          {"retainCertificateEnabled", boolean()},
          {"sslEnabled", boolean()},
          {"ssl3Enabled", boolean()},
          {"proxySslEnabled", boolean()},
          {"proxySslPassthroughEnabled", boolean()},
          {"secureRenegotiation", one_of({"request", "require", "require-strict"})},
          {"uncleanShutdownEnabled", boolean()},
          {"dtlsEnabled", boolean()},
          {"dtls1_2Enabled", boolean()},
          {"dataZeroRoundTripTime", boolean()},
          {"renegotiatePeriod", either({integer(0, 4294967295), constant("indefinite")})},
          {"renegotiateSize", either({integer(0, 4294967295), constant("indefinite")})},
          {"sslSignHash", one_of({"any", "sha1", "sha256", "sha384"})},
          {"handshakeTimeout", either({integer(1, 4294967295), constant("indefinite")})}};
}

}  // namespace

const Check& tls_server_check() {
  static const Check own =
      object(joined(server_identity(), server_protocol()), Others::Refused, {"class", "certificates"});
  static const Check check = both({own, client_authentication, cipher_conditions});
  return check;
}

const Check& tls_client_check() {
  static const Check own = object(joined(client_identity(), client_protocol()), Others::Refused, {"class"});
  static const Check check = both({own, cipher_conditions});
  return check;
}

const Check& certificate_check() {
  static const Check check = object({{"class", constant("Certificate")},
                                     {"label", label()},
                                     {"remark", remark()},
                                     {"certificate", pem()},
                                     {"privateKey", pem()},
                                     {"chainCA", chain()},
                                     {"passphrase", passphrase()},
                                     {"staplerOCSP", any()},
                                     {"issuerCertificate", any()}},
                                    Others::Refused, {"class", "certificate"});
  return check;
}

const Check& ca_bundle_check() {
  static const Check check =
      object({{"class", constant("CA_Bundle")}, {"label", label()}, {"remark", remark()}, {"bundle", pem()}},
             Others::Refused, {"class", "bundle"});
  return check;
}

}  // namespace sallyport::simulators::bigip
