// A hand-worked value of an operator's work, and the comparison with what WorkOf says.
#ifndef SANDGLASS_ANALYZER_OPS_WORK_CASE_H_
#define SANDGLASS_ANALYZER_OPS_WORK_CASE_H_

#include <vector>

#include "analyzer/ops/signature_builder.h"
#include "analyzer/ops/work.h"
#include "gtest/gtest.h"

namespace sandglass::ops {

struct WorkCase {
  const char* what;
  trace::Signature signature;
  OpClass op_class;
  double matrix_flop;
  double vector_flop;
  double read_bytes;
  double written_bytes;
};

// Fails where an operator has not the work of its row.
inline void ExpectWork(const std::vector<WorkCase>& cases) {
  for (const WorkCase& expected : cases) {
    SCOPED_TRACE(expected.what);
    EXPECT_EQ(Classify(expected.signature).role, Role::kWork);
    const absl::StatusOr<Work> work = WorkOf(expected.signature);
    ASSERT_TRUE(work.ok()) << work.status();
    EXPECT_EQ(OpClassName(work->op_class), OpClassName(expected.op_class));
    EXPECT_DOUBLE_EQ(work->matrix.value(), expected.matrix_flop);
    EXPECT_DOUBLE_EQ(work->vector.value(), expected.vector_flop);
    EXPECT_DOUBLE_EQ(work->read.value(), expected.read_bytes);
    EXPECT_DOUBLE_EQ(work->written.value(), expected.written_bytes);
    if (!work->problem.has_value()) continue;
    const auto flop = [](const MatrixProblem& p) { return 2.0 * static_cast<double>(p.batch * p.m * p.n * p.k); };
    const double turns = static_cast<double>(work->second_turns);
    const double second = work->second_problem.has_value() ? turns * flop(*work->second_problem) : 0;
    // Rows of groups are rounded up.
    if (expected.op_class == OpClass::kGroupedGemm) {
      EXPECT_GE(flop(*work->problem) + second, expected.matrix_flop);
    } else {
      EXPECT_DOUBLE_EQ(flop(*work->problem) + second, expected.matrix_flop);
    }
  }
}

}  // namespace sandglass::ops

#endif  // SANDGLASS_ANALYZER_OPS_WORK_CASE_H_
