#include "proto/nearest_words.h"

#include <gtest/gtest.h>

namespace sandglass {
namespace {

TEST(NearestWordsTest, DistancesByHand) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("abc", ""), 3u);
  EXPECT_EQ(EditDistance("replay", "replay"), 0u);
  EXPECT_EQ(EditDistance("repaly", "replay"), 1u);
  EXPECT_EQ(EditDistance("eplay", "replay"), 1u);
  EXPECT_EQ(EditDistance("replays", "replay"), 1u);
  EXPECT_EQ(EditDistance("rerlay", "replay"), 1u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("ba", "ab"), 1u);
  // Both ways the same.
  EXPECT_EQ(EditDistance("sitting", "kitten"), 3u);
}

TEST(NearestWordsTest, OnlySlipsAreMended) {
  const std::vector<std::string> words = {"replay", "compare", "explain", "cost"};
  EXPECT_EQ(LikelyMeant("repaly", words), "replay");
  EXPECT_EQ(LikelyMeant("comapre", words), "compare");
  EXPECT_EQ(LikelyMeant("explian", words), "explain");
  EXPECT_EQ(LikelyMeant("costs", words), "cost");
  EXPECT_EQ(LikelyMeant("frobnicate", words), "");
  EXPECT_EQ(LikelyMeant("co", words), "cost");
  EXPECT_EQ(LikelyMeant("x", words), "");
  // Two letters to change, which are all.
  EXPECT_EQ(LikelyMeant("xy", {"ab"}), "");
  EXPECT_EQ(LikelyMeant("", words), "");
  EXPECT_EQ(LikelyMeant("replay", {}), "");
  // The first of two that are as near.
  EXPECT_EQ(LikelyMeant("bat", {"cat", "rat"}), "cat");
}

}  // namespace
}  // namespace sandglass
