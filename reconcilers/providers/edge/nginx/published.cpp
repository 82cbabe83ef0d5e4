// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/nginx/published.hpp"

#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "reconcilers/publication/objects.hpp"

namespace sallyport::edge::nginx {
namespace {

constexpr std::chrono::seconds kPatience{30};

const std::string kManifest = std::string("/") + publication::kManifestFile;
const std::string kObjects = std::string("/") + publication::kObjectsFolder + "/";
constexpr const char* kKeys = "/keys.json";
constexpr const char* kReports = "/reports/";
constexpr std::size_t kShownDigits = 12;
constexpr std::string_view kReportSuffix = ".json";

Error refused(const std::string& method, const std::string& target, int status) {
  return {Code::Unavailable, "answers " + std::to_string(status), method + " " + target, {}};
}

}  // namespace

std::vector<std::string> SigningKeys::announced() const {
  std::vector<std::string> texts{current.public_jwk().dump()};
  if (next) texts.push_back(next->public_jwk().dump());
  return texts;
}

Result<token::KeySet> SigningKeys::trusted() const {
  std::vector<std::string> texts = announced();
  if (previous) texts.push_back(previous->public_jwk().dump());
  return token::KeySet::read("{\"keys\":[" + join(texts, ",") + "]}");
}

Result<std::optional<publication::Manifest>> Published::manifest(const SigningKeys& keys, std::stop_token stop) {
  const std::optional<std::string> sealed = TRY(get(kManifest, std::move(stop)));
  if (!sealed) return std::optional<publication::Manifest>{};
  auto manifest = publication::open_sealed(*sealed, TRY(keys.trusted()));
  if (manifest) return std::optional{*std::move(manifest)};
  Error error = manifest.error();
  error.code = Code::Conflict;
  error.message +=
      "; what is published there is left alone: name another directory, restore the signing key, or, if "
      "nobody uses it any more, take the manifest away";
  error.where = "spec.nginx.directory";
  return error;
}

Result<void> Published::put_manifest(const publication::Manifest& manifest, const SigningKeys& keys,
                                     std::vector<http::Change> changes, std::stop_token stop) {
  return put(kManifest, TRY(publication::seal(manifest, keys.current)), std::move(changes), std::move(stop));
}

Result<void> Published::put_keys(const publication::Manifest& manifest, http::Change change, std::stop_token stop) {
  const std::string set = publication::announced_set(manifest) + "\n";
  const std::optional<std::string> told = TRY(get(kKeys, stop));
  if (told && *told == set) return {};
  change.action = told ? "update" : "create";
  return put(kKeys, set, {std::move(change)}, std::move(stop));
}

Result<Secret> Published::object(const std::string& name, std::stop_token stop) {
  std::optional<std::string> bytes = TRY(get(kObjects + name, std::move(stop)));
  if (!bytes) return Error{Code::NotFound, "is not there", "object " + name, {}};
  Secret secret(*std::move(bytes));
  if (sha256_hex(secret.reveal()) == name) return secret;
  return Error{Code::InvalidSpec, "holds other bytes than its name says", "object " + name, {}};
}

Result<std::string> Published::put_object(const Secret& bytes, const http::Change& change, std::stop_token stop) {
  std::string name = sha256_hex(bytes.reveal());
  if (put_.contains(name)) return name;
  if (!object(name, stop)) {
    http::Change made = change;
    made.target += " object " + name.substr(0, kShownDigits);
    made.action = "create";
    made.after = name;
    TRY(put(kObjects + name, bytes.reveal(), {std::move(made)}, std::move(stop)));
  }
  put_.insert(name);
  return name;
}

Result<std::set<std::string>> Published::object_names(std::stop_token stop) {
  std::set<std::string> objects;
  for (std::string& name : TRY(names(kObjects, std::move(stop))))
    if (publication::is_object_name(name)) objects.insert(std::move(name));  // others are somebody else's
  return objects;
}

Result<void> Published::remove_object(const std::string& name, http::Change change, std::stop_token stop) {
  put_.erase(name);
  change.target += " object " + name.substr(0, kShownDigits);
  change.action = "delete";
  change.before = name;
  http::Request request{.method = "DELETE", .target = kObjects + name};
  request.changes.push_back(std::move(change));
  const http::Response response = TRY(client_->send(request, kPatience, std::move(stop)));
  if (!response.ok()) return refused("DELETE", kObjects + name, response.status);
  return {};
}

Result<std::vector<AgentReport>> Published::reports(SystemTime now, std::stop_token stop) {
  std::vector<AgentReport> all;
  for (const std::string& name : TRY(names(kReports, stop))) {
    if (!name.ends_with(kReportSuffix)) continue;
    const std::string agent = name.substr(0, name.size() - kReportSuffix.size());
    const auto text = get(kReports + name, stop);
    if (!text && text.error().code == Code::ShuttingDown) return text.error();
    if (!text) all.push_back(unreadable_report(agent, text.error().message));
    if (text && *text) all.push_back(read_report(agent, **text, now));
  }
  return all;
}

Result<std::optional<std::string>> Published::get(const std::string& target, std::stop_token stop) {
  http::Response response = TRY(client_->send({.target = target}, kPatience, std::move(stop)));
  if (response.status == 404) return std::optional<std::string>{};
  if (!response.ok()) return refused("GET", target, response.status);
  return std::optional{std::move(response.body)};
}

Result<std::vector<std::string>> Published::names(const std::string& target, std::stop_token stop) {
  const std::optional<std::string> list = TRY(get(target, std::move(stop)));
  if (!list || list->empty()) return std::vector<std::string>{};
  return split(*list, '\n');
}

Result<void> Published::put(const std::string& target, std::string bytes, std::vector<http::Change> changes,
                            std::stop_token stop) {
  http::Request request{.method = "PUT", .target = target, .body = std::move(bytes)};
  request.changes = std::move(changes);
  const http::Response response = TRY(client_->send(request, kPatience, std::move(stop)));
  if (!response.ok()) return refused("PUT", target, response.status);
  return {};
}

}  // namespace sallyport::edge::nginx
