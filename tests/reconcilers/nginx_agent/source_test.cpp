// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/source.hpp"

#include <gtest/gtest.h>

#include "reconcilers/publication/objects.hpp"
#include "tests/testing/files.hpp"

namespace sallyport::nginx_agent {
namespace {

TEST(DirectorySource, HandsOutWhatIsPublished) {
  const testing::TemporaryDirectory folder;
  const auto source = directory_source(folder.path);
  EXPECT_EQ(source->manifest().error().code, Code::NotFound);
  testing::write_text(folder.path + "/manifest", "sealed");
  const std::string name = *publication::Objects(folder.path + "/objects").put(Secret("bytes"));
  EXPECT_EQ(source->manifest(), Result<std::string>("sealed"));
  EXPECT_EQ(source->object(name)->reveal(), "bytes");
  EXPECT_EQ(source->object(std::string(64, '0')).error().code, Code::NotFound);
}

TEST(DirectorySource, LeavesReportsWhereItIsToldTo) {
  const testing::TemporaryDirectory folder;
  EXPECT_TRUE(directory_source(folder.path)->tell("nowhere"));
  const auto source = directory_source(folder.path, folder.path + "/reports", "edge-1");
  EXPECT_TRUE(source->tell("one"));
  EXPECT_TRUE(source->tell("two"));
  EXPECT_EQ(testing::read_text(folder.path + "/reports/edge-1.json"), "two");
  EXPECT_EQ(source->trouble(), "");
}

}  // namespace
}  // namespace sallyport::nginx_agent
