// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/enrolment.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/json.hpp"
#include "operator/base/log.hpp"
#include "operator/base/text.hpp"
#include "operator/base/whole_file.hpp"
#include "operator/pki/key.hpp"
#include "reconcilers/nginx_agent/refusal.hpp"

namespace sallyport::nginx_agent {
namespace {

constexpr std::size_t kMostKept = 1UL << 20U;
constexpr std::size_t kLongestToken = 16384;
constexpr std::chrono::seconds kPatience{4};
constexpr std::chrono::seconds kBetweenTries{5};
constexpr std::chrono::milliseconds kLongestPause{30000};

}  // namespace

Enrolment::Enrolment(EnrolmentOptions options, Connect connect, const Clock& clock)
    : options_(std::move(options)), connect_(std::move(connect)), clock_(clock) {
  const auto text = read_whole_file(options_.state_file, kMostKept);
  if (!text && text.error().code == Code::NotFound) return;
  auto kept = text ? read(*text, options_.url) : Result<Enrolled>(text.error());
  if (kept) {
    enrolled_ = *std::move(kept);
  } else {
    log::warning("what was kept of the enrolment cannot be used; enrolling anew", {{"error", kept.error().text()}});
  }
}

Result<Enrolment::Enrolled> Enrolment::read(std::string_view text, const std::string& url) {
  const nlohmann::json document = TRY(parse_json(text, 4, Code::InvalidSpec));
  return guard(Code::InvalidSpec, "enrolment", [&]() -> Result<Enrolled> {
    const auto word = [&](const char* name) { return document.at(name).get<std::string>(); };
    Enrolled enrolled{Secret(word("key")), word("certificate"), word("authorities"), word("agent"), {}};
    const pki::Certificate certificate = TRY(pki::Certificate::read(enrolled.certificate));
    if (word("url") != url) return Error{Code::InvalidSpec, "it is for " + word("url"), {}, {}};
    static_cast<void>(TRY(pki::Certificate::read_all(enrolled.authorities)));
    if (!certificate.is_of(TRY(pki::Key::read(enrolled.key))))
      return Error{Code::InvalidSpec, "the certificate is for another key", {}, {}};
    enrolled.term = certificate.term();
    return enrolled;
  });
}

bool Enrolment::is_good(SystemTime now) const {
  return enrolled_ && !renounced_ && now < enrolled_->term.until;
}

bool Enrolment::is_due(SystemTime now) const {
  if (!is_good(now)) return true;
  const auto& [from, until] = enrolled_->term;
  return now >= from + (until - from) * 2 / 3;
}

Result<void> Enrolment::keep_current(std::stop_token stop) {
  const SystemTime now = clock_.now();
  if (!is_due(now)) return {};
  if (clock_.steady() >= not_before_) {
    const Result<void> done = enrol(std::move(stop));
    if (done) return {};
    failure_ = done.error().context("enrol at the operator");
    not_before_ = clock_.steady() + std::clamp<std::chrono::milliseconds>(
                                        done.error().retry_after.value_or(kBetweenTries), kBetweenTries, kLongestPause);
  }
  if (!is_good(now)) return *failure_;
  trouble_ = "the agent's certificate ends at " + to_rfc3339(enrolled_->term.until) +
             ", and could not be renewed: " + failure_->text();
  return {};
}

void Enrolment::renounce() {
  renounced_ = true;
  failure_ = Error{Code::Unauthorized, "the operator does not accept the agent's certificate", options_.url, {}};
}

Result<void> Enrolment::enrol(std::stop_token stop) {
  const Secret token(std::string(trim(TRY(read_whole_file(options_.token_file, kLongestToken)))));
  http::ClientOptions options;
  options.base_url = options_.url;
  options.tls.ca_file = options_.ca_file;
  if (enrolled_) options.tls.ca_bundle_pem = enrolled_->authorities;
  options.limits.body_bytes = kMostKept;
  const auto client = TRY(connect_(std::move(options)));
  const pki::Key key = TRY(pki::Key::make());
  http::Request request{.method = "POST", .target = "/enrol", .body = TRY(key.request()), .session = true};
  request.headers["Content-Type"] = "application/x-pem-file";
  request.authorization = Secret("Bearer " + token.reveal());
  const http::Response response = TRY(client->send(request, kPatience, std::move(stop)));
  if (response.status != 200) return refusal_of(response, "POST " + options_.url + "/enrol");
  nlohmann::json document = TRY(parse_json(response.body, 4));
  if (!document.is_object()) return Error{Code::Unavailable, "the answer is no enrolment", options_.url, {}};
  document["key"] = TRY(key.pem()).reveal();
  document["url"] = options_.url;
  const Secret kept(document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  Enrolled enrolled = TRY(read(kept.reveal(), options_.url));
  TRY(replace_file(options_.state_file, kept.reveal(), Care::Kept));
  log::info("enrolled", {{"as", enrolled.agent}, {"until", to_rfc3339(enrolled.term.until)}});
  enrolled_ = std::move(enrolled);
  renounced_ = false;
  trouble_.clear();
  not_before_ = clock_.steady() + kBetweenTries;  // should this one not be accepted either
  ++count_;
  return {};
}

/// Both the file, which may have been renewed since, and what was handed out with the certificate: one of them knows
/// the next authority.
http::TlsOptions Enrolment::tls() const {
  http::TlsOptions tls;
  tls.ca_file = options_.ca_file;
  tls.ca_bundle_pem = enrolled_->authorities;
  tls.client_cert_pem = enrolled_->certificate;
  tls.client_key_pem = enrolled_->key;
  return tls;
}

}  // namespace sallyport::nginx_agent
