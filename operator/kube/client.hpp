// SPDX-License-Identifier: Apache-2.0
// The API server's verbs, over JSON text. Adds to HTTP what Kubernetes needs: the token, refusals as Errors, retries
// where they are safe, and the question whether we may still write at all.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"
#include "operator/base/strong_id.hpp"
#include "operator/http/client.hpp"
#include "operator/kube/credentials.hpp"
#include "operator/kube/hooks.hpp"
#include "operator/kube/resource.hpp"

namespace sallyport::kube {

/// Whole objects, or `PartialObjectMetadata` only: no Secret's bytes enter our memory just because it is watched.
enum class Form { Whole, Metadata };

/// Which objects of a collection.
struct Selection {
  Resource resource;
  std::string ns{};              ///< empty: all namespaces
  std::string field_selector{};  ///< "metadata.name=risk"
  std::string label_selector{};  ///< "shard=a"
  Form form = Form::Whole;
};

/// How a watch starts.
struct WatchFrom {
  /// Empty: first everything there is, as ADDED events, ended by a bookmark (WatchList, KEP-3157). Else what came
  /// later.
  std::string resource_version{};
  std::chrono::seconds server_timeout{300};  ///< after which the server ends it
  std::chrono::milliseconds idle{90000};     ///< longest silence; bookmarks come about every minute
};

/// Server-side apply. Forced: what we apply is ours, and a foreign owner of one of our fields loses it.
struct Apply {
  std::string field_manager;
  std::string body;  ///< JSON with apiVersion, kind, metadata.name; metadata.resourceVersion is a precondition
  enum class Part { Object, Status } part = Part::Object;
};

struct Page {
  std::string body;      ///< the list as JSON text
  bool expired = false;  ///< 410: the continue token is too old; `body` is empty
};

struct ClientOptions {
  std::shared_ptr<Credentials> credentials;
  const Clock* clock = &system_clock();
  Random* random = &system_random();
  Hooks hooks{};
  /// Asked right before each mutating request, and again before it is repeated. Empty: always allowed.
  std::function<Result<void>()> may_write{};
  std::chrono::milliseconds deadline = std::chrono::seconds(30);  ///< of one request
  /// Requests in all for one call: the first and its repetitions.
  int attempts = 4;
};

/// Thread-safe; blocks. All errors name the object and carry method and path.
///
/// Repeated, after Retry-After or a growing jittered pause: reads on no answer, 429 and 5xx; apply and delete (which
/// have the same effect twice) likewise; other writes only on 429, which says that nothing was done. A Retry-After
/// above five seconds is not slept through: it is handed to the caller as `retry_after`.
class Client {
 public:
  Client(std::unique_ptr<http::Client> http, ClientOptions options);

  /// GET. The object as JSON text.
  [[nodiscard]] Result<std::string> get(const Ref& ref, Form form, std::stop_token stop);
  /// Writes return what came of it, as a rule its metadata only: the rest is what we have just sent. (A server that
  /// cannot do that returns all of it.)
  /// POST to the collection. Conflict when it exists. Sent once: of a connection that breaks meanwhile the caller
  /// hears.
  [[nodiscard]] Result<std::string> create(const Ref& ref, std::string body, std::stop_token stop,
                                           Form form = Form::Metadata);
  /// PUT; `body` carries metadata.resourceVersion as a precondition. Sent once, likewise.
  [[nodiscard]] Result<std::string> replace(const Ref& ref, std::string body, std::stop_token stop,
                                            Form form = Form::Metadata);
  /// PATCH application/apply-patch+yaml (JSON is YAML) with `force=true`.
  [[nodiscard]] Result<std::string> apply(const Ref& ref, Apply apply, std::stop_token stop);
  /// PATCH application/json-patch+json. A `test` that fails comes back as InvalidSpec.
  [[nodiscard]] Result<std::string> json_patch(const Ref& ref, std::string patch, std::string_view field_manager,
                                               std::stop_token stop);
  /// PATCH application/merge-patch+json.
  [[nodiscard]] Result<std::string> merge_patch(const Ref& ref, std::string patch, std::stop_token stop);
  /// DELETE with the uid as a precondition. Gone already: succeeds. Another uid: Conflict.
  [[nodiscard]] Result<void> remove(const Ref& ref, const Uid& uid, std::stop_token stop);

  /// GET of at most `limit` objects, a consistent read (no resourceVersion). `limit` 0: all of them at once.
  [[nodiscard]] Result<Page> list_page(const Selection& what, std::string_view continue_token, int limit,
                                       std::stop_token stop);
  /// GET with `watch=true` and bookmarks. One attempt (and one more with a fresh token after a 401); see
  /// http::Client::stream for what comes back.
  [[nodiscard]] Result<http::Response> watch(const Selection& what, const WatchFrom& from, std::stop_token stop,
                                             const http::Client::OnLine& on_line);

 private:
  enum class Repeat { Always, WhenNothingWasDone };
  struct Call {
    http::Request request;
    std::string doing;  ///< "apply Secret risk/x"
    Repeat repeat = Repeat::Always;
    bool mutates = false;
  };

  Result<http::Response> perform(Call& call, std::stop_token stop);
  Result<http::Response> attempt(Call& call, std::stop_token stop);
  /// How long to wait before this call may be repeated; empty: not at all.
  std::optional<std::chrono::milliseconds> pause(const Call& call, const Error& error, int status, int attempt);
  Result<std::string> perform_for_body(Call call, std::stop_token stop);
  Result<std::string> write(Call call, std::string_view content_type, Form form, std::stop_token stop);
  void count(std::string_view verb, const Result<http::Response>& answer, SteadyTime began) const;

  std::unique_ptr<http::Client> http_;
  ClientOptions options_;
};

}  // namespace sallyport::kube
