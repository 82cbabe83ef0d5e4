// SPDX-License-Identifier: Apache-2.0
#include "tests/operator/store/directory_edge.hpp"

namespace sallyport::store {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::gate;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

constexpr const char* kCredentials =
    "apiVersion: v1\nkind: Secret\ntype: Opaque\n"
    "metadata: {name: credentials, namespace: sallyport-system, labels: {sallyport.dev/usable-by: Gate}}\n"
    "data: {username: YWRtaW4=}\nstringData: {password: open sesame}\n";
const Key kKey{"Secret", "sallyport-system", "credentials"};

class DirectorySecret : public testing::Directory {
 protected:
  static SecretWrite consumer(const std::string& secret) {
    return {.ns = "risk", .name = "client", .bytes = {{"client_secret", Secret(secret)}}};
  }
  /// That of object `a`, which a.yaml declares; and the store is started. Another file keeps the directory from being
  /// empty, which would prove no removal.
  SecretWrite consumer_of_a(const std::string& secret) {
    put("a.yaml", gate("a"));
    put("b.yaml", gate("b"));
    start();
    SecretWrite write = consumer(secret);
    write.controller = get("a")->meta;
    write.controller_kind = "Gate";
    return write;
  }
  [[nodiscard]] std::string file() const { return state() + "/secrets/risk/client/client_secret"; }
};

TEST_F(DirectorySecret, ReadsThoseOfManifests) {
  put("s.yaml", kCredentials);
  start();

  const auto read = store_->read_secret(kKey.ns, kKey.name);

  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->bytes.at("username").reveal(), "admin");
  EXPECT_EQ(read->bytes.at("password").reveal(), "open sesame");
  const auto cached = store_->secrets().get(kKey.ns, kKey.name);
  ASSERT_TRUE(cached);
  EXPECT_THAT(cached->meta.labels, ElementsAre(Pair("sallyport.dev/usable-by", "Gate")));
  EXPECT_EQ(cached->meta, read->meta);
  EXPECT_EQ(store_->read_secret("risk", "none").error().code, Code::NotFound);
}

TEST_F(DirectorySecret, ChangesTheVersionWhenBytesChangeEvenWhileNobodyLooks) {
  put("s.yaml", kCredentials);
  start();
  const auto before = store_->secrets().get(kKey.ns, kKey.name)->meta;
  start();
  EXPECT_EQ(store_->secrets().get(kKey.ns, kKey.name)->meta, before);
  EXPECT_EQ(store_->read_secret(kKey.ns, kKey.name)->bytes.size(), 2U) << "known again after a restart";

  std::string other = kCredentials;
  other.replace(other.find("sesame"), 6, "barley");
  put("s.yaml", other);
  start();

  const auto after = store_->secrets().get(kKey.ns, kKey.name)->meta;
  EXPECT_EQ(after.uid, before.uid);
  EXPECT_NE(after.resource_version, before.resource_version);
}

TEST_F(DirectorySecret, DoesNotKeepTheBytesOfManifestsASecondTime) {
  put("s.yaml", kCredentials);

  start();

  const std::string kept = testing::read_text(state() + "/objects/Secret/sallyport-system/credentials.json");
  EXPECT_THAT(kept, HasSubstr("credentials"));
  EXPECT_THAT(kept, Not(HasSubstr("YWRtaW4")));
}

TEST_F(DirectorySecret, SaysThatAManifestCannotBeReadYet) {
  put("s.yaml", kCredentials);
  put("a.yaml", gate("a"));
  start();
  put("s.yaml", "{");

  start();

  ASSERT_TRUE(store_->secrets().get(kKey.ns, kKey.name)) << "it is not gone";
  EXPECT_EQ(store_->read_secret(kKey.ns, kKey.name).error().code, Code::Unavailable);
}

