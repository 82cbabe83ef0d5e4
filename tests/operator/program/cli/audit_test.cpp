// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "operator/audit/trail.hpp"
#include "tests/operator/program/cli/cli_testing.hpp"

namespace sallyport::program::cli {
namespace {

using testing::Folder;
using testing::run_cli;
using testing::Said;

/// Four changes, of which the third has no end, and the fourth one that is still to come.
std::string write_log(const Folder& folder) {
  const std::string path = folder.path() + "/audit.log";
  auto trail = audit::Trail::open({.path = path, .copy_fd = -1}, InstanceId("abcd1234"), system_clock());
  if (!trail) return "";
  for (int i = 0; i < 4; ++i) {
    http::Change change;
    change.object = "ProtectedEndpoint risk/fraud-" + std::to_string(i);
    change.target = "bigip edge";
    change.action = "create";
    const auto intent = (*trail)->intend({{change}, "POST", "https://bigip.example.com/mgmt"});
    if (intent && i < 2 && !(*trail)->conclude(*intent, {audit::Effect::Ok, 200})) return "";
    if (intent && i == 3 && !(*trail)->conclude(*intent, {audit::Effect::Accepted, 202, {}, "task-7"})) return "";
  }
  return path;
}

TEST(AuditVerify, SaysThatAWholeChainHoldsAndWhatIsOpen) {
  const Folder folder;
  const Said said = run_cli({"audit", "verify", write_log(folder)});
  EXPECT_EQ(said.code, 0) << said.out << said.err;
  EXPECT_NE(said.out.find("the chain holds"), std::string::npos);
  EXPECT_NE(said.out.find("intents 4, results 3"), std::string::npos) << said.out;
  EXPECT_NE(said.out.find("open intents 2"), std::string::npos);
  EXPECT_NE(said.out.find("ProtectedEndpoint risk/fraud-2"), std::string::npos);
  EXPECT_NE(said.out.find("task-7"), std::string::npos) << said.out;
}

TEST(AuditVerify, NamesTheFirstBrokenLine) {
  const Folder folder;
  std::string text = testing::text_of(write_log(folder));
  const std::size_t at = text.find("fraud-1");
  ASSERT_NE(at, std::string::npos);
  text[at + 6] = '7';
  const Said said = run_cli({"audit", "verify", folder.write("forged.log", text), "-o", "json"});
  EXPECT_EQ(said.code, 1);
  const auto out = nlohmann::json::parse(said.out);
  EXPECT_FALSE(out.at("ok").get<bool>());
  EXPECT_EQ(out.at("broken").at("line").get<int>(), 4);  // the line after the forged one does not follow from it
  EXPECT_EQ(out.at("lines").get<int>(), 2) << "the forged line does not count as one that holds";
}

TEST(AuditVerify, VouchesForNothingWhereThereIsNoLine) {
  const Folder folder;
  const Said said = run_cli({"audit", "verify", folder.write("empty.log", "")});
  EXPECT_EQ(said.code, 0);
  EXPECT_NE(said.out.find("there is no whole line, and so no chain"), std::string::npos) << said.out;
}

TEST(AuditVerify, SaysWhatNoFileCanTellOfItself) {
  const Folder folder;
  const Said said = run_cli({"audit", "verify", write_log(folder)});
  EXPECT_NE(said.out.find("compare it with a copy kept elsewhere"), std::string::npos) << said.out;
}

TEST(AuditVerify, SaysSoWhenThereIsNoFile) {
  const Said said = run_cli({"audit", "verify", "no/such/file"});
  EXPECT_EQ(said.code, 1);
  EXPECT_NE(said.err.find("sallyport audit verify: "), std::string::npos);
  EXPECT_TRUE(said.out.empty());
}

}  // namespace
}  // namespace sallyport::program::cli
