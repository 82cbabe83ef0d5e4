// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/main_files.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "operator/base/text.hpp"
#include "reconcilers/nginx_agent/words.hpp"

namespace sallyport::nginx_agent {
namespace {

/// One line per request that was refused by us or by who stands behind, or per request where an endpoint asks for it.
/// Neither headers nor the query, so that no token can be in it.
constexpr const char* kLogFormat =
    R"(  log_format sallyport escape=json '{"time":"$time_iso8601","request_id":"$request_id",'
    '"databricks_request_id":"$upstream_http_x_databricks_request_id","endpoint":"$sallyport_endpoint",'
    '"decision":"$sallyport_decision","rule":"$sallyport_reason","detail":"$sallyport_detail",'
    '"issuer":"$sallyport_issuer","subject":"$sallyport_subject","client":"$sallyport_client",'
    '"address":"$remote_addr","method":"$request_method","status":$status,"upstream":"$upstream_addr",'
    '"upstream_status":"$upstream_status","connect":"$upstream_connect_time","seconds":$request_time,'
    '"in":$request_length,"out":$bytes_sent}';
)";

/// Variables that `auth_request_set` fills exist before any file uses them. What goes into a JSON text that nginx does
/// not escape is a plain word, or nothing.
constexpr const char* kVariables =
    R"(  map "" $sallyport_status { default ""; }
  map "" $sallyport_reason { default ""; }
  map "" $sallyport_detail { default ""; }
  map "" $sallyport_issuer { default ""; }
  map "" $sallyport_subject { default ""; }
  map "" $sallyport_client { default ""; }
  map "" $sallyport_retry_after { default ""; }
  map "" $sallyport_challenge { default ""; }
  map "" $sallyport_authorization { default ""; }
  map "" $sallyport_endpoint { default ""; }
  map $sallyport_reason $sallyport_word { "~^[a-z_]{1,64}$" $sallyport_reason; default "refused"; }
  map $sallyport_reason $sallyport_decision { allowed allowed; default refused; }
  map $status $sallyport_refused { "~^[123]" 0; default 1; }
)";

/// Names of up to 253 bytes need buckets of 512, and each endpoint brings three or four variables; a token of 16 KiB
/// has to fit into one header line.
constexpr const char* kHttp =
    R"(  server_tokens off;
  default_type application/octet-stream;
  server_names_hash_bucket_size 512;
  server_names_hash_max_size 65536;
  variables_hash_max_size 65536;
  variables_hash_bucket_size 256;
  map_hash_bucket_size 256;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_cache shared:sallyport:10m;
  ssl_session_tickets off;
  large_client_header_buffers 8 24k;
  limit_conn_zone $server_name zone=sallyport_concurrent:1m;
  limit_conn_status 429;
  proxy_http_version 1.1;
  proxy_pass_request_headers off;
  proxy_ssl_server_name on;
  proxy_ssl_verify on;
  proxy_ssl_verify_depth 5;
  proxy_ssl_protocols TLSv1.2 TLSv1.3;
  proxy_next_upstream error timeout;
  proxy_intercept_errors off;
  proxy_redirect off;
  proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset Set-Cookie Cache-Control Expires Vary;
)";

/// What clients are told: JSON, with the id by which the request stands in the log.
struct ErrorRow {
  const char* location;
  const char* extra;  ///< further directives of the location
  int status;
  const char* error;
  const char* reason;  ///< empty: none
};

constexpr std::array kErrors{
    ErrorRow{"@unauthorized", "", 401, "unauthorized", "$sallyport_word"},
    ErrorRow{"@not_found", "", 404, "not_found", ""},
    ErrorRow{"@method_not_allowed", "", 405, "method_not_allowed", ""},
    // Not a named location: a request whose path cannot be read has none to go to one from.
    ErrorRow{"= /sallyport_bad_request", "  internal;\n", 400, "bad_request", ""},
    ErrorRow{"@too_large", "", 413, "too_large", ""},
    ErrorRow{"@misdirected", "", 421, "misdirected", ""},
    ErrorRow{"@too_many", "  add_header Retry-After 1 always;\n", 429, "too_many_requests", "concurrency"},
    ErrorRow{"@internal", "", 500, "internal", ""},
    ErrorRow{"@unavailable", "  add_header Retry-After 5 always;\n", 503, "unavailable", "authorizer_unavailable"},
};

