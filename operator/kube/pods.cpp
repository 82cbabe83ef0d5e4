// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/pods.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "operator/base/json.hpp"
#include "operator/base/text.hpp"

namespace sallyport::kube {
namespace {

using nlohmann::json;

const Resource kTokenReviews{"authentication.k8s.io", "v1", "TokenReview", "tokenreviews", schema::Scope::Cluster};
const Resource kPods{"", "v1", "Pod", "pods", schema::Scope::Namespaced};

constexpr std::string_view kAccountPrefix = "system:serviceaccount:";
constexpr const char* kPodName = "authentication.kubernetes.io/pod-name";
constexpr const char* kPodUid = "authentication.kubernetes.io/pod-uid";

Error refuse(Code code, const std::string& why) {
  return {code, why, "TokenReview", {}};
}

/// The one value of a claim; empty where there is not exactly one.
std::string claim(const json& user, const char* name) {
  const auto extra = user.find("extra");
  if (extra == user.end() || !extra->is_object()) return {};
  const auto values = extra->find(name);
  if (values == extra->end() || !values->is_array() || values->size() != 1 || !values->front().is_string()) return {};
  return values->front().get<std::string>();
}

/// An API server that knows no audiences leaves them out, and has not checked ours.
bool is_for(const json& status, const std::string& audience) {
  const auto audiences = status.find("audiences");
  return audiences != status.end() && audiences->is_array() &&
         std::ranges::find(*audiences, json(audience)) != audiences->end();
}

Result<PodAccount> read(const json& review, const std::string& audience) {
  const json& status = review.at("status");
  if (!status.value("authenticated", false)) {
    const std::string why = one_line(status.value("error", ""), 200);
    return refuse(Code::Unauthorized, "the API server does not accept the token" + (why.empty() ? "" : ": " + why));
  }
  if (!is_for(status, audience)) return refuse(Code::Unauthorized, "the token is not for the audience " + audience);
  const json& user = status.at("user");
  const std::vector<std::string> parts = split(user.at("username").get<std::string>(), ':');
  const std::string name = user.at("username").get<std::string>();
  if (!name.starts_with(kAccountPrefix) || parts.size() != 4 || parts[2].empty() || parts[3].empty()) {
    return refuse(Code::Refused, "the token is no service account's");
  }
  PodAccount account{parts[2], parts[3], claim(user, kPodName), claim(user, kPodUid)};
  if (account.pod.empty() || account.pod_uid.empty()) {
    return refuse(Code::Refused, "the token is not bound to a pod: mount a projected one (serviceAccountToken)");
  }
  return account;
}

}  // namespace

Result<PodAccount> Pods::of_token(const Secret& token, const std::string& audience, std::stop_token stop) {
  const json review = {{"apiVersion", kTokenReviews.api_version()},
                       {"kind", kTokenReviews.kind},
                       {"spec", {{"token", token.reveal()}, {"audiences", {audience}}}}};
  auto answered =
      client_.create({kTokenReviews, "", "review"}, review.dump(-1, ' ', false, json::error_handler_t::replace),
                     std::move(stop), Form::Whole);
  if (!answered) {
    Error error = answered.error();  // says nothing about the token, a 403 least of all: that one is ours
    if (error.code != Code::ShuttingDown) error.code = Code::Unavailable;
    return error;
  }
  const Secret answer(*std::move(answered));  // repeats the token
  const json document = TRY(parse_json(answer.reveal(), 16));
  return guard(Code::Unavailable, "read a TokenReview", [&] { return read(document, audience); });
}

Result<bool> Pods::exists(const std::string& ns, const std::string& name, std::stop_token stop) {
  const auto found = client_.get({kPods, ns, name}, Form::Metadata, std::move(stop));
  if (found) return true;
  if (found.error().code == Code::NotFound) return false;
  return found.error();
}

}  // namespace sallyport::kube
