// SPDX-License-Identifier: Apache-2.0
#include "operator/store/object.hpp"

#include <gmock/gmock.h>

namespace sallyport::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pointee;
using ::testing::UnorderedElementsAre;

/// Text as an item: its words are its letters.
std::vector<std::string> letters_of(const std::string& text) {
  std::vector<std::string> letters;
  for (const char c : text) letters.emplace_back(1, c);
  return letters;
}

std::shared_ptr<const std::string> item(const std::string& text) {
  return std::make_shared<const std::string>(text);
}

TEST(Cache, GivesWhatWasPutLastUnderAName) {
  Cache<std::string> cache;
  EXPECT_EQ(cache.get("risk", "a"), nullptr);
  cache.put("risk", "a", item("one"));
  cache.put("risk", "a", item("two"));
  EXPECT_THAT(cache.get("risk", "a"), Pointee(std::string("two")));
  EXPECT_EQ(cache.get("other", "a"), nullptr);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(Cache, KeepsAnItemAliveForWhoeverHoldsIt) {
  Cache<std::string> cache;
  cache.put("", "a", item("one"));
  const auto held = cache.get("", "a");
  cache.erase("", "a");
  cache.erase("", "a");
  EXPECT_EQ(*held, "one");
  EXPECT_EQ(cache.size(), 0U);
}

TEST(Cache, ListsInTheOrderOfNames) {
  Cache<std::string> cache;
  cache.put("risk", "b", item("rb"));
  cache.put("credit", "z", item("cz"));
  cache.put("risk", "a", item("ra"));
  cache.put("riskier", "a", item("xa"));
  EXPECT_THAT(cache.list(), ElementsAre(Pointee(std::string("cz")), Pointee(std::string("ra")),
                                        Pointee(std::string("rb")), Pointee(std::string("xa"))));
  EXPECT_THAT(cache.list("risk"), ElementsAre(Pointee(std::string("ra")), Pointee(std::string("rb"))));
}

TEST(Cache, FindsItemsByTheirWordsAsTheyAreNow) {
  Cache<std::string> cache(letters_of);
  cache.put("", "1", item("ab"));
  cache.put("", "2", item("bc"));
  EXPECT_THAT(cache.find("b"), UnorderedElementsAre(Pointee(std::string("ab")), Pointee(std::string("bc"))));

  cache.put("", "1", item("xy"));
  EXPECT_THAT(cache.find("b"), UnorderedElementsAre(Pointee(std::string("bc"))));
  EXPECT_THAT(cache.find("x"), UnorderedElementsAre(Pointee(std::string("xy"))));

  cache.erase("", "2");
  EXPECT_THAT(cache.find("b"), IsEmpty());
}

TEST(Cache, FindsNothingWithoutWords) {
  Cache<std::string> cache;
  cache.put("", "1", item("ab"));
  EXPECT_THAT(cache.find("a"), IsEmpty());
}

}  // namespace
}  // namespace sallyport::store