std::string answer(int status, std::string_view error, std::string_view reason) {
  const std::string why = reason.empty() ? "" : ",\"reason\":\"" + std::string(reason) + "\"";
  return "return " + std::to_string(status) + " '{\"error\":\"" + std::string(error) + "\"" + why +
         ",\"request_id\":\"$request_id\"}';";
}

/// `add_header` of a location takes the place of all those above it.
std::string location(std::string_view name, std::string_view body) {
  return "location " + std::string(name) +
         " {\n  default_type application/json;\n  add_header X-Request-Id $request_id always;\n" + std::string(body) +
         "}\n";
}

constexpr const char* kServer = R"(merge_slashes off;
root /nonexistent;
client_body_buffer_size 64k;
recursive_error_pages on;
add_header X-Request-Id $request_id always;
error_page 400 414 494 495 496 497 = /sallyport_bad_request;
error_page 401 = @unauthorized;
error_page 403 = @forbidden;
error_page 404 = @not_found;
error_page 405 = @method_not_allowed;
error_page 413 = @too_large;
error_page 421 = @misdirected;
error_page 429 = @too_many;
error_page 500 503 = @unavailable;
)";

/// A 403 of the authorizer may stand for another status, which `auth_request` would not have passed on.
std::string forbidden() {
  return location("@forbidden",
                  "  add_header WWW-Authenticate $sallyport_challenge always;\n"
                  "  add_header Retry-After $sallyport_retry_after always;\n"
                  "  if ($sallyport_status = 429) { " +
                      answer(429, "too_many_requests", "$sallyport_word") +
                      " }\n"
                      "  if ($sallyport_status = 503) { " +
                      answer(503, "unavailable", "$sallyport_word") +
                      " }\n"
                      "  " +
                      answer(403, "forbidden", "$sallyport_word") + "\n");
}

/// Nobody could be connected to, or the one who was asked did not answer: the last attempt decides.
std::string exhausted() {
  return location("@exhausted", "  if ($upstream_status ~ \"504$\") { " + answer(504, "backend_timeout", "") +
                                    " }\n"
                                    "  " +
                                    answer(502, "backend_unreachable", "") + "\n");
}

std::string server_file() {
  std::string text = kServer;
  for (const ErrorRow& row : kErrors) {
    text += location(row.location, row.extra + ("  " + answer(row.status, row.error, row.reason)) + "\n");
  }
  return text + forbidden() + exhausted();
}

constexpr const char* kAsk = R"(access_log off;
proxy_pass_request_body off;
proxy_connect_timeout 1s;
proxy_send_timeout 2s;
proxy_buffer_size 32k;
proxy_buffers 4 32k;
proxy_busy_buffers_size 64k;
proxy_set_header Host authorizer;
proxy_set_header Connection "";
proxy_set_header Content-Length "";
proxy_set_header Authorization $http_authorization;
)";

constexpr const char* kAsked = R"(auth_request_set $sallyport_status $upstream_http_x_sallyport_status;
auth_request_set $sallyport_reason $upstream_http_x_sallyport_reason;
auth_request_set $sallyport_detail $upstream_http_x_sallyport_detail;
auth_request_set $sallyport_issuer $upstream_http_x_sallyport_issuer;
auth_request_set $sallyport_subject $upstream_http_x_sallyport_subject;
auth_request_set $sallyport_client $upstream_http_x_sallyport_client;
auth_request_set $sallyport_retry_after $upstream_http_x_sallyport_retry_after;
auth_request_set $sallyport_challenge $upstream_http_x_sallyport_challenge;
auth_request_set $sallyport_authorization $upstream_http_x_sallyport_authorization;
)";

/// Of one of several backends, whose own word on 403 takes the place of all that the server says: so the rest is
/// repeated.
constexpr const char* kBegin = R"(error_page 400 = /sallyport_bad_request;
error_page 401 = @unauthorized;
error_page 413 = @too_large;
error_page 429 = @too_many;
error_page 500 503 = @unavailable;
)";

