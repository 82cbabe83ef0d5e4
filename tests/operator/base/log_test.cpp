// SPDX-License-Identifier: Apache-2.0
#include "operator/base/log.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "operator/base/secret.hpp"

namespace sallyport {
namespace {

/// What one log call wrote to stderr.
template <class F>
std::string lines_of(log::Level level, log::Format format, F&& f) {
  log::start(level, format);
  ::testing::internal::CaptureStderr();
  f();
  return ::testing::internal::GetCapturedStderr();
}

TEST(Log, WritesOneJsonObjectALine) {
  const std::string line = lines_of(log::Level::Info, log::Format::Json, [] {
    log::info("applied", {{"kind", "F5Gateway"}, {"took", 12}, {"to", "a\nb\"c"}});
  });
  ASSERT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json.at("level"), "info");
  EXPECT_EQ(json.at("message"), "applied");
  EXPECT_EQ(json.at("kind"), "F5Gateway");
  EXPECT_EQ(json.at("took"), "12");
  EXPECT_EQ(json.at("to"), "a\nb\"c");
  EXPECT_TRUE(json.contains("time"));
}

TEST(Log, CannotBeMadeToForgeASecondLineByAnyPartOfIt) {
  for (const log::Format format : {log::Format::Json, log::Format::Text}) {
    const std::string line = lines_of(log::Level::Info, format, [] {
      log::info("one\n2026-11-22T10:20:30Z error forged", {{"field\nforged", "value\nforged"}});
    });
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
  }
}

TEST(Log, KeepsItsOwnFieldsWhenACallerUsesTheirNames) {
  const std::string line = lines_of(log::Level::Info, log::Format::Json, [] {
    log::info("real", {{"level", "debug"}, {"message", "other"}, {"time", "never"}});
  });
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json.at("level"), "info");
  EXPECT_EQ(json.at("message"), "real");
  EXPECT_NE(json.at("time"), "never");
}

TEST(Log, SurvivesBytesThatAreNotUtf8) {
  for (const log::Format format : {log::Format::Json, log::Format::Text}) {
    EXPECT_FALSE(lines_of(log::Level::Info, format, [] { log::info("bad \xff", {{"k", "\xfe"}}); }).empty());
  }
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  EXPECT_EQ(lines_of(log::Level::Warning, log::Format::Text, [] { log::info("quiet"); }), "");
  EXPECT_NE(lines_of(log::Level::Warning, log::Format::Text, [] { log::error("loud"); }), "");
}

TEST(Log, ShowsASecretAsRedacted) {
  const Secret secret("hunter2-hunter2");
  const std::string line = lines_of(log::Level::Info, log::Format::Json, [&] {
    log::info("x", {{"password", to_string(secret)}});
  });
  EXPECT_EQ(line.find("hunter2"), std::string::npos);
  EXPECT_NE(line.find("[redacted]"), std::string::npos);
}

}  // namespace
}  // namespace sallyport
