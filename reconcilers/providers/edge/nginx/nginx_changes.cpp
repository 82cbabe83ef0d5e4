// SPDX-License-Identifier: Apache-2.0
// What the NGINX backend changes, and what it says of it.
#include <algorithm>

#include "operator/base/text.hpp"
#include "reconcilers/providers/edge/certificate.hpp"
#include "reconcilers/providers/edge/nginx/document.hpp"
#include "reconcilers/providers/edge/nginx/nginx.hpp"

namespace sallyport::edge::nginx {
namespace {

using ir::Outcome;

constexpr std::size_t kMostNames = 5;

ir::Verdict verdict(Outcome outcome, const ir::EdgeFragment& fragment) {
  ir::Verdict verdict;
  verdict.outcome = outcome;
  verdict.hash = fragment.hash();
  return verdict;
}

ir::Verdict failed(const ir::EdgeFragment& fragment, const Error& error) {
  const bool known = error.code == Code::InvalidSpec || error.code == Code::NotFound;
  ir::Verdict failed = verdict(known ? Outcome::Rejected : Outcome::Unknown, fragment);
  failed.error = error;
  return failed;
}

ir::Verdict unknown(const ir::EdgeFragment& fragment, const Error& error) {
  ir::Verdict unknown = verdict(Outcome::Unknown, fragment);
  unknown.error = error;
  return unknown;
}

std::string in_short(const std::vector<std::string>& names) {
  std::vector<std::string> some(names.begin(),
                                names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMostNames)));
  if (names.size() > some.size()) some.push_back("and " + std::to_string(names.size() - some.size()) + " more");
  return join(some, ", ");
}

}  // namespace

/// Writes the document and what it names. Nobody is led there yet.
Result<Nginx::Known> Nginx::stage(const ir::EdgeFragment& fragment, std::stop_token stop) {
  if (auto error = refuse(fragment)) return *std::move(error);
  KeyPairs pairs(around_.secrets, around_.clock);
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
  const publication::Endpoint endpoint = document(fragment, names, connection_.publication->log_passes);
  const std::string name = TRY(put(publication::write_endpoint(endpoint)));
  const std::vector<std::string> objects = publication::objects_of(endpoint);
  return Known{
      name, endpoint.tenant, endpoint.uid, endpoint.revision, endpoint.generation, {objects.begin(), objects.end()}};
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

std::vector<ir::Verdict> Nginx::apply(const Changes& changes, std::stop_token stop) {
  std::vector<ir::Verdict> verdicts(changes.put.size() + changes.remove.size());
  if (const Result<void> ours = open(stop); !ours) {
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      const bool put = i < changes.put.size();
      verdicts[i] = unknown(put ? changes.put[i] : changes.remove[i - changes.put.size()], ours.error());
    }
    return verdicts;
  }
  KnownById next = endpoints_;
  next.insert(staged_.begin(), staged_.end());
  std::vector<http::Change> told;
  std::vector<bool> settled(verdicts.size(), false);
  std::vector<bool> changed(verdicts.size(), false);
  for (std::size_t i = 0; i < changes.put.size(); ++i) {
    const ir::EdgeFragment& fragment = changes.put[i];
    const auto before = endpoints_.find(fragment.place.application);
    const bool there = before != endpoints_.end();
    if (there && before->second.uid == fragment.owner.uid.str() &&
        before->second.generation > fragment.owner.generation) {
      verdicts[i] = failed(fragment, {Code::Conflict, "a newer generation is published already", {}, {}});  // I7
      settled[i] = true;
      continue;
    }
    if (there && before->second.revision == fragment.hash()) continue;  // only its agents are waited for
    Result<Known> known = stage(fragment, stop);
    if (!known) {
      verdicts[i] = failed(fragment, known.error());
      settled[i] = true;
      continue;
    }
    if (!manifest_) staged_[fragment.place.application] = *known;
    told.push_back(change_of(fragment, there ? &before->second : nullptr, &*known));
    next[fragment.place.application] = *std::move(known);
    changed[i] = true;
  }
  for (std::size_t i = 0; i < changes.remove.size(); ++i) {
    const ir::EdgeFragment& fragment = changes.remove[i];
    staged_.erase(fragment.place.application);
    const auto before = endpoints_.find(fragment.place.application);
    if (before == endpoints_.end()) continue;
    told.push_back(change_of(fragment, &before->second, nullptr));
    next.erase(fragment.place.application);
    changed[changes.put.size() + i] = true;
  }
  const Result<void> published = told.empty() ? Result<void>{} : publish(next, std::move(told), std::move(stop));
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (settled[i]) continue;
    const bool put = i < changes.put.size();
    const ir::EdgeFragment& fragment = put ? changes.put[i] : changes.remove[i - changes.put.size()];
    if (changed[i] && !published) {
      verdicts[i] = failed(fragment, published.error());
    } else {
      verdicts[i] = put ? verdict_on(fragment) : removal_of(fragment);
    }
    waits_ = waits_ || (verdicts[i].outcome != Outcome::Applied && verdicts[i].outcome != Outcome::Gone);
  }
  return verdicts;
}

/// A publication that was lost is made anew as a whole, or agents would take out what is not in it yet.
Result<void> Nginx::may_publish(const KnownById& endpoints) const {
  if (manifest_ || !around_.placed) return {};
  std::vector<std::string> missing;
  for (const std::string& application : around_.placed())
    if (!endpoints.contains(application)) missing.push_back(application);
  if (missing.empty()) return {};
  return Error{Code::Unavailable,
               "the publication in " + connection_.publication->directory +
                   " was lost, and is made anew once all that was in it is there again; restore the directory, or see "
                   "to these: " +
                   in_short(missing),
               "spec.nginx.directory",
               {}};
}

Result<void> Nginx::publish(const KnownById& endpoints, std::vector<http::Change> changes, std::stop_token stop) {
  TRY(may_publish(endpoints));
  const SystemTime now = around_.clock.now();
  publication::Manifest next;
  next.instance = connection_.instance.str();
  next.gateway = connection_.name;
  // By the clock, so that it rises though the last one was lost.
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  next.serial = std::max<std::int64_t>(millis, manifest_ ? manifest_->serial + 1 : 1);
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
      return applied;
    }
    case Standing::Where::NotTaken: {
      ir::Verdict left_out = verdict(Outcome::Rejected, fragment);
      left_out.error = Error{Code::Unavailable, standing.why, {}, {}};
      return left_out;
    }
    case Standing::Where::Waiting:
      break;
  }
  ir::Verdict pending = verdict(Outcome::Pending, fragment);
  pending.notes = {"published; " + standing.why};
  return pending;
}

ir::Verdict Nginx::removal_of(const ir::EdgeFragment& fragment) const {
  const std::string agent = still_served_by(fragment.place.application, manifest_ ? manifest_->serial : 0, reports_,
                                            connection_.publication->use_for, around_.clock.now());
  if (agent.empty()) return verdict(Outcome::Gone, fragment);
  ir::Verdict pending = verdict(Outcome::Pending, fragment);
  pending.notes = {"taken out; agent " + agent + " has not told that it serves it no more"};
  return pending;
}

/// What was unneeded the last time, too, goes: an agent may be fetching what a manifest before this one named.
Result<void> Nginx::tidy(std::stop_token stop) {
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
