// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/https_source.hpp"

#include <algorithm>

#include "reconcilers/nginx_agent/refusal.hpp"
#include "reconcilers/publication/manifest.hpp"
#include "reconcilers/publication/objects.hpp"

namespace sallyport::nginx_agent {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kPatience{4};
constexpr milliseconds kAfterSilence{2000};
constexpr milliseconds kShortestPause{500};
constexpr milliseconds kLongestPause{10000};

class HttpsSource final : public Source {
 public:
  HttpsSource(EnrolmentOptions enrolment, Connect connect, const Clock& clock, std::stop_token stop)
      : url_(enrolment.url),
        connect_(std::move(connect)),
        clock_(clock),
        stop_(std::move(stop)),
        enrolment_(std::move(enrolment), connect_, clock) {}

  Result<std::string> manifest() override {
    http::Request request{.target = std::string("/") + publication::kManifestFile};
    if (!tag_.empty()) request.headers["If-None-Match"] = tag_;
    http::Response response = TRY(ask(request));
    if (response.status == 304 && !tag_.empty()) return manifest_;
    if (response.status != 200) return refused(request, response);
    tag_ = response.header("ETag").value_or("");
    manifest_ = std::move(response.body);
    return manifest_;
  }

  Result<Secret> object(const std::string& name) override {
    if (!publication::is_object_name(name)) return Error{Code::InvalidSpec, "is not the name of an object", name, {}};
    const http::Request request{.target = std::string("/") + publication::kObjectsFolder + "/" + name};
    http::Response response = TRY(ask(request));
    Secret bytes(std::move(response.body));
    if (response.status == 200) return bytes;
    response.body = bytes.reveal();
    return refused(request, response);
  }

  Result<void> tell(const std::string& report) override {
    TRY(enrolment_.keep_current(stop_));
    http::Request request{.method = "PUT", .target = "/reports/" + enrolment_.agent() + ".json", .body = report};
    request.headers["Content-Type"] = "application/json";
    request.session = true;
    const http::Response response = TRY(ask(request));
    if (!response.ok()) return refused(request, response);
    return {};
  }

  std::string trouble() const override { return enrolment_.trouble(); }

 private:
  [[nodiscard]] Error refused(const http::Request& request, const http::Response& response) const {
    return refusal_of(response, request.method + " " + url_ + request.target);
  }

  Result<http::Response> ask(const http::Request& request) {
    if (pause_ && clock_.steady() < until_) return *pause_;
    pause_.reset();
    TRY(enrolment_.keep_current(stop_));
    if (client_ == nullptr || made_with_ != enrolment_.count()) TRY(connect());
    Result<http::Response> response = client_->send(request, kPatience, stop_);
    if (!response) {
      rest(response.error(), kAfterSilence);
      return response;
    }
    const int status = response->status;
    if (status == 401) enrolment_.renounce();
    if (status == 503 || status == 429 || status == 403) {
      const Error error = refused(request, *response);
      rest(error, std::clamp(error.retry_after.value_or(kAfterSilence), kShortestPause, kLongestPause));
    }
    return response;
  }

  void rest(Error error, milliseconds pause) {
    pause_ = std::move(error);
    until_ = clock_.steady() + pause;
  }

  Result<void> connect() {
    http::ClientOptions options;
    options.base_url = url_;
    options.tls = enrolment_.tls();
    options.limits.body_bytes = publication::kMaxSealedSize;
    client_ = TRY(connect_(std::move(options)));
    made_with_ = enrolment_.count();
    return {};
  }

  const std::string url_;
  const Connect connect_;
  const Clock& clock_;
  const std::stop_token stop_;
  Enrolment enrolment_;
  std::unique_ptr<http::Client> client_;
  int made_with_ = 0;
  std::string tag_;
  std::string manifest_;
  std::optional<Error> pause_;  // why nobody is asked just now
  SteadyTime until_{};
};

}  // namespace

std::unique_ptr<Source> https_source(EnrolmentOptions enrolment, Connect connect, const Clock& clock,
                                     std::stop_token stop) {
  return std::make_unique<HttpsSource>(std::move(enrolment), std::move(connect), clock, std::move(stop));
}

}  // namespace sallyport::nginx_agent
