#include "tests/fuzz/imported_trace.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "absl/status/status.h"
#include "proto/operator_columns.h"
#include "proto/trace_validator.h"

namespace sandglass::fuzz {
namespace {

void Require(const absl::Status& status, const char* what) {
  if (status.ok()) return;
  std::fprintf(stderr, "an imported trace has a %s that no store takes: %s\n", what, status.ToString().c_str());
  std::abort();
}

}  // namespace

void RequireSoundTrace(const collectors::KeepingSink& sink) {
  Require(ValidateHeader(sink.header()), "header");
  Require(ValidateSummary(sink.summary()), "summary");
  const TraceLimits limits = TraceLimits::Of(sink.header());
  uint64_t last_id = 0;
  for (const v1::Operator& op : sink.operators()) {
    Require(ValidateSignature(op.signature(), limits), "signature");
    const auto tensors = static_cast<uint32_t>(op.signature().inputs_size() + op.signature().outputs_size());
    Require(ValidateRow(RowOf(op, 0), last_id, tensors, limits), "row");
    last_id = op.id();
  }
}

}  // namespace sandglass::fuzz
