// SPDX-License-Identifier: Apache-2.0
// What the NGINX backend changes, and what it says of it.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"
#include "reconcilers/providers/edge/certificate.hpp"
#include "reconcilers/providers/edge/nginx/document.hpp"
#include "reconcilers/providers/edge/nginx/nginx.hpp"

namespace sallyport::edge::nginx {
namespace {

using ir::Outcome;

constexpr std::size_t kMostNames = 5;
constexpr std::chrono::minutes kWhileFetched{1};

ir::Verdict verdict(Outcome outcome, const ir::EdgeFragment& fragment) {
  ir::Verdict verdict;
  verdict.outcome = outcome;
  verdict.hash = fragment.hash();
  return verdict;
}

ir::Verdict with_error(Outcome outcome, const ir::EdgeFragment& fragment, const Error& error) {
  ir::Verdict told = verdict(outcome, fragment);
  told.error = error;
  return told;
}

/// What could not be written for a reason of its own.
ir::Verdict not_staged(const ir::EdgeFragment& fragment, const Error& error) {
  const bool known = error.code == Code::InvalidSpec || error.code == Code::NotFound;
  return with_error(known ? Outcome::Rejected : Outcome::Unknown, fragment, error);
}

std::string in_short(const std::vector<std::string>& names) {
  std::vector<std::string> some(names.begin(),
                                names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMostNames)));
  if (names.size() > some.size()) some.push_back("and " + std::to_string(names.size() - some.size()) + " more");
  return join(some, ", ");
}

}  // namespace

