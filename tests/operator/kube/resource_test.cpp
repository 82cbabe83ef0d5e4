// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/resource.hpp"

#include <gtest/gtest.h>

namespace sallyport::kube {
namespace {

const Resource kEdges{"sallyport.dev", "v1alpha1", "Edge", "edges", schema::Scope::Namespaced};

TEST(Resource, HasThePathsOfItsGroup) {
  EXPECT_EQ(kEdges.path(), "/apis/sallyport.dev/v1alpha1/edges");
  EXPECT_EQ(kEdges.path("risk"), "/apis/sallyport.dev/v1alpha1/namespaces/risk/edges");
  EXPECT_EQ(secrets().path("risk"), "/api/v1/namespaces/risk/secrets");
  EXPECT_EQ(kEdges.api_version(), "sallyport.dev/v1alpha1");
  EXPECT_EQ(secrets().api_version(), "v1");
}

TEST(Resource, OfAClusterHasNoNamespaceInItsPath) {
  EXPECT_EQ(namespaces().path("risk"), "/api/v1/namespaces");
}

TEST(Ref, EncodesNamesThatCouldLeaveTheirPlace) {
  EXPECT_EQ((Ref{kEdges, "risk", "../../secrets?x=1"}).path(),
            "/apis/sallyport.dev/v1alpha1/namespaces/risk/edges/..%2F..%2Fsecrets%3Fx%3D1");
  EXPECT_EQ((Ref{kEdges, "risk", "a"}).text(), "Edge risk/a");
  EXPECT_EQ((Ref{namespaces(), "", "a"}).text(), "Namespace a");
}

TEST(CompareVersions, CountsLikeNumbersOfAnyLength) {
  EXPECT_EQ(compare_versions("9", "10"), std::strong_ordering::less);
  EXPECT_EQ(compare_versions("18446744073709551616", "18446744073709551615"), std::strong_ordering::greater);
  EXPECT_EQ(compare_versions("42", "42"), std::strong_ordering::equal);
}

TEST(CompareVersions, KnowsNothingOfWhatIsNoNumber) {
  for (const char* odd : {"", "0", "007", "abc", "-1", "1.5"}) {
    EXPECT_EQ(compare_versions(odd, "1"), std::nullopt) << odd;
    EXPECT_FALSE(at_least(odd, "1")) << odd;
    EXPECT_FALSE(at_least("1", odd)) << odd;
  }
  EXPECT_TRUE(at_least("10", "9"));
  EXPECT_FALSE(at_least("9", "10"));
}

}  // namespace
}  // namespace sallyport::kube
