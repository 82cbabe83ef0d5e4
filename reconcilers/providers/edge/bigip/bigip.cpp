// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/bigip.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reconcilers/providers/edge/bigip/application.hpp"
#include "reconcilers/providers/edge/bigip/drift.hpp"
#include "reconcilers/providers/edge/bigip/marks.hpp"
#include "reconcilers/providers/edge/bigip/persistence.hpp"
#include "reconcilers/providers/edge/bigip/preflight.hpp"
#include "reconcilers/providers/edge/bigip/refuse.hpp"
#include "reconcilers/providers/edge/certificate.hpp"

namespace sallyport::edge::bigip {
namespace {

/// A full tenant is about a megabyte; AS3's list of tasks holds that of each of the last 25 writes. It is asked for
/// only when an answer was lost.
constexpr std::size_t kLargestAnswer = 64UL << 20U;

/// So long after a look its tenants count as what is there, when a write begins.
constexpr std::chrono::seconds kJustSeen{5};

Result<http::Url> read_unit(const std::string& unit, bool insecure) {
  const Result<http::Url> url = http::parse_url(unit);
  const Error bad{Code::InvalidSpec, "'" + unit + "' is not an https origin", "spec.bigip.units", {}};
  if (!url || url->target != "/") return bad;
  if (url->scheme != "https" && !url->is_loopback() && !insecure) return bad;
  return *url;
}

http::ClientOptions options_for(const ir::EdgeConnection& connection, const http::Url& url) {
  http::ClientOptions options{url.origin()};
  options.tls.ca_bundle_pem = connection.ca_bundle;
  options.tls.pinned_sha256 = connection.pinned_sha256;
  options.tls.insecure_skip_verify = connection.insecure_skip_verify;
  options.limits.body_bytes = kLargestAnswer;
  return options;
}

/// Checked, with its secrets read: ready to be sent.
Result<Wanted> declare(const ir::EdgeFragment& fragment, KeyPairs& pairs) {
  if (auto error = refuse(fragment)) return *std::move(error);
  const Result<KeyPair>& pair = pairs.read(fragment.certificate);
  if (!pair) return pair.error();
  return Wanted{&fragment, std::make_shared<const Json>(application(fragment, *pair))};
}

ir::Verdict refused(const ir::EdgeFragment& fragment, const Error& error) {
  ir::Verdict verdict;
  verdict.hash = fragment.hash();
  verdict.error = error;
  const bool known = error.code == Code::InvalidSpec || error.code == Code::NotFound;
  verdict.outcome = known ? ir::Outcome::Rejected : ir::Outcome::Unknown;
  return verdict;
}

}  // namespace

Result<std::unique_ptr<EdgeProvider>> BigIp::create(const ir::EdgeConnection& connection, Surroundings around) {
  const Error none{Code::InvalidSpec, "at least one unit is needed", "spec.bigip.units", {}};
  if (connection.units.empty()) return none;
  std::vector<std::unique_ptr<Device>> units;
  std::set<std::string> origins;
  for (const std::string& unit : connection.units) {
    const http::Url url = TRY(read_unit(unit, connection.insecure_skip_verify));
    if (!origins.insert(url.origin()).second) {
      return Error{Code::InvalidSpec, url.origin() + " is named twice", "spec.bigip.units", {}};
    }
    auto client = TRY(around.connect(options_for(connection, url)));
    units.push_back(std::make_unique<Device>(url.origin(), std::move(client),
                                             Access{connection.credentials, around.secrets, around.clock}));
  }
  return std::unique_ptr<EdgeProvider>(new BigIp(connection, std::move(around), std::move(units)));
}

BigIp::BigIp(ir::EdgeConnection connection, Surroundings around, std::vector<std::unique_ptr<Device>> units)
    : connection_(std::move(connection)),
      around_(std::move(around)),
      group_(std::move(units), around_.clock),
      mine_{connection_.instance, connection_.name} {}

Error BigIp::seen_before(Error error) const {
  if (as3_seen_ && error.code == Code::NotFound && error.message.starts_with("AS3 is not installed")) {
    error.code = Code::Unavailable;
    error.message = "AS3 answered before and does not now: its process may be restarting";
  }
  return error;
}

Result<Condition> BigIp::check(std::stop_token stop) {
  Device* unit = TRY(group_.active(stop));
  const std::vector<std::string> notes = group_.notes();
  Result<Condition> condition = preflight(*unit, mine_.instance, stop);
  if (!condition) return seen_before(condition.error());
  as3_seen_ = true;
  condition->active_unit = unit->origin();
  condition->notes.insert(condition->notes.begin(), notes.begin(), notes.end());
  if (connection_.insecure_skip_verify) condition->notes.insert(condition->notes.begin(), "TLS verification is off");
  return condition;
}

Result<Observed> BigIp::observe(const std::set<std::string>& tenants, std::stop_token stop) {
  Device* unit = TRY(group_.active(stop));
  Result<Observed> observed = observe_on(*unit, tenants, stop);
  if (!observed) return seen_before(observed.error());
  as3_seen_ = true;
  carry_over(*unit, tenants);
  return observed;
}

/// After a failover before the changes were synced the new unit may lack them. Once each of their tenants has been
/// looked at here, what it lacks will be written anew, and saving here speaks the truth again.
void BigIp::carry_over(const Device& unit, const std::set<std::string>& observed) {
  if (unsaved_.unit.empty() || unsaved_.unit == unit.origin()) return;
  for (const std::string& tenant : observed) unsaved_.tenants.erase(tenant);
  if (unsaved_.tenants.empty()) unsaved_.unit = unit.origin();
}

Result<Observed> BigIp::observe_on(Device& unit, const std::set<std::string>& tenants, std::stop_token stop) {
  As3 as3(unit, around_.clock, around_.random);
  Observed observed;
  seen_ = {unit.origin(), {}, {}};
  for (const std::string& name : tenants) {
    const bool settled = settled_unit_ == unit.origin();
    const StoredTenant& tenant = seen_.tenants[name] =
        TRY(settled ? as3.read(name, stop) : as3.read_settled(name, stop));
    if (tenant.presence != Presence::There) settled_unit_ = unit.origin();  // the task list was asked for it
    const bool ours = tenant.is_ours(mine_.instance);
    if (!ours) observed.foreign_tenants.insert(name);
    for (const auto& [application, entry] : tenant.entries()) {
      Entry& seen = observed.entries[{name, application}] = entry;
      if (const auto shown = shown_.find({name, application}); shown != shown_.end()) seen.shown = shown->second;
    }
  }
  seen_.at = around_.clock.steady();
  return observed;
}

/// A write follows on its look at once, as a rule; after a while the look says nothing any more.
std::optional<StoredTenant> BigIp::just_seen(const Device& unit, const std::string& tenant) const {
  const auto found = seen_.tenants.find(tenant);
  const bool fresh = seen_.unit == unit.origin() && around_.clock.steady() - seen_.at < kJustSeen;
  if (!fresh || found == seen_.tenants.end()) return std::nullopt;
  return found->second;
}

Result<StoredTenant> BigIp::look(As3& as3, const Device& unit, const std::string& tenant, std::stop_token stop) {
  if (auto seen = just_seen(unit, tenant)) return *std::move(seen);
  return as3.read(tenant, std::move(stop));
}

std::vector<ir::Verdict> BigIp::apply(const Changes& changes, std::stop_token stop) {
  std::vector<ir::Verdict> verdicts(changes.put.size() + changes.remove.size());
  std::map<std::string, std::vector<Task>> by_tenant;
  std::size_t next = 0;
  KeyPairs pairs(around_.secrets, around_.clock);
  for (const ir::EdgeFragment& fragment : changes.put) {
    ir::Verdict& verdict = verdicts[next++];
    const Result<Wanted> wanted = declare(fragment, pairs);
    if (wanted) {
      shown_[fragment.place] = shown_facts(*pairs.read(fragment.certificate), fragment.host);
      by_tenant[fragment.place.tenant].push_back({*wanted, &verdict});
    } else {
      verdict = refused(fragment, wanted.error());
    }
  }
  for (const ir::EdgeFragment& fragment : changes.remove) {
    ir::Verdict& verdict = verdicts[next++];
    if (const auto error = refuse(fragment); error && fragment.wish == ir::Wish::Absent) {
      verdict = refused(fragment, *error);
    } else {
      by_tenant[fragment.place.tenant].push_back({Wanted{&fragment, nullptr}, &verdict});
    }
  }
  if (!by_tenant.empty()) write_tenants(by_tenant, stop);
  for (std::size_t i = 0; i < changes.put.size(); ++i) {
    if (verdicts[i].outcome != ir::Outcome::Applied) continue;
    const ir::Facts& facts = shown_[changes.put[i].place];
    verdicts[i].facts.insert(facts.begin(), facts.end());
  }
  for (const ir::EdgeFragment& fragment : changes.remove) shown_.erase(fragment.place);
  return verdicts;
}

void BigIp::write_tenants(std::map<std::string, std::vector<Task>>& by_tenant, std::stop_token stop) {
  for (auto& [tenant, tasks] : by_tenant) {
    const std::vector<Task> kept = tasks;
    // Asked again for each tenant: a write takes minutes, and a failover in between moves the next one.
    const Result<Device*> unit = group_.active(stop, Silent::Asked);
    if (!unit) {
      for (const Task& task : kept) {
        *task.verdict = refused(*task.wanted.fragment, unit.error());
        task.verdict->outcome = ir::Outcome::Unknown;
      }
      continue;
    }
    As3 as3(**unit, around_.clock, around_.random, [this, began = *unit](std::stop_token asked) -> Result<void> {
      const Device* now = TRY(group_.active(std::move(asked)));
      if (now == began) return {};
      return Error{Code::Unavailable, "unit " + now->origin() + " has become ACTIVE during a write", {}, {}};
    });
    Writer writer(as3, around_.clock, mine_);
    if (auto seen = just_seen(**unit, tenant)) writer.start_from(*std::move(seen));
    seen_.tenants.erase(tenant);
    writer.run(std::move(tasks), stop);
    if (writer.touched()) {
      if (unsaved_.unit.empty()) unsaved_.unit = (*unit)->origin();
      unsaved_.tenants.insert(tenant);
    }
    for (const Task& task : kept) {
      if (task.verdict->error) task.verdict->error = seen_before(*task.verdict->error);
    }
  }
}

Result<std::set<ir::EdgePlace>> BigIp::drifted(const std::vector<ir::EdgeFragment>& applied, std::stop_token stop) {
  return pick_from_each(applied, &BigIp::pick_drifted, std::move(stop));
}

Result<std::set<ir::EdgePlace>> BigIp::would_take(const std::vector<ir::EdgeFragment>& rejected, std::stop_token stop) {
  return pick_from_each(rejected, &BigIp::pick_takeable, std::move(stop));
}

Result<BigIp::Places> BigIp::pick_from_each(const std::vector<ir::EdgeFragment>& fragments, Pick pick,
                                            std::stop_token stop) {
  std::map<std::string, Fragments> by_tenant;
  for (const ir::EdgeFragment& fragment : fragments) by_tenant[fragment.place.tenant].push_back(&fragment);
  Places places;
  if (by_tenant.empty()) return places;
  Device* unit = TRY(group_.active(stop));
  As3 as3(*unit, around_.clock, around_.random);
  for (const auto& [tenant, of_tenant] : by_tenant) {
    const Result<StoredTenant> stored = look(as3, *unit, tenant, stop);
    Result<Places> found = stored ? (this->*pick)(as3, *stored, of_tenant, stop) : Result<Places>(stored.error());
    if (!found) return seen_before(found.error());
    places.merge(*found);
  }
  return places;
}

/// What AS3 stores was compared with what was declared when it last changed: from then on AS3 compares it with the
/// device, and no Secret is read for that and no key sent. One that cannot be declared now (its Secret is gone, its
/// certificate has expired) is compared as it is stored, too.
Result<BigIp::Places> BigIp::pick_drifted(As3& as3, const StoredTenant& stored, const Fragments& fragments,
                                          std::stop_token stop) {
  Compared& compared = compared_[stored.name];
  if (compared.lock_key != stored.lock_key() || compared.lock_key.empty()) compared = {stored.lock_key(), {}};
  KeyPairs pairs(around_.secrets, around_.clock);
  std::vector<Wanted> wanted;
  std::set<std::string> hashes;
  for (const ir::EdgeFragment* fragment : fragments) {
    wanted.push_back({fragment, nullptr});
    if (compared.hashes.contains(fragment->hash())) continue;
    const Result<Wanted> declared = declare(*fragment, pairs);
    if (!declared) continue;
    wanted.back() = *declared;
    hashes.insert(fragment->hash());
  }
  const Places places = TRY(find_drift(as3, stored, std::move(wanted), mine_, std::move(stop)));
  if (places.empty()) compared.hashes.merge(hashes);
  return places;
}

Result<BigIp::Places> BigIp::pick_takeable(As3& as3, const StoredTenant& stored, const Fragments& fragments,
                                           std::stop_token stop) {
  KeyPairs pairs(around_.secrets, around_.clock);
  std::vector<Wanted> wanted;
  for (const ir::EdgeFragment* fragment : fragments) {
    if (const Result<Wanted> declared = declare(*fragment, pairs)) wanted.push_back(*declared);
  }
  if (wanted.empty()) return Places{};
  return find_takeable(as3, stored, wanted, mine_, std::move(stop));
}

Result<Persisted> BigIp::persist(std::stop_token stop) {
  // The first time after a start, what was changed before it may not have been saved.
  if (unsaved_.unit.empty() && persisted_before_) return Persisted::NothingToSave;
  Device* unit = TRY(group_.active(stop, Silent::Asked));
  if (!unsaved_.unit.empty() && unit->origin() != unsaved_.unit) {
    return Error{Code::Conflict,
                 "unit " + unsaved_.unit + " took the changes and " + unit->origin() +
                     " is ACTIVE now: it has to be observed first",
                 "spec.bigip.units",
                 {}};
  }
  const ir::Owner gateway =
      around_.gateway ? around_.gateway() : ir::Owner{"F5Gateway", "", connection_.name, Uid(), "", 0};
  Persistence persistence(*unit, around_.clock, gateway);
  TRY(persistence.save(stop));
  TRY(persistence.sync(group_.size(), stop));
  // What a unit is given by another it runs, and may not have saved.
  for (Device* peer : group_.others(*unit)) TRY(Persistence(*peer, around_.clock, gateway).save(stop));
  unsaved_ = {};
  persisted_before_ = true;
  return Persisted::Saved;
}

std::string BigIp::render(const std::vector<ir::EdgeFragment>& fragments) const {
  Json adc = empty_declaration(mine_.instance);
  std::map<std::string, std::vector<Wanted>> by_tenant;
  for (const ir::EdgeFragment& fragment : fragments) {
    if (fragment.wish != ir::Wish::Present || refuse(fragment)) continue;  // nothing of it would be sent
    const KeyPair pair = placeholder(fragment.certificate);
    by_tenant[fragment.place.tenant].push_back({&fragment, std::make_shared<const Json>(application(fragment, pair))});
  }
  for (const auto& [tenant, declared] : by_tenant) adc[tenant] = whole_tenant(declared, mine_.instance);
  return adc.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void BigIp::close(std::stop_token stop) {
  group_.sign_out(stop);
}

}  // namespace sallyport::edge::bigip
