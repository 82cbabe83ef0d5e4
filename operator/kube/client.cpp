// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/client.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"
#include "operator/kube/status.hpp"

namespace sallyport::kube {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{200};
// Longer waits belong to the work queue: a worker that sleeps here serves nobody.
constexpr milliseconds kLongestPause{5000};

constexpr std::string_view kJson = "application/json";
/// The second is for servers and proxies that do not know the first.
constexpr std::string_view kMetadataElseAll =
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json";

std::string_view accept(Form form, bool list) {
  if (form == Form::Whole) return kJson;
  return list ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
              : "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
}

using Query = std::vector<std::pair<std::string, std::string>>;

Query query_of(const Selection& what) {
  Query query;
  if (!what.field_selector.empty()) query.emplace_back("fieldSelector", what.field_selector);
  if (!what.label_selector.empty()) query.emplace_back("labelSelector", what.label_selector);
  return query;
}

std::string where_of(const http::Request& request) {
  return request.method + " " + request.target.substr(0, request.target.find('?'));
}

bool transient(int status) {
  return status == 429 || status == 500 || (status >= 502 && status <= 504);
}

}  // namespace

std::string_view to_string(WatchEnd end) {
  switch (end) {
    case WatchEnd::Closed:
      return "closed";
    case WatchEnd::VeryShort:
      return "very_short";
    case WatchEnd::Idle:
      return "idle";
    case WatchEnd::Broken:
      return "broken";
    case WatchEnd::Refused:
      return "refused";
    case WatchEnd::Gone:
      return "gone";
  }
  return "unknown";
}

Client::Client(std::unique_ptr<http::Client> http, ClientOptions options)
    : http_(std::move(http)), options_(std::move(options)) {}

void Client::count(std::string_view verb, const Result<http::Response>& answer, SteadyTime began) const {
  if (!options_.hooks.request) return;
  const auto took = std::chrono::duration_cast<milliseconds>(options_.clock->steady() - began);
  options_.hooks.request(verb, answer ? answer->status : 0, took);
}

Result<http::Response> Client::attempt(Call& call, std::stop_token stop) {
  for (bool renewed = false;; renewed = true) {
    call.request.authorization = TRY(options_.credentials->authorization());
    // Last of all checks, so that nothing lies between it and the sending but the sending itself.
    if (call.mutates && options_.may_write) TRY(options_.may_write());
    const SteadyTime began = options_.clock->steady();
    auto answer = http_->send(call.request, options_.deadline, stop);
    count(call.request.method, answer, began);
    if (!answer || answer->status != 401 || renewed) return answer;
    // The token may have been replaced since it was read; a 401 changes nothing, so asking again is safe.
    options_.credentials->rejected();
    if (options_.hooks.repeated) options_.hooks.repeated(call.request.method, answer->status);
  }
}

std::optional<milliseconds> Client::pause(const Call& call, const Error& error, int status, int attempt) {
  const bool nothing_done = status == 429;
  if (error.code == Code::ShuttingDown || (status != 0 && !transient(status))) return std::nullopt;
  if (status == 0 && error.code != Code::Unavailable) return std::nullopt;
  if (call.repeat == Repeat::WhenNothingWasDone && !nothing_done) return std::nullopt;
  const auto grown = kFirstPause * (1 << std::min(attempt, 5));
  const auto jittered =
      milliseconds(static_cast<std::int64_t>(static_cast<double>(grown.count()) * (0.5 + options_.random->unit())));
  const auto wait = std::max(jittered, error.retry_after.value_or(milliseconds(0)));
  if (wait > kLongestPause) return std::nullopt;
  return wait;
}

Result<http::Response> Client::perform(Call& call, std::stop_token stop) {
  // For the audit guard: what changes here is the cluster, which keeps an audit log of its own.
  call.request.session = true;
  const SteadyTime began = options_.clock->steady();
  for (int tried = 1;; ++tried) {
    auto answer = attempt(call, stop);
    // 410 has a meaning of its own to those who can meet it.
    if (answer && (answer->ok() || answer->status == 410)) return answer;
    const int status = answer ? answer->status : 0;
    Error error = answer ? error_of(*answer, call.doing, where_of(call.request)) : answer.error().context(call.doing);
    if (error.where.empty()) error.where = where_of(call.request);
    const bool exhausted = tried >= options_.attempts || options_.clock->steady() - began >= options_.deadline;
    const auto wait = exhausted ? std::nullopt : pause(call, error, status, tried - 1);
    if (!wait) return error;
    if (!options_.clock->sleep(*wait, stop))
      return Error{Code::ShuttingDown, call.doing + ": stopped", error.where, {}};
    if (options_.hooks.repeated) options_.hooks.repeated(call.request.method, status);
  }
}

Result<std::string> Client::perform_for_body(Call call, std::stop_token stop) {
  auto answer = perform(call, stop);
  const Secret wiped(std::move(call.request.body));  // it may have been a Secret's
  if (!answer) return answer.error();
  if (!answer->ok()) return error_of(*answer, call.doing, where_of(call.request));
  return std::move(answer->body);
}

Result<std::string> Client::get(const Ref& ref, Form form, std::stop_token stop) {
  Call call;
  call.request.target = ref.path();
  call.request.headers["Accept"] = accept(form, false);
  call.doing = "read " + ref.text();
  return perform_for_body(std::move(call), stop);
}

