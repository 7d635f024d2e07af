// What the real `sandglass` binary says of money: cost, migrate, lockin and scenarios over a real store.
#include <algorithm>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "analyzer/analysis/store_fixture.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "proto/economics_report.pb.h"
#include "storage/ingest.h"
#include "storage/trace_store.h"
#include "tests/end_to_end/process.h"

namespace sandglass::testing {
namespace {

using absl::StrContains;
using Arguments = std::vector<std::string>;

constexpr const char* kSandglass = "analyzer/serve/sandglass";

Arguments operator+(Arguments first, const Arguments& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

class EconomicsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    store_ = new std::string(NewFolder());
    auto store = storage::TraceStore::Open(*store_, {});
    ASSERT_TRUE(store.ok()) << store.status();
    storage::Ingest ingest(**store);
    for (const auto& [name, layers] : {std::pair("demo/today", 100), std::pair("demo/later", 50),
                                       std::pair("demo/other", 10), std::pair("my/other", 10)}) {
      ASSERT_TRUE(analysis::Submit(ingest, analysis::TinyTraining(name, layers)).ok());
    }
    // 900 + 50 + 900 of 1900 us are known: 0.973684.
    analysis::FixtureTrace odd = analysis::TinyTraining("demo/odd", 2);
    odd.operators.back().mutable_signature()->set_name("custom::unheard_of");
    ASSERT_TRUE(analysis::Submit(ingest, odd).ok());
  }
  static void TearDownTestSuite() { delete store_; }

  static Outcome Ask(const Arguments& arguments) {
    return RunProgram(Arguments{kSandglass} + arguments + Arguments{"--store", *store_});
  }

  // A question with an answer that needs few paths.
  static Arguments LockIn() {
    return {"lockin",     "--specialised", "TPU v5p",    "--general", "H100-SXM", "--incumbent",
            "demo/today", "--successor",   "demo/later", "--paths",   "1000"};
  }
  static Arguments Migrate() { return {"migrate", "--from", "H100-SXM", "--to", "TPU v5p", "--trace", "demo/today"}; }
  static Arguments Cost() { return {"cost", "demo/today", "--on", "H100-SXM,TPU v5p,Anton 3"}; }

  static void ExpectError(const Arguments& arguments, const std::string& part) {
    SCOPED_TRACE(absl::StrJoin(arguments, " "));
    const Outcome outcome = Ask(arguments);
    EXPECT_EQ(outcome.code, 1) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_TRUE(absl::StartsWith(outcome.err, "sandglass: error: ")) << outcome.err;
    EXPECT_TRUE(StrContains(outcome.err, part)) << outcome.err;
  }

  static std::string File(const std::string& text) {
    const std::string path = NewFolder() + "/scenario.textproto";
    std::ofstream(path) << text;
    return path;
  }

  static std::string* store_;
};
std::string* EconomicsTest::store_ = nullptr;

template <typename Report>
Report Parsed(const Outcome& outcome) {
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  Report report;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(outcome.out, &report).ok()) << outcome.out;
  return report;
}

TEST_F(EconomicsTest, JsonIsTheWholeReport) {
  const auto cost = Parsed<v1::CostReport>(Ask(Cost() + Arguments{"--format", "json"}));
  ASSERT_EQ(cost.traces_size(), 1);
  ASSERT_EQ(cost.traces(0).classes_size(), 3);
  EXPECT_EQ(cost.traces(0).classes(0).verdict(), v1::VERDICT_UNSUPPORTED);
  EXPECT_GT(cost.traces(0).classes(2).owned().value(), 0);
  EXPECT_EQ(cost.traces(0).classes(2).owned().unit(), "USD/token");
  const auto migration = Parsed<v1::MigrationReport>(Ask(Migrate() + Arguments{"--format", "json"}));
  EXPECT_EQ(migration.to_class(), "google-tpu-v5p");
  EXPECT_GT(migration.labour().value(), 0);
  const auto lock_in = Parsed<v1::LockInReport>(Ask(LockIn() + Arguments{"--format", "json"}));
  EXPECT_EQ(lock_in.scenario().paths(), 1000);
  EXPECT_TRUE(lock_in.has_probability_specialised_wins());
  EXPECT_TRUE(StrContains(lock_in.verdict(), "google-tpu-v5p")) << lock_in.verdict();
}

