// SPDX-License-Identifier: Apache-2.0
#include "operator/audit/verify.hpp"

#include "tests/operator/audit/audit_files.hpp"

namespace sallyport::audit {
namespace {

class VerifyTest : public AuditFiles {
 protected:
  /// Five lines: two changes, the second's result missing, then a third's intent and result... in all 1 open intent.
  void write_some() const {
    const auto audit = trail();
    const auto first = audit->intend(sending());
    EXPECT_TRUE(audit->conclude(*first, {Effect::Ok, 200, {}, {}}).has_value());
    EXPECT_TRUE(audit->intend(sending({change("risk/left-open")})).has_value());
    const auto third = audit->intend(sending());
    EXPECT_TRUE(audit->conclude(*third, {Effect::Rejected, 422, {}, {}}).has_value());
  }
  void rewrite(const std::vector<std::string>& new_lines) const { overwrite(join(new_lines, "\n") + "\n"); }
  [[nodiscard]] std::uint64_t break_of(const std::vector<std::string>& new_lines) const {
    rewrite(new_lines);
    const auto report = verify(path_);
    return report->broken ? report->broken->line : 0;
  }
};

TEST_F(VerifyTest, CountsWhatIsThereAndNamesWhatWasLeftOpen) {
  write_some();
  const auto report = verify(path_);
  ASSERT_TRUE(report.has_value());
  EXPECT_FALSE(report->broken.has_value());
  EXPECT_EQ(report->lines, 5U);
  EXPECT_EQ(report->intents, 3U);
  EXPECT_EQ(report->results, 2U);
  EXPECT_EQ(report->first_seq, 1U);
  EXPECT_EQ(report->last_seq, 5U);
  EXPECT_EQ(report->last_hash, sha256_hex(lines().back()));
  ASSERT_EQ(report->open.size(), 1U);
  EXPECT_EQ(report->open[0].seq, 3U);
  EXPECT_EQ(report->open[0].object, "ProtectedEndpoint risk/left-open");
}

TEST_F(VerifyTest, TakesAnAcceptedChangeForOpenUntilItsEndIsWritten) {
  const auto audit = trail();
  const auto intent = audit->intend(sending());
  ASSERT_TRUE(audit->conclude(*intent, {Effect::Accepted, 202, {}, "task-1"}).has_value());
  const auto before = verify(path_);
  ASSERT_EQ(before->open.size(), 1U);
  EXPECT_TRUE(before->open[0].accepted);
  EXPECT_EQ(before->open[0].outside_id, "task-1");

  ASSERT_TRUE(audit->conclude(*intent, {Effect::Ok, 200, {}, "task-1"}).has_value());

  const auto after = verify(path_);
  EXPECT_FALSE(after->broken.has_value());
  EXPECT_TRUE(after->open.empty());
  EXPECT_EQ(after->results, 2U);
}

TEST_F(VerifyTest, FindsAnAlteredLineByTheOneAfterIt) {
  write_some();
  auto altered = lines();
  altered[1].replace(altered[1].find("200"), 3, "500");
  EXPECT_EQ(break_of(altered), 3U);
}

TEST_F(VerifyTest, FindsALineTakenOut) {
  write_some();
  auto fewer = lines();
  fewer.erase(fewer.begin() + 2);
  EXPECT_EQ(break_of(fewer), 3U);
}

TEST_F(VerifyTest, FindsALinePutIn) {
  write_some();
  auto more = lines();
  more.insert(more.begin() + 2, more[1]);
  EXPECT_EQ(break_of(more), 3U);
}

TEST_F(VerifyTest, FindsLinesThatChangedPlaces) {
  write_some();
  auto swapped = lines();
  std::swap(swapped[2], swapped[3]);
  EXPECT_EQ(break_of(swapped), 3U);
}

TEST_F(VerifyTest, FindsAGapInTheNumbersEvenWhenTheHashesFit) {
  write_some();
  auto forged = lines();
  forged.resize(2);
  forged[1].replace(forged[1].find("\"seq\":2"), 7, "\"seq\":4");
  EXPECT_EQ(break_of(forged), 2U);
}

TEST_F(VerifyTest, FindsAFirstLineThatIsNotTheFirst) {
  write_some();
  auto forged = lines();
  forged.resize(1);
  forged[0].replace(forged[0].find(std::string(64, '0')), 64, std::string(64, '1'));
  EXPECT_EQ(break_of(forged), 1U);
}

TEST_F(VerifyTest, FindsAnythingThatIsNotOurs) {
  write_some();
  for (const char* stranger : {"", "hello", "{}", "[]", "null", "{\"seq\":\"6\",\"prev\":1}"}) {
    auto more = lines();
    more.resize(5);
    more.emplace_back(stranger);
    EXPECT_EQ(break_of(more), 6U) << stranger;
  }
}

TEST_F(VerifyTest, TellsATornEndFromForgery) {
  write_some();
  overwrite(content() + "{\"seq\":6,");
  const auto report = verify(path_);
  EXPECT_FALSE(report->broken.has_value());
  EXPECT_EQ(report->unfinished, 6U);
  EXPECT_EQ(report->lines, 5U);
  EXPECT_EQ(break_of({content() + "{\"seq\":6,", "{}"}), 6U) << "with something behind it";
}

TEST_F(VerifyTest, DoesNotReadALineWithoutAnEndToItsEnd) {
  const auto report = verify("/dev/zero");
  ASSERT_TRUE(report->broken.has_value());
  EXPECT_NE(report->broken->why.find("longer than any of ours"), std::string::npos);
}

TEST_F(VerifyTest, TakesAnEmptyLogForWhole) {
  overwrite("");
  const auto report = verify(path_);
  EXPECT_FALSE(report->broken.has_value());
  EXPECT_EQ(report->lines, 0U);
}

TEST_F(VerifyTest, SaysWhenThereIsNoFile) {
  EXPECT_EQ(verify(folder_ + "/none").error().code, Code::NotFound);
}

}  // namespace
}  // namespace sallyport::audit