Result<std::string> Client::create(const Ref& ref, std::string body, std::stop_token stop, Form form) {
  Call call;
  call.request = {
      .method = "POST", .target = ref.resource.path(ref.ns), .body = std::move(body), .delivery = http::Delivery::Once};
  call.doing = "create " + ref.text();
  call.repeat = Repeat::WhenNothingWasDone;
  return write(std::move(call), kJson, form, stop);
}

Result<std::string> Client::replace(const Ref& ref, std::string body, std::stop_token stop, Form form) {
  Call call;
  // Sent twice without our knowledge, the second would meet its own resourceVersion and look like a stranger's change.
  call.request = {.method = "PUT", .target = ref.path(), .body = std::move(body), .delivery = http::Delivery::Once};
  call.doing = "replace " + ref.text();
  call.repeat = Repeat::WhenNothingWasDone;
  return write(std::move(call), kJson, form, stop);
}

Result<std::string> Client::apply(const Ref& ref, Apply apply, std::stop_token stop) {
  Call call;
  const bool status = apply.part == Apply::Part::Status;
  call.request.method = "PATCH";
  call.request.target = ref.path() + (status ? "/status" : "") + "?" +
                        form_encode({{"fieldManager", apply.field_manager}, {"force", "true"}});
  call.request.body = std::move(apply.body);
  call.doing = std::string(status ? "apply status of " : "apply ") + ref.text();
  return write(std::move(call), "application/apply-patch+yaml", Form::Metadata, stop);
}

Result<std::string> Client::json_patch(const Ref& ref, std::string patch, std::string_view field_manager,
                                       std::stop_token stop) {
  Call call;
  call.request.method = "PATCH";
  call.request.target = ref.path() + "?" + form_encode({{"fieldManager", std::string(field_manager)}});
  call.request.body = std::move(patch);
  call.doing = "patch " + ref.text();
  call.repeat = Repeat::WhenNothingWasDone;
  return write(std::move(call), "application/json-patch+json", Form::Metadata, stop);
}

Result<std::string> Client::merge_patch(const Ref& ref, std::string patch, std::stop_token stop) {
  Call call;
  call.request = {.method = "PATCH", .target = ref.path(), .body = std::move(patch)};
  call.doing = "patch " + ref.text();
  return write(std::move(call), "application/merge-patch+json", Form::Metadata, stop);
}

Result<std::string> Client::write(Call call, std::string_view content_type, Form form, std::stop_token stop) {
  call.mutates = true;
  call.request.headers["Content-Type"] = content_type;
  call.request.headers["Accept"] = form == Form::Metadata ? kMetadataElseAll : kJson;
  return perform_for_body(std::move(call), stop);
}

Result<void> Client::remove(const Ref& ref, const Uid& uid, std::stop_token stop) {
  Call call;
  const nlohmann::json options = {{"apiVersion", "v1"},
                                  {"kind", "DeleteOptions"},
                                  {"propagationPolicy", "Background"},
                                  {"preconditions", {{"uid", uid.str()}}}};
  call.request = {.method = "DELETE", .target = ref.path(), .body = options.dump()};
  call.doing = "delete " + ref.text();
  const auto answer = write(std::move(call), kJson, Form::Whole, stop);  // a Status, as a rule
  if (!answer && answer.error().code != Code::NotFound) return answer.error();
  return {};
}

Result<Page> Client::list_page(const Selection& what, std::string_view continue_token, int limit,
                               std::stop_token stop) {
  Query query = query_of(what);
  if (limit > 0) query.emplace_back("limit", std::to_string(limit));
  if (!continue_token.empty()) query.emplace_back("continue", continue_token);
  Call call;
  call.request.target = what.resource.path(what.ns) + (query.empty() ? "" : "?" + form_encode(query));
  call.request.headers["Accept"] = accept(what.form, true);
  call.doing = "list " + what.resource.plural;
  auto answer = TRY(perform(call, stop));
  if (answer.status == 410) return Page{{}, true};
  return Page{std::move(answer.body), false};
}

Result<http::Response> Client::watch(const Selection& what, const WatchFrom& from, std::stop_token stop,
                                     const http::Client::OnLine& on_line) {
  Query query = query_of(what);
  query.emplace_back("watch", "true");
  query.emplace_back("allowWatchBookmarks", "true");
  query.emplace_back("timeoutSeconds", std::to_string(from.server_timeout.count()));
  if (from.resource_version.empty()) {
    // Without a resourceVersion this is a consistent read: never older than what we knew before.
    query.emplace_back("sendInitialEvents", "true");
    query.emplace_back("resourceVersionMatch", "NotOlderThan");
  } else {
    query.emplace_back("resourceVersion", from.resource_version);
  }
  http::Request request;
  request.target = what.resource.path(what.ns) + "?" + form_encode(query);
  request.headers["Accept"] = accept(what.form, false);
  for (bool renewed = false;; renewed = true) {
    request.authorization = TRY(options_.credentials->authorization());
    const SteadyTime began = options_.clock->steady();
    auto answer = http_->stream(request, from.idle, stop, on_line);
    count("WATCH", answer, began);
    if (!answer || answer->status != 401 || renewed) return answer;
    options_.credentials->rejected();
  }
}

}  // namespace sallyport::kube