TEST_F(EconomicsTest, TextMarkdownAndCsv) {
  for (const Arguments& question : {Cost(), Migrate(), LockIn()}) {
    SCOPED_TRACE(question[0]);
    const Outcome text = Ask(question);
    EXPECT_EQ(text.code, 0) << text.err;
    EXPECT_TRUE(StrContains(text.out, "Assumptions of scenario default")) << text.out;
    EXPECT_TRUE(StrContains(text.out, "lock_in.hazard")) << text.out;
    const Outcome markdown = Ask(question + Arguments{"--format", "markdown"});
    EXPECT_TRUE(absl::StartsWith(markdown.out, "# ")) << markdown.out;
    EXPECT_TRUE(StrContains(markdown.out, "\n| item | value | ")) << markdown.out;
    const Outcome csv = Ask(question + Arguments{"--format", "csv"});
    EXPECT_TRUE(absl::StartsWith(csv.out, "section,item,value,low,high,unit,ground,note\n")) << csv.out;
    EXPECT_TRUE(StrContains(csv.out, "lock_in.hazard")) << csv.out;
    // Every line has eight cells: quotes are even, and seven commas stand outside of them.
    for (const absl::string_view line : absl::StrSplit(csv.out, '\n', absl::SkipEmpty())) {
      int commas = 0;
      bool quoted = false;
      for (const char c : line) {
        if (c == '"') quoted = !quoted;
        if (c == ',' && !quoted) ++commas;
      }
      EXPECT_EQ(commas, 7) << line;
    }
  }
}

TEST_F(EconomicsTest, HtmlIsOneFileWithoutScripts) {
  const Arguments strange = {"--scenario",
                             File("scenario_version: 1 title: '<script>alert(1)</script>' budget { value: "
                                  "1 unit: 'USD' source: '<img src=http://x>' }")};
  for (const Arguments& question : {Cost(), Migrate(), LockIn(), Cost() + strange}) {
    SCOPED_TRACE(absl::StrJoin(question, " "));
    const Outcome html = Ask(question + Arguments{"--format", "html"});
    EXPECT_EQ(html.code, 0) << html.err;
    EXPECT_TRUE(absl::StartsWith(html.out, "<!doctype html>")) << html.out;
    EXPECT_TRUE(absl::EndsWith(html.out, "</body></html>\n"));
    for (const char* outside : {"<script", "<img", "<link", "<a ", "href=", "@import", "url("}) {
      EXPECT_FALSE(StrContains(html.out, outside)) << outside;
    }
    EXPECT_EQ(StrContains(html.out, "http://"), StrContains(html.out, "&lt;img src=http://x&gt;"));
  }
  const std::string page = Ask(Cost() + strange + Arguments{"--format", "html"}).out;
  EXPECT_TRUE(StrContains(page, "<h1>What work costs: &lt;script&gt;alert(1)&lt;/script&gt;</h1>")) << page;
}

TEST_F(EconomicsTest, BriefIsTheAnswerAlone) {
  const std::string brief = Ask(LockIn() + Arguments{"--brief"}).out;
  EXPECT_TRUE(StrContains(brief, "== Is it worth it")) << brief;
  EXPECT_FALSE(StrContains(brief, "Assumptions")) << brief;
}

TEST_F(EconomicsTest, TheSameSeedGivesTheSameBytes) {
  for (const Arguments& question : {Migrate(), LockIn()}) {
    SCOPED_TRACE(question[0]);
    const auto with_seed = [&](const char* seed) {
      return Ask(question + Arguments{"--seed", seed, "--format", "json"}).out;
    };
    const std::string first = with_seed("7");
    EXPECT_EQ(with_seed("7"), first);
    EXPECT_NE(with_seed("8"), first);
  }
}

TEST_F(EconomicsTest, ScenariosAreListedAndPrintedAsFiles) {
  const Outcome list = RunProgram({kSandglass, "scenarios"});
  EXPECT_EQ(list.code, 0) << list.err;
  for (const absl::string_view line : absl::StrSplit(list.out, '\n', absl::SkipEmpty())) {
    const std::string name = std::vector<std::string>(absl::StrSplit(line, ' '))[0];
    const Outcome shown = RunProgram({kSandglass, "scenarios", name});
    EXPECT_EQ(shown.code, 0) << shown.err;
    EXPECT_TRUE(StrContains(shown.out, absl::StrCat("name: \"", name, "\""))) << shown.out;
    // What it prints is a scenario, and asks the same.
    const Arguments question = {"cost", "demo/today", "--on", "H100-SXM", "--format", "json", "--scenario"};
    const Outcome by_name = Ask(question + Arguments{name});
    EXPECT_EQ(by_name.code, 0) << by_name.err;
    EXPECT_EQ(Ask(question + Arguments{File(shown.out)}).out, by_name.out);
  }
  EXPECT_TRUE(StrContains(list.out, "sovereign_50b")) << list.out;
  const Outcome absent = RunProgram({kSandglass, "scenarios", "absent"});
  EXPECT_EQ(absent.code, 1);
  EXPECT_TRUE(StrContains(absent.err, "sovereign_50b")) << absent.err;
}

