#include "tests/accuracy/scores.h"

#include <gtest/gtest.h>

namespace sandglass::accuracy {
namespace {

TEST(ScoresTest, AreTheValuesWorkedByHand) {
  Scores scores;
  scores.Add(1, 1.5);  // 50 % more
  scores.Add(4, 3);    // 25 % less
  scores.Add(10, 11);  // 10 % more
  scores.Add(5, 5);    // right
  scores.Add(100, std::nullopt);
  const Score score = scores.Sum();
  EXPECT_EQ(score.answered, 4u);
  EXPECT_EQ(score.unanswered, 1u);
  EXPECT_NEAR(score.mean, 0.2125, 1e-12);
  EXPECT_NEAR(score.median, 0.175, 1e-12);
  EXPECT_NEAR(score.p90, 0.5, 1e-12);
  EXPECT_NEAR(score.weighted, 2.5 / 20, 1e-12);
  EXPECT_NEAR(score.bias, 0.5 / 20, 1e-12);
}

TEST(ScoresTest, TheNinetiethPercentileOfTenIsTheNinth) {
  Scores scores;
  for (int i = 1; i <= 10; ++i) scores.Add(1, 1 + 0.01 * i);
  EXPECT_NEAR(scores.Sum().p90, 0.09, 1e-12);
  EXPECT_NEAR(scores.Sum().median, 0.055, 1e-12);
}

TEST(ScoresTest, WithoutAnswersThereIsNoError) {
  Scores scores;
  scores.Add(1, std::nullopt);
  EXPECT_EQ(scores.Sum().answered, 0u);
  EXPECT_EQ(scores.Sum().unanswered, 1u);
}

}  // namespace
}  // namespace sandglass::accuracy
