// SPDX-License-Identifier: Apache-2.0
#include "operator/audit/trail.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "operator/audit/verify.hpp"
#include "tests/operator/audit/audit_files.hpp"

namespace sallyport::audit {
namespace {

using Json = nlohmann::json;

class TrailTest : public AuditFiles {};

TEST_F(TrailTest, SaysWhoChangesWhatWhereAndWhy) {
  const auto audit = trail();
  const auto intent = audit->intend(sending());
  ASSERT_TRUE(intent.has_value());
  ASSERT_TRUE(audit->conclude(*intent, {Effect::Accepted, 202, {}, "task-1"}).has_value());

  ASSERT_EQ(lines().size(), 2U);
  const Json expected_intent = Json::parse(R"({"seq":1,"time":"2026-11-22T00:00:00.000000Z","instance":"ab12cd34",
    "phase":"intent","object":{"kind":"ProtectedEndpoint","ns":"risk","name":"fraud-scoring",
    "uid":"11111111-2222-4333-8444-555555555555","resourceVersion":"1234","generation":7},
    "target":"bigip edge: /sp_x/app","action":"update","before":"aaa","after":"bbb","method":"POST",
    "url":"https://bigip.example/mgmt/shared/appsvcs/declare"})");
  Json first = Json::parse(lines()[0]);
  EXPECT_EQ(first["prev"], std::string(64, '0'));
  first.erase("prev");
  EXPECT_EQ(first, expected_intent);

  const Json second = Json::parse(lines()[1]);
  EXPECT_EQ(second["prev"], sha256_hex(lines()[0]));
  EXPECT_EQ(second["phase"], "result");
  EXPECT_EQ(second["intent"], 1);
  EXPECT_EQ(second["result"], "accepted");
  EXPECT_EQ(second["status"], 202);
  EXPECT_EQ(second["outsideId"], "task-1");
}

TEST_F(TrailTest, WritesALineForEachObjectThatARequestChanges) {
  const auto audit = trail();
  const auto intent = audit->intend(sending({change("a/x"), change("b/y")}));
  ASSERT_TRUE(intent.has_value());
  EXPECT_EQ(intent->lines, (std::vector<std::uint64_t>{1, 2}));
  ASSERT_TRUE(audit->conclude(*intent, {Effect::Ok, 200, {}, {}}).has_value());
  ASSERT_EQ(lines().size(), 4U);
  EXPECT_EQ(Json::parse(lines()[3])["intent"], 2);
  EXPECT_EQ(Json::parse(lines()[3])["object"]["name"], "y");
}

TEST_F(TrailTest, IsReadableByItsOwnerAlone) {
  const auto audit = trail();
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(TrailTest, CannotBeMadeToForgeALine) {
  const auto audit = trail();
  http::Change hostile = change("risk/a\n{\"seq\":9}");
  hostile.target = "x\r\n\"},{\xff";
  ASSERT_TRUE(audit->intend(sending({hostile})).has_value());
  EXPECT_EQ(lines().size(), 1U);
  EXPECT_FALSE(verify(path_)->broken.has_value());
}

TEST_F(TrailTest, GoesOnWithItsChainAfterARestart) {
  { ASSERT_TRUE(trail()->intend(sending()).has_value()); }
  const auto again = trail();
  EXPECT_EQ(again->intend(sending())->lines, std::vector<std::uint64_t>{2});
  EXPECT_EQ(Json::parse(lines()[1])["prev"], sha256_hex(lines()[0]));
}

TEST_F(TrailTest, SetsALineAsideThatACrashCutOffAndSaysSo) {
  { ASSERT_TRUE(trail()->intend(sending()).has_value()); }
  const std::string whole = content(), torn = "{\"seq\":2,\"time\":\"2026-";
  overwrite(whole + torn);

  const auto again = trail();
  ASSERT_TRUE(again->intend(sending()).has_value());

  EXPECT_EQ(content_of(path_ + ".torn"), torn + "\n");
  ASSERT_EQ(lines().size(), 3U);
  const Json recovered = Json::parse(lines()[1]);
  EXPECT_EQ(recovered["phase"], "recovered");
  EXPECT_EQ(recovered["torn"]["bytes"], torn.size());
  EXPECT_EQ(recovered["torn"]["sha256"], sha256_hex(torn));
  const auto report = verify(path_);
  EXPECT_FALSE(report->broken.has_value()) << report->broken->why;
  EXPECT_EQ(report->recoveries, 1U);
}

TEST_F(TrailTest, RecoversFromAFileThatHoldsNothingButATornLine) {
  overwrite(std::string(300, '\0'));
  ASSERT_TRUE(trail()->intend(sending()).has_value());
  EXPECT_EQ(lines().size(), 2U);
  EXPECT_FALSE(verify(path_)->broken.has_value());
}

TEST_F(TrailTest, RefusesAFileThatIsNoAuditTrail) {
  overwrite("remember the milk\n");
  const auto opened = open_trail();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Code::InvalidSpec);
  EXPECT_EQ(content(), "remember the milk\n");
}

TEST_F(TrailTest, RefusesAFileThatAnotherTrailWritesTo) {
  const auto audit = trail();
  const auto second = open_trail();
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Code::Conflict);
}

