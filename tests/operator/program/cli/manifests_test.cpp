// SPDX-License-Identifier: Apache-2.0
// What plan makes of manifests that are gone, and of those that cannot be read: what standalone mode makes of them.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "operator/program/cli/material.hpp"
#include "operator/store/directory_state.hpp"
#include "tests/operator/program/cli/cli_testing.hpp"

namespace sallyport::program::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kNamespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: risk}\n";

/// A directory of manifests, and a state in which an endpoint was declared by one of its files.
class ManifestsOfARunningInstallation : public ::testing::Test {
 protected:
  void declared_by(const std::string& file) {
    store::DirectoryState state(home_.path() + "/state");
    ASSERT_TRUE(state.prepare().has_value());
    ASSERT_TRUE(state.take_over().has_value());
    store::Record record{.key = {"ProtectedEndpoint", "risk", "fraud-scoring"}};
    record.meta.name = record.key.name;
    record.meta.ns = record.key.ns;
    record.meta.uid = Uid("uid-1");
    record.meta.generation = 1;
    record.meta.finalizers = {"sallyport.dev/finalizer"};
    record.file = file;
    ASSERT_TRUE(state.save({&record}).has_value());
  }
  /// Whether the endpoint is on its way out.
  bool is_going() {
    read_ = read_manifests({.paths = {folder_.path()}, .state = home_.path() + "/state"});
    EXPECT_TRUE(read_.has_value()) << (read_ ? "" : read_.error().text());
    const auto endpoint = read_ ? (*read_)->caches.endpoints.get("risk", "fraud-scoring") : nullptr;
    EXPECT_NE(endpoint, nullptr);
    return endpoint && endpoint->meta.deletion_timestamp.has_value();
  }
  [[nodiscard]] const std::vector<std::string>& problems() const { return (*read_)->problems; }

  Folder folder_;
  Folder home_;
  Result<std::unique_ptr<Material>> read_ = Error{};
};

TEST_F(ManifestsOfARunningInstallation, RemoveWhatNoFileDeclaresAnyMore) {
  declared_by("endpoint.yaml");
  folder_.write("namespace.yaml", kNamespace);
  EXPECT_TRUE(is_going());
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ManifestsOfARunningInstallation, HoldWhatAFileDeclaredThatIsBrokenOrEmptyNow) {
  declared_by("endpoint.yaml");
  folder_.write("namespace.yaml", kNamespace);
  for (const char* now : {"spec: [\n", ""}) {
    folder_.write("endpoint.yaml", now);
    EXPECT_FALSE(is_going()) << now;
    EXPECT_THAT(problems(), Contains(HasSubstr(folder_.path() + "/endpoint.yaml: "))) << now;
  }
}

TEST_F(ManifestsOfARunningInstallation, HoldWhatADirectoryDeclaredThatALinkNoLongerReaches) {
  declared_by("team/endpoint.yaml");
  folder_.write("namespace.yaml", kNamespace);
  std::filesystem::create_directory_symlink(home_.path() + "/gone", folder_.path() + "/team");
  EXPECT_FALSE(is_going());
  EXPECT_THAT(problems(), Contains(HasSubstr(folder_.path() + "/team: cannot be read")));
}

TEST_F(ManifestsOfARunningInstallation, HoldWhatADirectoryDeclaredThatIsEmptyNow) {
  declared_by("team/endpoint.yaml");
  folder_.write("namespace.yaml", kNamespace);
  std::filesystem::create_directory(folder_.path() + "/team");
  EXPECT_FALSE(is_going());
  EXPECT_THAT(problems(), Contains(HasSubstr(folder_.path() + "/team: is empty now")));
}

TEST_F(ManifestsOfARunningInstallation, HoldWhatAnotherFileDeclaredThanTheOneThatIsPlanned) {
  declared_by("endpoint.yaml");
  const std::string one = folder_.write("namespace.yaml", kNamespace);
  const auto read = read_manifests({.paths = {one}, .state = home_.path() + "/state"});
  ASSERT_TRUE(read.has_value());
  const auto endpoint = (*read)->caches.endpoints.get("risk", "fraud-scoring");
  ASSERT_NE(endpoint, nullptr);
  EXPECT_FALSE(endpoint->meta.deletion_timestamp.has_value());
}

TEST(Manifests, ThatAreAllBrokenAreToldWithoutAWordOfDeletion) {
  const Folder folder;
  const std::string file = folder.write("endpoint.yaml", "spec: [\n");
  const auto read = read_manifests({.paths = {folder.path()}});
  ASSERT_TRUE(read.has_value());
  EXPECT_THAT((*read)->problems, ElementsAre(HasSubstr(file + ": ")));
}

TEST(Manifests, AreReadOnceHoweverOftenLinksLeadToThem) {
  const Folder folder;
  folder.write("namespace.yaml", kNamespace);
  std::filesystem::create_directory_symlink(".", folder.path() + "/a");
  std::filesystem::create_directory_symlink(".", folder.path() + "/b");
  const auto read = read_manifests({.paths = {folder.path()}});
  ASSERT_TRUE(read.has_value());
  EXPECT_THAT((*read)->problems, IsEmpty());
}

TEST(Manifests, MayComeThroughAPipe) {
  const Folder folder;
  const std::string pipe = folder.path() + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::jthread writer([&pipe] { std::ofstream(pipe) << kNamespace << "---\nspec: [\n"; });
  const auto read = read_manifests({.paths = {pipe}});
  ASSERT_TRUE(read.has_value());
  EXPECT_THAT((*read)->problems, ElementsAre(HasSubstr(pipe + ": ")));
}

TEST(Manifests, AreNotTheStateThatLiesBelowThem) {
  const Folder folder;
  folder.write("namespace.yaml", kNamespace);
  store::DirectoryState state(folder.path() + "/state");
  ASSERT_TRUE(state.prepare().has_value());
  ASSERT_TRUE(state.take_over().has_value());
  store::Record record{.key = {"AccessLedger", "sallyport-system", "one"}};
  ASSERT_TRUE(state.save({&record}).has_value());
  const auto read = read_manifests({.paths = {folder.path()}, .state = state.directory()});
  ASSERT_TRUE(read.has_value());
  EXPECT_THAT((*read)->problems, IsEmpty());
}

}  // namespace
}  // namespace sallyport::program::cli
