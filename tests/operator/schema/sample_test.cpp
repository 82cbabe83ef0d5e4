// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "operator/schema/codec.hpp"
#include "operator/schema/leaves.hpp"
#include "tests/operator/schema/garden.hpp"

namespace sallyport::schema {
namespace {

using garden::Garden;
using nlohmann::json;
using testing::IsEmpty;

json plain(const nlohmann::ordered_json& document) {
  return json::parse(document.dump());
}

TEST(Sample, OfTheLeastIsWhatIsRequired) {
  EXPECT_EQ(plain(sample<garden::Kind>(Extent::Minimal, 3)), json::parse(R"({"apiVersion": "example.dev/v1alpha1",
      "kind": "Garden", "metadata": {"name": "example", "namespace": "default"},
      "spec": {"title": "Rose garden", "soil": "Rock"}})"));
}

TEST(Sample, IsValidInEveryExtentAndChoice) {
  for (std::size_t choice = 0; choice < sample_choices(kind_of<garden::Kind>()); ++choice) {
    for (const Extent extent : {Extent::Minimal, Extent::Full}) {
      const json spec = plain(sample<garden::Kind>(extent, choice)).at("spec");
      EXPECT_THAT(read<Garden>(spec, "spec", Unknown::Refuse).errors, IsEmpty()) << spec.dump(1);
    }
  }
}

/// Paths of scalars and of lists of scalars, as leaves write them.
void gather(const Shape& shape, const json& value, const std::string& path, std::set<std::string>& out) {
  for (const FieldShape& field : shape.fields) {
    if (!value.contains(field.name)) continue;
    const json& member = value.at(std::string(field.name));
    const std::string at = path + "." + std::string(field.name);
    const Shape& type = *field.shape;
    if (type.form == Form::Struct) {
      gather(type, member, at, out);
    } else if (type.element && type.element->form == Form::Struct) {
      for (const json& item : member) gather(*type.element, item, at + (type.form == Form::List ? "[]" : "{}"), out);
    } else {
      out.insert(at);
    }
  }
}

TEST(Sample, ShowsEveryFieldInSomeChoice) {
  std::set<std::string> seen;
  const KindShape kind = kind_of<garden::Kind>();
  for (std::size_t choice = 0; choice < sample_choices(kind); ++choice) {
    gather(*kind.spec, plain(sample(kind, Extent::Full, choice)).at("spec"), "spec", seen);
  }
  for (const Leaf& leaf : leaves(kind)) {
    if (leaf.side == Side::Spec) {
      EXPECT_TRUE(seen.contains(leaf.path)) << leaf.path;
    }
  }
}

TEST(Sample, OfAStatusIsValidToo) {
  const json status = plain(sample_of(shape_of<garden::GardenStatus>(), Extent::Full));
  EXPECT_THAT(read<garden::GardenStatus>(status, "status", Unknown::Refuse).errors, IsEmpty());
  EXPECT_EQ(status["conditions"][0]["type"], "Ready");
}

TEST(Sample, HasNoNamespaceWhereTheKindIsClusterScoped) {
  KindShape kind = kind_of<garden::Kind>();
  kind.name.scope = Scope::Cluster;
  EXPECT_FALSE(sample(kind, Extent::Minimal)["metadata"].contains("namespace"));
}

TEST(SampleChoices, MultiplyWhereUnionsNest) {
  EXPECT_EQ(sample_choices_of(shape_of<garden::Bed>()), 1U);
  EXPECT_EQ(sample_choices_of(shape_of<garden::Choice>()), 2U);
  EXPECT_EQ(sample_choices_of(shape_of<Garden>()), 8U);
}

}  // namespace
}  // namespace sallyport::schema
