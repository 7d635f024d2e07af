#include "collectors/main/cli.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace sandglass::collectors {
namespace {

absl::StatusOr<Invocation> Parse(absl::string_view line) {
  return ParseCommandLine(absl::StrSplit(line, ' ', absl::SkipEmpty()));
}

TEST(CliTest, ReadsARun) {
  const auto parsed = Parse(
      "run mamba --store /s --name a/b --layers 3 --top-k 2 --phase decode --dtype bfloat16 --device meta "
      "--on-slow drop --seed 9 --scan steps --box-nm 2.5 --spool /p --spool-max-mib 10 --spool-sync");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->kind, Invocation::Kind::kRun);
  const RunRequest& run = parsed->run;
  EXPECT_EQ(run.workload, "mamba");
  EXPECT_EQ(run.store, "/s");
  EXPECT_EQ(run.to, "");
  EXPECT_EQ(run.name, "a/b");
  EXPECT_EQ(run.options.layers, 3);
  EXPECT_EQ(run.options.top_k, 2);
  EXPECT_EQ(run.options.width, std::nullopt);
  EXPECT_EQ(run.options.phase, v1::PHASE_DECODE);
  EXPECT_EQ(run.options.dtype, v1::DATA_TYPE_BFLOAT16);
  EXPECT_TRUE(run.options.shapes_only);
  EXPECT_TRUE(run.options.drop_when_slow);
  EXPECT_EQ(run.options.seed, 9u);
  EXPECT_EQ(run.options.scan, "steps");
  EXPECT_EQ(run.options.box_nm, 2.5);
  EXPECT_EQ(run.spool, "/p");
  EXPECT_EQ(run.spool_max_mib, 10);
  EXPECT_TRUE(run.spool_sync);
  // What repeats the run has neither the store, the spool nor the name.
  EXPECT_EQ(run.command,
            "sandglass-collect run mamba --layers 3 --top-k 2 --phase decode --dtype bfloat16 --device meta "
            "--on-slow drop --seed 9 --scan steps --box-nm 2.5");
}

TEST(CliTest, HasDefaults) {
  const auto parsed = Parse("run transformer --to=h:1");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->run.to, "h:1");
  EXPECT_EQ(parsed->run.name, "transformer");
  EXPECT_EQ(parsed->run.options.phase, v1::PHASE_UNSPECIFIED);
  EXPECT_EQ(parsed->run.options.dtype, v1::DATA_TYPE_FLOAT32);
  EXPECT_FALSE(parsed->run.options.shapes_only);
  EXPECT_FALSE(parsed->run.options.drop_when_slow);
  EXPECT_EQ(parsed->run.command, "sandglass-collect run transformer");
  EXPECT_EQ(parsed->run.spool, "");
  EXPECT_EQ(parsed->run.spool_max_mib, std::nullopt);
  EXPECT_FALSE(parsed->run.spool_sync);
}

TEST(CliTest, ReadsHowAServerIsReached) {
  for (const char* command : {"run mamba", "resume"}) {
    const auto parsed = Parse(std::string(command) + " --to h:1 --tls-ca a --tls-cert b --tls-key=c --token-file d");
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    const bool run = parsed->kind == Invocation::Kind::kRun;
    const ClientSecurity& security = run ? parsed->run.security : parsed->resume.security;
    EXPECT_EQ(security.ca_file, "a");
    EXPECT_EQ(security.certificate_file, "b");
    EXPECT_EQ(security.key_file, "c");
    EXPECT_EQ(security.token_file, "d");
    // None of it is part of the run.
    if (run) {
      EXPECT_EQ(parsed->run.command, "sandglass-collect run mamba");
    }
    for (const char* option : {"--tls-ca", "--tls-cert", "--tls-key", "--token-file"}) {
      const auto refused = Parse(std::string(command) + " --store /s " + option + " f");
      EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
      EXPECT_TRUE(absl::StrContains(refused.status().message(), option)) << refused.status();
      EXPECT_TRUE(absl::StrContains(refused.status().message(), "--store excludes")) << refused.status();
    }
  }
}

TEST(CliTest, ReadsAResume) {
  const auto plain = Parse("resume");
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_EQ(plain->kind, Invocation::Kind::kResume);
  EXPECT_EQ(plain->resume.spool, "");
  EXPECT_EQ(plain->resume.incomplete, Incomplete::kKeep);
  EXPECT_FALSE(plain->resume.new_key);
  EXPECT_TRUE(Parse("resume --new-key")->resume.new_key);
  const auto full = Parse("resume --spool /p --to h:1 --incomplete seal");
  ASSERT_TRUE(full.ok()) << full.status();
  EXPECT_EQ(full->resume.spool, "/p");
  EXPECT_EQ(full->resume.to, "h:1");
  EXPECT_EQ(full->resume.store, "");
  EXPECT_EQ(full->resume.incomplete, Incomplete::kSeal);
  EXPECT_EQ(Parse("resume --store /s --incomplete abort")->resume.incomplete, Incomplete::kAbort);
  EXPECT_EQ(Parse("resume --store /s --incomplete abort")->resume.store, "/s");
}

