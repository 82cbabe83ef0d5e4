// SPDX-License-Identifier: Apache-2.0
#include "operator/program/rights.hpp"

#include <gmock/gmock.h>

#include "operator/schema/yaml.hpp"
#include "reconcilers/api/kinds.hpp"

namespace sallyport::program {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Rights, CoverEveryKindAndItsStatusWhereItStands) {
  const auto covers = [](const schema::KindName& kind) {
    const Reach reach = kind.scope == schema::Scope::Cluster ? Reach::Cluster : Reach::Watched;
    EXPECT_THAT(rights_text(reach), HasSubstr(std::string(kind.plural))) << kind.kind;
  };
  std::apply([&](auto... tag) { (covers(schema::Kind<typename decltype(tag)::Kind>::name), ...); }, api::kAllKinds);
  EXPECT_THAT(rights_text(Reach::Cluster), HasSubstr("databricksworkspaces/status]\n  verbs: [patch]"));
}

TEST(Rights, NeverReachBeyondWhatIsTheOperatorsOwn) {
  for (const auto& [name, reach] : kReaches) {
    const std::string text = rights_text(reach);
    EXPECT_FALSE(text.empty()) << name;
    EXPECT_THAT(text, AllOf(Not(HasSubstr("*")), Not(HasSubstr("deletecollection")), Not(HasSubstr("rbac"))));
  }
  EXPECT_THAT(rights_text(Reach::Watched), Not(HasSubstr("configmaps")));
  EXPECT_THAT(rights_text(Reach::Own), HasSubstr("resourceNames: [sallyport-instance]\n  verbs: [get]"));
}

}  // namespace
}  // namespace sallyport::program