TEST_F(EconomicsTest, WhatTheUserSaysGoesBeforeTheScenario) {
  const std::string file = File(
      "scenario_version: 1 name: \"mine\" lock_in { hazard { value: 0.1 unit: \"1/year\" source: \"file\" } horizon { "
      "value: 3 unit: \"year\" source: \"file\" } }");
  const Arguments set = {"--set", "lock_in { hazard { value: 0.2 unit: '1/year' source: 'set' } }"};
  const Arguments json = {"--format", "json"};
  const auto base = Parsed<v1::LockInReport>(Ask(LockIn() + Arguments{"--scenario", file} + json));
  EXPECT_EQ(base.hazard().value(), 0.1);
  EXPECT_EQ(base.scenario().name(), "mine");
  const auto over = Parsed<v1::LockInReport>(Ask(LockIn() + Arguments{"--scenario", file} + set + json));
  EXPECT_EQ(over.hazard().value(), 0.2);
  EXPECT_EQ(over.hazard().range_source(), "set");
  EXPECT_EQ(over.scenario().lock_in().horizon().value(), 3);
  const auto flags = Parsed<v1::LockInReport>(
      Ask(LockIn() + Arguments{"--scenario", file, "--hazard", "0.3", "--budget", "5e6", "--equal-units", "2"} + set +
          json));
  EXPECT_EQ(flags.hazard().value(), 0.3);
  EXPECT_EQ(flags.scenario().budget().value(), 5e6);
  EXPECT_EQ(flags.scenario().equivalence().successor_units().value(), 2);
}

TEST_F(EconomicsTest, TheLastPartOfANameWillDo) {
  Arguments question = {"cost", "today", "--on", "H100-SXM", "--brief"};
  EXPECT_TRUE(StrContains(Ask(question).out, "demo/today")) << Ask(question).err;
  ExpectError({"cost", "other", "--on", "H100-SXM"}, "other");
}

