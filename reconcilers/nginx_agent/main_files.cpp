// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/main_files.hpp"

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

constexpr const char* kServer = R"(merge_slashes off;
root /nonexistent;
client_body_buffer_size 64k;
recursive_error_pages on;
add_header X-Request-Id $request_id always;
error_page 400 494 495 496 497 = /sallyport_bad_request;
error_page 401 = @unauthorized;
error_page 403 = @forbidden;
error_page 404 = @not_found;
error_page 405 = @method_not_allowed;
error_page 413 = @too_large;
error_page 414 = /sallyport_bad_request;
error_page 421 = @misdirected;
error_page 429 = @too_many;
error_page 500 503 = @unavailable;
location @unauthorized {
  default_type application/json;
  add_header X-Request-Id $request_id always;
  return 401 '{"error":"unauthorized","reason":"$sallyport_word","request_id":"$request_id"}';
}
location @forbidden {
  default_type application/json;
  add_header X-Request-Id $request_id always;
  add_header WWW-Authenticate $sallyport_challenge always;
  add_header Retry-After $sallyport_retry_after always;
  if ($sallyport_status = 429) {
    return 429 '{"error":"too_many_requests","reason":"$sallyport_word","request_id":"$request_id"}';
  }
  if ($sallyport_status = 503) {
    return 503 '{"error":"unavailable","reason":"$sallyport_word","request_id":"$request_id"}';
  }
  return 403 '{"error":"forbidden","reason":"$sallyport_word","request_id":"$request_id"}';
}
location @not_found {
  default_type application/json;
  add_header X-Request-Id $request_id always;
  return 404 '{"error":"not_found","request_id":"$request_id"}';
}
location @method_not_allowed {
  default_type application/json;
  add_header X-Request-Id $request_id always;
  return 405 '{"error":"method_not_allowed","request_id":"$request_id"}';
}
location = /sallyport_bad_request {
  internal;
  default_type application/json;
  add_header X-Request-Id $request_id always;
  return 400 '{"error":"bad_request","request_id":"$request_id"}';
}
location @too_large {
  default_type application/json;
  add_header X-Request-Id $request_id always;
  return 413 '{"error":"too_large","request_id":"$request_id"}';
}
location @misdirected {
  default_type application/json;
  add_header X-Request-Id $request_id always;
  return 421 '{"error":"misdirected","request_id":"$request_id"}';
}
location @too_many {
  default_type application/json;
  add_header X-Request-Id $request_id always;
  add_header Retry-After 1 always;
  return 429 '{"error":"too_many_requests","reason":"concurrency","request_id":"$request_id"}';
}
location @unavailable {
  default_type application/json;
  add_header X-Request-Id $request_id always;
  add_header Retry-After 5 always;
  return 503 '{"error":"unavailable","reason":"authorizer_unavailable","request_id":"$request_id"}';
}
location @internal {
  default_type application/json;
  add_header X-Request-Id $request_id always;
  return 500 '{"error":"internal","request_id":"$request_id"}';
}
location @exhausted {
  default_type application/json;
  add_header X-Request-Id $request_id always;
  if ($upstream_status ~ "504$") {
    return 504 '{"error":"backend_timeout","request_id":"$request_id"}';
  }
  return 502 '{"error":"backend_unreachable","request_id":"$request_id"}';
}
)";

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
proxy_set_header X-Sallyport-Request $request_id;
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
proxy_set_header Content-Type $content_type;
proxy_set_header Content-Encoding $http_content_encoding;
proxy_set_header Accept $http_accept;
proxy_set_header Accept-Encoding $http_accept_encoding;
proxy_set_header User-Agent $http_user_agent;
proxy_set_header traceparent $http_traceparent;
proxy_set_header tracestate $http_tracestate;
proxy_hide_header Set-Cookie;
proxy_hide_header X-Request-Id;
proxy_hide_header WWW-Authenticate;
proxy_buffering off;
proxy_socket_keepalive on;
)";

constexpr const char* kFailed = R"(error_page 502 504 = @exhausted;
)";

/// Whoever asks for no name of ours learns nothing, not even a certificate.
std::string default_server(const Local& local) {
  return "  server {\n    listen " + listen_address(local, 443) +
         " ssl default_server;\n    server_name _;\n    ssl_reject_handshake on;\n    access_log off;\n"
         "    location / { return 404; }\n  }\n";
}

std::string status_server(const Local& local, const std::string& generation) {
  return "  server {\n    listen " + local.status_address +
         ";\n    server_name _;\n    access_log off;\n"
         "    allow 127.0.0.1;\n    allow ::1;\n    deny all;\n"
         "    location = /generation { default_type text/plain; return 200 \"" +
         generation +
         "\\n\"; }\n"
         "    location / { return 404; }\n  }\n";
}

std::string main_file(const Local& local, const std::string& generation, bool test) {
  std::string text = "# Made by sallyport nginx-agent; changes are lost.\n";
  if (!local.user.empty()) text += "user " + join(split(local.user, ':'), " ") + ";\n";
  text += "worker_processes auto;\n";
  text += "pid " + local.installed + (test ? "/test.pid" : "/nginx.pid") + ";\n";
  text += "error_log " + (test ? std::string("stderr") : local.error_log) + " warn;\n";
  text += "events { worker_connections 4096; }\nhttp {\n";
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    text += "  " + std::string(kind) + "_temp_path " + local.installed + "/tmp/" + kind + ";\n";
  text += std::string(kHttp) + kLogFormat + kVariables;
  text += "  upstream sallyport_authorizer { server unix:" + local.authorizer +
          "; keepalive 64; keepalive_timeout 300s; }\n";
  text += "  access_log off;\n";
  text += default_server(local) + status_server(local, generation);
  text += "  include " + std::string(kEndpoints) + "/*.conf;\n}\n";
  return text;
}

}  // namespace

Result<std::map<std::string, std::string>> render_main(const Local& local, const std::string& generation) {
  TRY(check(local));
  const std::string word = TRY(plain_word(generation));
  return std::map<std::string, std::string>{{kMainFile, main_file(local, word, false)},
                                            {kTestFile, main_file(local, word, true)},
                                            {"server.conf", kServer},
                                            {"ask.conf", kAsk},
                                            {"asked.conf", kAsked},
                                            {"send.conf", kSend},
                                            {"failed.conf", kFailed}};
}

}  // namespace sallyport::nginx_agent
