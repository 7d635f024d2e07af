// Numbers that are none, shapes that no memory holds, names that are programs, and files that nest without end.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "analyzer/analysis/remote.h"
#include "analyzer/analysis/store_fixture.h"
#include "analyzer/silicon/spec_text_fixture.h"
#include "proto/analysis_service.pb.h"
#include "tests/faults/fault_fixture.h"
#include "tests/faults/fault_table.h"

namespace sandglass::faults {
namespace {

using absl::StatusCode;
using absl::StrContains;
using storage::SampleOpen;
using storage::SampleOperator;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

class WrongValuesTest : public FaultFixture {
 protected:
  // Sends one operator that was changed.
  absl::Status Send(const std::function<void(v1::Operator&)>& change) {
    v1::Operator op = SampleOperator(0);
    change(op);
    return client_->Submit(SampleOpen(++clients_, "odd"), {op}, storage::SampleSummary()).status();
  }

  std::unique_ptr<analysis::Remote> Ask() {
    auto remote = analysis::Remote::Connect(server_.address(), absl::Seconds(10));
    EXPECT_TRUE(remote.ok()) << remote.status();
    return *std::move(remote);
  }

  // A trace in every format that a replay has, on all silicon: no number of it is none.
  void ExpectSoundReplay(const std::string& trace) {
    for (const char* format : {"text", "json", "csv", "markdown"}) {
      const testing::Outcome outcome = Sandglass({"replay", trace, "--on", "all", "--format", format});
      EXPECT_EQ(outcome.code, 0) << outcome.err;
      ExpectNoNan(outcome.out);
    }
    for (const char* command : {"coverage", "cost"}) {
      const testing::Outcome outcome = Sandglass({command, trace, "--format", "json"});
      EXPECT_EQ(outcome.code, 0) << outcome.err;
      ExpectNoNan(outcome.out);
    }
    ExpectNoNan(Sandglass({"explain", trace, "H100-SXM"}).out);
  }

  // No word of the text is a number that is none; names that contain such letters are no words.
  static void ExpectNoNan(const std::string& text) {
    EXPECT_NE(text, "");
    for (const absl::string_view word : absl::StrSplit(text, absl::ByAnyChar(" \n\t,|\":"), absl::SkipEmpty())) {
      const std::string lower = absl::AsciiStrToLower(word);
      const bool none = lower == "nan" || lower == "-nan" || lower == "inf" || lower == "-inf" || lower == "infinity" ||
                        lower == "-infinity";
      EXPECT_FALSE(none) << text;
    }
  }

  // A trace whose work is known, with `more` behind it, sealed.
  void SubmitKnown(v1::OpenRequest request, const std::vector<v1::Operator>& more = {}) {
    const std::string name = request.header().name();
    analysis::FixtureTrace trace = analysis::TinyTraining(name, 2);
    for (v1::Operator op : more) {
      op.set_id(trace.operators.size() + 1);
      trace.operators.push_back(op);
    }
    const auto manifest = client_->Submit(request, trace.operators, trace.summary);
    ASSERT_TRUE(manifest.ok()) << manifest.status();
  }

