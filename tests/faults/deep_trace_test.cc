// Traces whose operators call each other in ways that no program does.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "analyzer/analysis/remote.h"
#include "analyzer/analysis/store_fixture.h"
#include "proto/analysis_service.pb.h"
#include "tests/faults/fault_fixture.h"
#include "tests/faults/fault_table.h"

namespace sandglass::faults {
namespace {

class DeepTraceTest : public FaultFixture {
 protected:
  // Submits `count` elementwise operators, of which operator i (its id is i + 1) has that parent; 0: none.
  template <typename ParentOf>
  void Submit(uint64_t key, const std::string& name, uint64_t count, ParentOf parent_of) {
    const analysis::FixtureTrace tiny = analysis::TinyTraining(name, 1);
    std::vector<v1::Operator> operators;
    operators.reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
      v1::Operator& op = operators.emplace_back(tiny.operators.back());
      op.set_id(i + 1);
      if (const uint64_t parent = parent_of(i); parent != 0) op.set_parent_id(parent);
    }
    v1::OpenRequest open = storage::SampleOpen(key, name);
    *open.mutable_header() = tiny.header;
    const auto manifest = client_->Submit(open, operators, tiny.summary);
    ASSERT_TRUE(manifest.ok()) << manifest.status();
  }

  // Replays on one class, looks at coverage and explains: how it goes, which must be the same each time.
  absl::Status Analyse(const std::string& name) {
    auto remote = analysis::Remote::Connect(server_.address(), absl::Seconds(10));
    EXPECT_TRUE(remote.ok()) << remote.status();
    v1::ReplayRequest replay;
    replay.set_trace(name);
    replay.add_silicon_classes("H100-SXM");
    v1::CoverageRequest coverage;
    coverage.set_trace(name);
    v1::ExplainRequest explain;
    explain.set_trace(name);
    explain.set_silicon_class("H100-SXM");
    const absl::Status status = (*remote)->Replay(replay, [](int, int) { return true; }).status();
    EXPECT_EQ((*remote)->Coverage(coverage).status(), status);
    EXPECT_EQ((*remote)->Explain(explain).status(), status);
    return status;
  }

  // The trace is decoded anew each time, for another was asked for in between.
  absl::Duration TimeOf(const std::string& name) {
    EXPECT_TRUE(Analyse("small").ok());
    const absl::Time began = absl::Now();
    const absl::Status status = Analyse(name);
    EXPECT_TRUE(status.ok()) << status;
    return absl::Now() - began;
  }
};

TEST_F(DeepTraceTest, Fault33_ParentsThatCannotBe) {
  constexpr uint64_t kCount = 1000;
  Submit(1, "pair", kCount, [](uint64_t i) { return i % 2 == 0 ? i + 2 : i; });
  Submit(2, "ring", kCount, [](uint64_t i) { return i == 0 ? kCount : i; });
  Submit(3, "missing", kCount, [](uint64_t i) { return i + 1'000'000; });
  Submit(4, "forward", kCount, [](uint64_t i) { return i + 1 == kCount ? 0 : i + 2; });
  for (const char* name : {"pair", "ring"}) {
    ExpectRefused(Analyse(name), absl::StatusCode::kDataLoss, "its parents form a circle");
  }
  for (const char* name : {"missing", "forward"}) {
    const absl::Status status = Analyse(name);
    EXPECT_TRUE(status.ok()) << status;
  }
  // The one that no trace may have.
  v1::Operator op = storage::SampleOperator(0);
  op.set_parent_id(op.id());
  ExpectRefused(client_->Submit(storage::SampleOpen(5, "self"), {op}, storage::SampleSummary()).status(),
                absl::StatusCode::kInvalidArgument, "must not refer to itself");
  Saw(33, "500 cycles of two, one cycle of 1,000, parents that are missing, parents that come later, its own parent",
      "circles: one error of replay, coverage and explain that names an operator of it; the others are analysed; its "
      "own parent is refused at the door" +
          Peak());
}

TEST_F(DeepTraceTest, Fault33_AChainOfAMillionTakesLinearTime) {
  const auto parent = [](uint64_t i) { return i; };
  Submit(1, "small", 10, parent);
  Submit(2, "short", 100'000, parent);
  Submit(3, "long", 1'000'000, parent);
  const absl::Duration few = TimeOf("short");
  const absl::Duration many = TimeOf("long");
  Saw(33, "each operator called by the one before, 100,000 and 1,000,000 of them",
      absl::StrCat("both end well; the longer one took ", absl::FDivDuration(many, few), " times as long (",
                   absl::FormatDuration(absl::Trunc(few, absl::Milliseconds(1))), " and ",
                   absl::FormatDuration(absl::Trunc(many, absl::Milliseconds(1))), ")", Peak()));
}

}  // namespace
}  // namespace sandglass::faults
