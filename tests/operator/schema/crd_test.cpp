// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/crd.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "operator/schema/yaml.hpp"
#include "tests/operator/schema/garden.hpp"
#include "tests/operator/schema/golden.hpp"

namespace sallyport::schema {
namespace {

using Json = nlohmann::ordered_json;

TEST(CrdDocument, NamesTheKindAsKubernetesWantsIt) {
  const Json crd = crd_document<garden::Kind>();
  EXPECT_EQ(crd["apiVersion"], "apiextensions.k8s.io/v1");
  EXPECT_EQ(crd["metadata"]["name"], "gardens.example.dev");
  EXPECT_EQ(crd["spec"]["scope"], "Namespaced");
  EXPECT_EQ(crd["spec"]["names"].dump(),
            R"({"kind":"Garden","listKind":"GardenList","plural":"gardens","singular":"garden","shortNames":["gd"],)"
            R"("categories":["sallyport"]})");
}

TEST(CrdDocument, ServesAndStoresOneVersionWithAStatusSubresource) {
  const Json crd = crd_document<garden::Kind>();
  ASSERT_EQ(crd["spec"]["versions"].size(), 1U);
  const Json& version = crd["spec"]["versions"][0];
  EXPECT_EQ(version["name"], "v1alpha1");
  EXPECT_EQ(version["served"], true);
  EXPECT_EQ(version["storage"], true);
  EXPECT_EQ(version["subresources"].dump(), R"({"status":{}})");
  EXPECT_EQ(version["schema"]["openAPIV3Schema"]["required"].dump(), R"(["spec"])");
}

TEST(CrdDocument, GivesColumnsTheTypeOfTheirFieldAndAddsTheAge) {
  const Json columns = crd_document<garden::Kind>()["spec"]["versions"][0]["additionalPrinterColumns"];
  std::vector<std::string> types;
  for (const Json& column : columns) {
    types.push_back(column["name"].get<std::string>() + " " + column["type"].get<std::string>() +
                    (column.contains("priority") ? " wide" : ""));
  }
  EXPECT_EQ(types, (std::vector<std::string>{"Title string", "Open boolean", "Price number", "Guests integer wide",
                                             "Seen date wide", "Ready string", "Age date"}));
}

TEST(CrdDocument, IsClusterScopedWhereTheKindIs) {
  KindShape kind = kind_of<garden::Kind>();
  kind.name.scope = Scope::Cluster;
  kind.name.short_name = {};
  const Json crd = crd_document(kind);
  EXPECT_EQ(crd["spec"]["scope"], "Cluster");
  EXPECT_FALSE(crd["spec"]["names"].contains("shortNames"));
}

TEST(CrdDocument, IsTheGoldenFileAndSmall) {
  const std::string text = to_yaml(crd_document<garden::Kind>());
  EXPECT_LT(text.size(), 200000U);
  expect_golden("garden.crd.yaml", text);
}

}  // namespace
}  // namespace sallyport::schema
