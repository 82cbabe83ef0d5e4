// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/publication/objects.hpp"

#include <gtest/gtest.h>

#include "operator/base/digest.hpp"
#include "tests/testing/files.hpp"

namespace sallyport::publication {
namespace {

class ObjectsIn : public ::testing::Test {
 protected:
  testing::TemporaryDirectory folder_;
  std::string directory_ = folder_.path + "/objects";
  Objects objects_{directory_};
};

TEST_F(ObjectsIn, ADirectoryAreFoundByTheirHash) {
  const auto name = objects_.put(Secret("bytes"));
  ASSERT_TRUE(name) << name.error().text();
  EXPECT_EQ(*name, sha256_hex("bytes"));
  EXPECT_TRUE(objects_.has(*name));
  EXPECT_EQ(objects_.read(*name)->reveal(), "bytes");
  EXPECT_EQ(objects_.put(Secret("bytes")), name) << "twice is once";
}

TEST_F(ObjectsIn, ADirectoryAreForTheirOwnerAlone) {
  const auto name = objects_.put(Secret("key"));
  ASSERT_TRUE(name);
  EXPECT_EQ(testing::mode_of(directory_), 0700U);
  EXPECT_EQ(testing::mode_of(objects_.path_of(*name)), 0600U);
}

TEST_F(ObjectsIn, ADirectoryAreNotBelievedWhenTheyWereChanged) {
  const auto name = objects_.put(Secret("bytes"));
  ASSERT_TRUE(name);
  testing::write_text(objects_.path_of(*name), "others");
  EXPECT_EQ(objects_.read(*name).error().code, Code::InvalidSpec);
}

TEST_F(ObjectsIn, ADirectoryHaveNoOtherNames) {
  testing::write_text(folder_.path + "/secret", "x");
  EXPECT_EQ(objects_.read("../secret").error().code, Code::InvalidSpec);
  EXPECT_EQ(objects_.read(std::string(64, 'G')).error().code, Code::InvalidSpec);
  EXPECT_EQ(objects_.read(std::string(64, 'a')).error().code, Code::NotFound);
  EXPECT_FALSE(objects_.has("../secret"));
}

TEST_F(ObjectsIn, ADirectoryGoWhenNobodyNeedsThem) {
  const auto one = objects_.put(Secret("1")), two = objects_.put(Secret("2"));
  ASSERT_TRUE(one && two);
  testing::write_text(directory_ + "/README", "mine");
  ASSERT_TRUE(objects_.keep_only({*two}));
  EXPECT_FALSE(objects_.has(*one));
  EXPECT_TRUE(objects_.has(*two));
  EXPECT_EQ(testing::read_text(directory_ + "/README"), "mine");
  EXPECT_TRUE(Objects(folder_.path + "/none").keep_only({}));
}

TEST_F(ObjectsIn, ADirectoryAreLeftHalfDoneByNobody) {
  const auto name = objects_.put(Secret("1"));
  testing::write_text(directory_ + "/.sallyport-new-abc", "half a key");
  objects_.sweep();
  EXPECT_TRUE(objects_.has(*name));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 1);
}

TEST_F(ObjectsIn, ADirectoryAreOfABoundedSize) {
  EXPECT_EQ(objects_.put(Secret(std::string(kMaxObjectSize + 1, 'x'))).error().code, Code::InvalidSpec);
}

}  // namespace
}  // namespace sallyport::publication
