// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "operator/schema/codec.hpp"
#include "operator/schema/leaves.hpp"
#include "operator/schema/sample.hpp"
#include "tests/operator/schema/garden.hpp"

namespace sallyport::schema {
namespace {

using garden::Garden;
using nlohmann::json;

Read<Garden> read_spec(const std::string& document) {
  return read<Garden>(json::parse(document).at("spec"), "spec", Unknown::Refuse);
}

bool names(const std::vector<FieldError>& errors, const std::string& path) {
  return std::ranges::find(errors, path, &FieldError::path) != errors.end();
}

TEST(Trials, AreRefusedAtTheFieldThatTheyName) {
  const auto all = trials<garden::Kind>();
  EXPECT_GT(all.size(), 100U);
  for (const Trial& trial : all) {
    const auto read = read_spec(trial.document);
    EXPECT_TRUE(names(read.errors, trial.path))
        << trial.path << " with " << trial.what << ": "
        << (read.ok() ? "accepted" : read.errors[0].path + " " + read.errors[0].reason);
  }
}

TEST(Trials, VisitEveryFieldOfTheSpec) {
  std::set<std::string> visited;
  for (const Trial& trial : trials<garden::Kind>()) {
    std::string path = trial.path;
    for (std::size_t at = 0; (at = path.find("[0]", at)) != std::string::npos;) path.replace(at, 3, "[]");
    for (std::size_t at = 0; (at = path.find("[key]", at)) != std::string::npos;) path.replace(at, 5, "{}");
    visited.insert(path);
  }
  for (const Leaf& leaf : leaves<garden::Kind>()) {
    if (leaf.side == Side::Spec) {
      EXPECT_TRUE(visited.contains(leaf.path)) << leaf.path;
    }
  }
}

TEST(Trials, TryEveryKindOfMistake) {
  std::set<std::string> what;
  for (const Trial& trial : trials<garden::Kind>()) what.insert(trial.what);
  for (const char* mistake : {"a wrong type",
                              "too long",
                              "too short",
                              "not of its format",
                              "not of its pattern",
                              "text for a number",
                              "below its minimum",
                              "above its maximum",
                              "a fraction",
                              "beyond 64 bits",
                              "no duration",
                              "an empty duration",
                              "outside its enum",
                              "too few",
                              "too many",
                              "a duplicate",
                              "a null item",
                              "too long a key",
                              "missing",
                              "text for a boolean",
                              "a union without its member",
                              "a union with another member"}) {
    EXPECT_TRUE(what.contains(mistake)) << mistake;
  }
}

TEST(HostileTrials, AreRefusedOrComeBackUnchanged) {
  const auto all = hostile_trials(kind_of<garden::Kind>());
  EXPECT_GT(all.size(), 100U);
  for (const Trial& trial : all) {
    const auto read = read_spec(trial.document);
    if (!read.ok()) {
      EXPECT_TRUE(names(read.errors, trial.path)) << trial.path << " " << trial.what;
      continue;
    }
    const auto again = schema::read<Garden>(write(read.value), "spec", Unknown::Refuse);
    EXPECT_TRUE(again.ok());
    EXPECT_TRUE(same(shape_of<Garden>(), &read.value, &again.value)) << trial.path << " " << trial.what;
  }
}

TEST(HostileTexts, HoldWhatBreaksOtherLanguages) {
  for (const char* text : {"\"", "}", "a\nb", "$(id)", "[exec id]", "..", "%0a"}) {
    EXPECT_NE(std::ranges::find(hostile_texts(), text), hostile_texts().end()) << text;
  }
}

}  // namespace
}  // namespace sallyport::schema
