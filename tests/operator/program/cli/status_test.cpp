// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "operator/program/cli/statuses.hpp"
#include "operator/store/directory_record.hpp"
#include "tests/operator/program/cli/cli_testing.hpp"

namespace sallyport::program::cli {
namespace {

using testing::Folder;
using testing::run_cli;
using testing::Said;

constexpr const char* kStatus = R"({"observedGeneration": 2, "url": "https://fraud.ml.example.com",
  "conditions": [{"type": "Ready", "status": "False", "observedGeneration": 2, "reason": "RouteRejected",
                  "lastTransitionTime": "2026-11-22T10:00:00Z", "message": "the device says no"}],
  "placements": [{"system": "F5", "connection": "edge", "id": "sp_x/pe_y", "address": "192.0.2.33"}],
  "retry": {"at": "2026-11-22T12:00:00Z", "reason": "edge: busy"}})";

void put(const Folder& state, const store::Record& record) {
  namespace fs = std::filesystem;
  const std::string ns = record.key.ns.empty() ? "_" : record.key.ns;
  const fs::path path = fs::path(state.path()) / "objects" / record.key.kind / ns / (record.key.name + ".json");
  fs::create_directories(path.parent_path());
  std::ofstream(path) << store::write_record(record).reveal();
}

/// One endpoint that is not Ready, one that is, and a gateway that is.
void fill(const Folder& state) {
  store::Record bad{.key = {"ProtectedEndpoint", "risk", "fraud"}};
  bad.meta.name = "fraud";
  bad.meta.ns = "risk";
  bad.meta.uid = Uid("u-1");
  bad.meta.generation = 2;
  bad.spec = R"({"host": "fraud.ml.example.com"})";
  bad.status = kStatus;
  put(state, bad);
  store::Record good = bad;
  good.key = {"ProtectedEndpoint", "other", "fine"};
  good.meta.name = "fine";
  good.meta.ns = "other";
  good.status = R"({"conditions": [{"type": "Ready", "status": "True", "reason": "Ready",
                    "lastTransitionTime": "2026-11-22T10:00:00Z", "message": ""}]})";
  put(state, good);
  store::Record gateway{.key = {"F5Gateway", "", "edge"}};
  gateway.meta.name = "edge";
  gateway.status = R"({"users": 1, "conditions": [{"type": "Ready", "status": "True", "reason": "Ready",
                       "lastTransitionTime": "2026-11-22T10:00:00Z", "message": ""}]})";
  put(state, gateway);
}

TEST(Status, ShowsEverythingInTablesAndWhatIsNotReadyInDetail) {
  const Folder state;
  fill(state);
  const Said said = run_cli({"status", "--state", state.path()});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_NE(said.out.find("NAMESPACE  NAME   READY  REASON"), std::string::npos) << said.out;
  EXPECT_NE(said.out.find("F5Gateway   edge  True"), std::string::npos) << said.out;
  EXPECT_NE(said.out.find("\nProtectedEndpoint risk/fraud\n"), std::string::npos);
  EXPECT_NE(said.out.find("the device says no"), std::string::npos);
  EXPECT_NE(said.out.find("sp_x/pe_y"), std::string::npos);
  EXPECT_NE(said.out.find("edge: busy"), std::string::npos);
  EXPECT_EQ(said.out.find("\nProtectedEndpoint other/fine\n"), std::string::npos);
  EXPECT_EQ(said.out.find('\033'), std::string::npos);
}

TEST(Status, ShowsOneByNameInDetail) {
  const Folder state;
  fill(state);
  const Said said = run_cli({"status", "fine", "--state", state.path()});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_NE(said.out.find("\nProtectedEndpoint other/fine\n"), std::string::npos) << said.out;
  EXPECT_EQ(said.out.find("risk"), std::string::npos) << said.out;
}

TEST(Status, SaysSoWhenThereIsNoSuchObject) {
  const Folder state;
  fill(state);
  const Said said = run_cli({"status", "nobody", "--state", state.path()});
  EXPECT_EQ(said.code, 1);
  EXPECT_NE(said.err.find("there is no object 'nobody'"), std::string::npos);
}

TEST(Status, GivesMachinesTheWholeStatus) {
  const Folder state;
  fill(state);
  const Said said = run_cli({"status", "-n", "risk", "--state", state.path(), "-o", "json"});
  EXPECT_EQ(said.code, 0) << said.err;
  const auto out = nlohmann::json::parse(said.out);
  ASSERT_EQ(out.at("endpoints").size(), 1U);
  EXPECT_EQ(out.at("endpoints")[0].at("status").at("retry").at("reason"), "edge: busy");
  EXPECT_EQ(out.at("connections").size(), 1U);
}

TEST(Status, RefusesADirectoryThatIsNoState) {
  const Folder folder;
  EXPECT_EQ(run_cli({"status", "--state", folder.path()}).code, 1);
  EXPECT_EQ(run_cli({"status", "--manifests", folder.path()}).code, 1);
}

TEST(Relative, SpeaksOfThePastAndTheFuture) {
  const SystemTime now = *parse_rfc3339("2026-11-22T10:00:00Z");
  EXPECT_EQ(relative(now, now), "0s ago");
  EXPECT_EQ(relative(now + std::chrono::seconds(40), now), "in 40s");
  EXPECT_EQ(relative(now - std::chrono::minutes(5), now), "5m ago");
  EXPECT_EQ(relative(now - std::chrono::hours(30), now), "30h ago");
  EXPECT_EQ(relative(now - std::chrono::hours(72), now), "3d ago");
}

}  // namespace
}  // namespace sallyport::program::cli
