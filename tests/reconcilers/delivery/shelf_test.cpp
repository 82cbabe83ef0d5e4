// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/delivery/shelf.hpp"

#include <gmock/gmock.h>

#include "operator/base/digest.hpp"
#include "operator/base/whole_file.hpp"
#include "reconcilers/publication/objects.hpp"
#include "tests/testing/files.hpp"

namespace sallyport::delivery {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ShelfOf : public ::testing::Test {
 protected:
  void publish(const std::string& text) { EXPECT_TRUE(replace_file(folder_.path + "/manifest", text, Care::Kept)); }

  testing::TemporaryDirectory folder_;
  Shelf shelf_;
};

TEST_F(ShelfOf, HandsOutTheManifestAsItIsNow) {
  EXPECT_EQ(shelf_.manifest(folder_.path).error().code, Code::NotFound);
  publish("one");
  const auto first = *shelf_.manifest(folder_.path);
  EXPECT_EQ(first->text, "one");
  EXPECT_EQ(first->tag, "\"" + sha256_hex("one") + "\"");
  EXPECT_EQ(*shelf_.manifest(folder_.path), first) << "it is not read again";
  publish("two");
  EXPECT_EQ((*shelf_.manifest(folder_.path))->text, "two");
  std::filesystem::remove(folder_.path + "/manifest");
  EXPECT_EQ(shelf_.manifest(folder_.path).error().code, Code::NotFound) << "it was lost with the directory";
}

TEST_F(ShelfOf, HandsOutObjects) {
  const std::string name = *publication::Objects(folder_.path + "/objects").put(Secret("bytes"));
  EXPECT_EQ(Shelf::object(folder_.path, name)->reveal(), "bytes");
  EXPECT_EQ(Shelf::object(folder_.path, std::string(64, '0')).error().code, Code::NotFound);
  EXPECT_EQ(Shelf::object(folder_.path, "../manifest").error().code, Code::InvalidSpec);
}

TEST_F(ShelfOf, KeepsReportsAndTellsWhichAreOld) {
  ASSERT_TRUE(Shelf::keep_report(folder_.path, "ns.edge-0", "{}"));
  EXPECT_EQ(testing::read_text(folder_.path + "/reports/ns.edge-0.json"), "{}");
  const SystemTime now = system_clock().now();
  EXPECT_THAT(quiet_reports(folder_.path, 2min, now), IsEmpty());
  EXPECT_THAT(quiet_reports(folder_.path, 2min, now + 3min), ElementsAre("ns.edge-0"));
  EXPECT_THAT(quiet_reports(folder_.path + "/elsewhere", 2min, now), IsEmpty());
  ASSERT_TRUE(drop_report(folder_.path, "ns.edge-0"));
  EXPECT_TRUE(drop_report(folder_.path, "ns.edge-0"));
  EXPECT_THAT(quiet_reports(folder_.path, 2min, now + 3min), IsEmpty());
}

}  // namespace
}  // namespace sallyport::delivery
