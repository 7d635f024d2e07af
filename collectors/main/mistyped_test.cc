#include "collectors/main/mistyped.h"

#include <gtest/gtest.h>

#include <string>

#include "CLI/CLI.hpp"

namespace sandglass::collectors {
namespace {

// What is said of `words`: of a program with --store, a command `run` of one word with --steps, and `show` with `all`
// below it.
std::string Said(const std::string& words) {
  CLI::App app("test", "test");
  app.require_subcommand(1);
  app.fallthrough();
  std::string text;
  app.add_option("--store", text);
  CLI::App* run = app.add_subcommand("run");
  run->add_option("WORKLOAD", text)->required();
  run->add_option("--steps", text);
  app.add_subcommand("show")->require_subcommand(1)->add_subcommand("all");
  try {
    app.parse(words);
  } catch (const CLI::ParseError&) {
    return Mistyped(app);
  }
  return "parsed";
}

TEST(MistypedTest, CommandsAndOptionsThatAreNearAreTold) {
  EXPECT_EQ(Said("rnu"), "there is no command rnu (did you mean run?)");
  EXPECT_EQ(Said("show al"), "there is no command al (did you mean all?)");
  EXPECT_EQ(Said("run x --step 3"), "there is no option --step (did you mean --steps?)");
  EXPECT_EQ(Said("run x --step=3"), "there is no option --step (did you mean --steps?)");
  // Of a command above.
  EXPECT_EQ(Said("run x --sotre y"), "there is no option --sotre (did you mean --store?)");
}

TEST(MistypedTest, NothingIsGuessedWhereNothingIsNear) {
  EXPECT_EQ(Said("frobnicate"), "there is no command frobnicate");
  EXPECT_EQ(Said("run x --frobnicate"), "there is no option --frobnicate");
  EXPECT_EQ(Said("run x -q"), "there is no option -q");
}

TEST(MistypedTest, OtherMistakesAreNotItsOwn) {
  EXPECT_EQ(Said("run x"), "parsed");
  EXPECT_EQ(Said("run"), "");
  EXPECT_EQ(Said(""), "");
  EXPECT_EQ(Said("run x y"), "");
}

}  // namespace
}  // namespace sandglass::collectors
