#include "collectors/main/completion.h"

#include <gtest/gtest.h>

#include "CLI/CLI.hpp"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace sandglass::collectors {
namespace {

std::vector<std::string> Values(absl::string_view name) {
  if (name == "CLASS") return {"gpu", "gpt", "npu"};
  if (name == "TRACE") return {"a/1", "b"};
  return {};
}

class CompletionTest : public ::testing::Test {
 protected:
  CompletionTest() {
    app_.fallthrough();
    app_.add_option("--store", text_, "read this store")->type_name("DIR");
    CLI::App* replay = app_.add_subcommand("replay", "Time and energy. And more.");
    replay->add_option("TRACE", texts_)->required();
    replay->add_option("--on", text_)->type_name("CLASS[,CLASS...]");
    replay->add_option("--format", text_, "how; or not")->check(CLI::IsMember({"text", "json"}));
    replay->add_option("--policy,-p", text_)->type_name("FILE");
    replay->add_flag("--brief", flag_);
    CLI::App* compare = app_.add_subcommand("compare", "One against another.");
    compare->add_option("TRACE", text_);
    compare->add_option("CLASS", text_);
    CLI::App* traces = app_.add_subcommand("traces", "Traces.");
    traces->add_subcommand("ls", "List them.");
    traces->add_subcommand("show", "Show one.");
  }

  std::string At(const std::string& line) { return Candidates(app_, absl::StrSplit(line, ' '), Values); }

  CLI::App app_{"test", "test"};
  std::string text_;
  std::vector<std::string> texts_;
  bool flag_ = false;
};

TEST_F(CompletionTest, OffersWhatMayStandThere) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "replay\tTime and energy\ncompare\tOne against another\ntraces\tTraces\n"},
      {"re", "replay\tTime and energy\n"},
      {"traces ", "ls\tList them\nshow\tShow one\n"},
      {"traces s", "show\tShow one\n"},
      {"replay --f", "--format\thow\n"},
      // Of those above as well.
      {"replay --st", "--store\tread this store\n"},
      {"replay --format ", "text\njson\n"},
      {"replay --format j", "json\n"},
      {"replay --store ", ":folders\n"},
      {"--store x re", "replay\tTime and energy\n"},
      {"replay --policy x", ":files\n"},
      {"replay -p x", ":files\n"},
      {"replay ", "a/1\nb\n:files\n"},
      // Several of them may follow each other, and a flag has no value.
      {"replay a/1 --brief a", "a/1\n:files\n"},
      {"replay --on gp", "gpu\ngpt\n"},
      {"replay --on npu,gp", "npu,gpu\nnpu,gpt\n"},
      {"compare ", "a/1\nb\n:files\n"},
      {"compare b g", "gpu\ngpt\n"},
      {"compare b gpu ", ""},
      {"traces ls ", ""},
      {"nothing --known ", "replay\tTime and energy\ncompare\tOne against another\ntraces\tTraces\n"},
  };
  for (const auto& [line, lines] : cases) EXPECT_EQ(At(line), lines) << line;
  EXPECT_EQ(Candidates(app_, {}, Values), At(""));
}

TEST_F(CompletionTest, ScriptsCallTheProgram) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = CompletionScript(shell, "my-program");
    ASSERT_TRUE(script.ok()) << script.status();
    EXPECT_TRUE(absl::StrContains(*script, "completion candidates"));
    EXPECT_TRUE(absl::StrContains(*script, "_my_program"));
    EXPECT_FALSE(absl::StrContains(*script, "PROGRAM"));
    EXPECT_FALSE(absl::StrContains(*script, "FUNCTION"));
  }
  EXPECT_FALSE(CompletionScript("csh", "a").ok());
}

}  // namespace
}  // namespace sandglass::collectors
