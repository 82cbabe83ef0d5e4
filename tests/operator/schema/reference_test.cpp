// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/schema/leaves.hpp"
#include "tests/operator/schema/garden.hpp"
#include "tests/operator/schema/golden.hpp"

namespace sallyport::schema {
namespace {

using testing::HasSubstr;

TEST(ReferencePage, IsTheGoldenFile) {
  expect_golden("garden.md", reference_page<garden::Kind>());
}

TEST(ReferencePage, HasARowForEveryField) {
  const std::string page = reference_page<garden::Kind>();
  for (const Leaf& leaf : leaves<garden::Kind>()) {
    EXPECT_THAT(page, HasSubstr("| `" + leaf.path.substr(leaf.path.rfind('.') + 1) + "` |"));
    EXPECT_THAT(page, HasSubstr("`" + leaf.path.substr(0, leaf.path.rfind('.')) + "`"));
  }
}

TEST(ReferencePage, KeepsBarsAndBracketsFromEndingACell) {
  const FieldShape field{"a",
                         "one | two <b>",
                         {.effect = "x|y"},
                         &detail::kShape<std::string>,
                         true,
                         [](const void*) -> const void* { return nullptr; },
                         nullptr};
  const std::array fields{field};
  const Shape shape{
      .form = Form::Struct, .doc = "odd", .fields = fields, .initial = []() -> const void* { return nullptr; }};
  KindShape kind = kind_of<garden::Kind>();
  kind.spec = &shape;
  EXPECT_THAT(reference_page(kind), HasSubstr("| one \\| two &lt;b> | `x\\|y` |"));
}

}  // namespace
}  // namespace sallyport::schema
