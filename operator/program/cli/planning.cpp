// SPDX-License-Identifier: Apache-2.0
#include "operator/program/cli/planning.hpp"

#include <algorithm>
#include <set>

#include "operator/base/text.hpp"
#include "operator/program/cli/edge_details.hpp"
#include "reconcilers/identity_provider/consumer_secret.hpp"

namespace sallyport::program::cli {
namespace {

using protected_endpoint::Decision;
using protected_endpoint::Fragments;
using protected_endpoint::Validated;

/// An endpoint on its way through the steps.
struct Course {
  Validated validated;
  Fragments fragments{};
  std::optional<Error> slot_error{};
  EndpointPlan plan{};
  bool is_told = true;  ///< false: what it wants counts, and it does not stand in the plan
};

bool is_wanted(ir::Wish wish) {
  return wish == ir::Wish::Present || wish == ir::Wish::Observe;
}

const api::Placement* placement_of(const Validated& v, const std::string& connection, const std::string& id) {
  for (const api::Placement& placement : v.found.object->status.placements) {
    if (placement.connection == connection && placement.id == id) return &placement;
  }
  return nullptr;
}

PlanItem failed(PlanItem item, const Error& error) {
  item.action = Action::Error;
  item.details.push_back(error.text());
  return item;
}

class Planner {
 public:
  Planner(Material& material, shared::Connect connect, const PlanOptions& options)
      : material_(material), options_(options), systems_(material, std::move(connect)), slots_(material) {}

  Plan run() {
    for (const auto& object : material_.caches.endpoints.list()) {
      courses_.push_back({protected_endpoint::validate(
          protected_endpoint::dereference(object, material_.caches, *material_.store, now_))});
      courses_.back().plan.ns = object->meta.ns;
      courses_.back().plan.name = object->meta.name;
      courses_.back().plan.refused = complaints_of(courses_.back().validated);
      courses_.back().is_told = (options_.ns.empty() || object->meta.ns == options_.ns) &&
                                (options_.name.empty() || object->meta.name == options_.name);
    }
    for (const Course& course : courses_) {
      if (course.is_told) check_gateway(course.validated.found.object->spec.gateway_ref.name);
    }
    for_each("clients", courses_, [this](Course& course) {
      build(course);
      if (course.is_told) plan_clients(course);
    });
    plan_grants();
    plan_edges();
    systems_.close();
    Plan plan{{}, material_.problems};
    for (std::string& fault : connection_faults(material_.caches)) plan.problems.push_back(std::move(fault));
    for (Course& course : courses_) {
      if (course.is_told) plan.endpoints.push_back(std::move(course.plan));
    }
    return plan;
  }

 private:
  template <class Range, class Look>
  void for_each(std::string_view what, Range& range, Look look) {
    std::size_t done = 0;
    for (auto& one : range) {
      if (options_.progress) options_.progress(what, done++, range.size());
      look(one);
    }
    if (options_.progress) options_.progress(what, range.size(), range.size());
  }

  /// The device's own addresses have to be known before one is given out.
  void check_gateway(const std::string& name) {
    if (name.empty() || conditions_.contains(name)) return;
    const auto gateway = systems_.gateway(name);
    auto condition = gateway ? (*gateway)->check({}) : Result<edge::Condition>{gateway.error()};
    if (condition) slots_.take_addresses(condition->addresses_in_use);
    conditions_.emplace(name, std::move(condition));
  }

  void build(Course& course) {
    const std::string& gateway = course.validated.found.object->spec.gateway_ref.name;
    std::optional<protected_endpoint::Slot> slot =
        protected_endpoint::kept_slot(course.validated.found.object->status, gateway);
    if (const auto condition = conditions_.find(gateway); condition != conditions_.end() && condition->second) {
      const auto chosen = slots_.slot_for(course.validated);
      if (chosen) {
        slot = *chosen;
      } else {
        course.slot_error = chosen.error();
      }
    }
    protected_endpoint::BuildInputs inputs{material_.instance, slot};
    if (course.is_told) inputs.serving = systems_.serving(course.validated);
    course.fragments = protected_endpoint::build(course.validated, inputs);
  }