  uint64_t clients_ = 0;
};

// Every field of an operator, header or summary that must be finite or not negative.
TEST_F(WrongValuesTest, Fault30_NumbersThatAreNoneAreRefusedByField) {
  struct Case {
    std::string path;
    std::function<void(v1::Operator&)> change;
  };
  std::vector<Case> cases = {
      {"duration_ps is -1", [](v1::Operator& op) { op.set_duration_ps(-1); }},
      {"self_ps is -5", [](v1::Operator& op) { op.set_self_ps(-5); }},
      {"energy_pj is -1", [](v1::Operator& op) { op.set_energy_pj(-1); }},
      {"energy_window_ns is -1", [](v1::Operator& op) { op.set_energy_window_ns(-1); }},
      {"signature.inputs[0].storage_bytes is -1",
       [](v1::Operator& op) { op.mutable_signature()->mutable_inputs(0)->set_storage_bytes(-1); }},
      {"signature.communication.input_elements is -1",
       [](v1::Operator& op) { op.mutable_signature()->mutable_communication()->set_input_elements(-1); }},
      {"signature.launch.shared_memory_bytes is -1",
       [](v1::Operator& op) { op.mutable_signature()->mutable_launch()->set_shared_memory_bytes(-1); }},
  };
  using Figure = v1::ProducedFigure* (v1::OpSignature::*)();
  const std::pair<const char*, Figure> figures[] = {{"flops_flop", &v1::OpSignature::mutable_flops_flop},
                                                    {"read_bytes", &v1::OpSignature::mutable_read_bytes},
                                                    {"written_bytes", &v1::OpSignature::mutable_written_bytes}};
  for (const auto& [name, figure] : figures) {
    for (const double value : {kNan, kInfinity, -kInfinity, -1.0, std::numeric_limits<double>::max()}) {
      cases.push_back({absl::StrCat("signature.", name, ".value is "), [figure = figure, value](v1::Operator& op) {
                         v1::ProducedFigure& produced = *(op.mutable_signature()->*figure)();
                         produced.set_value(value);
                         produced.set_provenance(v1::PROVENANCE_STATED);
                       }});
    }
  }
  for (const Case& c : cases) ExpectRefused(Send(c.change), StatusCode::kInvalidArgument, "operator 0: " + c.path);
  for (const double value : {kNan, kInfinity, -1.0, 0.0, std::numeric_limits<double>::min()}) {
    v1::TraceSummary summary = storage::SampleSummary();
    summary.mutable_work_done(0)->set_count(value);
    ExpectRefused(client_->Submit(SampleOpen(++clients_, "odd"), {SampleOperator(0)}, summary).status(),
                  StatusCode::kInvalidArgument, "summary.work_done[0].count is ");
  }
  v1::OpenRequest open = SampleOpen(++clients_, "odd");
  open.mutable_header()->mutable_memory()->set_parameter_bytes(-1);
  ExpectRefused(client_->Open(open).status(), StatusCode::kInvalidArgument, "header.memory.parameter_bytes is -1");
  EXPECT_EQ(SealedNames(), std::vector<std::string>());
  Saw(30, absl::StrCat(cases.size() + 6, " fields of traces with NaN, infinity, 1e308, 1e-308 or below zero"),
      "INVALID_ARGUMENT with operator and field each time, nothing sealed" + Peak());
}

TEST_F(WrongValuesTest, Fault30_NumbersThatAreNoneInQuestionsAreRefusedByField) {
  // The largest figures that the door lets in, as often as can be.
  v1::Operator large = SampleOperator(0);
  large.set_duration_ps(std::numeric_limits<int64_t>::max());
  large.set_energy_pj(std::numeric_limits<int64_t>::max());
  large.set_occurrences(std::numeric_limits<uint64_t>::max());
  for (v1::ProducedFigure* figure :
       {large.mutable_signature()->mutable_flops_flop(), large.mutable_signature()->mutable_read_bytes(),
        large.mutable_signature()->mutable_written_bytes()}) {
    figure->set_value(1e30);
    figure->set_provenance(v1::PROVENANCE_STATED);
  }
  SubmitKnown(SampleOpen(++clients_, "sealed"), {large});
  const auto remote = Ask();
  int questions = 0;
  // All numbers of the options, whatever they are called now or later.
  const google::protobuf::Descriptor& options = *v1::ReplayOptions::descriptor();
  for (int i = 0; i < options.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *options.field(i);
    if (field.cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_DOUBLE) continue;
    for (const double value : {kNan, kInfinity, -kInfinity, -1.0}) {
      v1::ReplayRequest request;
      request.set_trace("sealed");
      request.mutable_options()->GetReflection()->SetDouble(request.mutable_options(), &field, value);
      ExpectRefused(remote->Replay(request, [](int, int) { return true; }).status(), StatusCode::kInvalidArgument,
                    absl::StrCat(field.name(), " is "));
      ++questions;
    }
  }
  EXPECT_GE(questions, 16);
  using Set = void (v1::LockInRequest::*)(double);
  const std::pair<const char*, Set> numbers[] = {{"lock_in.hazard", &v1::LockInRequest::set_hazard_per_year},
                                                 {"lock_in.horizon", &v1::LockInRequest::set_horizon_years},
                                                 {"budget", &v1::LockInRequest::set_budget_usd}};
  for (const auto& [name, set] : numbers) {
    for (const double value : {kNan, kInfinity, -1.0}) {
      v1::LockInRequest request;
      request.add_incumbent_traces("sealed");
      request.add_successor_traces("sealed");
      request.set_specialised_class("TPU v5p");
      request.set_general_class("H100-SXM");
      (request.*set)(value);
      ExpectRefused(remote->LockIn(request).status(), StatusCode::kInvalidArgument, absl::StrCat(name, ".value is "));
      ++questions;
    }
  }
  for (const double value : {kNan, kInfinity, -1.0}) {
    v1::MigrateRequest request;
    request.add_traces("sealed");
    request.add_weights(value);
    request.set_from_class("H100-SXM");
    request.set_to_class("MI300X");
    ExpectRefused(remote->Migrate(request).status(), StatusCode::kInvalidArgument, "weight");
    ++questions;
  }
  // Silicon comes from files.
  for (const char* value : {"nan", "inf", "-inf", "-900", "0"}) {
    const std::string folder = testing::NewFolder();
    std::string spec = silicon::GoodSpec();
    const std::string sound = "bandwidth { value: 900";
    spec.replace(spec.find(sound), sound.size(), absl::StrCat("bandwidth { value: ", value));
    std::ofstream(folder + "/chip.textproto") << spec;
    const testing::Outcome outcome = testing::RunProgram({kProgram, "catalog", "validate", folder});
    EXPECT_EQ(outcome.code, 1) << value;
    EXPECT_TRUE(StrContains(outcome.out + outcome.err, "memory.bandwidth")) << outcome.out << outcome.err;
    ++questions;
  }
  ExpectSoundReplay("sealed");
  Saw(30, absl::StrCat(questions, " options, assumptions, weights and bandwidths that are NaN, infinite or below zero"),
      "INVALID_ARGUMENT with the field each time, no such number in any report" + Peak());
}

TEST_F(WrongValuesTest, Fault31_ShapesAreMultipliedWithCare) {
  const auto with_dims = [](std::vector<int64_t> dims) {
    return [dims](v1::Operator& op) {
      v1::Tensor& tensor = *op.mutable_signature()->mutable_inputs(0);
      tensor.mutable_dims()->Assign(dims.begin(), dims.end());
    };
  };
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  // 2^63 is the least number of 64 bits with a sign.
  constexpr int64_t k63 = std::numeric_limits<int64_t>::min();
  const std::pair<std::vector<int64_t>, std::string> refused[] = {
      {{int64_t{1} << 32, int64_t{1} << 32}, "dims[1] is 4294967296"},
      {{kMost}, "dims[0] is 9223372036854775807"},
      {{kMost, kMost, kMost}, "dims[0] is"},
      {{k63}, "dims[0] is -9223372036854775808"},
      {{8, -1}, "dims[1] is -1"},
      {{0, kMost}, "dims[1] is 9223372036854775807"},
  };
  for (const auto& [dims, part] : refused) {
    ExpectRefused(Send(with_dims(dims)), StatusCode::kInvalidArgument, "signature.inputs[0]." + part);
  }
  // What can be: a size of 0, and the largest that fits in 63 bits. Products of several of these do not, so that
  // whoever multiplies the tensors of an operator has to take care too.
  const std::string names[] = {"aten::mm",
                               "aten::bmm",
                               "aten::addmm",
                               "aten::convolution",
                               "aten::add",
                               "aten::sum",
                               "aten::_softmax",
                               "aten::embedding",
                               "aten::cat",
                               "aten::scaled_dot_product_attention",
                               "sandglass::selective_scan",
                               "aten::copy_"};
  const std::vector<int64_t> shapes[] = {
      {0, 0}, {0, 5}, {int64_t{1} << 60, 1}, {1, int64_t{1} << 60}, {1, 1}, {int64_t{1} << 30, int64_t{1} << 30}};
  std::vector<v1::Operator> operators;
  for (const std::string& name : names) {
    for (const std::vector<int64_t>& a : shapes) {
      for (const std::vector<int64_t>& b : shapes) {
        v1::Operator op = SampleOperator(operators.size());
        op.clear_storage_ids();
        v1::OpSignature& signature = *op.mutable_signature();
        signature.set_name(name);
        signature.clear_inputs();
        signature.set_outputs_recorded(true);
        uint32_t position = 0;
        for (const std::vector<int64_t>& dims : {a, b, a}) {
          v1::Tensor& tensor = *(position < 2 ? signature.add_inputs() : signature.add_outputs());
          tensor.set_dtype(v1::DATA_TYPE_FLOAT32);
          tensor.set_shape_source(v1::SHAPE_SOURCE_RECORDED);
          tensor.set_position(position++ % 2);
          tensor.mutable_dims()->Assign(dims.begin(), dims.end());
        }
        operators.push_back(op);
      }
    }
  }
  SubmitKnown(SampleOpen(++clients_, "shapes"), operators);
  ExpectSoundReplay("shapes");
  Saw(31, absl::StrCat("products over 2^63, 2^63, -1; ", operators.size(), " operators of 0, 2^60 and 2^30 x 2^30"),
      "refused by field path; what fits replays on all silicon with finite numbers" + Peak());
}

TEST_F(WrongValuesTest, Fault32_NothingIsDividedByZero) {
  // Operators that take no time, operators that do nothing, and a trace of both.
  std::vector<v1::Operator> operators;
  for (uint64_t i = 0; i < 60; ++i) {
    v1::Operator op = SampleOperator(i);
    op.set_duration_ps(0);
    op.set_self_ps(0);
    op.set_start_ns(0);
    if (i % 2 == 0) op.mutable_signature()->mutable_inputs(0)->set_dims(0, 0);
    op.mutable_signature()->set_name(i % 3 == 0 ? "aten::mm" : "aten::add");
    v1::ProducedFigure& flops = *op.mutable_signature()->mutable_flops_flop();
    flops.set_value(0);
    flops.set_provenance(v1::PROVENANCE_STATED);
    operators.push_back(op);
  }
  v1::TraceSummary summary = storage::SampleSummary();
  summary.mutable_window()->set_end_ns(0);
  const auto zeros = client_->Submit(SampleOpen(++clients_, "zeros"), operators, summary);
  ASSERT_TRUE(zeros.ok()) << zeros.status();
  ExpectSoundReplay("zeros");
  // The least work that there can be, and a trace without operators: of that there is nothing to price.
  summary.mutable_work_done(0)->set_count(1e-12);
  ASSERT_TRUE(client_->Submit(SampleOpen(++clients_, "least"), operators, summary).ok());
  ExpectSoundReplay("least");
  ASSERT_TRUE(client_->Submit(SampleOpen(++clients_, "empty"), {}, storage::SampleSummary()).ok());
  const testing::Outcome empty = Sandglass({"replay", "empty", "--on", "all", "--format", "json"});
  EXPECT_EQ(empty.code, 0) << empty.err;
  ExpectNoNan(empty.out);
  Saw(32, "60 operators without duration, size and FLOP; 1e-12 tokens; no operators",
      "replay, coverage, cost and explain with finite numbers" + Peak());
}

// What a name may try on whoever prints it.
constexpr char kScript[] = "<script>alert('x')</script>";
constexpr char kEscape[] = "\x1b[2J\x1b]0;title\x07";
constexpr char kRightToLeft[] = "\u202egnp.exe\u2066";
constexpr char kC1[] = "\u009b31m";

TEST_F(WrongValuesTest, Fault34_NamesAreTextAndNothingElse) {
  std::vector<v1::Operator> operators;
  for (const char* evil : {kScript, kEscape, kRightToLeft, kC1, "line\nfeed\r", "nul"}) {
    v1::Operator op = SampleOperator(operators.size());
    op.mutable_signature()->set_name(absl::StrCat("custom::", evil));
    v1::Attribute& attribute = *op.mutable_signature()->add_attributes();
    attribute.set_name(evil);
    attribute.set_text(std::string(evil) + std::string(1, '\0') + "end");
    operators.push_back(op);
  }
  v1::OpenRequest open = SampleOpen(++clients_, "evil");
  for (const char* evil : {kScript, kEscape, kRightToLeft, kC1}) {
    absl::StrAppend(open.mutable_header()->mutable_model(), evil);
    open.mutable_header()->add_producers(evil);
  }
  open.mutable_header()->set_command(open.header().model());
  SubmitKnown(open, operators);

  const std::vector<std::vector<std::string>> commands = {{"traces", "ls"},
                                                          {"traces", "show", "evil"},
                                                          {"traces", "ops", "evil"},
                                                          {"replay", "evil", "--on", "all"},
                                                          {"coverage", "evil"},
                                                          {"explain", "evil", "H100-SXM", "--slowest", "50"},
                                                          {"cost", "evil"},
                                                          {"replay", "evil", "--format", "markdown"},
                                                          {"replay", "evil", "--format", "csv"},
                                                          {"cost", "evil", "--format", "csv"},
                                                          {"replay", std::string("<script>") + kEscape}};
  for (const std::vector<std::string>& command : commands) {
    const testing::Outcome outcome = Sandglass(command);
    const std::string all = outcome.out + outcome.err;
    EXPECT_NE(all, "");
    for (const char* mark : {"\x1b", "\x07", "\u202e", "\u2066", "\u009b"}) {
      EXPECT_FALSE(StrContains(all, mark)) << command[0] << " " << all;
    }
    EXPECT_FALSE(StrContains(all, "\r")) << command[0];
  }
  // The reports of money are those that HTML is written of.
  const std::vector<std::string> move = {"--from", "H100-SXM", "--to", "MI300X", "--trace", "evil"};
  const std::vector<std::string> stay = {"--specialised", "TPU v5p",     "--general", "H100-SXM", "--incumbent",
                                         "evil",          "--successor", "evil",      "--paths",  "1000"};
  for (const auto& [command, arguments] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"cost", {"evil"}}, {"migrate", move}, {"lockin", stay}}) {
    std::vector<std::string> whole = {command, "--format", "html", "--set",
                                      "name: \"<script>\" title: \"<script>alert(1)</script>\\033[2J\""};
    whole.insert(whole.end(), arguments.begin(), arguments.end());
    const testing::Outcome html = Sandglass(whole);
    EXPECT_EQ(html.code, 0) << html.err;
    EXPECT_TRUE(StrContains(html.out, "Content-Security-Policy")) << command;
    EXPECT_TRUE(StrContains(html.out, "default-src 'none'")) << command;
    EXPECT_FALSE(StrContains(html.out, "<script")) << command;
    for (const char* mark : {"\x1b", "\u202e", "\u009b"}) EXPECT_FALSE(StrContains(html.out, mark)) << command;
  }
  Saw(34, "operators, attributes, model, command and producers named <script>, ESC, BEL, C1, RTL marks, line feeds",
      "13 outputs of the program without any of it, HTML without a script and with a CSP" + Peak());
}