TEST_F(EconomicsTest, BadInputIsOneClearError) {
  const auto set = [](const std::string& text) { return LockIn() + Arguments{"--set", text}; };
  struct Case {
    Arguments arguments;
    std::string part;
  };
  const Case cases[] = {
      {LockIn() + Arguments{"--hazard", "-1"}, "lock_in.hazard.value is -1: it must be at least 0"},
      {LockIn() + Arguments{"--hazard", "1e9"}, "lock_in.hazard.value is 1e+09: it must be at least 0 and at most 100"},
      {LockIn() + Arguments{"--hazard", "nan"}, "lock_in.hazard.value is nan"},
      {LockIn() + Arguments{"--horizon", "0"}, "lock_in.horizon.value is 0: it must be at least 1e-09"},
      {LockIn() + Arguments{"--horizon", "inf"}, "lock_in.horizon.value is inf"},
      {LockIn() + Arguments{"--budget", "0"}, "budget.value is 0: it must be at least 1e-09"},
      {LockIn() + Arguments{"--equal-units", "-2"}, "equivalence.successor_units.value is -2"},
      {Migrate() + Arguments{"--paths", "1000000000"}, "paths is 1000000000: it must be at most"},
      {LockIn() + Arguments{"--pue", "0.5"}, "scenario.replay: option pue is 0.5"},
      {set("lock_in { hazzard { value: 1 } }"), "--set:1:"},
      {set("lock_in { hazzard { value: 1 } }"), "hazzard"},
      {set("lock_in { hazard { value: 1 unit: 'year' source: 'me' } }"), "lock_in.hazard.unit is \"year\": it must be"},
      {set("lock_in { hazard { value: 1 unit: '1/year' } }"), "lock_in.hazard.source is empty"},
      {set("lock_in { hazard { unit: '1/year' source: 'me' } }"), "lock_in.hazard has no value"},
      {set("lock_in { successor_share { value: 1.5 unit: 'ratio' source: 'me' } }"),
       "lock_in.successor_share.value is 1.5: it must be at least 0 and at most 1"},
      {set("portfolio { tail_level { value: 1.5 unit: 'ratio' source: 'me' } }"), "portfolio.tail_level.value is 1.5"},
      {set("lock_in { carried_share { triangular { low: 0.5 mode: 0.2 high: 0.9 } unit: 'ratio' source: 'me' } }"),
       "lock_in.carried_share.triangular.mode is 0.2"},
      {set("lock_in { carried_share { lognormal { median: 1 sigma: 1 } unit: 'ratio' source: 'me' } }"),
       "lock_in.carried_share.lognormal"},
      {set("lock_in {"), "--set:"},
      {LockIn() + Arguments{"--scenario", "/nonexistent/scenario"}, "/nonexistent/scenario"},
      {LockIn() + Arguments{"--scenario", File("name: 'mine'")}, "scenario_version"},
      {LockIn() + Arguments{"--scenario", File("scenario_version: 2")}, "scenario_version is 2"},
      {LockIn() + Arguments{"--scenario", File("scenario_version: 1 nonsense: 1")}, "nonsense"},
      {LockIn() + Arguments{"--incumbent", "absent"}, "lock_in.incumbent[1]: "},
      {LockIn() + Arguments{"--format", "xml"}, "--format"},
      {LockIn() + Arguments{"--stack", "magic"}, "option stack is \"magic\""},
      {{"lockin", "--incumbent", "today", "--successor", "later", "--general", "H100-SXM"},
       "lock_in.specialised_class is empty"},
      {{"lockin", "--specialised", "TPU v5p", "--general", "tpu-v5p", "--incumbent", "today", "--successor", "later"},
       "lock_in.general_class is google-tpu-v5p, which is the specialised class too"},
      {{"lockin", "--specialised", "anton3", "--general", "H100-SXM", "--incumbent", "today", "--successor", "later"},
       "lock_in.incumbent[0] is demo/today, which is not molecular dynamics: deshaw-anton3"},
      {{"lockin", "--specialised", "TPU v5p", "--general", "H100-SXM", "--incumbent", "today"},
       "lock_in.successor is empty"},
      {Migrate() + Arguments{"--successor", "later"}, "equivalence.successor_units is not declared"},
      {{"migrate", "--from", "H100-SXM", "--to", "H100-SXM", "--trace", "today"}, "to_class is nvidia-h100-sxm"},
      {{"migrate", "--from", "H100-SXM", "--to", "H100-SXN", "--trace", "today"}, "nvidia-h100-sxm"},
      {{"migrate", "--from", "anton3", "--to", "H100-SXM", "--trace", "today"}, "traces[0]: deshaw-anton3"},
      {Migrate() + Arguments{"--weight", "1", "--weight", "2"}, "weights has 2 entries for 1 traces"},
      {Migrate() + Arguments{"--weight", "-1"}, "traces[0].weight is -1"},
      {{"cost"}, "traces is empty"},
      {{"cost", "absent"}, "traces[0]: "},
      {{"cost", "today", "--on", "H100-SXN"}, "nvidia-h100-sxm"},
      {{"scenarios", "absent"}, "built in are"},
  };
  for (const Case& c : cases) ExpectError(c.arguments, c.part);
}

TEST_F(EconomicsTest, BelowTheFloorThereAreNoNumbers) {
  const Arguments question = LockIn() + Arguments{"--incumbent", "demo/odd"};
  const Outcome enough = Ask(question + Arguments{"--coverage-floor", "0.7", "--format", "json"});
  // Of the operators 75 %, of the time 97 %: the lesser counts.
  EXPECT_EQ(Parsed<v1::LockInReport>(enough).least_coverage(), 0.75);
  const Arguments below = question + Arguments{"--coverage-floor", "0.98"};
  const Outcome json = Ask(below + Arguments{"--format", "json"});
  EXPECT_EQ(json.code, 3);
  EXPECT_TRUE(absl::StartsWith(json.err, "sandglass: incomplete: no numbers are given: the work of 75 % is known"))
      << json.err;
  EXPECT_EQ(std::count(json.err.begin(), json.err.end(), '\n'), 1) << json.err;
  v1::LockInReport report;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json.out, &report).ok()) << json.out;
  EXPECT_EQ(report.inputs_size(), 0);
  EXPECT_FALSE(report.has_relative_cost() || report.has_probability_specialised_wins());
  const Outcome text = Ask(below);
  EXPECT_EQ(text.code, 3);
  EXPECT_TRUE(StrContains(text.out, "No answer: too little is known of the traces.")) << text.out;
  EXPECT_FALSE(StrContains(text.out, "==")) << text.out;
  EXPECT_EQ(Ask(Migrate() + Arguments{"--trace", "demo/odd", "--coverage-floor", "0.98"}).code, 3);
  EXPECT_EQ(Ask({"cost", "demo/odd", "--on", "H100-SXM", "--coverage-floor", "0.98"}).code, 3);
  EXPECT_EQ(Ask({"cost", "demo/odd", "--on", "H100-SXM", "--coverage-floor", "0.7"}).code, 0);
}

}  // namespace
}  // namespace sandglass::testing
