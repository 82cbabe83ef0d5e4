// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
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

Read<garden::GardenStatus> read_status(const std::string& document) {
  return read<garden::GardenStatus>(json::parse(document).at("status"), "status", Unknown::Refuse);
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

TEST(Trials, OfAStatusAreRefusedThere) {
  const auto all = trials<garden::Kind>(Side::Status);
  EXPECT_GT(all.size(), 30U);
  for (const Trial& trial : all) {
    EXPECT_TRUE(names(read_status(trial.document).errors, trial.path)) << trial.path << " with " << trial.what;
    EXPECT_TRUE(read_spec(trial.document).ok()) << trial.path;
  }
}

std::string as_leaf(std::string path) {
  for (std::size_t at = 0; (at = path.find("[0]", at)) != std::string::npos;) path.replace(at, 3, "[]");
  for (std::size_t at = 0; (at = path.find("[key]", at)) != std::string::npos;) path.replace(at, 5, "{}");
  return path;
}

TEST(Trials, VisitEveryFieldOfBothSides) {
  std::set<std::string> visited;
  for (const Side side : {Side::Spec, Side::Status}) {
    for (const Trial& trial : trials<garden::Kind>(side)) visited.insert(as_leaf(trial.path));
  }
  for (const Leaf& leaf : leaves<garden::Kind>()) EXPECT_TRUE(visited.contains(leaf.path)) << leaf.path;
}

TEST(Trials, BreakThePatternOfATextThatIsAsLongAsItMayBe) {
  const auto none = [](const void*) -> const void* { return nullptr; };
  const std::array fields{
      FieldShape{"pin",
                 "doc",
                 {.max_length = 3, .pattern = "^[a-z]{3}$", .pattern_says = "three letters", .example = "abc"},
                 &detail::kShape<std::string>,
                 false,
                 none,
                 nullptr}};
  const Shape shape{
      .form = Form::Struct, .doc = "doc", .fields = fields, .initial = []() -> const void* { return nullptr; }};
  KindShape kind = kind_of<garden::Kind>();
  kind.status = &shape;
  const auto all = trials(kind, Side::Status);
  EXPECT_TRUE(std::ranges::any_of(all, [](const Trial& t) { return t.what == "not of its pattern"; }));
}

TEST(Omissions, AreAcceptedWithTheDefaultInTheirPlace) {
  for (const Omission& omission : omissions(kind_of<garden::Kind>())) {
    const auto read = read_spec(omission.document);
    ASSERT_TRUE(read.ok()) << omission.path << ": " << to_error(read.errors).text();
    const json written{{"spec", write(read.value)}};
    EXPECT_FALSE(written.contains(json::json_pointer(omission.pointer))) << omission.path;
  }
}

TEST(Omissions, LeaveOutEveryFieldOfBothSidesThatMayBeMissing) {
  std::set<std::string> left_out;
  for (const Side side : {Side::Spec, Side::Status}) {
    for (const Omission& omission : omissions(kind_of<garden::Kind>(), side)) left_out.insert(as_leaf(omission.path));
  }
  for (const Leaf& leaf : leaves<garden::Kind>()) {
    EXPECT_EQ(left_out.contains(leaf.path), !leaf.options.required && !leaf.is_tag) << leaf.path;
  }
  EXPECT_TRUE(left_out.contains("spec.opening")) << "whole structs, too";
  EXPECT_FALSE(left_out.contains("spec.choice.left")) << "a union without it is none";
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
  for (const HostileTrial& trial : all) {
    const auto read = read_spec(trial.document);
    if (!read.ok()) {
      EXPECT_TRUE(names(read.errors, trial.path)) << trial.path << " " << trial.what;
      continue;
    }
    EXPECT_TRUE(trial.is_key || trial.form == Form::Text) << trial.path << " took " << trial.what;
    const json::json_pointer pointer(trial.pointer);
    const json written{{"spec", write(read.value)}};
    ASSERT_TRUE(written.contains(pointer)) << trial.path << " lost " << trial.what;
    // Of an entry under a hostile key the writer leaves out what is as by default.
    if (trial.is_key) continue;
    EXPECT_EQ(written.at(pointer), json::parse(trial.document).at(pointer)) << trial.path;
  }
}

TEST(HostileTrials, PutEveryTextOnEveryScalarAndOnAKeyOfEveryMap) {
  std::map<std::string, std::size_t> values;
  std::map<std::string, std::size_t> keys;
  std::set<Form> forms;
  for (const HostileTrial& trial : hostile_trials(kind_of<garden::Kind>())) {
    ++(trial.is_key ? keys : values)[trial.path];
    forms.insert(trial.form);
  }
  for (const auto* tried : {&values, &keys}) {
    EXPECT_FALSE(tried->empty());
    for (const auto& [path, count] : *tried) EXPECT_EQ(count, hostile_texts().size()) << path;
  }
  for (const Form form :
       {Form::Text, Form::Boolean, Form::Integer, Form::Number, Form::Duration, Form::Enum, Form::Map})
    EXPECT_TRUE(forms.contains(form)) << static_cast<int>(form);
}

TEST(HostileTexts, HoldWhatBreaksOtherLanguages) {
  for (const char* text : {"\"", "}", "a\nb", "$(id)", "[exec id]", "..", "%0a"}) {
    EXPECT_NE(std::ranges::find(hostile_texts(), text), hostile_texts().end()) << text;
  }
}

}  // namespace
}  // namespace sallyport::schema