TEST_F(WrongValuesTest, Fault34_TextThatIsNotUtf8IsRefused) {
  const auto bad = [](v1::Operator& op) { op.mutable_signature()->set_name("aten::\xff\xfe"); };
  ExpectRefused(Send(bad), StatusCode::kInvalidArgument, "texts in UTF-8");
  v1::OpenRequest open = SampleOpen(++clients_, "text");
  open.mutable_header()->set_model("\xc0\xaf");
  const absl::Status status = client_->Open(open).status();
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(server_.Errors(), "");
  Saw(34, "an operator's name and a model that are not UTF-8",
      absl::StrCat("INVALID_ARGUMENT, ", absl::StatusCodeToString(status.code()), Peak()));
}

TEST_F(WrongValuesTest, Fault35_NoCellOfCsvIsAFormula) {
  std::vector<v1::Operator> operators;
  for (const char* evil : {"=cmd|'/c calc'!A1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "a\",=1"}) {
    v1::Operator op = SampleOperator(operators.size());
    op.mutable_signature()->set_name(evil);
    operators.push_back(op);
  }
  // Of the names of traces only this one can begin so.
  SubmitKnown(SampleOpen(++clients_, "-1"), operators);
  SubmitKnown(SampleOpen(++clients_, "formula"), operators);
  const v1::ListTracesRequest all;
  const auto listed = Ask()->ListTraces(all);
  ASSERT_TRUE(listed.ok()) << listed.status();
  int cells = 0;
  for (const std::string& trace : {listed->traces(0).trace_id(), listed->traces(1).trace_id()}) {
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
             {"replay", trace},
             {"cost", trace},
             {"migrate", "--trace", trace, "--from", "H100-SXM", "--to", "MI300X", "--set", "name: \"=1+1\""}}) {
      std::vector<std::string> arguments = command;
      arguments.insert(arguments.end(), {"--format", "csv"});
      const testing::Outcome csv = Sandglass(arguments);
      EXPECT_EQ(csv.code, 0) << csv.err;
      for (const absl::string_view line : absl::StrSplit(csv.out, '\n')) {
        for (absl::string_view cell : absl::StrSplit(line, ',')) {
          if (!cell.empty() && cell[0] == '"') cell.remove_prefix(1);
          double number = 0;
          // A number below zero is no formula.
          if (cell.empty() || absl::SimpleAtod(cell, &number)) continue;
          EXPECT_FALSE(StrContains("=+-@\t", cell.substr(0, 1))) << command[0] << ": " << cell << " in " << line;
          ++cells;
        }
      }
    }
  }
  EXPECT_GT(cells, 100);
  Saw(35, "operators and a trace named = + - @",
      absl::StrCat(cells, " cells of replay, cost and migrate, none of which a spreadsheet would run", Peak()));
}

