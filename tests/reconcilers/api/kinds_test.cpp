// SPDX-License-Identifier: Apache-2.0
// Visits every leaf of every kind, made from the tables alone: what must be refused is refused with its exact path,
// what is hostile but legal is data, and every leaf says what it is for.
#include "reconcilers/api/kinds.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "operator/schema/codec.hpp"
#include "operator/schema/leaves.hpp"
#include "operator/schema/sample.hpp"

namespace sallyport::api {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

template <class T>
class EveryKind : public ::testing::Test {};
using Kinds = ::testing::Types<F5Gateway, IdentityProvider, DatabricksWorkspace, ProtectedEndpoint, AccessLedger>;
TYPED_TEST_SUITE(EveryKind, Kinds);

/// `spec.allow[0].hosts[0]` -> `spec.allow[].hosts`: the leaf that a path of a document belongs to.
std::string leaf_of(std::string path, const std::set<std::string>& leaves) {
  std::string general;
  for (std::size_t i = 0; i < path.size(); ++i) {
    general += path[i];
    if (path[i] != '[') continue;
    while (i + 1 < path.size() && path[i + 1] != ']') ++i;
  }
  if (leaves.contains(general)) return general;
  const std::size_t bracket = general.rfind('[');
  return bracket == std::string::npos ? general : general.substr(0, bracket);
}

template <class K>
std::set<std::string> spec_leaves() {
  std::set<std::string> paths;
  for (const schema::Leaf& leaf : schema::leaves<K>()) {
    if (leaf.side == schema::Side::Spec) paths.insert(leaf.path);
  }
  return paths;
}

template <class K>
schema::Read<typename K::Spec> read_spec(const std::string& document) {
  const auto json = nlohmann::json::parse(document);
  return schema::read<typename K::Spec>(json.contains("spec") ? json.at("spec") : nlohmann::json(), "spec",
                                        schema::Unknown::Refuse);
}

TYPED_TEST(EveryKind, RefusesEveryBadValueWithItsExactPath) {
  const std::set<std::string> leaves = spec_leaves<TypeParam>();
  std::set<std::string> visited;

  for (const schema::Trial& trial : schema::trials(schema::kind_of<TypeParam>())) {
    const auto read = read_spec<TypeParam>(trial.document);
    const bool named = std::any_of(read.errors.begin(), read.errors.end(),
                                   [&](const schema::FieldError& e) { return e.path == trial.path; });
    EXPECT_TRUE(named) << trial.what << " at " << trial.path << " was not refused there";
    visited.insert(leaf_of(trial.path, leaves));
  }

  for (const std::string& leaf : leaves) EXPECT_TRUE(visited.contains(leaf)) << "no trial visits " << leaf;
  EXPECT_THAT(leaves, Not(IsEmpty()));
}

/// Each hostile text where the table wants a value or a key: refused with that path, or kept to the letter.
template <class S>
void expect_data_or_refused(const schema::HostileTrial& trial, const std::string& side) {
  const auto document = nlohmann::json::parse(trial.document);
  const auto read = schema::read<S>(document.at(side), side, schema::Unknown::Refuse);
  if (!read.ok()) {
    EXPECT_EQ(read.errors.front().path, trial.path) << trial.what;
    return;
  }
  EXPECT_TRUE(trial.is_key || trial.form == schema::Form::Text) << trial.path << " took " << trial.what;
  const nlohmann::json::json_pointer pointer(trial.pointer);
  nlohmann::json written;
  written[side] = schema::write(read.value);
  ASSERT_TRUE(written.contains(pointer)) << trial.path << " lost " << trial.what;
  EXPECT_EQ(written.at(pointer), document.at(pointer)) << trial.path;
}

/// Every leaf of a side has met every hostile text, and every map as a key too.
template <class S>
void meet_every_hostile_text(const schema::KindShape& kind, schema::Side side, const std::string& root) {
  std::set<std::string> wanted;
  std::set<std::string> maps;
  for (const schema::Leaf& leaf : schema::leaves(kind)) {
    if (leaf.side != side) continue;
    wanted.insert(leaf.path);
    if (leaf.form == schema::Form::Map) maps.insert(leaf.path);
  }
  std::map<std::string, std::set<std::string>> as_value;
  std::map<std::string, std::set<std::string>> as_key;
  for (const schema::HostileTrial& trial : schema::hostile_trials(kind, side)) {
    expect_data_or_refused<S>(trial, root);
    (trial.is_key ? as_key : as_value)[leaf_of(trial.path, wanted)].insert(trial.text);
  }
  const std::set<std::string> all(schema::hostile_texts().begin(), schema::hostile_texts().end());
  for (const std::string& leaf : wanted) EXPECT_EQ(as_value[leaf], all) << leaf;
  for (const std::string& map : maps) EXPECT_EQ(as_key[map], all) << map;
  EXPECT_EQ(as_value.size(), wanted.size());
}

TYPED_TEST(EveryKind, TakesHostileTextInItsSpecAsDataOrRefusesIt) {
  meet_every_hostile_text<typename TypeParam::Spec>(schema::kind_of<TypeParam>(), schema::Side::Spec, "spec");
}

TYPED_TEST(EveryKind, TakesHostileTextInItsStatusAsDataOrRefusesIt) {
  meet_every_hostile_text<typename TypeParam::Status>(schema::kind_of<TypeParam>(), schema::Side::Status, "status");
}

TYPED_TEST(EveryKind, ReadsWhatItWrites) {
  for (std::size_t choice = 0; choice < schema::sample_choices(schema::kind_of<TypeParam>()); ++choice) {
    for (const schema::Extent extent : {schema::Extent::Minimal, schema::Extent::Full}) {
      const auto document = schema::sample<TypeParam>(extent, choice);
      const auto read = read_spec<TypeParam>(document.dump());
      ASSERT_TRUE(read.ok()) << schema::to_error(read.errors).text() << "\n" << document.dump(1);
      nlohmann::json written;
      written["spec"] = schema::write(read.value);
      const auto again = read_spec<TypeParam>(written.dump());
      EXPECT_EQ(schema::write(again.value), written["spec"]);
    }
  }
}

TYPED_TEST(EveryKind, SaysOfEveryLeafWhatItIsFor) {
  for (const schema::Leaf& leaf : schema::leaves<TypeParam>()) {
    if (leaf.side != schema::Side::Spec) continue;
    EXPECT_THAT(leaf.effect, Not(IsEmpty())) << leaf.path;
  }
}

}  // namespace
}  // namespace sallyport::api