/// As authorizers read them (publication/endpoint.hpp). Another principal's would be another's power.
Result<Secret> Nginx::read_credentials(const ir::UpstreamPrincipal& principal) {
  const ir::SecretHandle& handle = principal.credentials;
  const auto refuse = [&](const std::string& why) {
    return Error{Code::InvalidSpec, handle.text() + " " + why, "spec.upstream.servicePrincipal.secretName", {}};
  };
  const Result<ir::SecretBytes> bytes = around_.secrets.read(handle.ns, handle.name);
  if (!bytes) {
    Error error = bytes.error();
    error.where = "spec.upstream.servicePrincipal.secretName";
    return error;
  }
  const auto id = bytes->find("client_id");
  const auto secret = bytes->find("client_secret");
  if (id == bytes->end() || secret == bytes->end() || secret->second.empty())
    return refuse("has no client_id and client_secret");
  if (id->second.reveal() != principal.application_id)
    return refuse("is not of " + principal.application_id + ": its client_id is another");
  const nlohmann::json object = {{"client_id", principal.application_id}, {"client_secret", secret->second.reveal()}};
  return Secret(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

/// Writes the document and what it names. Nobody is led there yet.
Result<Nginx::Known> Nginx::stage(const ir::EdgeFragment& fragment, KeyPairs& pairs, std::stop_token stop) {
  if (auto error = refuse(fragment)) return *std::move(error);
  const Result<KeyPair>& pair = pairs.read(fragment.certificate);
  if (!pair) return pair.error();
  const http::Change change = change_of(fragment, nullptr, nullptr);
  const auto put = [&](const std::string& bytes) -> Result<std::string> {
    if (bytes.empty()) return std::string();
    return published_.put_object(Secret(bytes), change, stop);
  };
  ObjectNames names;
  names.certificate = TRY(put(pair->certificate + pair->chain + pair->key.reveal()));
  names.issuer_trust = TRY(put(fragment.check->issuer.ca_bundle));
  names.upstream_trust = TRY(put(fragment.check->upstream_ca));
  if (fragment.check->principal)
    names.credentials = TRY(put(TRY(read_credentials(*fragment.check->principal)).reveal()));
  const publication::Endpoint endpoint = document(fragment, names);
  const std::string name = TRY(put(publication::write_endpoint(endpoint)));
  Known known = known_as(name, endpoint);
  known.shown = shown_facts(*pair, fragment.host);
  return known;
}

http::Change Nginx::change_of(const ir::EdgeFragment& fragment, const Known* before, const Known* after) const {
  http::Change change;
  change.object = fragment.owner.text();
  change.uid = fragment.owner.uid.str();
  change.resource_version = fragment.owner.resource_version;
  change.generation = fragment.owner.generation;
  change.target = "nginx " + connection_.name + ": " + fragment.place.application;
  change.action = before == nullptr ? "create" : after == nullptr ? "delete" : "update";
  if (before != nullptr) change.before = before->document;
  if (after != nullptr) change.after = after->document;
  return change;
}

http::Change Nginx::change_of_gateway() const {
  const ir::Owner gateway =
      around_.gateway ? around_.gateway() : ir::Owner{"F5Gateway", "", connection_.name, Uid(), "", 0};
  http::Change change;
  change.object = gateway.text();
  change.uid = gateway.uid.str();
  change.resource_version = gateway.resource_version;
  change.generation = gateway.generation;
  change.target = "nginx " + connection_.name + ": manifest";
  change.action = manifest_ ? "update" : "create";
  return change;
}

/// What may not be touched: another's, or a newer generation (I7).
std::optional<ir::Verdict> Nginx::refuse_change(const ir::EdgeFragment& fragment) const {
  const auto there = endpoints_.find(fragment.place.application);
  if (there == endpoints_.end()) return std::nullopt;
  const auto refuse = [&](const std::string& why) {
    return with_error(Outcome::Rejected, fragment, {Code::Conflict, why, "spec.gatewayRef", {}});
  };
  if (there->second.uid != fragment.owner.uid.str()) return refuse(marked_by_another(fragment.place));
  if (there->second.generation > fragment.owner.generation) return refuse("a newer generation is published already");
  return std::nullopt;
}

std::vector<ir::Verdict> Nginx::apply(const Changes& changes, std::stop_token stop) {
  std::vector<ir::EdgeFragment> fragments = changes.put;
  fragments.insert(fragments.end(), changes.remove.begin(), changes.remove.end());
  std::vector<ir::Verdict> verdicts;
  if (const Result<void> ours = open(stop); !ours) {
    for (const ir::EdgeFragment& fragment : fragments)
      verdicts.push_back(with_error(Outcome::Unknown, fragment, ours.error()));
    return verdicts;
  }
  KnownById next = endpoints_;
  next.insert(staged_.begin(), staged_.end());
  std::vector<http::Change> told;
  std::vector<std::optional<ir::Verdict>> settled;
  std::vector<bool> changed;
  KeyPairs pairs(around_.secrets, around_.clock);
  for (std::size_t i = 0; i < fragments.size(); ++i) {
    const ir::EdgeFragment& fragment = fragments[i];
    const std::string& id = fragment.place.application;
    const auto before = endpoints_.find(id);
    const Known* there = before == endpoints_.end() ? nullptr : &before->second;
    settled.push_back(refuse_change(fragment));
    changed.push_back(false);
    if (settled.back()) continue;
    if (i >= changes.put.size()) {
      staged_.erase(id);
      next.erase(id);
      if (!manifest_) unwanted_.insert(id);
      if (there == nullptr) continue;
      told.push_back(change_of(fragment, there, nullptr));
      changed.back() = true;
      continue;
    }
    if (there != nullptr && there->revision == fragment.hash()) continue;  // only its agents are waited for
    Result<Known> known = stage(fragment, pairs, stop);
    if (!known) {
      settled.back() = not_staged(fragment, known.error());
      continue;
    }
    unwanted_.erase(id);
    if (!manifest_) staged_[id] = *known;
    told.push_back(change_of(fragment, there, &*known));
    changed.back() = true;
    next[id] = *std::move(known);
  }
  // A removal may be what a lost publication waited for.
  const bool publishes = !told.empty() || (!manifest_ && !changes.remove.empty());
  const Result<void> published = publishes ? publish(next, std::move(told), std::move(stop)) : Result<void>{};
  for (std::size_t i = 0; i < fragments.size(); ++i) {
    const bool failed = changed[i] && !published;
    if (settled[i]) {
      verdicts.push_back(*std::move(settled[i]));
    } else if (failed) {
      verdicts.push_back(with_error(Outcome::Unknown, fragments[i], published.error()));
    } else {
      verdicts.push_back(i < changes.put.size() ? verdict_on(fragments[i]) : removal_of(fragments[i]));
    }
    const Outcome outcome = verdicts.back().outcome;
    waits_ = waits_ || (outcome != Outcome::Applied && outcome != Outcome::Gone);
  }
  return verdicts;
}

/// A publication that was lost is made anew as a whole, or agents would take out what is not in it yet.
Result<void> Nginx::may_publish(const KnownById& endpoints) const {
  if (!keys_) return Error{Code::NotFound, "there is no signing key yet", "spec.nginx.signingKeySecret", {}};
  const std::vector<std::string> missing = lost(endpoints);
  if (missing.empty()) return {};
  return Error{Code::Conflict,
               "the publication in " + connection_.publication->directory +
                   " was lost, or an older one put there; it is made anew once all that is to be in it is there again: "
                   "restore the last one, or see to " +
                   in_short(missing),
               "spec.nginx.directory",
               {}};
}

/// Nobody else writes there, as a rule: a second installation, or a person, may have begun to.
Result<void> Nginx::check_unchanged(std::stop_token stop) {
  const std::optional<publication::Manifest> there = TRY(published_.manifest(*keys_, std::move(stop)));
  const bool same = manifest_ ? there && there->serial == manifest_->serial : !there || overtaken_;
  if (same) return {};
  opened_ = false;
  manifest_.reset();
  return Error{Code::Unavailable,
               "what is published was changed by somebody else; it is looked at anew",
               "spec.nginx.directory",
               {}};
}

Result<void> Nginx::publish(const KnownById& endpoints, std::vector<http::Change> changes, std::stop_token stop) {
  TRY(may_publish(endpoints));
  TRY(check_unchanged(stop));
  const SystemTime now = around_.clock.now();
  publication::Manifest next;
  next.instance = connection_.instance.str();
  next.gateway = connection_.name;
  // By the clock, so that it rises though the last one was lost.
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  next.serial = std::max<std::int64_t>({millis, manifest_ ? manifest_->serial + 1 : 1, highest_serial(reports_) + 1});
  next.made_at = to_rfc3339(now);
  next.use_until = to_rfc3339(now + connection_.publication->use_for);
  next.keys = keys_->announced();
  for (const auto& [id, known] : endpoints) next.endpoints.push_back({id, known.uid, known.generation, known.document});
  if (changes.empty()) changes.push_back(change_of_gateway());
  opened_ = false;  // should the answer be lost, what is there has to be looked at
  TRY(published_.put_manifest(next, *keys_, std::move(changes), std::move(stop)));
  opened_ = true;
  for (const auto& [id, known] : endpoints_)
    if (!endpoints.contains(id)) leaving_.insert_or_assign(id, known);
  endpoints_ = endpoints;
  staged_.clear();
  unwanted_.clear();
  overtaken_ = false;
  manifest_ = std::move(next);
  published_at_ = around_.clock.steady();
  return {};
}

ir::Verdict Nginx::verdict_on(const ir::EdgeFragment& fragment) const {
  const Known& known = endpoints_.at(fragment.place.application);
  const Standing standing = standing_of(fragment.place.application, known.document, reports_, around_.clock.now());
  switch (standing.where) {
    case Standing::Where::InForce: {
      ir::Verdict applied = verdict(Outcome::Applied, fragment);
      applied.facts = facts_of(fragment);
      applied.facts.insert(known.shown.begin(), known.shown.end());
      return applied;
    }
    case Standing::Where::NotTaken:
      return with_error(Outcome::Rejected, fragment, {Code::Refused, standing.why, {}, {}});
    case Standing::Where::Unheard:
    case Standing::Where::Waiting:
      break;
  }
  ir::Verdict pending = verdict(Outcome::Pending, fragment);
  pending.notes = {"published; " + standing.why};
  return pending;
}

ir::Verdict Nginx::removal_of(const ir::EdgeFragment& fragment) const {
  const std::string& id = fragment.place.application;
  const std::string agent =
      still_served_by(id, manifest_ ? manifest_->serial : 0, reports_, horizon_, around_.clock.now());
  if (!manifest_ && !lost({}).empty()) {
    ir::Verdict pending = verdict(Outcome::Pending, fragment);
    pending.notes = {"the publication was lost, and agents go on with what they have until it is made anew"};
    return pending;
  }
  if (agent.empty() && may_be_unheard()) {
    ir::Verdict pending = verdict(Outcome::Pending, fragment);
    pending.notes = {"taken out; the operator has just begun, and may not have heard of all agents yet"};
    return pending;
  }
  if (agent.empty()) return verdict(Outcome::Gone, fragment);
  ir::Verdict pending = verdict(Outcome::Pending, fragment);
  pending.notes = {"taken out; agent " + agent + " has not told that it serves it no more"};
  return pending;
}

/// What was unneeded the last time, too, goes: an agent may be fetching what a manifest before this one named.
Result<void> Nginx::tidy(std::stop_token stop) {
  const SteadyTime began = around_.clock.steady();
  if (tidied_at_ && began - *tidied_at_ < kWhileFetched) return {};
  tidied_at_ = began;
  std::set<std::string> needed;
  for (const KnownById* list : {&endpoints_, &leaving_, &staged_}) {
    for (const auto& [id, known] : *list) {
      needed.insert(known.document);
      needed.insert(known.objects.begin(), known.objects.end());
    }
  }
  for (const AgentReport& report : reports_)
    for (const auto& [id, installed] : report.endpoints) needed.insert(installed.document);
  std::set<std::string> unneeded;
  for (const std::string& name : TRY(published_.object_names(stop)))
    if (!needed.contains(name)) unneeded.insert(name);
  for (const std::string& name : unneeded)
    if (unneeded_.contains(name)) TRY(published_.remove_object(name, change_of_gateway(), stop));
  unneeded_ = std::move(unneeded);
  return {};
}

}  // namespace sallyport::edge::nginx