TEST(CliTest, ReadsAnImport) {
  const auto parsed = Parse(
      "import a.json b.json.gz --store /s --name runs --phase prefill --device amd-mi300x --work 2048 token --work 4 "
      "sample --strict");
  EXPECT_EQ(Parse("import k.json --store /s --execution-trace et.json")->import.execution_trace, "et.json");
  const auto remote = Parse("import a --to h:1 --token-file t --tls-ca c");
  ASSERT_TRUE(remote.ok()) << remote.status();
  EXPECT_EQ(remote->import.security.token_file, "t");
  EXPECT_EQ(remote->import.security.ca_file, "c");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->kind, Invocation::Kind::kImport);
  const ImportRequest& import = parsed->import;
  EXPECT_EQ(import.files, (std::vector<std::string>{"a.json", "b.json.gz"}));
  EXPECT_EQ(import.store, "/s");
  EXPECT_EQ(import.name, "runs");
  EXPECT_EQ(import.phase, v1::PHASE_PREFILL);
  EXPECT_EQ(import.silicon_class, "amd-mi300x");
  ASSERT_EQ(import.work_done.size(), 2);
  EXPECT_EQ(import.work_done[0].unit(), v1::WORK_UNIT_TOKEN);
  EXPECT_EQ(import.work_done[0].count(), 2048);
  EXPECT_EQ(import.work_done[1].unit(), v1::WORK_UNIT_SAMPLE);
  EXPECT_TRUE(import.strict);
  // What one command reads, the other does not see.
  EXPECT_EQ(parsed->run.options.phase, v1::PHASE_UNSPECIFIED);
  EXPECT_EQ(Parse("import --store /s").status().code(), absl::StatusCode::kInvalidArgument);
  for (const char* wrong : {"--work 0 token", "--work x token", "--work 3 apples", "--work inf step", "--phase none"}) {
    const absl::Status status = Parse(absl::StrCat("import a --store /s ", wrong)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << wrong;
    EXPECT_TRUE(absl::StartsWith(status.message(), "--")) << status;
  }
}

TEST(CliTest, QuotesTheCommand) {
  const auto parsed = ParseCommandLine({"run", "it's one", "--store", "/s"});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->run.command, "sandglass-collect run 'it'\\''s one'");
}

TEST(CliTest, RefusesInOneLineWithTheWordAtFault) {
  struct Case {
    const char* line;
    const char* names;
  };
  const Case cases[] = {
      {"", "a command is needed"},
      {"fly", "fly"},
      {"run", "workload"},
      {"run a b", "b"},
      {"run a --layers x", "--layers"},
      {"run a --layers 1.5", "--layers"},
      {"run a --layers 99999999999999999999", "--layers"},
      {"run a --layers", "--layers"},
      {"run a --seed -1", "--seed"},
      {"run a --box-nm wide", "--box-nm wide"},
      {"run a --box-nm nan", "--box-nm nan"},
      {"run a --box-nm inf", "--box-nm inf"},
      {"run a --phase trian", "--phase trian: must be one of decode, infer, prefill, simulate, train"},
      {"run a --dtype float64", "--dtype float64: must be one of bfloat16, float32"},
      {"run a --device cuda", "--device cuda: must be one of cpu, meta"},
      {"run a --on-slow wait", "--on-slow wait: must be one of block, drop"},
      {"run a --to h:1 --store /s", "--store"},
      {"run a --layer 1", "--layer"},
      {"run a --spool-max-mib 0", "--spool-max-mib 0"},
      {"run a --spool-max-mib -1", "--spool-max-mib -1"},
      {"run a --spool-max-mib 99999999", "--spool-max-mib 99999999"},
      {"resume --to h:1 --store /s", "--store"},
      {"resume --incomplete maybe", "--incomplete maybe: must be one of abort, keep, seal"},
      {"resume a", "`sandglass-collect resume --help`"},
      {"completion", "which shell"},
      {"completion csh", "csh"},
      {"workloads extra", "extra"},
  };
  for (const Case& c : cases) {
    const auto parsed = Parse(c.line);
    ASSERT_FALSE(parsed.ok()) << c.line;
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << c.line;
    EXPECT_TRUE(absl::StrContains(parsed.status().message(), c.names)) << c.line << ": " << parsed.status();
    EXPECT_FALSE(absl::StrContains(parsed.status().message(), "\n")) << c.line << ": " << parsed.status();
  }
}

TEST(CliTest, NegativeNumbersReachTheWorkload) {
  const auto parsed = Parse("run a --layers -4");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->run.options.layers, -4);
}

TEST(CliTest, PrintsHelpVersionAndCompletion) {
  struct Case {
    const char* line;
    const char* text;
  };
  const Case cases[] = {
      {"--help", "workloads"},
      {"run --help", "--on-slow"},
      {"run --help", "sandglass-collect run [OPTIONS]"},
      {"run a --help", "--top-k"},
      {"run --help", "--spool-sync"},
      {"resume --help", "--incomplete"},
      {"resume --help", "SANDGLASS_SPOOL"},
      {"workloads --help", "List the workloads"},
      {"--version", "0.1.0"},
      {"completion bash", "complete -F _sandglass_collect sandglass-collect"},
      {"completion zsh", "compdef _sandglass_collect sandglass-collect"},
      {"completion fish", "complete -c sandglass-collect"},
      {"completion candidates res", "resume\tSend the traces that a spool holds"},
      {"completion candidates run a --unf", "--unfolds"},
      {"completion candidates resume --inc", "--incomplete"},
      {"completion candidates import a --execution-trace b", ":files"},
      {"completion candidates import a --capture b", ":files"},
      {"completion candidates run a --store b", ":folders"},
  };
  for (const Case& c : cases) {
    const auto parsed = Parse(c.line);
    ASSERT_TRUE(parsed.ok()) << c.line << ": " << parsed.status();
    EXPECT_EQ(parsed->kind, Invocation::Kind::kPrint) << c.line;
    EXPECT_TRUE(absl::StrContains(parsed->text, c.text)) << c.line << ": " << parsed->text;
  }
  EXPECT_EQ(Parse("workloads")->kind, Invocation::Kind::kListWorkloads);
}

}  // namespace
}  // namespace sandglass::collectors
