// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/endpoint_file.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "operator/base/text.hpp"
#include "reconcilers/nginx_agent/words.hpp"
#include "reconcilers/publication/manifest.hpp"

namespace sallyport::nginx_agent {
namespace {

using publication::Backend;
using publication::Endpoint;

constexpr std::string_view kExhausted = "@exhausted";  // in server.conf: nobody else to go to
constexpr std::size_t kMostInAWord = 4000;
/// How long nginx waits for the authorizer, which itself gives the workspace ten seconds for a token.
constexpr std::string_view kAuthorizerPatience = "12s";

/// Backends in the order in which they are tried: by priority, and within one as they are written.
std::vector<const Backend*> in_order(const Endpoint& endpoint) {
  std::vector<const Backend*> order;
  for (const Backend& backend : endpoint.backends) order.push_back(&backend);
  std::ranges::stable_sort(order, {}, [](const Backend* backend) { return backend->priority; });
  return order;
}

/// Names within nginx, where those of a kind are one space for all files: what a variable or an upstream is called
/// carries the endpoint's id.
class Names {
 public:
  Names(const Endpoint& endpoint, const Backend& backend)
      : id_(endpoint.id), number_(std::to_string(&backend - endpoint.backends.data())) {}
  [[nodiscard]] std::string upstream() const { return "sp_" + id_ + "_" + number_; }
  [[nodiscard]] std::string ask() const { return "/authorize/" + number_; }  ///< location of the subrequest
  [[nodiscard]] std::string begin() const { return "@backend_" + number_; }  ///< asks, and goes on to `send`
  [[nodiscard]] std::string send() const { return "@backend_" + number_ + "_send"; }
  [[nodiscard]] std::string failed() const { return "@backend_" + number_ + "_failed"; }
  [[nodiscard]] std::string after() const { return "$sp_" + id_ + "_after_" + number_; }  ///< where to go from `failed`
  [[nodiscard]] std::string unasked() const { return "@backend_" + number_ + "_unasked"; }
  [[nodiscard]] std::string instead() const { return "$sp_" + id_ + "_instead_" + number_; }  ///< from `unasked`

