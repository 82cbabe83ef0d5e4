// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/marks.hpp"

#include <gtest/gtest.h>

#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"

namespace sallyport::edge::bigip {
namespace {

TEST(ApplicationRemark, IsReadBackAndFitsIntoSixtyFourCharacters) {
  const ir::EdgeFragment one = testing::fragment();

  const std::string remark = application_remark(one);

  EXPECT_LE(remark.size(), 64U);
  EXPECT_EQ(read_remark(remark).owner_mark, owner_mark(one.owner.uid));
  EXPECT_EQ(read_remark(remark).hash, one.hash().substr(0, 32));
}

TEST(ApplicationRemark, IsNobodysWhenItIsNotInOurForm) {
  for (const std::string remark :
       {"", "managed by hand", "sp1 u=0123456789abcdef", "sp1 u=0123456789ABCDEF h=0123456789abcdef0123456789abcdef",
        "sp2 u=0123456789abcdef h=0123456789abcdef0123456789abcdef", "sp1 u=0123456789abcdef h=0123"}) {
    EXPECT_EQ(read_remark(remark).owner_mark, "") << remark;
    EXPECT_EQ(read_remark(remark).hash, "") << remark;
  }
}

TEST(TenantLabel, NamesTheInstallation) {
  EXPECT_EQ(tenant_label(InstanceId("inst0001")), "sallyport:inst0001");
}

}  // namespace
}  // namespace sallyport::edge::bigip
