#include "analyzer/report/coverage_table.h"

#include <string>

#include "absl/strings/match.h"
#include "analyzer/report/explain_table.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "proto/coverage_report.pb.h"
#include "proto/explain_report.pb.h"

namespace sandglass::report {
namespace {

using absl::StrContains;

template <typename Message>
Message Parse(const char* text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

// Everything native on one class; on another a scan that is taken apart, and an operator of which nothing is known.
v1::CoverageReport TwoClasses() {
  return Parse<v1::CoverageReport>(R"pb(
    trace_id: "01ABC"
    trace_name: "mamba"
    coverage { operator_share: 0.9876 }
    classes {
      silicon_class: "gpu"
      stack: "eager"
      shares { support: SUPPORT_NATIVE count: 1200 native_share: 1 }
      covered { value: 1 }
      retained { value: 1 provenance: ESTIMATE_PROVENANCE_MODELLED }
    }
    classes {
      silicon_class: "tpu"
      stack: "xla"
      shares { support: SUPPORT_NATIVE count: 700 native_share: 0.75 }
      shares { support: SUPPORT_DECOMPOSED count: 1499 native_share: 0.25 }
      shares { support: SUPPORT_UNKNOWN count: 1 }
      covered { value: 0.75 }
      operators { name: "aten::odd" op_class: "sort" element_type: DATA_TYPE_INT64 count: 1 support: SUPPORT_UNKNOWN }
      operators {
        name: "mamba::scan"
        op_class: "scan"
        element_type: DATA_TYPE_FLOAT32
        count: 1499
        support: SUPPORT_DECOMPOSED
        evidence: EVIDENCE_KIND_DOCUMENTED
        source { title: "list" }
        note: "a loop"
        native_s: 2.43e-6
        actual_s: 1.05243e-3
        native_share: 0.25
        retained: 0.0023
      }
      port { op_class: "sort" names: "aten::odd" support: SUPPORT_UNKNOWN kernel_language: "Pallas" }
      port {
        op_class: "scan"
        names: "mamba::scan"
        names: "mamba::scan2"
        support: SUPPORT_DECOMPOSED
        kernel_language: "Pallas"
        saved_share: 0.5
      }
      warnings: "each new shape compiles anew"
    }
  )pb");
}

TEST(CoverageTextTest, Whole) {
  EXPECT_EQ(CoverageText(TwoClasses(), 0), R"(trace mamba (01ABC), work known of 98.8 % of its operators

class  stack  native [%]  retained  decomposed [%]  unknown [%]
-----  -----  ----------  --------  --------------  -----------
gpu    eager         100    1.00 M
tpu    xla            75         ?              25        1 ops

Shares are of the time that the trace would take on the class if all ran natively; retained is the share of
that speed that it keeps (0: something does not run; ?: of something nothing is known).
T measured (read from the trace), M modelled from figures with sources, A modelled with at least one assumed figure

tpu with xla:
  operator     class  type  count  runs        native [ms]  actual [ms]    keeps  evidence
  -----------  -----  ----  -----  ----------  -----------  -----------  -------  -------------------------
  aten::odd    sort   i64       1  unknown               ?            ?        ?  no evidence
  mamba::scan  scan   f32   1 499  decomposed      0.00243         1.05  0.00230  documented: list (a loop)
  A port would write in Pallas:
    sort (aten::odd), now unknown
    scan (mamba::scan, mamba::scan2), now decomposed: would save 50 % of the time
  note: each new shape compiles anew
)");
}

TEST(CoverageTextTest, LeavesOutWhatIsTooMuchAndSaysSo) {
  const std::string text = CoverageText(TwoClasses(), 1);
  EXPECT_TRUE(StrContains(text, "\n  aten::odd  sort ")) << text;
  EXPECT_FALSE(StrContains(text, "documented")) << text;
  EXPECT_TRUE(StrContains(text, "  and 1 more: --all shows them\n  A port would write in Pallas:\n")) << text;
  EXPECT_FALSE(StrContains(CoverageText(TwoClasses(), 2), "more: --all")) << "nothing is left out";
}

// 0 is not "?": of the first something does not run, of the second nothing is known.
TEST(CoverageTextTest, WhatDoesNotRunIsNotWhatNobodyKnows) {
  v1::CoverageReport report = TwoClasses();
  v1::ClassCoverage& tpu = *report.mutable_classes(1);
  EXPECT_TRUE(StrContains(CoverageText(report, 0), "\ntpu    xla            75         ?")) << "unknown";
  tpu.mutable_retained()->set_value(0);
  tpu.mutable_retained()->set_provenance(v1::ESTIMATE_PROVENANCE_ASSUMED);
  EXPECT_TRUE(StrContains(CoverageText(report, 0), "\ntpu    xla            75       0 A")) << CoverageText(report, 0);
}

TEST(CoverageTextTest, SaysWhereUsersCannotWriteKernelsAndPrintsNoControls) {
  v1::CoverageReport report = TwoClasses();
  for (v1::PortItem& item : *report.mutable_classes(1)->mutable_port()) item.clear_kernel_language();
  report.set_trace_name("bad\x1b[2J");
  report.mutable_classes(1)->mutable_port(0)->set_names(0, "worse\x1b[2J");
  report.mutable_classes(1)->set_warnings(0, "worst\x1b[2J");
  const std::string text = CoverageText(report, 0);
  EXPECT_TRUE(StrContains(text, "  A port would write (users of this stack cannot):\n")) << text;
  EXPECT_TRUE(StrContains(text, "worse") && StrContains(text, "worst")) << text;
  EXPECT_FALSE(StrContains(text, "\x1b")) << text;
}

// A product that takes 2.5 us to start and 2 us of its matrix units.
v1::OperatorEstimate Product() {
  return Parse<v1::OperatorEstimate>(R"pb(
    operator_id: 7
    name: "aten::mm"
    op_class: "gemm"
    support: SUPPORT_NATIVE
    evidence: EVIDENCE_KIND_KERNEL_LIBRARY
    support_source { title: "ml-engineering" }
    support_note: "a kernel"
    limit: LIMIT_LAUNCH
    time {
      name: "device time"
      value: 4.5e-6
      unit: "s"
      operation: TERM_OPERATION_SUM
      terms {
        name: "launch"
        value: 2.5e-6
        unit: "s"
        operation: TERM_OPERATION_PRODUCT
        terms { name: "kernels" value: 1 unit: "count" operation: TERM_OPERATION_LEAF }
        terms {
          name: "stacks[0].operator_floor"
          value: 2.5e-6
          low: 1.3e-6
          high: 4e-6
          unit: "s"
          operation: TERM_OPERATION_LEAF
          basis: FIGURE_BASIS_DERIVED
          confidence: CONFIDENCE_MEDIUM
          source { title: "gpu-benches" }
        }
      }
      terms {
        name: "longest of the units"
        value: 2e-6
        unit: "s"
        operation: TERM_OPERATION_MAX
        terms {
          name: "matrix"
          value: 2e-6
          unit: "s"
          operation: TERM_OPERATION_PRODUCT
          terms { name: "padded product" value: 2e9 unit: "FLOP" operation: TERM_OPERATION_LEAF note: "64 blocks" }
          terms {
            name: "matrix_rates[0].peak"
            value: 1e15
            low: 1e15
            high: 1e15
            unit: "FLOP/s"
            operation: TERM_OPERATION_LEAF
            divides: true
            basis: FIGURE_BASIS_DATASHEET
            confidence: CONFIDENCE_HIGH
            source { title: "sheet" }
          }
        }
      }
    }
    energy { name: "dynamic energy" value: 0 unit: "J" operation: TERM_OPERATION_SUM note: "none" }
  )pb");
}

TEST(ExplainTreeTest, Whole) {
  EXPECT_EQ(ExplainTree(Product()), R"(operator 7, aten::mm, class gemm
runs native: kernel library, ml-engineering (a kernel)
bound by launch

device time: 4.50 us  = sum of
|- launch: 2.50 us  = product of
|  |- kernels: 1
|  `- stacks[0].operator_floor: 2.50 us  [derived, medium confidence, 1.30 us to 4.00 us: gpu-benches]
`- longest of the units: 2.00 us  = largest of
   `- matrix: 2.00 us  = product of
      |- padded product: 2.00 GFLOP  (64 blocks)
      `- / matrix_rates[0].peak: 1.00 PFLOP/s  [datasheet, high confidence: sheet]

dynamic energy: 0 J  = sum of  (none)
)");
}

TEST(ExplainTreeTest, WithoutATimeItSaysWhy) {
  const auto op = Parse<v1::OperatorEstimate>(
      R"pb(
        operator_id: 8 name: "aten::odd" op_class: "sort" support: SUPPORT_UNKNOWN reason: "nothing is known of it"
      )pb");
  EXPECT_EQ(ExplainTree(op), R"(operator 8, aten::odd, class sort
runs unknown: no evidence
no time: nothing is known of it
)");
}

TEST(ExplainTreeTest, PrintsNoControls) {
  v1::OperatorEstimate op = Product();
  op.set_name("bad\x1b[2J");
  op.mutable_support_source()->set_title("bad\x1b[2J");
  op.set_support_note("bad\x1b[2J");
  op.mutable_time()->set_note("bad\x1b[2J");
  EXPECT_FALSE(StrContains(ExplainTree(op), "\x1b")) << ExplainTree(op);
}

}  // namespace
}  // namespace sandglass::report
