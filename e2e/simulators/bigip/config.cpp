// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/bigip/config.hpp"

#include <array>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators::bigip {

namespace {

constexpr std::array<std::pair<const char*, const char*>, 18> kStock{{
    {"ltm profile http", "/Common/http"},
    {"ltm profile tcp", "/Common/tcp"},
    {"ltm profile tcp", "/Common/f5-tcp-progressive"},
    {"ltm profile tcp", "/Common/f5-tcp-wan"},
    {"ltm profile tcp", "/Common/f5-tcp-lan"},
    {"ltm profile one-connect", "/Common/oneconnect"},
    {"ltm profile client-ssl", "/Common/clientssl"},
    {"ltm profile server-ssl", "/Common/serverssl"},
    {"ltm profile request-log", "/Common/request-log"},
    {"ltm monitor http", "/Common/http"},
    {"ltm monitor https", "/Common/https"},
    {"ltm monitor tcp", "/Common/tcp"},
    {"ltm monitor icmp", "/Common/icmp"},
    {"sys file ssl-cert", "/Common/ca-bundle.crt"},
    {"sys file ssl-cert", "/Common/default.crt"},
    {"sys file ssl-key", "/Common/default.key"},
    {"apm profile access", "/Common/access"},
    {"ltm rule", "/Common/_sys_https_redirect"},
}};

bool is_secret(std::string_view name) {
  return name == "privateKey" || name == "passphrase" || name == "ciphertext" || name == "pkcs12" || name == "password";
}

std::string collection_kind(const std::string& component) {
  std::string kind = "tm";
  for (const std::string& part : split(component, ' ')) kind += ":" + part;
  return kind + ":" + split(component, ' ').back() + "state";
}

}  // namespace

Config factory_config() {
  Config config;
  for (const auto& [component, path] : kStock) config.objects[{component, path}] = item(component, path);
  return config;
}

Modules factory_modules() {
  return {{"ltm", "nominal"}, {"apm", "nominal"}, {"asm", "nominal"}, {"afm", "none"}, {"gtm", "none"},
          {"fps", "none"},    {"ilx", "none"},    {"avr", "none"},    {"pem", "none"}};
}

bool provisioned(const Modules& modules, const std::string& list) {
  for (const std::string& part : split(list, ',')) {
    const auto found = modules.find(std::string(trim(part)));
    if (found != modules.end() && found->second != "none") return true;
  }
  return false;
}

Json item(const std::string& component, const std::string& full_path) {
  const std::vector<std::string> parts = split(full_path, '/');
  std::string tilde = full_path;
  std::string path = component;
  for (char& c : tilde) c = c == '/' ? '~' : c;
  for (char& c : path) c = c == ' ' ? '/' : c;
  Json made = {{"kind", collection_kind(component)},
               {"name", parts.back()},
               {"partition", parts.size() > 1 ? parts[1] : "Common"},
               {"fullPath", full_path},
               {"generation", 1},
               {"selfLink", "https://localhost/mgmt/tm/" + path + "/" + tilde + "?ver=17.1.1"}};
  if (parts.size() == 4) made["subPath"] = parts[2];
  return made;
}

bool has_object(const Objects& objects, const std::string& components, const std::string& full_path) {
  for (const std::string& component : split(components, ',')) {
    if (objects.contains({component, full_path})) return true;
    if (component != "ltm monitor" && component != "ltm persistence") continue;
    for (const auto& [key, ignored] : objects) {
      if (key.first.starts_with(component + " ") && key.second == full_path) return true;
    }
  }
  return false;
}

std::string partition_of(const std::string& full_path) {
  const std::vector<std::string> parts = split(full_path, '/');
  return parts.size() > 1 ? parts[1] : "Common";
}

std::vector<std::string> members_of_class(const Json& parent, std::string_view cls) {
  std::vector<std::string> names;
  if (!parent.is_object()) return names;
  for (const auto& [name, value] : parent.items()) {
    if (value.is_object() && text_of(value, "class") == cls) names.push_back(name);
  }
  return names;
}

Json redacted(const Json& document) {
  if (document.is_array()) {
    Json copy = Json::array();
    for (const Json& element : document) copy.push_back(redacted(element));
    return copy;
  }
  if (!document.is_object()) return document;
  Json copy = Json::object();
  for (const auto& [name, value] : document.items()) {
    if (name.starts_with('_')) continue;
    copy[name] = is_secret(name) ? Json("sha256:" + sha256_hex(value.dump())) : redacted(value);
  }
  return copy;
}

}  // namespace sallyport::simulators::bigip
