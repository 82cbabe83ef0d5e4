// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "tests/operator/store/directory_edge.hpp"

namespace sallyport::store {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using testing::gate;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class DirectoryWrite : public testing::Directory {
 protected:
  void SetUp() override {
    Directory::SetUp();
    put("a.yaml", gate("a"));
    start();
    changes_.clear();
  }
};

TEST_F(DirectoryWrite, KeepsAStatus) {
  const auto before = get("a")->meta;

  ASSERT_TRUE(store_->write_status(gate_key("a"), before, R"({"address":"192.0.2.7"})").has_value());

  EXPECT_EQ(get("a")->status.address, "192.0.2.7");
  EXPECT_EQ(get("a")->meta.generation, 1);
  EXPECT_NE(get("a")->meta.resource_version, before.resource_version);
  EXPECT_THAT(changes_, ElementsAre(Pair(gate_key("a"), Cause::Echo)));
  start();
  EXPECT_EQ(get("a")->status.address, "192.0.2.7");
  put("a.yaml", gate("a", "b.example.com"));
  scan();
  EXPECT_EQ(get("a")->status.address, "192.0.2.7") << "an edit leaves the status alone";
}

TEST_F(DirectoryWrite, DoesNotWriteTheSameStatusTwice) {
  const auto seen = get("a")->meta;
  ASSERT_TRUE(store_->write_status(gate_key("a"), seen, R"({"address":"x","more":1})").has_value());
  const auto written = get("a")->meta;
  changes_.clear();

  ASSERT_TRUE(store_->write_status(gate_key("a"), seen, R"({"more": 1, "address": "x"})").has_value());

  EXPECT_EQ(get("a")->meta, written);
  EXPECT_THAT(changes_, IsEmpty());
}

TEST_F(DirectoryWrite, GivesAStatusOnlyToTheObjectThatWasSeen) {
  auto other = get("a")->meta;
  other.uid = Uid("another");

  EXPECT_EQ(store_->write_status(gate_key("a"), other, "{}").error().code, Code::Conflict);
  EXPECT_EQ(store_->write_status(gate_key("b"), other, "{}").error().code, Code::NotFound);
  EXPECT_EQ(store_->write_status(gate_key("a"), get("a")->meta, "[").error().code, Code::Internal);
}

TEST_F(DirectoryWrite, SetsAFinalizerOnce) {
  hold("a");
  const auto held = get("a")->meta;
  EXPECT_THAT(held.finalizers, ElementsAre("sallyport.dev/finalizer"));

  hold("a");
  EXPECT_EQ(get("a")->meta, held);

  start();
  EXPECT_THAT(get("a")->meta.finalizers, ElementsAre("sallyport.dev/finalizer"));
  ASSERT_TRUE(store_->set_finalizer(gate_key("a"), held, Store::Finalizer::Absent).has_value());
  EXPECT_THAT(get("a")->meta.finalizers, IsEmpty());
}

TEST_F(DirectoryWrite, RefusesAFinalizerForWhatIsGoneOrGoing) {
  put("b.yaml", gate("b"));
  scan();
  auto other = get("a")->meta;
  other.uid = Uid("another");
  EXPECT_EQ(store_->set_finalizer(gate_key("a"), other, Store::Finalizer::Present).error().code, Code::Conflict);
  EXPECT_EQ(store_->set_finalizer(gate_key("x"), other, Store::Finalizer::Present).error().code, Code::NotFound);
  EXPECT_TRUE(store_->set_finalizer(gate_key("x"), other, Store::Finalizer::Absent).has_value());
}

TEST_F(DirectoryWrite, KeepsObjectsOfItsOwnInTheStateAlone) {
  const Key key = gate_key("ours");

  ASSERT_TRUE(store_->write_object(key, R"({"host":"h","type":"t"})").has_value());
  const auto made = get("ours");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->spec.host, "h");
  EXPECT_THAT(made->meta.labels, ElementsAre(Pair("sallyport.dev/managed-by", "sallyport")));
  EXPECT_THAT(changes_, ElementsAre(Pair(key, Cause::Echo)));

  scan();
  EXPECT_TRUE(get("ours")) << "no manifest has to declare it";
  start();
  EXPECT_EQ(get("ours")->meta, made->meta);
  ASSERT_TRUE(store_->write_object(key, R"({"host":"i","type":"t"})").has_value());
  EXPECT_EQ(get("ours")->spec.host, "i");
  EXPECT_EQ(get("ours")->meta.uid, made->meta.uid);
  EXPECT_EQ(get("ours")->meta.generation, 2);

  changes_.clear();
  ASSERT_TRUE(store_->delete_object(key).has_value());
  EXPECT_FALSE(get("ours"));
  EXPECT_THAT(changes_, ElementsAre(Pair(key, Cause::Deleted)));
  EXPECT_TRUE(store_->delete_object(key).has_value()) << "gone already";
}

TEST_F(DirectoryWrite, LeavesManifestsAndItsOwnObjectsApart) {
  EXPECT_EQ(store_->write_object(gate_key("a"), "{}").error().code, Code::Conflict);
  EXPECT_EQ(store_->delete_object(gate_key("a")).error().code, Code::Conflict);
  EXPECT_EQ(store_->write_object({"Other", "", "a"}, "{}").error().code, Code::Internal);
  EXPECT_EQ(store_->write_object({"Gate", "risk", "../a"}, "{}").error().code, Code::InvalidSpec);

  ASSERT_TRUE(store_->write_object(gate_key("ours"), R"({"host":"h","type":"t"})").has_value());
  put("ours.yaml", gate("ours", "stolen.example.com"));
  scan();

  EXPECT_EQ(get("ours")->spec.host, "h");
  EXPECT_THAT(testing::read_text(manifests() + "/ours.status.yaml"), HasSubstr("was made by Sallyport"));
}

TEST_F(DirectoryWrite, KeepsNothingOfAWriteThatCouldNotBeKept) {
  const auto before = get("a");
  std::filesystem::rename(state() + "/objects", state() + "/gone");
  testing::write_text(state() + "/objects", "in the way");

  EXPECT_EQ(store_->write_status(gate_key("a"), before->meta, R"({"address":"x"})").error().code, Code::Unavailable);

  EXPECT_EQ(get("a"), before);
  EXPECT_THAT(changes_, IsEmpty());
}

}  // namespace
}  // namespace sallyport::store