TEST_F(TrailTest, RefusesAPlaceThatCannotBeWrittenTo) {
  const auto opened = Trail::open({.path = folder_ + "/missing/audit.jsonl"}, InstanceId("ab12cd34"), clock_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Code::Unavailable);
}

/// Files of this process may not grow beyond so many bytes; write(2) then fails like on a full disk, part of it done.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

TEST_F(TrailTest, RefusesAChangeWhenTheDiskIsFullAndLeavesNoHalfLine) {
  const auto audit = trail();
  ASSERT_TRUE(audit->intend(sending()).has_value());
  const std::string before = content();
  {
    const FullDisk full(before.size() + 50);
    const auto refused = audit->intend(sending());
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::Unavailable);
    EXPECT_NE(refused.error().message.find("audit log cannot be written"), std::string::npos);
    EXPECT_EQ(content(), before);
  }
  EXPECT_EQ(audit->intend(sending())->lines, std::vector<std::uint64_t>{2}) << "room again: the chain has no gap";
  EXPECT_FALSE(verify(path_)->broken.has_value());
}

TEST_F(TrailTest, CopiesEachLineToItsOutput) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  {
    auto audit = Trail::open({.path = path_, .copy_fd = ends[1]}, InstanceId("ab12cd34"), clock_);
    ASSERT_TRUE((*audit)->intend(sending()).has_value());
  }
  std::string copy(content().size() + 1, '\0');
  EXPECT_EQ(read(ends[0], copy.data(), copy.size()), static_cast<ssize_t>(content().size()));
  copy.pop_back();
  EXPECT_EQ(copy, content());
  close(ends[0]);
  close(ends[1]);
}

TEST_F(TrailTest, RefusesAChangeWhenItsOnlyOutputIsGone) {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  auto audit = Trail::open({.path = {}, .copy_fd = ends[1]}, InstanceId("ab12cd34"), clock_);
  ASSERT_TRUE((*audit)->intend(sending()).has_value());
  close(ends[0]);
  EXPECT_EQ((*audit)->intend(sending()).error().code, Code::Unavailable);
  close(ends[1]);
}

TEST_F(TrailTest, GoesOnInANewFileAfterRotation) {
  const auto audit = trail();
  ASSERT_TRUE(audit->intend(sending()).has_value());
  const std::string last = lines().back();
  std::filesystem::rename(path_, path_ + ".1");
  ASSERT_TRUE(audit->reopen().has_value());
  ASSERT_TRUE(audit->intend(sending()).has_value());

  ASSERT_EQ(lines().size(), 1U);
  EXPECT_EQ(Json::parse(lines()[0])["seq"], 2);
  EXPECT_EQ(Json::parse(lines()[0])["prev"], sha256_hex(last));
  EXPECT_EQ(verify(path_)->first_seq, 2U);
}

TEST_F(TrailTest, RefusesChangesWhileAFailedReopeningLastsAndRecovers) {
  const auto audit = trail();
  ASSERT_TRUE(audit->intend(sending()).has_value());
  std::filesystem::rename(folder_, folder_ + ".away");
  EXPECT_FALSE(audit->reopen().has_value());
  EXPECT_EQ(audit->intend(sending()).error().code, Code::Unavailable);
  std::filesystem::rename(folder_ + ".away", folder_);
  ASSERT_TRUE(audit->reopen().has_value());
  EXPECT_TRUE(audit->intend(sending()).has_value());
  EXPECT_FALSE(verify(path_)->broken.has_value());
}

TEST_F(TrailTest, KeepsItsChainWholeUnderManyThreads) {
  const auto audit = trail();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i) {
          const auto intent = audit->intend(sending());
          ASSERT_TRUE(intent.has_value());
          ASSERT_TRUE(audit->conclude(*intent, {Effect::Ok, 200, {}, {}}).has_value());
        }
      });
    }
  }
  const auto report = verify(path_);
  EXPECT_FALSE(report->broken.has_value());
  EXPECT_EQ(report->lines, 200U);
  EXPECT_TRUE(report->open.empty());
}

}  // namespace
}  // namespace sallyport::audit