TEST_F(WrongValuesTest, Fault36_WhatNestsWithoutEndIsAnError) {
  SubmitSample(*client_, 1, "sealed", 5);
  const std::string folder = testing::NewFolder();
  int files = 0;
  for (const char* open :
       {"[", "{", "<", "lock_in {", "lock_in { hazard {", "[type.googleapis.com/sandglass.v1.Scenario] {",
        "{\"lock_in\":", "unknown {", "unknown: ["}) {
    std::string text;
    for (int i = 0; i < 140'000; ++i) text += open;
    const std::string specs = absl::StrCat(folder, "/", ++files);
    ASSERT_EQ(mkdir(specs.c_str(), 0700), 0);
    const std::string file = specs + "/deep.textproto";
    std::ofstream(file) << text;
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
             {"cost", "sealed", "--scenario", file, "--server", server_.address()}, {"catalog", "validate", specs}}) {
      std::vector<std::string> arguments = command;
      arguments.insert(arguments.begin(), kProgram);
      const testing::Outcome outcome = testing::RunProgram(arguments);
      EXPECT_EQ(outcome.code, 1) << command[0] << " " << open << ": " << outcome.err.substr(0, 300);
      EXPECT_TRUE(StrContains(outcome.err, "deep.textproto")) << outcome.err.substr(0, 300);
      EXPECT_LT(outcome.err.size(), 5000u) << outcome.err.substr(0, 300);
    }
  }
  Saw(36, absl::StrCat(files, " scenarios and specs of 140,000 nested brackets (text protos: nothing reads JSON yet)"),
      "exit code 1 and one line that names the file" + Peak());
}

}  // namespace
}  // namespace sandglass::faults
