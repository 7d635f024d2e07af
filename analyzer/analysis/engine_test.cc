#include "analyzer/analysis/engine.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analyzer/analysis/engine_fixture.h"
#include "analyzer/analysis/store_fixture.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "proto/operator_columns.h"

namespace sandglass::analysis {
namespace {

using absl::StatusCode;
using absl::StrContains;

bool Always(int, int) { return true; }

class EngineTest : public EngineFixture {
 protected:
  absl::StatusOr<v1::ReplayReport> Replay(const std::string& trace, const std::string& silicon = "") {
    v1::ReplayRequest request;
    request.set_trace(trace);
    if (!silicon.empty()) request.add_silicon_classes(silicon);
    return engine_->Replay(request, Always);
  }
};

TEST_F(EngineTest, ListsNewestFirstByPages) {
  for (const char* name : {"a/1", "a/2", "b/1", "a/3"}) SubmitTiny(name, 1);
  v1::ListTracesRequest request;
  request.set_name_prefix("a/");
  request.set_page_size(2);
  auto page = engine_->ListTraces(request);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->traces_size(), 2);
  EXPECT_EQ(page->traces(0).header().name(), "a/3");
  EXPECT_EQ(page->traces(1).header().name(), "a/2");
  ASSERT_FALSE(page->next_page_token().empty());
  request.set_page_token(page->next_page_token());
  page = engine_->ListTraces(request);
  ASSERT_EQ(page->traces_size(), 1);
  EXPECT_EQ(page->traces(0).header().name(), "a/1");
  EXPECT_TRUE(page->next_page_token().empty());
}

TEST_F(EngineTest, PagesOfOperatorsJoinToTheTrace) {
  const FixtureTrace trace = TinyTraining("paged", 10);
  // Blocks of 7 operators, pages of 3: pages end inside blocks and at their ends.
  ASSERT_TRUE(Submit(*ingest_, trace, 7).ok());
  v1::GetTraceRequest get;
  get.set_trace("paged");
  const auto got = engine_->GetTrace(get);
  ASSERT_TRUE(got.ok()) << got.status();
  ASSERT_EQ(got->signatures_size(), 2);
  v1::ListOperatorsRequest request;
  request.set_trace("paged");
  request.set_page_size(3);
  std::vector<v1::Operator> joined;
  do {
    const auto page = engine_->ListOperators(request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->first_operator(), joined.size());
    EXPECT_LE(page->operators().rows(), 3u);
    const auto rows =
        RowsOf(page->operators(), std::vector<v1::OpSignature>(got->signatures().begin(), got->signatures().end()));
    ASSERT_TRUE(rows.ok()) << rows.status();
    for (const v1::Operator& op : rows->operators()) joined.push_back(op);
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  ASSERT_EQ(joined.size(), trace.operators.size());
  for (size_t i = 0; i < joined.size(); ++i) {
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(joined[i], trace.operators[i])) << i;
  }
}

TEST_F(EngineTest, PagesOfTheScheduleJoinToTheWhole) {
  SubmitTiny("tiny", 10);
  v1::ScheduleRequest request;
  request.set_trace("tiny");
  request.set_silicon_class("h100-sxm");
  const auto whole = engine_->Schedule(request);
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_TRUE(whole->next_page_token().empty());
  ASSERT_EQ(whole->report().runs_total(), 20u);
  request.set_page_size(3);
  int joined = 0;
  do {
    const auto page = engine_->Schedule(request);
    ASSERT_TRUE(page.ok()) << page.status();
    const v1::ScheduleReport& part = page->report();
    EXPECT_LE(part.runs().kind_size(), 3);
    EXPECT_EQ(part.runs_total(), 20u);
    for (int i = 0; i < part.runs().kind_size(); ++i, ++joined) {
      const v1::ScheduleRuns& all = whole->report().runs();
      EXPECT_EQ(part.kinds(part.runs().kind(i)).names(0), whole->report().kinds(all.kind(joined)).names(0));
      EXPECT_EQ(part.runs().start_s(i), all.start_s(joined));
      EXPECT_EQ(part.runs().duration_s(i), all.duration_s(joined));
      EXPECT_EQ(part.runs().operator_id(i), all.operator_id(joined));
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(joined, 20);
  // Beyond the end there is nothing, and no further page.
  request.set_page_token("1000");
  EXPECT_EQ(engine_->Schedule(request)->report().runs().kind_size(), 0);
  EXPECT_TRUE(engine_->Schedule(request)->next_page_token().empty());
}

TEST_F(EngineTest, ProfilesAndSchedulesRefuseWhatBreaksARule) {
  SubmitTiny("tiny", 1);
  v1::ProfileRequest profile;
  profile.set_trace("tiny");
  EXPECT_EQ(engine_->Profile(profile).status().message(), "silicon_class is empty: give a name or an id");
  profile.set_silicon_class("h100-sxm");
  profile.set_most_kernels(100001);
  EXPECT_TRUE(StrContains(engine_->Profile(profile).status().message(), "most_kernels is 100001: it must be at most"));
  profile.set_most_kernels(1);
  profile.set_timeline_bins(10001);
  EXPECT_TRUE(StrContains(engine_->Profile(profile).status().message(), "timeline_bins is 10001"));
  v1::ScheduleRequest schedule;
  schedule.set_trace("tiny");
  schedule.set_silicon_class("h100-sxm");
  schedule.set_page_token("-1");
  EXPECT_TRUE(StrContains(engine_->Schedule(schedule).status().message(), "page_token is not one that Schedule gave"));
  schedule.clear_page_token();
  schedule.set_page_size(200001);
  EXPECT_TRUE(StrContains(engine_->Schedule(schedule).status().message(), "page_size is 200001"));
}

TEST_F(EngineTest, ReplaysOnEveryClassThatSupportsTheWork) {
  SubmitTiny("tiny", 4);
  const auto report = Replay("tiny");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->classes_size(), static_cast<int>(catalog_->classes().size()));
  int supported = 0;
  for (const v1::ClassReplay& row : report->classes()) {
    if (row.verdict() != v1::VERDICT_SUPPORTED) {
      EXPECT_FALSE(row.reason().empty()) << row.silicon_class();
      continue;
    }
    ++supported;
    for (const v1::Estimate& estimate : {row.per_unit().seconds(), row.per_unit().joules(), row.per_unit().usd()}) {
      EXPECT_GT(estimate.value(), 0) << row.silicon_class();
      EXPECT_NE(estimate.provenance(), v1::ESTIMATE_PROVENANCE_UNSPECIFIED) << row.silicon_class();
    }
  }
  EXPECT_GE(supported, 9);
}

TEST_F(EngineTest, ReplayIsRepeatableToTheBit) {
  const v1::TraceManifest manifest = SubmitTiny("tiny", 3);
  const auto first = Replay("tiny");
  SubmitTiny("other", 1);
  ASSERT_TRUE(Replay("other").ok());
  // By its id this time, and decoded anew, because another trace came in between.
  const auto second = Replay(manifest.trace_id());
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
}

TEST_F(EngineTest, AsksForClassesInTheOrderOfTheCatalog) {
  SubmitTiny("tiny", 1);
  v1::ReplayRequest request;
  request.set_trace("tiny");
  for (const char* name : {"TPU v5e", "H100-SXM", "nvidia-h100-sxm"}) request.add_silicon_classes(name);
  const auto report = engine_->Replay(request, Always);
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(report->classes_size(), 2);
  EXPECT_EQ(report->classes(0).silicon_class(), "google-tpu-v5e");
  EXPECT_EQ(report->classes(1).silicon_class(), "nvidia-h100-sxm");
}

TEST_F(EngineTest, ReportsWhatTheProducerMissed) {
  FixtureTrace trace = TinyTraining("gaps", 2);
  trace.summary.mutable_completeness()->set_dropped_operators(5);
  trace.summary.mutable_completeness()->set_orphan_kernels(3);
  ASSERT_TRUE(Submit(*ingest_, trace).ok());
  const auto report = Replay("gaps", "H100-SXM");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->completeness().dropped_operators(), 5u);
  EXPECT_EQ(report->completeness().orphan_kernels(), 3u);
}

TEST_F(EngineTest, CompareIsTwoReplays) {
  SubmitTiny("tiny", 4);
  v1::CompareRequest request;
  request.set_trace("tiny");
  request.set_base_class("H100-SXM");
  request.set_other_class("MI300X");
  const auto compared = engine_->Compare(request);
  ASSERT_TRUE(compared.ok()) << compared.status();
  const auto base = Replay("tiny", "H100-SXM");
  const auto other = Replay("tiny", "MI300X");
  EXPECT_DOUBLE_EQ(compared->comparison().time_ratio().value(),
                   other->classes(0).per_unit().seconds().value() / base->classes(0).per_unit().seconds().value());
}

TEST_F(EngineTest, ExplainsTheSlowest) {
  SubmitTiny("tiny", 4);
  v1::ExplainRequest request;
  request.set_trace("tiny");
  request.set_silicon_class("H100-SXM");
  request.set_slowest(3);
  const auto explained = engine_->Explain(request);
  ASSERT_TRUE(explained.ok()) << explained.status();
  ASSERT_EQ(explained->operators_size(), 3);
  for (const v1::OperatorEstimate& op : explained->operators()) EXPECT_EQ(op.op_class(), "gemm");
  // 2 · 512 · 1024 · 1024 FLOP
  EXPECT_DOUBLE_EQ(explained->operators(0).work().matrix_flop(), 1073741824.0);
}

TEST_F(EngineTest, CoversTheClassesThatAreAsked) {
  SubmitTiny("tiny", 2);
  v1::CoverageRequest request;
  request.set_trace("tiny");
  for (const char* name : {"H100-SXM", "Anton 3"}) request.add_silicon_classes(name);
  const auto covered = engine_->Coverage(request);
  ASSERT_TRUE(covered.ok()) << covered.status();
  ASSERT_EQ(covered->report().classes_size(), 2);
  const v1::ClassCoverage& anton = covered->report().classes(0);
  EXPECT_EQ(anton.silicon_class(), "deshaw-anton3");
  EXPECT_EQ(anton.retained().value(), 0) << "products do not run on it";
  const v1::ClassCoverage& h100 = covered->report().classes(1);
  EXPECT_EQ(h100.covered().value(), 1);
  EXPECT_EQ(h100.retained().value(), 1);
  request.mutable_options()->set_stack("no-such-stack");
  EXPECT_EQ(engine_->Coverage(request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(EngineTest, ErrorsSayWhatAndHow) {
  SubmitTiny("tiny", 1);
  ASSERT_TRUE(Append(*ingest_, TinyTraining("open", 1), 10).ok());
  struct Case {
    std::string trace;
    std::string silicon;
    StatusCode code;
    std::string part;
  };
  const Case cases[] = {
      {"tiny", "H100-SXN", StatusCode::kNotFound, "nvidia-h100-sxm"},
      {"tinny", "", StatusCode::kNotFound, "tinny"},
      {"open", "", StatusCode::kFailedPrecondition, "seal"},
      {"", "", StatusCode::kInvalidArgument, "trace is empty"},
      {"tiny", ",", StatusCode::kNotFound, "catalog ls"},
  };
  for (const Case& c : cases) {
    const auto report = Replay(c.trace, c.silicon);
    EXPECT_EQ(report.status().code(), c.code) << c.trace << ": " << report.status();
    EXPECT_TRUE(StrContains(report.status().message(), c.part)) << report.status();
    EXPECT_FALSE(StrContains(report.status().message(), "\n")) << report.status();
  }
}

TEST_F(EngineTest, RefusesQuestionsThatBreakARule) {
  SubmitTiny("tiny", 1);
  v1::ListTracesRequest list;
  list.set_page_size(1001);
  EXPECT_EQ(engine_->ListTraces(list).status().message(), "page_size is 1001: it must be at most 1000");
  list.set_page_size(10);
  list.set_page_token("../two");
  EXPECT_EQ(engine_->ListTraces(list).status().code(), StatusCode::kInvalidArgument);
  v1::ListOperatorsRequest operators;
  operators.set_trace("tiny");
  operators.set_page_token("two");
  EXPECT_EQ(engine_->ListOperators(operators).status().code(), StatusCode::kInvalidArgument);
  v1::CompareRequest compare;
  compare.set_trace("tiny");
  compare.set_base_class("H100-SXM");
  EXPECT_TRUE(StrContains(engine_->Compare(compare).status().message(), "other_class is empty"));
  v1::ReplayRequest replay;
  replay.set_trace("tiny");
  replay.mutable_options()->set_utilization(1.5);
  EXPECT_TRUE(StrContains(engine_->Replay(replay, Always).status().message(), "utilization is 1.5"));
}

TEST_F(EngineTest, ReplayStopsWhereProgressSaysSo) {
  SubmitTiny("tiny", 1);
  v1::ReplayRequest request;
  request.set_trace("tiny");
  int calls = 0;
  const auto report = engine_->Replay(request, [&calls](int done, int) {
    ++calls;
    return done < 2;
  });
  EXPECT_EQ(report.status().code(), StatusCode::kCancelled);
  EXPECT_EQ(calls, 2);
}

TEST_F(EngineTest, AnotherTenantSeesNothing) {
  const v1::TraceManifest mine = SubmitTiny("mine", 2);
  const auto other = engine_->ForTenant(*store_->TenantNumber("other"));
  v1::ExplainRequest explain;
  explain.set_silicon_class("H100-SXM");
  // Once asked for, the trace is kept decoded.
  explain.set_trace(mine.trace_id());
  ASSERT_TRUE(engine_->Explain(explain).ok());
  std::string absent = mine.trace_id();
  absent.back() = absent.back() == '0' ? '1' : '0';
  const auto answer = [&](Analysis& analysis, const std::string& trace) {
    explain.set_trace(trace);
    return analysis.Explain(explain).status();
  };
  const absl::Status hidden = answer(*other, mine.trace_id());
  EXPECT_EQ(hidden.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(absl::StrReplaceAll(hidden.message(), {{mine.trace_id(), absent}}), answer(*other, absent).message());
  EXPECT_EQ(answer(*other, "mine").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(other->ListTraces({})->traces_size(), 0);
  EXPECT_TRUE(answer(*engine_, "mine").ok());
}

}  // namespace
}  // namespace sandglass::analysis