 private:
  std::string id_, number_;
};

std::string pick_of(const Endpoint& endpoint) {
  return "$sp_" + endpoint.id + "_pick";
}

std::string bracketed(const std::string& address) {
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

Result<void> write_upstream(std::ostream& out, const Endpoint& endpoint, const Backend& backend,
                            const Addresses& addresses) {
  const auto found = addresses.find(backend.host);
  if (found == addresses.end() || found->second.empty()) {
    return Error{Code::Unavailable,
                 "host '" + backend.host + "' of backend '" + backend.name + "' has no address",
                 "endpoint.backends",
                 {}};
  }
  out << "upstream " << Names(endpoint, backend).upstream() << " {\n";
  for (const std::string& address : found->second) {
    out << "  server " << TRY(plain_word(bracketed(address))) << ":" << backend.port << ";\n";
  }
  out << "  keepalive 16;\n  keepalive_timeout 20s;\n}\n";
  return {};
}

/// The first one by weight, among those of the lowest priority. nginx wants parts of 100 with two decimals at most, and
/// gives `*` the rest.
void write_pick(std::ostream& out, const Endpoint& endpoint, const std::vector<const Backend*>& order) {
  std::vector<const Backend*> first;
  for (const Backend* backend : order)
    if (backend->priority == order.front()->priority) first.push_back(backend);
  long total = 0;
  for (const Backend* backend : first) total += backend->weight;
  out << "split_clients $request_id " << pick_of(endpoint) << " {\n";
  for (std::size_t i = 0; i + 1 < first.size(); ++i) {
    const long hundredths = std::max(1L, 10000L * first[i]->weight / total);
    out << "  " << hundredths / 100 << "." << (hundredths % 100 < 10 ? "0" : "") << hundredths % 100 << "% "
        << Names(endpoint, *first[i]).begin() << ";\n";
  }
  out << "  * " << Names(endpoint, *first.back()).begin() << ";\n}\n";
}

/// Which backend comes after another, given where the request began: the others in order. Null: none.
const Backend* next_of(const Backend* passed, const Backend* picked, const std::vector<const Backend*>& order) {
  std::vector<const Backend*> way{picked};
  for (const Backend* other : order)
    if (other != picked) way.push_back(other);
  const auto at = std::ranges::find(way, passed);
  return at + 1 == way.end() ? nullptr : *(at + 1);
}

/// Which backend comes after one that could not be connected to, or whose workspace gives nobody a token now. A refusal
/// is an answer: nobody else is asked.
void write_order(std::ostream& out, const Endpoint& endpoint, const std::vector<const Backend*>& order) {
  for (const Backend* passed : order) {
    const Names names(endpoint, *passed);
    std::ostringstream failed, unasked;
    for (const Backend* picked : order) {
      if (picked->priority != order.front()->priority) continue;
      const Backend* next = next_of(passed, picked, order);
      if (next == nullptr) continue;
      // A literal key of a map ignores case, and backends are told apart by a number.
      const std::string begun = Names(endpoint, *picked).begin();
      const std::string to = Names(endpoint, *next).begin() + ";\n";
      failed << "  " << begun << " " << to;
      unasked << "  \"503 " << begun << "\" " << to;
    }
    out << "map " << pick_of(endpoint) << " " << names.after() << " {\n  default " << kExhausted << ";\n"
        << failed.str() << "}\nmap \"$sallyport_status " << pick_of(endpoint) << "\" " << names.instead()
        << " {\n  default @forbidden;\n"
        << unasked.str() << "}\n";
  }
}

Result<std::string> object_path(const Machine& machine, const std::string& object) {
  return plain_word(machine.installed + "/" + publication::kObjectsFolder + "/" + object);
}

Result<void> write_door(std::ostream& out, const Endpoint& endpoint, const Machine& machine) {
  const std::string host = TRY(plain_word(endpoint.host));
  out << "  listen " << listen_address(machine, endpoint.port) << " ssl;\n"
      << "  server_name " << host << ";\n"
      << "  ssl_certificate " << TRY(object_path(machine, endpoint.certificate)) << ";\n"
      << "  ssl_certificate_key " << TRY(object_path(machine, endpoint.certificate)) << ";\n";
  if (!endpoint.client_ca.empty()) {
    out << "  ssl_verify_client on;\n  ssl_client_certificate " << TRY(object_path(machine, endpoint.client_ca))
        << ";\n";
  }
  const std::string path = TRY(plain_word(endpoint.path));
  const publication::Traffic& traffic = endpoint.traffic;
  out << "  keepalive_timeout " << milliseconds(traffic.idle_timeout.count()) << ";\n"
      << "  client_max_body_size " << traffic.max_body_bytes << ";\n"
      << "  include server.conf;\n"
      // On the level of the server, which comes before all else: what is refused later is logged with its query.
      << "  set $sallyport_known 0;\n"
      << "  if ($request_uri = \"" << path << "\") { set $sallyport_known 1; }\n"
      << "  if ($request_uri = \"" << publication::kMetadataPath << path
      << "\") { set $sallyport_known 1; }\n"
      // A request without a path that can be read has none to go to a named location from.
      << "  if ($uri = \"/sallyport_bad_request\") { set $sallyport_known 1; }\n"
      << "  if ($sallyport_known = 0) { return 404; }\n"
      << "  if ($ssl_server_name != \"" << host << "\") { return 421; }\n"
      << "  if ($host != \"" << host << "\") { return 421; }\n";
  if (!endpoint.client_name.empty()) {
    out << "  if ($ssl_client_s_dn !~ " << TRY(common_name_pattern(endpoint.client_name)) << ") { return 403; }\n";
  }
  for (const std::string& network : traffic.allowed_networks) out << "  allow " << TRY(plain_word(network)) << ";\n";
  if (!traffic.allowed_networks.empty()) out << "  deny all;\n";
  return {};
}

Result<void> write_log(std::ostream& out, const Endpoint& endpoint, const Machine& machine) {
  out << "  set $sallyport_endpoint " << endpoint.id << ";\n"
      << "  access_log " << TRY(plain_word(machine.access_log)) << " sallyport"
      << (endpoint.log_passes ? "" : " if=$sallyport_refused") << ";\n";
  return {};
}

/// Asks the authorizer for this backend, and goes on to it afterwards: `try_files` comes after `auth_request`, and
/// nothing else that could look at its answer does.
void write_asking(std::ostream& out, const Endpoint& endpoint, const Backend& backend) {
  const Names names(endpoint, backend);
  out << "    auth_request " << names.ask() << ";\n"
      << "    include asked.conf;\n"
      << "    try_files /nonexistent " << names.send() << ";\n";
}

Result<void> write_backend(std::ostream& out, const Endpoint& endpoint, const Backend& backend, const Machine& machine,
                           bool several) {
  const Names names(endpoint, backend);
  const publication::Traffic& traffic = endpoint.traffic;
  const std::string host = TRY(plain_word(backend.host));
  const std::string trust =
      backend.trust.empty() ? TRY(plain_word(machine.system_trust)) : TRY(object_path(machine, backend.trust));
  out << "  location = " << names.ask() << " {\n"
      << "    internal;\n"
      << "    proxy_pass http://sallyport_authorizer/check/" << endpoint.id << "/" << publication::key_of(backend)
      << ";\n"
      << "    proxy_read_timeout " << kAuthorizerPatience << ";\n"
      << "    include ask.conf;\n"
      << "  }\n";
  if (several) {
    out << "  location " << names.begin() << " {\n    include begin.conf;\n    error_page 403 = " << names.unasked()
        << ";\n";
    write_asking(out, endpoint, backend);
    out << "  }\n  location " << names.unasked() << " { try_files /nonexistent " << names.instead() << "; }\n";
  }
  out << "  location " << names.send() << " {\n"
      << "    include send.conf;\n"
      << "    error_page 502 504 = " << (several ? names.failed() : std::string(kExhausted)) << ";\n";
  if (traffic.max_concurrent > 0) out << "    limit_conn sallyport_concurrent " << traffic.max_concurrent << ";\n";
  out << "    rewrite ^ " << TRY(plain_word(backend.path)) << "? break;\n"
      << "    proxy_pass https://" << names.upstream() << ";\n"
      << "    proxy_ssl_name " << host << ";\n"
      << "    proxy_ssl_trusted_certificate " << trust << ";\n"
      << "    proxy_set_header Host " << host << (backend.port == 443 ? "" : ":" + std::to_string(backend.port))
      << ";\n"
      << "    proxy_connect_timeout " << milliseconds(traffic.connect_timeout.count()) << ";\n"
      << "    proxy_read_timeout " << milliseconds(traffic.response_timeout.count()) << ";\n"
      << "    proxy_send_timeout " << milliseconds(traffic.response_timeout.count()) << ";\n"
      << "  }\n";
  if (several) {
    out << "  location " << names.failed()
        << " {\n"
        // A digit: there was a connection, and the request may have been sent. `return` and nothing else: after a
        // `break` it would be skipped, and the request sent once more.
        << "    if ($upstream_connect_time ~ \"[0-9]\") { return 502; }\n"
        << "    error_page 502 504 = " << kExhausted << ";\n"
        << "    try_files /nonexistent " << names.after() << ";\n"
        << "  }\n";
  }
  return {};
}

}  // namespace

std::string resource_metadata(const Endpoint& endpoint) {
  nlohmann::ordered_json metadata = {{"resource", publication::resource_of(endpoint)},
                                     {"authorization_servers", {endpoint.token.issuer.issuer}},
                                     {"bearer_methods_supported", {"header"}}};
  if (!endpoint.token.scopes.empty()) metadata["scopes_supported"] = endpoint.token.scopes;
  // They may be left out (RFC 9728 section 2), and nginx takes words of up to 4096 bytes.
  if (json_text(metadata.dump()).size() > kMostInAWord) metadata.erase("scopes_supported");
  return metadata.dump();
}

Result<std::string> render_endpoint(const Endpoint& endpoint, const Addresses& addresses, const Machine& machine) {
  std::ostringstream out;
  const std::vector<const Backend*> order = in_order(endpoint);
  const bool several = order.size() > 1;
  out << "# " << TRY(plain_word(endpoint.id)) << "\n";
  for (const Backend& backend : endpoint.backends) TRY(write_upstream(out, endpoint, backend, addresses));
  if (several) {
    write_pick(out, endpoint, order);
    write_order(out, endpoint, order);
  }
  out << "server {\n";
  TRY(write_door(out, endpoint, machine));
  TRY(write_log(out, endpoint, machine));
  out << "  location = " << TRY(plain_word(endpoint.path)) << " {\n"
      << "    if ($request_method != POST) { return 405; }\n";
  if (several) {
    out << "    try_files /nonexistent " << pick_of(endpoint) << ";\n";
  } else {
    write_asking(out, endpoint, *order.front());
  }
  out << "  }\n"
      << "  location = " << publication::kMetadataPath << TRY(plain_word(endpoint.path)) << " {\n"
      << "    if ($request_method !~ \"^(GET|HEAD)$\") { return 405; }\n"
      << "    default_type application/json;\n"
      << "    return 200 " << json_text(resource_metadata(endpoint)) << ";\n"
      << "  }\n";
  for (const Backend* backend : order) TRY(write_backend(out, endpoint, *backend, machine, several));
  out << "}\n";
  return out.str();
}

}  // namespace sallyport::nginx_agent
