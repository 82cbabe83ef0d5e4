// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/nginx/nginx.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"
#include "operator/http/folder_client.hpp"
#include "reconcilers/providers/edge/certificate.hpp"
#include "reconcilers/providers/edge/nginx/document.hpp"

namespace sallyport::edge::nginx {
namespace {

using Json = nlohmann::ordered_json;

/// After a change agents are looked at often for a while, then seldom.
constexpr std::chrono::seconds kSoon{1};
constexpr std::chrono::seconds kLater{10};
constexpr std::chrono::minutes kWhile{1};

Result<publication::Signer> read_key(const ir::SecretBytes& bytes, const std::string& name) {
  auto signer = publication::Signer::read(bytes.at(name));
  if (signer) return signer;
  Error error = signer.error();
  error.message = name + " of the Secret " + error.message;
  error.where = "spec.nginx.signingKeySecret";
  return error;
}

}  // namespace

Result<ir::SecretBytes> new_credentials() {
  const publication::Signer signer = TRY(publication::Signer::generate());
  return ir::SecretBytes{{"signing.key", TRY(signer.pem())}};
}

Result<std::unique_ptr<EdgeProvider>> Nginx::create(const ir::EdgeConnection& connection, Surroundings around) {
  http::ClientOptions options{std::string(http::kFolderScheme) + connection.publication->directory};
  options.limits.body_bytes = publication::kMaxSealedSize;
  auto client = TRY(around.connect(std::move(options)));
  return std::unique_ptr<EdgeProvider>(new Nginx(connection, std::move(around), std::move(client)));
}

Nginx::Nginx(ir::EdgeConnection connection, Surroundings around, std::unique_ptr<http::Client> client)
    : connection_(std::move(connection)), around_(std::move(around)), published_(std::move(client)) {}

// --- what is there ------------------------------------------------------------------------------------------------

Result<SigningKeys> Nginx::read_keys() {
  const ir::SecretHandle& handle = connection_.credentials;
  const ir::SecretBytes bytes = TRY(around_.secrets.read(handle.ns, handle.name));
  if (!bytes.contains("signing.key")) {
    return Error{Code::InvalidSpec, handle.text() + " has no signing.key", "spec.nginx.signingKeySecret", {}};
  }
  SigningKeys keys{TRY(read_key(bytes, "signing.key")), std::nullopt, std::nullopt};
  if (bytes.contains("next.key")) keys.next = TRY(read_key(bytes, "next.key"));
  if (bytes.contains("previous.key")) keys.previous = TRY(read_key(bytes, "previous.key"));
  return keys;
}

/// Once: nobody else writes there.
Result<void> Nginx::open(std::stop_token stop) {
  if (!keys_) keys_ = TRY(read_keys());
  if (opened_) return {};
  std::optional<publication::Manifest> manifest = TRY(published_.manifest(*keys_, stop));
  if (manifest && (manifest->instance != connection_.instance.str() || manifest->gateway != connection_.name)) {
    return Error{Code::Conflict,
                 "holds what instance '" + manifest->instance + "' publishes for gateway '" + manifest->gateway +
                     "'; it is left alone: name another directory",
                 "spec.nginx.directory",
                 {}};
  }
  KnownById endpoints;
  if (manifest) {
    for (const publication::Entry& entry : manifest->endpoints) {
      auto known = read_known(entry.document, stop);
      // Without its document it is still ours, by its name and uid; it is made anew.
      if (!known) known = Known{entry.document, {}, entry.uid, {}, entry.generation, {}};
      endpoints.emplace(entry.id, *std::move(known));
    }
  }
  manifest_ = std::move(manifest);
  endpoints_ = std::move(endpoints);
  opened_ = true;
  return {};
}

Result<Nginx::Known> Nginx::read_known(const std::string& document, std::stop_token stop) {
  const publication::Endpoint endpoint =
      TRY(publication::read_endpoint(TRY(published_.object(document, std::move(stop))).reveal()));
  const std::vector<std::string> objects = publication::objects_of(endpoint);
  return Known{document,          endpoint.tenant,     endpoint.uid,
               endpoint.revision, endpoint.generation, {objects.begin(), objects.end()}};
}

/// Also finds what was taken out by a former process and is served by an agent still.
Result<void> Nginx::look_at_agents(std::stop_token stop) {
  reports_ = TRY(published_.reports(stop));
  for (const AgentReport& report : reports_) {
    for (const auto& [id, installed] : report.endpoints) {
      if (endpoints_.contains(id) || leaving_.contains(id)) continue;
      if (auto known = read_known(installed.document, stop)) leaving_.emplace(id, *std::move(known));
    }
  }
  const std::int64_t serial = manifest_ ? manifest_->serial : 0;
  std::erase_if(leaving_, [&](const auto& one) {
    return endpoints_.contains(one.first) ||
           still_served_by(one.first, serial, reports_, connection_.publication->use_for, around_.clock.now()).empty();
  });
  return {};
}

Result<Condition> Nginx::check(std::stop_token stop) {
  TRY(open(stop));
  TRY(look_at_agents(stop));
  Condition condition;
  condition.notes = notes_on(reports_, around_.clock.now());
  if (const auto allowed = may_publish({}); !allowed) {
    condition.incomplete = true;
    condition.notes.insert(condition.notes.begin(), allowed.error().message);
  }
  if (manifest_) condition.version = "serial " + std::to_string(manifest_->serial);
  for (const auto& [id, known] : endpoints_) condition.unclaimed.push_back(known.tenant + "/" + id);
  return condition;
}

/// Agents have something to begin with, learn of the next key, and hear that the operator is still there.
bool Nginx::is_due() const {
  if (!manifest_ || manifest_->keys != keys_->announced()) return true;
  const auto made_at = parse_rfc3339(manifest_->made_at);
  return !made_at || around_.clock.now() - *made_at >= *heartbeat();
}

Result<Observed> Nginx::observe(const std::set<std::string>& tenants, std::stop_token stop) {
  TRY(open(stop));
  TRY(look_at_agents(std::move(stop)));
  waits_ = false;
  Observed observed;
  for (const KnownById* list : {&endpoints_, &leaving_}) {
    for (const auto& [id, known] : *list) {
      if (!tenants.contains(known.tenant)) continue;
      Entry entry{owner_mark(Uid(known.uid)), list == &endpoints_ ? known.revision : ""};
      entry.in_force = standing_of(id, known.document, reports_, around_.clock.now()).where == Standing::Where::InForce;
      waits_ = waits_ || !entry.in_force;
      observed.entries.emplace(ir::EdgePlace{known.tenant, id}, std::move(entry));
    }
  }
  return observed;
}

/// What is missing on the disk, though it is published.
Result<std::set<ir::EdgePlace>> Nginx::drifted(const std::vector<ir::EdgeFragment>& applied, std::stop_token stop) {
  opened_ = false;  // somebody may have put another manifest there
  TRY(open(stop));
  const std::set<std::string> there = TRY(published_.object_names(std::move(stop)));
  std::set<ir::EdgePlace> places;
  for (const ir::EdgeFragment& fragment : applied) {
    const auto known = endpoints_.find(fragment.place.application);
    const bool whole = known != endpoints_.end() && known->second.revision == fragment.hash() &&
                       there.contains(known->second.document) && std::ranges::includes(there, known->second.objects);
    if (!whole) places.insert(fragment.place);
  }
  return places;
}

/// An agent tries by itself what it did not take; what cannot be written stays so until the object changes.
Result<std::set<ir::EdgePlace>> Nginx::would_take(const std::vector<ir::EdgeFragment>& rejected, std::stop_token) {
  std::set<ir::EdgePlace> places;
  for (const ir::EdgeFragment& fragment : rejected)
    if (!refuse(fragment)) places.insert(fragment.place);
  return places;
}

Result<Persisted> Nginx::persist(std::stop_token stop) {
  TRY(open(stop));
  if (!may_publish(endpoints_)) return Persisted::NothingToSave;  // status says so
  const bool due = is_due();
  if (due) TRY(publish(endpoints_, {}, stop));
  http::Change of_keys = change_of_gateway();
  of_keys.target = "nginx " + connection_.name + ": keys.json";
  TRY(published_.put_keys(*manifest_, std::move(of_keys), stop));
  TRY(tidy(std::move(stop)));
  return due ? Persisted::Saved : Persisted::NothingToSave;
}

void Nginx::close(std::stop_token) {}

std::optional<std::chrono::milliseconds> Nginx::look_again() const {
  if (!waits_) return std::nullopt;
  return around_.clock.steady() - published_at_ < kWhile ? kSoon : kLater;
}

std::optional<std::chrono::milliseconds> Nginx::heartbeat() const {
  return connection_.publication->use_for / 4;
}

std::string Nginx::render(const std::vector<ir::EdgeFragment>& fragments) const {
  Json all = Json::object();
  for (const ir::EdgeFragment& fragment : fragments) {
    if (fragment.wish != ir::Wish::Present || refuse(fragment)) continue;  // nothing of it would be published
    const ir::SecretHandle& pair = fragment.certificate;
    ObjectNames names{"<secret " + pair.ns + "/" + pair.name + "#tls.crt, tls.key>", {}, {}};
    if (!fragment.check->issuer.ca_bundle.empty()) names.issuer_trust = "<caBundle of the identity provider>";
    if (!fragment.check->upstream_ca.empty()) names.upstream_trust = "<caBundle of the workspace>";
    const std::string text =
        publication::write_endpoint(document(fragment, names, connection_.publication->log_passes));
    all[fragment.place.tenant][fragment.place.application] = Json::parse(text);
  }
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sallyport::edge::nginx