  /// What is to be neither made nor removed: the item says why. Empty: it has to be looked at.
  template <class F>
  std::optional<PlanItem> settled(const Course& course, const protected_endpoint::Placed<F>& placed, PlanItem item,
                                  const Decision& decision) {
    const ir::Wish wish = placed.fragment.wish;
    const bool placed_before = placement_of(course.validated, placed.connection, item.what) != nullptr;
    if (is_wanted(wish) || (wish == ir::Wish::Absent && placed_before)) return std::nullopt;
    item.in_place = wish == ir::Wish::Hold && placed_before;
    if (wish == ir::Wish::Hold) item.details.push_back("held: " + decision.why.message);
    if (wish == ir::Wish::Absent) item.details.push_back("not there, and not wanted: " + decision.why.message);
    if (wish == ir::Wish::Release) item.details.push_back("stays where it is, and is managed by nobody");
    return item;
  }

  void plan_clients(Course& course) {
    for (const auto& placed : course.fragments.clients) {
      PlanItem item{api::PlacementSystem::OIDC, placed.connection,
                    protected_endpoint::client_placement_id(placed.fragment.owner.uid)};
      if (auto done = settled(course, placed, item, course.validated.client)) {
        course.plan.items.push_back(std::move(*done));
        continue;
      }
      const auto provider = systems_.provider(placed.connection);
      if (!provider) {
        course.plan.items.push_back(failed(item, provider.error()));
        continue;
      }
      PlanItem judged = judge_client(placed.fragment, placed.connection, (*provider)->compare(placed.fragment, {}));
      if (is_wanted(placed.fragment.wish)) add_secret(placed.fragment, **provider, judged);
      course.plan.items.push_back(watched_only(placed.fragment.wish, std::move(judged)));
    }
  }

  /// The Secret of the application goes with its client.
  void add_secret(const ir::ClientFragment& fragment, idp::IdpProvider& provider, PlanItem& item) {
    if (item.action == Action::Error) return;
    const auto changes = changes_of_secret(fragment, provider);
    if (!changes) {
      item = failed(std::move(item), changes.error());
      return;
    }
    if (!changes->empty() && item.action == Action::Nothing) item.action = Action::Change;
    item.details.insert(item.details.end(), changes->begin(), changes->end());
  }

  Result<std::vector<std::string>> changes_of_secret(const ir::ClientFragment& fragment, idp::IdpProvider& provider) {
    auto known = provider.credentials(fragment);
    if (!known && known.error().code != Code::NotFound) return known.error();
    identity_provider::ConsumerSecrets secrets(*material_.store);
    return secrets.compare(fragment, known ? std::optional(std::move(*known)) : std::nullopt);
  }

  static PlanItem watched_only(ir::Wish wish, PlanItem item) {
    if (wish != ir::Wish::Observe || item.action == Action::Nothing || item.action == Action::Error) return item;
    item.details.insert(item.details.begin(), "would " + std::string(to_string(item.action)) +
                                                  ", but management is Observe: nothing is done");
    item.in_place = item.action == Action::Change;
    item.action = Action::Nothing;
    return item;
  }

  struct GrantLook {
    Course* course;
    ir::GrantFragment fragment;
    std::optional<std::size_t> item;  ///< none: it only keeps its share
  };

  void plan_grants() {
    std::map<ServingRef, std::vector<GrantLook>> by_endpoint;
    for (Course& course : courses_) {
      for (std::size_t i = 0; i < course.fragments.grants.size(); ++i) {
        const auto& placed = course.fragments.grants[i];
        const auto& backends = course.validated.backends;
        PlanItem item{api::PlacementSystem::Databricks, placed.connection,
                      protected_endpoint::grant_placement_id(placed.fragment.serving_endpoint)};
        auto& looks = by_endpoint[{placed.connection, placed.fragment.serving_endpoint}];
        if (!course.is_told) {
          looks.push_back({&course, placed.fragment, std::nullopt});
          continue;
        }
        if (auto done = settled(course, placed, item, backends[std::min(i, backends.size() - 1)].grant)) {
          course.plan.items.push_back(std::move(*done));
          if (placed.fragment.wish == ir::Wish::Hold) looks.push_back({&course, placed.fragment, std::nullopt});
        } else {
          if (placed.fragment.wish == ir::Wish::Absent) item = leave_ledger(placed.fragment, std::move(item));
          course.plan.items.push_back(std::move(item));
          looks.push_back({&course, placed.fragment, course.plan.items.size() - 1});
        }
      }
    }
    for_each("access lists", by_endpoint, [this](const auto& each) { look_at_serving(each.first, each.second); });
  }

