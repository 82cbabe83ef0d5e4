// SPDX-License-Identifier: Apache-2.0
#include "operator/metrics/endpoint.hpp"

#include <algorithm>

#include "operator/base/text.hpp"

namespace sallyport::metrics {
namespace {

constexpr const char* kPlain = "text/plain; charset=utf-8";
constexpr const char* kExposition = "text/plain; version=0.0.4; charset=utf-8";

http::Outgoing plain(int status, std::string body) {
  http::Outgoing outgoing;
  outgoing.status = status;
  outgoing.body = std::move(body);
  outgoing.content_type = kPlain;
  return outgoing;
}

bool is_verbose(const http::Incoming& request) {
  const std::vector<std::string> words = split(request.query(), '&');
  return std::ranges::any_of(words,
                             [](const std::string& word) { return word == "verbose" || word.starts_with("verbose="); });
}

/// In the words of the API server's own probes.
http::Outgoing probe(const std::vector<Check>& checks, const http::Incoming& request) {
  const std::string name = request.path().substr(1);
  std::string list;
  bool passed = true;
  for (const Check& check : checks) {
    const Result<void> result = check.run();
    passed = passed && result.has_value();
    list += result.has_value() ? "[+]" + check.name + " ok\n"
                               : "[-]" + check.name + " failed: " + one_line(result.error().message) + "\n";
  }
  if (!passed) return plain(503, list + name + " check failed\n");
  return plain(200, is_verbose(request) ? list + name + " check passed\n" : "ok\n");
}

http::Outgoing exposition(const http::Incoming& request, const Endpoint& endpoint, Metrics& metrics) {
  if (endpoint.may_scrape) {
    if (const auto allowed = endpoint.may_scrape(request); !allowed.has_value()) {
      return plain(allowed.error().code == Code::Unauthorized ? 401 : 403, "not allowed\n");
    }
  }
  http::Outgoing outgoing = plain(200, metrics.text());
  outgoing.content_type = kExposition;
  return outgoing;
}

}  // namespace

Check caches_synced(std::function<bool()> filled) {
  return {"caches", [filled = std::move(filled)]() -> Result<void> {
            if (filled()) return {};
            return Error{Code::Unavailable, "not all caches have been filled yet", {}, {}};
          }};
}

Check not_wedged(std::string name, std::function<std::chrono::milliseconds()> longest_running,
                 std::chrono::milliseconds limit) {
  return {
      std::move(name), [longest_running = std::move(longest_running), limit]() -> Result<void> {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(longest_running());
        if (seconds <= limit) return {};
        return Error{Code::Internal, "a worker has been busy for " + std::to_string(seconds.count()) + " s", {}, {}};
      }};
}

http::Outgoing answer(const http::Incoming& request, const Endpoint& endpoint, Metrics& metrics) {
  if (request.method != "GET" && request.method != "HEAD") {
    http::Outgoing refused = plain(405, "only GET\n");
    refused.headers["Allow"] = "GET, HEAD";
    return refused;
  }
  const std::string path = request.path();
  if (path == "/metrics") return exposition(request, endpoint, metrics);
  if (path == "/healthz" || path == "/livez") return probe(endpoint.live, request);
  if (path == "/readyz") return probe(endpoint.ready, request);
  return plain(404, "not found\n");
}

Result<std::unique_ptr<http::Listener>> serve(http::ListenerOptions options, Endpoint endpoint, Metrics& metrics) {
  return http::listen(std::move(options), [endpoint = std::move(endpoint), &metrics](const http::Incoming& request) {
    return answer(request, endpoint, metrics);
  });
}

}  // namespace sallyport::metrics
