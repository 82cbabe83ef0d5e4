// SPDX-License-Identifier: Apache-2.0
// Visits every leaf of every kind, made from the tables alone: what must be refused is refused with its exact path,
// what is hostile but legal is data, and every leaf says what it is for.
#include "reconcilers/api/kinds.hpp"

#include <gmock/gmock.h>

#include <algorithm>
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

TYPED_TEST(EveryKind, TakesHostileTextAsDataOrRefusesIt) {
  for (const schema::Trial& trial : schema::hostile_trials(schema::kind_of<TypeParam>())) {
    const auto read = read_spec<TypeParam>(trial.document);
    if (read.ok()) {
      const auto again =
          schema::read<typename TypeParam::Spec>(schema::write(read.value), "spec", schema::Unknown::Refuse);
      EXPECT_TRUE(again.ok());
      EXPECT_EQ(schema::write(again.value), schema::write(read.value)) << trial.path;
    } else {
      EXPECT_EQ(read.errors.front().path, trial.path) << trial.what;
    }
  }
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