  /// All objects that name one serving endpoint are compared together, as they are converged.
  void look_at_serving(const ServingRef& ref, const std::vector<GrantLook>& looks) {
    data::Step step{ref.endpoint, {}};
    bool wanted = false;
    for (const GrantLook& look : looks) {
      step.fragments.push_back(look.fragment);
      wanted = wanted || (look.item && is_wanted(look.fragment.wish));
    }
    if (!wanted) return;
    const auto workspace = systems_.workspace(ref.workspace);
    const auto verdicts = workspace ? (*workspace)->compare(step, {}) : std::vector<ir::Verdict>{};
    for (std::size_t i = 0; i < looks.size(); ++i) {
      if (!looks[i].item || !is_wanted(looks[i].fragment.wish)) continue;
      PlanItem& item = looks[i].course->plan.items[*looks[i].item];
      if (!workspace) {
        item = failed(std::move(item), workspace.error());
      } else if (i < verdicts.size()) {
        item = watched_only(looks[i].fragment.wish, judge_grant(looks[i].fragment, ref.workspace, verdicts[i]));
      }
    }
  }

  /// What would be given back is what the ledger holds for this object.
  PlanItem leave_ledger(const ir::GrantFragment& fragment, PlanItem item) {
    const auto ledgers = systems_.ledgers().of(fragment.workspace, fragment.serving_endpoint);
    if (!ledgers) return failed(std::move(item), ledgers.error());
    for (const ir::Ledger& ledger : *ledgers) {
      for (const auto& [key, entry] : ledger.entries) {
        if (!entry.owners.contains(fragment.owner.uid)) continue;
        ir::LedgerEntry left = entry;
        left.owners.erase(fragment.owner.uid);
        const ir::Level to = std::max(left.wanted(), entry.before);
        item.details.push_back("'" + entry.principal.value + "': " + std::string(ir::to_string(entry.applied)) +
                               " -> " + (to == ir::Level::None ? "none" : std::string(ir::to_string(to))));
        item.action = Action::Remove;
      }
    }
    return item;
  }

  struct EdgeLook {
    Course* course;
    ir::EdgeFragment fragment;
    std::size_t item;
    bool watched_only;
  };

  void plan_edges() {
    std::map<std::string, std::vector<EdgeLook>> by_gateway;
    for (Course& course : courses_) {
      if (!course.is_told) continue;
      for (const auto& placed : course.fragments.edges) {
        PlanItem item{api::PlacementSystem::F5, placed.connection,
                      protected_endpoint::edge_placement_id(placed.fragment.place)};
        if (placed.fragment.place.tenant.empty()) item.what.clear();  // not decided yet
        if (auto done = settled(course, placed, item, course.validated.edge)) {
          course.plan.items.push_back(explain_held(course, std::move(*done), placed.connection));
          continue;
        }
        const bool observed = placed.fragment.wish == ir::Wish::Observe;
        course.plan.items.push_back(std::move(item));
        by_gateway[placed.connection].push_back({&course, placed.fragment, course.plan.items.size() - 1, observed});
        if (observed) by_gateway[placed.connection].back().fragment.wish = ir::Wish::Present;
      }
    }
    for_each("gateways", by_gateway, [this](auto& each) { look_at_gateway(each.first, each.second); });
  }

  /// A route that is allowed and yet held lacks something that could not be found out.
  PlanItem explain_held(const Course& course, PlanItem item, const std::string& connection) {
    if (!is_wanted(course.validated.edge.wish)) return item;
    item.details.clear();
    item.what.clear();
    const auto condition = conditions_.find(connection);
    if (course.slot_error) return failed(std::move(item), *course.slot_error);
    if (condition != conditions_.end() && !condition->second) return failed(std::move(item), condition->second.error());
    return failed(
        std::move(item),
        {Code::Unavailable, "it is not known where requests would go: the serving endpoint was not found", {}, {}});
  }

