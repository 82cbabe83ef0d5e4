// SPDX-License-Identifier: Apache-2.0
// What a comparison's verdict means for a plan, and a plan's two forms.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"
#include "operator/program/cli/planning.hpp"
#include "operator/program/cli/table.hpp"

namespace sallyport::program::cli {
namespace {

constexpr std::size_t kLongestDetail = 1024;
constexpr std::string_view kBecomes = " -> ";
constexpr std::string_view kFromNothing = ": none -> ";

std::string_view name_of(api::PlacementSystem system) {
  switch (system) {
    case api::PlacementSystem::F5:
      return "F5";
    case api::PlacementSystem::OIDC:
      return "OIDC";
    case api::PlacementSystem::Databricks:
      return "Databricks";
  }
  return "";
}

char sign_of(Action action) {
  switch (action) {
    case Action::Nothing:
      return '=';
    case Action::Create:
      return '+';
    case Action::Change:
      return '~';
    case Action::Remove:
      return '-';
    case Action::Error:
      return '!';
  }
  return '?';
}

Tone tone_of(Action action) {
  switch (action) {
    case Action::Nothing:
      return Tone::Plain;
    case Action::Create:
      return Tone::Good;
    case Action::Change:
      return Tone::Warn;
    case Action::Remove:
    case Action::Error:
      return Tone::Bad;
  }
  return Tone::Plain;
}

/// An error's words first, then what was noticed on the way.
void add_words(const ir::Verdict& verdict, PlanItem& item) {
  if (verdict.error) {
    item.action = Action::Error;
    item.details.push_back(verdict.error->text());
  }
  item.details.insert(item.details.end(), verdict.notes.begin(), verdict.notes.end());
}

}  // namespace

std::string_view to_string(Action action) {
  switch (action) {
    case Action::Nothing:
      return "nothing";
    case Action::Create:
      return "create";
    case Action::Change:
      return "change";
    case Action::Remove:
      return "remove";
    case Action::Error:
      return "error";
  }
  return "";
}

PlanItem judge_client(const ir::ClientFragment& fragment, const std::string& connection, const ir::Verdict& verdict) {
  const auto id = verdict.facts.find("client_id");
  const bool known = id != verdict.facts.end() && !id->second.empty();
  PlanItem item{api::PlacementSystem::OIDC, connection, known ? id->second : fragment.client_name};
  const bool there = verdict.outcome == ir::Outcome::Applied || verdict.outcome == ir::Outcome::Gone;
  if (!there) {
    item.action = fragment.wish == ir::Wish::Absent ? Action::Remove : known ? Action::Change : Action::Create;
  }
  add_words(verdict, item);
  return item;
}

PlanItem judge_grant(const ir::GrantFragment& fragment, const std::string& connection, const ir::Verdict& verdict) {
  PlanItem item{api::PlacementSystem::Databricks, connection, "serving-endpoints/" + fragment.serving_endpoint};
  if (verdict.outcome == ir::Outcome::Unknown && !verdict.error) {
    // Beside levels there may be the tag that claims the endpoint.
    std::vector<std::string> levels;
    std::copy_if(verdict.notes.begin(), verdict.notes.end(), std::back_inserter(levels),
                 [](const std::string& note) { return note.find(kBecomes) != std::string::npos; });
    const auto all = [&](auto test) { return !levels.empty() && std::all_of(levels.begin(), levels.end(), test); };
    item.action = Action::Change;
    if (all([](const std::string& note) { return note.find(kFromNothing) != std::string::npos; }))
      item.action = Action::Create;
    else if (all([](const std::string& note) { return note.ends_with(" -> none"); }))
      item.action = Action::Remove;
  }
  add_words(verdict, item);
  return item;
}

int Plan::count(Action action) const {
  int count = 0;
  for (const EndpointPlan& endpoint : endpoints) {
    count += static_cast<int>(std::count_if(endpoint.items.begin(), endpoint.items.end(),
                                            [&](const PlanItem& item) { return item.action == action; }));
  }
  return count;
}

int Plan::errors() const {
  std::size_t refused = problems.size();
  for (const EndpointPlan& endpoint : endpoints) refused += endpoint.refused.size();
  return count(Action::Error) + static_cast<int>(refused);
}

int Plan::exit_code() const {
  if (errors() > 0) return 1;
  return count(Action::Create) + count(Action::Change) + count(Action::Remove) > 0 ? 2 : 0;
}

void print_text(std::ostream& out, const Plan& plan) {
  const bool colour = may_colour(out);
  for (const std::string& problem : plan.problems)
    out << paint("!", Tone::Bad, colour) << " " << one_line(problem, kLongestDetail) << "\n";
  for (const EndpointPlan& endpoint : plan.endpoints) {
    out << "ProtectedEndpoint " << endpoint.ns << "/" << endpoint.name << "\n";
    for (const Complaint& complaint : endpoint.refused) {
      out << "  " << paint("!", Tone::Bad, colour) << " " << complaint.reason << ": "
          << one_line(complaint.message, kLongestDetail) << "\n";
    }
    for (const PlanItem& item : endpoint.items) {
      out << "  "
          << paint(std::string(1, sign_of(item.action)) + " " + std::string(to_string(item.action)),
                   tone_of(item.action), colour)
          << std::string(9 - to_string(item.action).size(), ' ') << name_of(item.system) << " " << item.connection;
      if (!item.what.empty()) out << ": " << one_line(item.what);
      out << "\n";
      for (const std::string& detail : item.details) out << "      " << one_line(detail, kLongestDetail) << "\n";
    }
  }
  out << "Plan: " << plan.count(Action::Create) << " to create, " << plan.count(Action::Change) << " to change, "
      << plan.count(Action::Remove) << " to remove, " << plan.count(Action::Nothing) << " as wanted, " << plan.errors()
      << (plan.errors() == 1 ? " error\n" : " errors\n");
}

nlohmann::ordered_json to_json(const Plan& plan) {
  nlohmann::ordered_json endpoints = nlohmann::ordered_json::array();
  for (const EndpointPlan& endpoint : plan.endpoints) {
    nlohmann::ordered_json refused = nlohmann::ordered_json::array();
    for (const Complaint& complaint : endpoint.refused)
      refused.push_back({{"reason", complaint.reason}, {"message", complaint.message}});
    nlohmann::ordered_json items = nlohmann::ordered_json::array();
    for (const PlanItem& item : endpoint.items) {
      items.push_back({{"system", name_of(item.system)},
                       {"connection", item.connection},
                       {"what", item.what},
                       {"action", to_string(item.action)},
                       {"details", item.details}});
    }
    endpoints.push_back({{"namespace", endpoint.ns},
                         {"name", endpoint.name},
                         {"refused", std::move(refused)},
                         {"items", std::move(items)}});
  }
  return {{"endpoints", std::move(endpoints)},
          {"problems", plan.problems},
          {"summary",
           {{"create", plan.count(Action::Create)},
            {"change", plan.count(Action::Change)},
            {"remove", plan.count(Action::Remove)},
            {"nothing", plan.count(Action::Nothing)},
            {"errors", plan.errors()}}}};
}

}  // namespace sallyport::program::cli
