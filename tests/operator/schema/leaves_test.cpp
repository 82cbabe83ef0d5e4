// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/leaves.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/operator/schema/garden.hpp"

namespace sallyport::schema {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Leaf leaf(std::string_view path) {
  for (const Leaf& found : leaves<garden::Kind>()) {
    if (found.path == path) return found;
  }
  ADD_FAILURE() << "no leaf " << path;
  return {};
}

TEST(Leaves, ComeInTheOrderOfTheTablesAndSkipStructs) {
  std::vector<std::string> paths;
  for (const Leaf& found : leaves<garden::Kind>()) paths.push_back(found.path);
  EXPECT_THAT(paths,
              ElementsAre("spec.title", "spec.soil", "spec.bed.shape", "spec.bed.rows", "spec.pond.depth", "spec.open",
                          "spec.visitors", "spec.budget", "spec.price", "spec.pause", "spec.tags", "spec.path",
                          "spec.sizes", "spec.soils", "spec.bells", "spec.plants[].kind", "spec.plants[].name",
                          "spec.plants[].watering", "spec.plants[].weight", "spec.beds[].shape", "spec.beds[].rows",
                          "spec.labels", "spec.rooms{}.shape", "spec.rooms{}.rows", "spec.note", "spec.opening.from",
                          "spec.opening.until", "spec.networks", "spec.choice.left.shape", "spec.choice.left.rows",
                          "spec.choice.right.depth", "spec.in", "status.observedGeneration", "status.seen",
                          "status.guests", "status.badge", "status.conditions[].type", "status.conditions[].status",
                          "status.conditions[].observedGeneration", "status.conditions[].lastTransitionTime",
                          "status.conditions[].reason", "status.conditions[].message"));
}

TEST(Leaves, SayWhatTheirTableSays) {
  const Leaf title = leaf("spec.title");
  EXPECT_EQ(title.side, Side::Spec);
  EXPECT_EQ(title.form, Form::Text);
  EXPECT_TRUE(title.options.required);
  EXPECT_EQ(title.effect, "sign:title");
  EXPECT_EQ(title.doc, "What it is called.");
  EXPECT_EQ(leaf("spec.visitors").default_text, "5");
  EXPECT_EQ(leaf("spec.opening.from").default_text, "9h");
  EXPECT_EQ(leaf("status.guests").side, Side::Status);
}

TEST(Leaves, KnowTheirItems) {
  const Leaf soils = leaf("spec.soils");
  EXPECT_EQ(soils.form, Form::List);
  EXPECT_EQ(soils.item, Form::Enum);
  EXPECT_THAT(soils.enum_values, ElementsAre("Clay", "Sand", "Water", "Rock"));
  EXPECT_EQ(leaf("spec.labels").form, Form::Map);
  EXPECT_EQ(leaf("spec.budget").bits, 64);
}

TEST(Leaves, KnowTheKeysOfTheListsAroundThem) {
  EXPECT_THAT(leaf("spec.plants[].watering").keys, ElementsAre(ElementsAre("kind", "name")));
  EXPECT_TRUE(leaf("spec.plants[].name").is_key);
  EXPECT_FALSE(leaf("spec.plants[].watering").is_key);
  EXPECT_THAT(leaf("spec.beds[].shape").keys, IsEmpty());
  EXPECT_FALSE(leaf("spec.title").is_key);
}

TEST(Leaves, KnowTags) {
  EXPECT_TRUE(leaf("spec.soil").is_tag);
  EXPECT_FALSE(leaf("spec.open").is_tag);
}

}  // namespace
}  // namespace sallyport::schema