TEST_F(DirectorySecret, NeverWritesOneOfAManifest) {
  put("s.yaml", kCredentials);
  start();
  const auto meta = store_->secrets().get(kKey.ns, kKey.name)->meta;

  for (const std::string& version : {std::string(), meta.resource_version}) {
    EXPECT_EQ(
        store_->write_secret({.ns = kKey.ns, .name = kKey.name, .bytes = {}, .expected_resource_version = version})
            .error()
            .code,
        Code::Conflict);
  }
  EXPECT_EQ(store_->delete_secret(kKey.ns, kKey.name, meta.uid).error().code, Code::Refused);
  EXPECT_TRUE(store_->read_secret(kKey.ns, kKey.name).has_value());
}

TEST_F(DirectorySecret, ForgetsOneWhoseManifestWentAway) {
  put("s.yaml", kCredentials);
  put("a.yaml", gate("a"));
  start();

  remove("s.yaml");
  scan();

  EXPECT_FALSE(store_->secrets().get(kKey.ns, kKey.name));
  EXPECT_THAT(changes_, Contains(Pair(kKey, Cause::Deleted)));
}

TEST_F(DirectorySecret, KeepsWhatTheOperatorMakes) {
  start();

  const auto made = store_->write_secret(consumer("s3cret"));

  ASSERT_TRUE(made.has_value());
  EXPECT_THAT(made->labels, ElementsAre(Pair("sallyport.dev/managed-by", "sallyport")));
  start();
  const auto read = store_->read_secret("risk", "client");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->meta, *made);
  EXPECT_EQ(read->bytes.at("client_secret").reveal(), "s3cret");
  EXPECT_EQ(testing::mode_of(state() + "/objects/Secret/risk/client.json"), 0600U);
}

TEST_F(DirectorySecret, RemovesThoseOfAnOwnerOfWhichTheStateKnowsNothing) {
  SecretWrite mine = consumer_of_a("s3cret");
  ASSERT_TRUE(store_->write_secret(mine).has_value());
  start();
  ASSERT_TRUE(store_->read_secret("risk", "client").has_value());

  std::filesystem::remove(state() + "/objects/Gate/risk/a.json");
  std::filesystem::remove(state() + "/uids/Gate/risk/a.json");
  start();

  EXPECT_EQ(store_->read_secret("risk", "client").error().code, Code::NotFound);
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(DirectorySecret, RemovesThoseOfAnObjectBeforeTheObjectItself) {
  SecretWrite mine = consumer_of_a("s3cret");
  ASSERT_TRUE(store_->write_secret(mine).has_value());

  remove("a.yaml");
  scan();

  const auto at = [&](const Key& key) {
    return std::ranges::find(changes_, std::pair{key, Cause::Deleted}) - changes_.begin();
  };
  EXPECT_LT(at({"Secret", "risk", "client"}), at(gate_key("a")));
  EXPECT_LT(at(gate_key("a")), std::ssize(changes_));
}

TEST_F(DirectorySecret, TellsOfItsOwnWriteAsAnEcho) {
  start();
  changes_.clear();

  ASSERT_TRUE(store_->write_secret(consumer("one")).has_value());

  EXPECT_THAT(changes_, Contains(Pair(Key{"Secret", "risk", "client"}, Cause::Echo)));
}

TEST_F(DirectorySecret, ReplacesOnlyTheVersionThatWasSeen) {
  start();
  EXPECT_EQ(store_->write_secret({.ns = "risk", .name = "client", .bytes = {}, .expected_resource_version = "1"})
                .error()
                .code,
            Code::Conflict);
  const auto first = store_->write_secret(consumer("one"));
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(store_->write_secret(consumer("two")).error().code, Code::Conflict);

  SecretWrite next = consumer("two");
  next.expected_resource_version = first->resource_version;
  const auto second = store_->write_secret(next);

  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->uid, first->uid);
  EXPECT_NE(second->resource_version, first->resource_version);
  EXPECT_EQ(store_->write_secret(next).error().code, Code::Conflict) << "the version has moved on";
}

