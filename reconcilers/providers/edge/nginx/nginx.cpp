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
constexpr std::chrono::seconds kPrecision{1};  ///< of the times in a manifest
/// In which an agent that runs and reaches us has told anew: it does so each half minute.
constexpr std::chrono::seconds kHeardAnew{45};

/// For how long it may be used, as it says; nothing where it does not.
std::chrono::milliseconds span_of(const publication::Manifest& manifest) {
  const auto made = parse_rfc3339(manifest.made_at);
  const auto until = parse_rfc3339(manifest.use_until);
  if (!made || !until) return {};
  return std::chrono::duration_cast<std::chrono::milliseconds>(*until - *made);
}

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
  auto client = around.connect(std::move(options));
  if (!client && connection.publication->directory.empty()) {
    return Error{
        Code::InvalidSpec,
        "is not given, and where else it would be kept is not known here: the operator is told by --publications",
        "spec.nginx.directory",
        {}};
  }
  if (!client) return client.error();
  return std::unique_ptr<EdgeProvider>(new Nginx(connection, std::move(around), *std::move(client)));
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

/// Read until there is something, and again after whatever may have changed it.
Result<void> Nginx::open(std::stop_token stop) {
  if (connection_.credentials.name.empty()) return {};  // a plan before the first start: nothing can be published yet
  if (!keys_) keys_ = TRY(read_keys());
  if (opened_ && (manifest_ || overtaken_)) return {};
  std::optional<publication::Manifest> manifest = TRY(published_.manifest(*keys_, stop));
  if (manifest && (manifest->instance != connection_.instance.str() || manifest->gateway != connection_.name)) {
    return Error{Code::Conflict,
                 "holds what instance '" + manifest->instance + "' publishes for gateway '" + manifest->gateway +
                     "'; it is left alone: name another directory",
                 "spec.nginx.directory",
                 {}};
  }
  published_.forget();
  KnownById endpoints;
  for (const publication::Entry& entry : manifest ? manifest->endpoints : std::vector<publication::Entry>{}) {
    const auto before = endpoints_.find(entry.id);
    if (before != endpoints_.end() && before->second.document == entry.document) {
      endpoints.insert(*before);  // documents never change
      continue;
    }
    auto known = read_known(entry.document, stop);
    const bool damaged = !known && (known.error().code == Code::NotFound || known.error().code == Code::InvalidSpec);
    if (!known && !damaged) return known.error();
    // Without its document it is still ours, by its name and uid; it is made anew.
    if (!known) known = Known{entry.document, {}, entry.uid, {}, entry.generation, {}};
    endpoints.emplace(entry.id, *std::move(known));
  }
  manifest_ = std::move(manifest);
  if (manifest_) horizon_ = std::max(horizon_, span_of(*manifest_));
  endpoints_ = std::move(endpoints);
  opened_ = true;
  return {};
}

Result<Nginx::Known> Nginx::read_known(const std::string& document, std::stop_token stop) {
  const publication::Endpoint endpoint =
      TRY(publication::read_endpoint(TRY(published_.object(document, std::move(stop))).reveal()));
  return known_as(document, endpoint);
}

Nginx::Known Nginx::known_as(const std::string& document, const publication::Endpoint& endpoint) {
  const std::vector<std::string> objects = publication::objects_of(endpoint);
  return {document,          endpoint.tenant,     endpoint.uid,
          endpoint.revision, endpoint.generation, {objects.begin(), objects.end()}};
}

/// Also finds what was taken out by a former process and is served by an agent still. And that somebody has put an
/// older publication there, out of a backup: what was taken out since must not come back, so it counts as lost.
Result<void> Nginx::look_at_agents(std::stop_token stop) {
  reports_ = TRY(published_.reports(around_.clock.now(), stop));
  if (manifest_) overtaken_ = highest_serial(reports_) > manifest_->serial;
  if (manifest_ && overtaken_) {
    manifest_.reset();
    endpoints_.clear();
  }
  for (const AgentReport& report : reports_) {
    for (const auto& [id, installed] : report.endpoints) {
      if (endpoints_.contains(id) || leaving_.contains(id)) continue;
      if (auto known = read_known(installed.document, stop)) leaving_.emplace(id, *std::move(known));
    }
  }
  const std::int64_t serial = manifest_ ? manifest_->serial : 0;
  std::erase_if(leaving_, [&](const auto& one) {
    return endpoints_.contains(one.first) ||
           still_served_by(one.first, serial, reports_, horizon_, around_.clock.now()).empty();
  });
  return {};
}

/// Whose applications a publication would lack that was lost and is made anew; none while it is there.
std::vector<std::string> Nginx::lost(const KnownById& endpoints) const {
  std::vector<std::string> owners;
  if (manifest_ || !around_.placed) return owners;
  for (const auto& [application, owner] : around_.placed())
    if (!endpoints.contains(application) && !unwanted_.contains(application)) owners.push_back(owner);
  return owners;
}

