// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/path.hpp"

#include <gtest/gtest.h>

namespace sallyport::schema {
namespace {

TEST(Path, WritesFieldsIndicesAndKeys) {
  const Path spec("spec");
  const Path grants = spec.field("grants");
  const Path second = grants.index(2);
  EXPECT_EQ(second.field("level").text(), "spec.grants[2].level");
  EXPECT_EQ(grants.key("a.b").text(), "spec.grants[a.b]");
}

TEST(Path, StartsWithoutADotWhereTheRootHasNoName) {
  const Path root("");
  EXPECT_EQ(root.text(), "");
  EXPECT_EQ(root.field("a").text(), "a");
}

}  // namespace
}  // namespace sallyport::schema