TEST_F(DirectorySecret, HandsConsumersTheirsAsFiles) {
  start();
  const auto first = store_->write_secret(consumer("one"));
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(testing::read_text(file()), "one");
  EXPECT_EQ(testing::mode_of(file()), 0600U);
  EXPECT_EQ(testing::mode_of(state() + "/secrets/risk/client"), 0700U);

  std::filesystem::remove(file());
  start();
  EXPECT_EQ(testing::read_text(file()), "one") << "a start mends them";

  SecretWrite next{.ns = "risk", .name = "client", .bytes = {{"other", Secret("two")}}};
  next.expected_resource_version = first->resource_version;
  ASSERT_TRUE(store_->write_secret(next).has_value());
  EXPECT_FALSE(std::filesystem::exists(file()));
  EXPECT_EQ(testing::read_text(state() + "/secrets/risk/client/other"), "two");

  ASSERT_TRUE(store_->delete_secret("risk", "client", Uid("another")).has_value());
  EXPECT_TRUE(store_->secrets().get("risk", "client"));
  ASSERT_TRUE(store_->delete_secret("risk", "client", first->uid).has_value());
  EXPECT_FALSE(std::filesystem::exists(state() + "/secrets/risk/client"));
  EXPECT_FALSE(store_->secrets().get("risk", "client"));
}

TEST_F(DirectorySecret, HandsOutNothingOfItsOwnNamespace) {
  start();

  ASSERT_TRUE(store_->write_secret({.ns = "sallyport-system", .name = "vault", .bytes = {{"k", Secret("v")}}}));

  EXPECT_FALSE(std::filesystem::exists(state() + "/secrets/sallyport-system"));
}

TEST_F(DirectorySecret, LetsOneGoWithTheObjectItBelongsTo) {
  SecretWrite write = consumer_of_a("one");
  ASSERT_TRUE(store_->write_secret(write).has_value());
  start();

  remove("a.yaml");
  scan();

  EXPECT_FALSE(store_->secrets().get("risk", "client"));
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(DirectorySecret, LetsOneStayThatWasGivenAway) {
  SecretWrite write = consumer_of_a("one");
  write.labels = {{"sallyport.dev/owner-uid", "u1"}};
  const auto made = store_->write_secret(write);
  ASSERT_TRUE(made.has_value());
  SecretWrite away = consumer("one");
  away.given_away = true;
  away.expected_resource_version = made->resource_version;
  ASSERT_TRUE(store_->write_secret(away).has_value());
  start();

  remove("a.yaml");
  scan();

  const auto stays = store_->secrets().get("risk", "client");
  ASSERT_TRUE(stays);
  EXPECT_TRUE(stays->meta.labels.empty());
  EXPECT_EQ(testing::read_text(file()), "one");
}

TEST_F(DirectorySecret, DoesNotLetAManifestTakeOverWhatTheOperatorMade) {
  start();
  ASSERT_TRUE(store_->write_secret(consumer("one")).has_value());

  put("s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: client, namespace: risk}\nstringData: {a: b}\n");
  scan();

  EXPECT_EQ(store_->read_secret("risk", "client")->bytes.at("client_secret").reveal(), "one");
  EXPECT_THAT(testing::read_text(manifests() + "/s.status.yaml"), HasSubstr("was made by Sallyport"));
}

TEST_F(DirectorySecret, TakesNoNameThatLeadsOutOfTheState) {
  start();

  const auto code = [&](const std::string& ns, const std::string& name, const std::string& key) {
    return store_->write_secret({.ns = ns, .name = name, .bytes = {{key, Secret("x")}}}).error().code;
  };
  EXPECT_EQ(code("..", "a", "k"), Code::InvalidSpec);
  EXPECT_EQ(code("risk", "../a", "k"), Code::InvalidSpec);
  EXPECT_EQ(code("risk", "a", "../k"), Code::InvalidSpec);
  EXPECT_EQ(code("risk", "a", ".."), Code::InvalidSpec);
}

}  // namespace
}  // namespace sallyport::store