/// What goes upstream: the list, and nothing that a client could add to it. `error_page` is not merged with the
/// server's, so all of it is repeated.
constexpr const char* kSend = R"(if ($sallyport_authorization = "") { return 503; }
error_page 400 = /sallyport_bad_request;
error_page 500 = @internal;
error_page 413 = @too_large;
error_page 429 = @too_many;
error_page 503 = @unavailable;
proxy_set_header Connection "";
proxy_set_header Authorization $sallyport_authorization;
proxy_set_header X-Request-Id $request_id;
proxy_hide_header Set-Cookie;
proxy_hide_header X-Request-Id;
proxy_hide_header WWW-Authenticate;
proxy_buffering off;
proxy_socket_keepalive on;
)";

std::string send_file() {
  std::string text = kSend;
  for (const std::string_view header : kPassedHeaders) {
    std::string variable = to_lower(header);
    std::ranges::replace(variable, '-', '_');
    text.append("proxy_set_header ").append(header).append(" $http_").append(variable).append(";\n");
  }
  return text;
}

/// Whoever asks for no name of ours learns nothing, not even a certificate.
std::string default_server(const std::string& address) {
  return "  server {\n    listen " + address +
         " ssl default_server;\n    server_name _;\n    ssl_reject_handshake on;\n    access_log off;\n"
         "    default_type application/json;\n    error_page 400 404 405 413 414 494 497 500 = @none;\n"
         "    location / { return 404; }\n    location @none { " +
         answer(404, "not_found", "") + " }\n  }\n";
}

/// Opens what endpoints' files open as well, so that nobody is blamed for a log or certificates that are not there.
std::string probe_server(const Machine& machine) {
  return "  server {\n    listen " + machine.status_address + ";\n    server_name sallyport_probe;\n    access_log " +
         machine.access_log +
         " sallyport;\n    location / {\n      proxy_pass https://127.0.0.1:1;\n"
         "      proxy_ssl_trusted_certificate " +
         machine.system_trust + ";\n    }\n  }\n";
}

std::string status_server(const Machine& machine, const std::string& generation) {
  return "  server {\n    listen " + machine.status_address +
         ";\n    server_name _;\n    access_log off;\n"
         "    allow 127.0.0.1;\n    allow ::1;\n    deny all;\n"
         "    location = /generation { default_type text/plain; return 200 \"" +
         generation +
         "\\n\"; }\n"
         "    location / { return 404; }\n  }\n";
}

std::string main_file(const Machine& machine, const std::string& generation, const std::set<std::string>& listens,
                      bool test) {
  std::string text = "# Made by sallyport nginx-agent; changes are lost.\n";
  if (!machine.user.empty()) text += "user " + join(split(machine.user, ':'), " ") + ";\n";
  text += "worker_processes auto;\n";
  text += "pid " + machine.installed + (test ? "/test.pid" : "/nginx.pid") + ";\n";
  text += "error_log " + (test ? std::string("stderr") : machine.error_log) + " warn;\n";
  text += "events { worker_connections 4096; }\nhttp {\n";
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    text += "  " + std::string(kind) + "_temp_path " + machine.installed + "/tmp/" + kind + ";\n";
  for (const char* part : {kHttp, kLogFormat, kVariables}) text += part;
  text += "  upstream sallyport_authorizer { server unix:" + machine.authorizer +
          "; keepalive 64; keepalive_timeout 300s; }\n";
  text += "  access_log off;\n";
  for (const std::string& address : listens) text += default_server(address);
  text += status_server(machine, generation);
  if (test) text += probe_server(machine);
  text += "  include " + std::string(kEndpoints) + "/*.conf;\n}\n";
  return text;
}

}  // namespace

Result<std::map<std::string, std::string>> render_main(const Machine& machine, const std::string& generation,
                                                       const std::set<std::string>& listens) {
  TRY(check(machine));
  const std::string word = TRY(plain_word(generation));
  return std::map<std::string, std::string>{{kMainFile, main_file(machine, word, listens, false)},
                                            {kTestFile, main_file(machine, word, listens, true)},
                                            {"server.conf", server_file()},
                                            {"ask.conf", kAsk},
                                            {"asked.conf", kAsked},
                                            {"begin.conf", kBegin},
                                            {"send.conf", send_file()}};
}

}  // namespace sallyport::nginx_agent
