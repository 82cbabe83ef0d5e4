// SPDX-License-Identifier: Apache-2.0
// Visits every leaf of every kind, made from the tables alone: what must be refused is refused with its exact path,
// what is missing is its default, what is hostile but legal is data, and every leaf says what it is for.
#include "reconcilers/api/kinds.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "operator/base/text.hpp"
#include "operator/schema/codec.hpp"
#include "operator/schema/crd.hpp"
#include "operator/schema/leaves.hpp"
#include "operator/schema/sample.hpp"
#include "operator/schema/text_rules.hpp"
#include "tests/reconcilers/api/proposals.hpp"

namespace sallyport::api {
namespace {

using ::testing::ElementsAre;
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
schema::Read<typename K::Spec> read_spec(const std::string& document) {
  const auto json = nlohmann::json::parse(document);
  return schema::read<typename K::Spec>(json.contains("spec") ? json.at("spec") : nlohmann::json(), "spec",
                                        schema::Unknown::Refuse);
}

std::set<std::string> leaves_of(const schema::KindShape& kind, schema::Side side) {
  std::set<std::string> paths;
  for (const schema::Leaf& leaf : schema::leaves(kind)) {
    if (leaf.side == side) paths.insert(leaf.path);
  }
  return paths;
}

/// The mistakes that a value of this type can be, and with these bounds.
std::set<std::string> mistakes_of(schema::Form form, const schema::Options& options) {
  using enum schema::Form;
  std::set<std::string> all{"a wrong type"};
  const auto if_so = [&](bool so, const char* mistake) {
    if (so) all.insert(mistake);
  };
  if_so(form == Boolean, "text for a boolean");
  if_so(form == Enum, "outside its enum");
  if_so(form == Integer || form == Number, "text for a number");
  if_so(form == Integer, "a fraction");
  if_so(form == Integer, "beyond 64 bits");
  if_so(form == Duration, "no duration");
  if_so(form == Duration, "an empty duration");
  if_so(form == Text || options.at_most, "too long");
  const bool has_least = options.at_least && options.at_least->count() > 0;
  if_so((form == Text && options.min_length > 0) || has_least, "too short");
  if_so(!options.pattern.empty(), "not of its pattern");
  if_so(!options.format.empty(), "not of its format");
  if_so(options.minimum.has_value(), "below its minimum");
  if_so(options.maximum.has_value(), "above its maximum");
  return all;
}

/// The same for a field, with its items where it has some.
std::set<std::string> mistakes_of(const schema::Leaf& leaf) {
  std::set<std::string> all;
  if (leaf.form == schema::Form::List) {
    all = mistakes_of(leaf.item, schema::list_item_options(leaf.options));
    all.insert({"too many", "a null item"});
    const bool set = leaf.options.list != schema::ListType::Atomic;
    if (set && schema::max_items(leaf.options) > 1) all.insert("a duplicate");
  } else if (leaf.form == schema::Form::Map) {
    all = mistakes_of(leaf.item, schema::map_value_options(leaf.options));
    all.insert({"too many", "too long a key"});
  } else {
    all = mistakes_of(leaf.form, leaf.options);
  }
  if (leaf.options.min_items > 0) all.insert("too few");
  if (leaf.options.required) all.insert("missing");
  if (leaf.is_arm) all.insert("a union without its member");
  return all;
}

/// Every leaf of a side has been every mistake that it can be, and each was refused there.
template <class S>
void refuse_every_mistake(const schema::KindShape& kind, schema::Side side, const std::string& root) {
  const std::set<std::string> leaves = leaves_of(kind, side);
  EXPECT_THAT(leaves, Not(IsEmpty()));
  std::map<std::string, std::set<std::string>> tried;
  for (const schema::Trial& trial : schema::trials(kind, side)) {
    const auto read = schema::read<S>(nlohmann::json::parse(trial.document).value(root, nlohmann::json()), root,
                                      schema::Unknown::Refuse);
    const bool named = std::any_of(read.errors.begin(), read.errors.end(),
                                   [&](const schema::FieldError& e) { return e.path == trial.path; });
    EXPECT_TRUE(named) << trial.what << " at " << trial.path << " was not refused there";
    tried[leaf_of(trial.path, leaves)].insert(trial.what);
  }
  for (const schema::Leaf& leaf : schema::leaves(kind)) {
    if (leaf.side != side) continue;
    EXPECT_EQ(tried[leaf.path], mistakes_of(leaf)) << leaf.path;
  }
}

TYPED_TEST(EveryKind, RefusesEveryMistakeInItsSpecWithItsExactPath) {
  refuse_every_mistake<typename TypeParam::Spec>(schema::kind_of<TypeParam>(), schema::Side::Spec, "spec");
}

TYPED_TEST(EveryKind, RefusesEveryMistakeInItsStatusWithItsExactPath) {
  refuse_every_mistake<typename TypeParam::Status>(schema::kind_of<TypeParam>(), schema::Side::Status, "status");
}

/// The value that the reference page calls the default; nothing where it has words for it, or none.
nlohmann::json told_default(const schema::Leaf& leaf) {
  if (!leaf.options.default_text.empty() || leaf.default_text.empty()) return nullptr;
  const auto value = nlohmann::json::parse(leaf.default_text, nullptr, /*allow_exceptions=*/false);
  return value.is_discarded() ? nlohmann::json(leaf.default_text) : value;
}

/// What is left out reads as the default: nothing of it is written, and to name the default changes nothing.
template <class S>
void leave_out_every_optional_field(const schema::KindShape& kind, schema::Side side, const std::string& root) {
  const std::set<std::string> leaves = leaves_of(kind, side);
  std::map<std::string, nlohmann::json> defaults;
  for (const schema::Leaf& leaf : schema::leaves(kind)) {
    if (leaf.side == side && !leaf.options.required && !leaf.is_arm) defaults[leaf.path] = told_default(leaf);
  }
  const auto taken = [&](const nlohmann::json& document) {
    auto read = schema::read<S>(document.at(root), root, schema::Unknown::Refuse);
    EXPECT_TRUE(read.ok()) << schema::to_error(read.errors).text();
    return nlohmann::json{{root, schema::write(read.value)}};
  };
  std::set<std::string> left_out;
  for (const schema::Omission& omission : schema::omissions(kind, side)) {
    SCOPED_TRACE(omission.path);
    const nlohmann::json::json_pointer pointer(omission.pointer);
    auto document = nlohmann::json::parse(omission.document);
    const nlohmann::json without = taken(document);
    EXPECT_FALSE(without.contains(pointer));
    const std::string leaf = leaf_of(omission.path, leaves);
    left_out.insert(leaf);
    if (!defaults.contains(leaf) || defaults[leaf].is_null()) continue;
    document[pointer] = defaults[leaf];
    EXPECT_EQ(taken(document), without) << "with " << defaults[leaf];
  }
  for (const auto& [leaf, value] : defaults) EXPECT_TRUE(left_out.contains(leaf)) << "never missing: " << leaf;
}

TYPED_TEST(EveryKind, TakesAMissingFieldOfItsSpecForTheDefault) {
  leave_out_every_optional_field<typename TypeParam::Spec>(schema::kind_of<TypeParam>(), schema::Side::Spec, "spec");
}

TYPED_TEST(EveryKind, TakesAMissingFieldOfItsStatusForTheDefault) {
  leave_out_every_optional_field<typename TypeParam::Status>(schema::kind_of<TypeParam>(), schema::Side::Status,
                                                             "status");
}

/// Where the rules between fields say their errors.
void rules_below(const schema::Shape& shape, const std::string& path, std::set<std::string>& out) {
  for (const schema::RuleShape& rule : shape.rules)
    out.insert(rule.at.empty() ? path : path + "." + std::string(rule.at));
  for (const schema::FieldShape& field : shape.fields) {
    const std::string at = path + "." + std::string(field.name);
    if (field.shape->form == schema::Form::Struct) rules_below(*field.shape, at, out);
    if (field.shape->element != nullptr) rules_below(*field.shape->element, at + "[0]", out);
  }
}

TYPED_TEST(EveryKind, HoldsItsRulesBetweenFieldsAndBetweenVersions) {
  std::set<std::string> refused;
  for (const testing::Proposal& proposal : testing::proposals<TypeParam>()) {
    const auto wanted = testing::smallest_with<TypeParam>(proposal.wanted);
    SCOPED_TRACE(proposal.path + " in " + wanted.dump());
    const auto read = read_spec<TypeParam>(wanted.dump());
    std::vector<schema::FieldError> errors = read.errors;
    if (!proposal.was.is_null()) {
      const auto was = read_spec<TypeParam>(testing::smallest_with<TypeParam>(proposal.was).dump());
      EXPECT_TRUE(was.ok() && read.ok()) << "each by itself is legal";
      errors = schema::check_update(was.value, read.value, "spec");
    }
    EXPECT_EQ(errors.size(), proposal.refused ? 1U : 0U);
    for (const schema::FieldError& error : errors) {
      EXPECT_EQ(error.path, proposal.path) << error.reason;
      refused.insert(error.path);
    }
  }
  std::set<std::string> wanted;
  rules_below(schema::shape_of<typename TypeParam::Spec>(), "spec", wanted);
  for (const schema::Leaf& leaf : schema::leaves<TypeParam>()) {
    const bool one_value = leaf.item == schema::Form::Enum && leaf.enum_values.size() == 1;
    if ((leaf.options.immutable && !one_value) || leaf.options.keeps_one) wanted.insert(leaf.path);
  }
  EXPECT_THAT(refused, ::testing::IsSupersetOf(wanted));
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
  const std::set<std::string> wanted = leaves_of(kind, side);
  std::set<std::string> maps;
  for (const schema::Leaf& leaf : schema::leaves(kind)) {
    if (leaf.side == side && leaf.form == schema::Form::Map) maps.insert(leaf.path);
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

/// Every name of a field and every value of an enum below a schema, and the words of each list of conditions.
void names_below(const nlohmann::ordered_json& node, std::set<std::string>& out) {
  if (node.is_object() && node.contains("properties")) {
    for (const auto& [name, property] : node.at("properties").items()) {
      out.insert(name);
      if (name == "conditions") {
        for (const std::string& word : split(property.value("description", ""), ' '))
          out.insert(word.substr(0, word.find_first_of(",.")));
      }
    }
  }
  if (node.is_object() && node.contains("enum")) {
    for (const auto& value : node.at("enum")) out.insert(value.template get<std::string>());
  }
  for (const auto& child : node) {
    if (child.is_structured()) names_below(child, out);
  }
}

TEST(Kinds, NameNothingThatIsLeftToLater) {
  std::set<std::string> names;
  const auto look = [&](auto kind) { names_below(schema::crd_document<typename decltype(kind)::Kind>(), names); };
  std::apply([&](auto... kind) { (look(kind), ...); }, kAllKinds);

  // What is there, to see that the search finds fields, values and conditions.
  for (const char* present : {"enforcement", "Reference", "Generated", "Additive", "maxConcurrent", "RouteProgrammed",
                              "TrustChainValid", "IdentityConfigCurrent", "TrafficWithinLimits"})
    EXPECT_TRUE(names.contains(present)) << present;
  for (const char* later : {"Exclusive", "Tier"}) EXPECT_FALSE(names.contains(later)) << later;
}

/// A union's tag may grow only together with the code behind it.
template <class E>
std::vector<std::string> values_of() {
  std::vector<std::string> texts;
  for (const auto& value : schema::Names<E>::values) texts.emplace_back(value.text);
  return texts;
}

TEST(Kinds, KnowTwoWaysToEnforceThreeUpstreamsAndOneMode) {
  EXPECT_THAT(values_of<EnforcementType>(), ElementsAre("Reference", "Generated"));
  EXPECT_THAT(values_of<UpstreamType>(), ElementsAre("ByPolicy", "TokenExchange", "ServicePrincipal"));
  EXPECT_THAT(values_of<AccessMode>(), ElementsAre("Additive"));
}

}  // namespace
}  // namespace sallyport::api