Result<Condition> Nginx::check(std::stop_token stop) {
  if (overtaken_) opened_ = false;  // the last publication may have been put back
  TRY(open(stop));
  TRY(look_at_agents(stop));
  Condition condition;
  condition.notes = notes_on(reports_, around_.clock.now());
  if (around_.notes) {
    for (std::string& note : around_.notes()) condition.notes.push_back(std::move(note));
  }
  condition.incomplete = !lost({}).empty();
  for (const auto& [id, known] : endpoints_)
    if (!known.tenant.empty()) condition.unclaimed.push_back(known.tenant + "/" + id);
  return condition;
}

/// What the operator itself keeps may have gone with its pod, agents' reports too: until they have told anew, that
/// nobody says to serve something does not mean that nobody does.
bool Nginx::may_be_unheard() const {
  return connection_.publication->delivered && around_.clock.steady() - begun_ < kHeardAnew;
}

/// Agents have something to begin with, learn of the next key, and hear that the operator is still there.
bool Nginx::is_due() const {
  if (!manifest_ || manifest_->keys != keys_->announced()) return true;
  const auto made_at = parse_rfc3339(manifest_->made_at);
  const bool as_long = std::chrono::abs(span_of(*manifest_) - connection_.publication->use_for) < kPrecision;
  return !made_at || !as_long || around_.clock.now() - *made_at >= *heartbeat();
}

Result<Observed> Nginx::observe(const std::set<std::string>& tenants, std::stop_token stop) {
  TRY(open(stop));
  TRY(look_at_agents(std::move(stop)));
  waits_ = false;
  Observed observed;
  observed.incomplete = !lost({}).empty() || may_be_unheard();
  for (const KnownById* list : {&endpoints_, &leaving_}) {
    for (const auto& [id, known] : *list) {
      Entry entry{owner_mark(Uid(known.uid)), list == &endpoints_ ? known.revision : ""};
      entry.shown = known.shown;
      entry.in_force = standing_of(id, known.document, reports_, around_.clock.now()).where == Standing::Where::InForce;
      for (const std::string& tenant : tenants) {
        if (!known.tenant.empty() && known.tenant != tenant) continue;  // where it is not known, it may be in each
        waits_ = waits_ || !entry.in_force;
        observed.entries.emplace(ir::EdgePlace{tenant, id}, entry);
      }
    }
  }
  waits_ = waits_ || observed.incomplete;
  return observed;
}

/// What is missing on the disk, though it is published; it is then written anew.
Result<std::set<ir::EdgePlace>> Nginx::drifted(const std::vector<ir::EdgeFragment>& applied, std::stop_token stop) {
  opened_ = false;  // somebody may have put another manifest there
  TRY(open(stop));
  const std::set<std::string> there = TRY(published_.object_names(std::move(stop)));
  std::set<ir::EdgePlace> places;
  for (const ir::EdgeFragment& fragment : applied) {
    const auto known = endpoints_.find(fragment.place.application);
    const bool whole = known != endpoints_.end() && known->second.revision == fragment.hash() &&
                       there.contains(known->second.document) && std::ranges::includes(there, known->second.objects);
    if (whole) continue;
    if (known != endpoints_.end()) known->second.revision.clear();
    places.insert(fragment.place);
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
  TRY(look_at_agents(stop));
  TRY(may_publish(endpoints_));
  const bool due = is_due();
  if (due) TRY(publish(endpoints_, {}, stop));
  http::Change of_keys = change_of_gateway();
  of_keys.target = "nginx " + connection_.name + ": keys.json";
  TRY(published_.put_keys(*manifest_, std::move(of_keys), stop));
  TRY(tidy(std::move(stop)));
  if (!endpoints_.empty() && !is_heard(reports_, around_.clock.now())) {
    return Error{Code::Unavailable,
                 "no agent tells that it installs what is published; see that they run, and reach its reports/",
                 connection_.publication->directory,
                 {}};
  }
  return due ? Persisted::Saved : Persisted::NothingToSave;
}

/// No endpoint is left, so that no key of one has to stay.
void Nginx::close(std::stop_token stop) {
  if (!manifest_ || !manifest_->endpoints.empty()) return;
  const auto names = published_.object_names(stop);
  if (!names) return;
  for (const std::string& name : *names) {
    if (const auto removed = published_.remove_object(name, change_of_gateway(), stop); !removed) return;
  }
}

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
    if (const auto& principal = fragment.check->principal) {
      names.credentials =
          "<secret " + principal->credentials.ns + "/" + principal->credentials.name + "#client_id, client_secret>";
    }
    if (!fragment.check->upstream_ca.empty()) names.upstream_trust = "<caBundle of the workspace>";
    const std::string text = publication::write_endpoint(document(fragment, names));
    all[fragment.place.tenant][fragment.place.application] = Json::parse(text);
  }
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sallyport::edge::nginx
