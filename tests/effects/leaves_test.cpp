// SPDX-License-Identifier: Apache-2.0
// Every field of every spec does what its table says. For each: two worlds that differ in that field alone, everything
// settled in both, and the thing that the table names as the field's effect must differ: a byte outside, or a field of
// a status. Generations, hashes and times do not count. Of a connection's address and certificates the stage sees what
// the HTTP client is told; that it heeds it, tests/operator/http and e2e/scenarios/test_tls.py show.
#include "operator/schema/leaves.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "tests/effects/changes.hpp"
#include "tests/effects/stage.hpp"

namespace sallyport::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

/// "/F5Gateway/spec/allow/0/hosts/0" -> "spec.allow[].hosts[]".
std::string general_path(const std::string& pointer) {
  std::string path;
  for (std::size_t begin = pointer.find('/', 1) + 1; begin < pointer.size();) {
    const std::size_t end = std::min(pointer.find('/', begin), pointer.size());
    const std::string part = pointer.substr(begin, end - begin);
    const bool index = part.find_first_not_of("0123456789") == std::string::npos;
    path += index ? "[]" : (path.empty() ? "" : ".") + part;
    begin = end + 1;
  }
  return path;
}

bool covers(const std::string& name, const std::string& path) {
  return path == name ||
         (path.starts_with(name) && std::string_view("./[").find(path[name.size()]) != std::string_view::npos);
}

/// What the table calls "status.url" of this kind, or "... of the endpoints", in the outcome's words.
std::string effect_in_outcome(const std::string& kind, std::string effect) {
  static const std::string kOfEndpoints = " of the endpoints";
  if (effect.ends_with(kOfEndpoints))
    return "ProtectedEndpoint:" + effect.substr(0, effect.size() - kOfEndpoints.size());
  return effect.starts_with("status.") ? kind + ":" + effect : effect;
}

/// What becomes of the base objects with these edits.
Outcome run(const std::vector<Edit>& edits, Then then) {
  Stage stage;
  Json objects = base_objects();
  const bool with_ledger = std::ranges::any_of(edits, [](const Edit& e) { return e.at.starts_with("/AccessLedger"); });
  if (with_ledger) {
    objects["AccessLedger"] = base_ledger(stage.serving_id("fraud-scoring"));
    stage.workspace_control("PATCH", "/serving-endpoints/fraud-scoring/permissions",
                            {{"group:risk-analysts", "CAN_QUERY"}});
  }
  for (const Edit& edit : edits) make(edit, objects);
  stage.apply(objects);
  stage.settle();
  if (then == Then::DeleteEndpoint) stage.remove_endpoint();
  if (then == Then::DropGrants) {
    Json endpoint = objects["ProtectedEndpoint"];
    endpoint["spec"]["access"]["grants"] = Json::array();
    endpoint["metadata"]["generation"] = 2;
    const auto seen = stage.caches.endpoints.get("risk", "fraud");
    endpoint["status"] = schema::write(seen->status);
    endpoint["metadata"]["finalizers"] = seen->meta.finalizers;
    stage.apply({{"ProtectedEndpoint", endpoint}});
  }
  if (then != Then::Nothing) stage.settle();
  return stage.outcome();
}

/// Many changes are made to the same world: it is lived through once.
class Bases {
 public:
  const Outcome& outcome(const std::vector<Edit>& edits, Then then) {
    std::string key = std::to_string(static_cast<int>(then));
    for (const Edit& edit : edits) key += edit.at + edit.to.dump();
    const auto known = outcomes_.find(key);
    return known != outcomes_.end() ? known->second : outcomes_.emplace(key, run(edits, then)).first->second;
  }

 private:
  std::map<std::string, Outcome> outcomes_;
};

/// Only one value is legal, so there is no other world; the named thing must be there in this one.
bool has_one_value(const schema::Leaf& leaf) {
  return leaf.item == schema::Form::Enum && leaf.enum_values.size() == 1;
}

template <class K>
void check(const std::vector<Change>& changes) {
  const std::string kind(schema::Kind<K>::name.kind);
  std::set<std::string> visited;
  std::size_t wanted = 0;
  Bases bases;
  for (const schema::Leaf& leaf : schema::leaves<K>()) {
    if (leaf.side != schema::Side::Spec) continue;
    ++wanted;
    const std::string effect = effect_in_outcome(kind, std::string(leaf.effect));
    ASSERT_THAT(effect, Not(IsEmpty())) << leaf.path;
    bool changed = false;
    for (const Change& change : changes) {
      if (!covers(leaf.path, general_path(change.edit.at))) continue;
      SCOPED_TRACE(leaf.path + " -> " + change.edit.to.dump() + ", effect " + effect);
      std::vector<Edit> edits = change.given;
      if (kind == "AccessLedger") edits.insert(edits.begin(), {"/AccessLedger/kind", "AccessLedger"});
      const Outcome& before = bases.outcome(edits, change.then);
      edits.push_back(change.edit);
      const std::set<std::string> different = differences(before, run(edits, change.then));
      EXPECT_TRUE(std::ranges::any_of(different, [&](const std::string& path) { return covers(effect, path); }))
          << "differs in: " << ::testing::PrintToString(different);
      changed = true;
    }
    if (!changed && has_one_value(leaf)) {
      const std::set<std::string> seen = differences(bases.outcome({}, Then::Nothing), {});
      EXPECT_TRUE(std::ranges::any_of(seen, [&](const std::string& path) { return covers(effect, path); }))
          << leaf.path << ": there is no " << effect;
      changed = true;
    }
    EXPECT_TRUE(changed) << "no test changes " << kind << " " << leaf.path;
    if (changed) visited.insert(leaf.path);
  }
  EXPECT_EQ(visited.size(), wanted) << "leaves of " << kind;
  ::testing::Test::RecordProperty("leaves", std::to_string(visited.size()) + " of " + std::to_string(wanted));
}

TEST(EveryLeafHasItsEffect, F5Gateway) {
  check<api::F5Gateway>(gateway_changes());
}
TEST(EveryLeafHasItsEffect, IdentityProvider) {
  check<api::IdentityProvider>(provider_changes());
}
TEST(EveryLeafHasItsEffect, DatabricksWorkspace) {
  check<api::DatabricksWorkspace>(workspace_changes());
}
TEST(EveryLeafHasItsEffect, ProtectedEndpoint) {
  check<api::ProtectedEndpoint>(endpoint_changes());
}
TEST(EveryLeafHasItsEffect, AccessLedger) {
  check<api::AccessLedger>(ledger_changes());
}

}  // namespace
}  // namespace sallyport::testing