  void look_at_gateway(const std::string& name, std::vector<EdgeLook>& looks) {
    std::set<std::string> tenants;
    std::vector<ir::EdgeFragment> wanted;
    for (const EdgeLook& look : looks) {
      tenants.insert(look.fragment.place.tenant);
      wanted.push_back(look.fragment);
    }
    const auto gateway = systems_.gateway(name);
    const auto observed = gateway ? (*gateway)->observe(tenants, {}) : Result<edge::Observed>{gateway.error()};
    if (!observed || observed->incomplete) {
      const Error lost{
          Code::Unavailable, "what was published is not there; it is seen on the operator's own volume", {}, {}};
      for (const EdgeLook& look : looks) {
        PlanItem& item = look.course->plan.items[look.item];
        item = failed(std::move(item), observed ? lost : observed.error());
      }
      return;
    }
    const edge::Diff diff = edge::diff(wanted, *observed);
    std::set<ir::EdgePlace> drifted;
    std::optional<Error> blind;
    if (options_.look_for_drift) {
      if (auto found = (*gateway)->drifted(unchanged(wanted, diff), {})) {
        drifted = std::move(*found);
      } else {
        blind = found.error();
      }
    }
    for (const EdgeLook& look : looks) {
      PlanItem& item = look.course->plan.items[look.item];
      judge_edge(look, diff, *observed, item);
      if (drifted.contains(look.fragment.place)) {
        item.action = Action::Change;
        item.details.emplace_back("somebody changed it on the device; it would be put right");
      }
      if (blind && item.action == Action::Nothing) item = failed(std::move(item), *blind);
      if (look.watched_only) item = watched_only(ir::Wish::Observe, std::move(item));
    }
  }

  static std::vector<ir::EdgeFragment> unchanged(const std::vector<ir::EdgeFragment>& wanted, const edge::Diff& diff) {
    std::vector<ir::EdgeFragment> same;
    for (const ir::EdgeFragment& fragment : wanted) {
      const auto verdict = diff.settled.find(fragment.place);
      if (verdict != diff.settled.end() && verdict->second.outcome == ir::Outcome::Applied) same.push_back(fragment);
    }
    return same;
  }

  static void judge_edge(const EdgeLook& look, const edge::Diff& diff, const edge::Observed& observed, PlanItem& item) {
    const ir::EdgeFragment& fragment = look.fragment;
    const auto settled = diff.settled.find(fragment.place);
    if (settled != diff.settled.end()) {
      if (settled->second.error) item = failed(std::move(item), *settled->second.error);
      return;
    }
    const auto entry = observed.entries.find(fragment.place);
    if (fragment.wish == ir::Wish::Absent) {
      item.action = Action::Remove;
      item.details.push_back("virtual server " + ir::path_of(fragment));
    } else if (entry == observed.entries.end()) {
      item.action = Action::Create;
      item.details = edge_details(fragment);
    } else if (!entry->second.in_force && entry->second.hash == fragment.hash()) {
      item.in_place = false;
      item.details.emplace_back("published; not every agent has it in force");
    } else {
      item.action = Action::Change;
      const api::Placement* placement = placement_of(look.course->validated, item.connection, item.what);
      item.details.push_back("applied from content " + entry->second.hash.substr(0, 8) + ", wanted is " +
                             fragment.hash().substr(0, 8));
      if (placement != nullptr && placement->generation > 0)
        item.details.push_back("generation " + std::to_string(placement->generation) + " -> " +
                               std::to_string(fragment.owner.generation));
    }
  }

  Material& material_;
  const SystemTime now_ = system_clock().now();
  const PlanOptions& options_;
  Systems systems_;
  Slots slots_;
  std::vector<Course> courses_;
  std::map<std::string, Result<edge::Condition>> conditions_;
};

}  // namespace

Plan make_plan(Material& material, shared::Connect connect, const PlanOptions& options) {
  return Planner(material, std::move(connect), options).run();
}

}  // namespace sallyport::program::cli
