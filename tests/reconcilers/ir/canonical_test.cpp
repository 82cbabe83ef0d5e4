// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/ir/canonical.hpp"

#include <gtest/gtest.h>

#include "operator/base/digest.hpp"

namespace sallyport::ir {
namespace {

using List = std::vector<std::string>;

TEST(Canonical, IsTheSha256OfNamesLengthsAndValues) {
  EXPECT_EQ(Canonical().add("host", "a.example.com").add("port", 443).hash(),
            sha256_hex("host=13:a.example.com;port=3:443;"));
}

TEST(Canonical, TellsApartWhatLooksTheSameWhenJoined) {
  EXPECT_NE(Canonical().add("a", List{"b", "c"}).hash(), Canonical().add("a", List{"bc"}).hash());
  EXPECT_NE(Canonical().add("a", List{"b"}).add("a", List{"c"}).hash(), Canonical().add("a", List{"b", "c"}).hash());
  EXPECT_NE(Canonical().add("a", "b;c=1:d").hash(), Canonical().add("a", "b").add("c", "d").hash());
  EXPECT_NE(Canonical().add("a", "").hash(), Canonical().hash());
  EXPECT_NE(Canonical().add("a", List{}).hash(), Canonical().add("a", List{""}).hash());
}

TEST(Canonical, HeedsTheOrderInWhichFieldsAreAdded) {
  EXPECT_NE(Canonical().add("a", "1").add("b", "2").hash(), Canonical().add("b", "2").add("a", "1").hash());
}

}  // namespace
}  // namespace sallyport::ir
