#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/accuracy/csv_file.h"
#include "tests/accuracy/operators.h"
#include "tests/accuracy/row_sets.h"
#include "tests/accuracy/serving_precisions.h"
#include "tests/accuracy/system_tables.h"

namespace sandglass::accuracy {
namespace {

constexpr unsigned kColumns = 10;

struct ExpertRow {
  std::string precision;
  int64_t tokens = 0;
  int64_t hidden = 0;
  int64_t inner = 0;
  int64_t chosen = 0;
  int64_t experts = 0;
  int64_t tensor_parallel = 1;
  int64_t expert_parallel = 1;
  std::string distribution;
  std::string latency;
};

// Nemotron's experts have none, which the tables do not say: 22 of 512, and 6 of 128 for tokens of 2,688. With one,
// their rows would read weights at up to 1.6 of the bandwidth.
bool HasGate(const ExpertRow& row) {
  return !(row.chosen == 22 && row.experts == 512) && !(row.chosen == 6 && row.hidden == 2688);
}

// The block of experts as vLLM calls it: activations come in BF16, and are quantized in the call.
trace::Signature Experts(const ExpertRow& row, trace::DataType weights) {
  constexpr trace::DataType kType = trace::DataType::kBfloat16;
  const int64_t inner = row.inner / row.tensor_parallel;
  const int64_t up = HasGate(row) ? 2 * inner : inner;
  return ops::Op("vllm::inplace_fused_experts")
      .In(kType, {row.tokens, row.hidden})
      .In(weights, {row.experts, up, row.hidden})
      .In(weights, {row.experts, row.hidden, inner})
      .In(trace::DataType::kFloat32, {row.tokens, row.chosen})
      .In(trace::DataType::kInt32, {row.tokens, row.chosen})
      .Out(kType, {row.tokens, row.hidden});
}

void AddRow(const std::string& system, const ExpertRow& row, RowSet& set) {
  const std::optional<ServingPrecision> precision = ServingPrecisionOf(row.precision);
  double milliseconds = 0;
  // Which tokens come to one device of several is not in the tables.
  if (!precision.has_value() || row.expert_parallel != 1 || row.tensor_parallel < 1 ||
      row.inner % row.tensor_parallel != 0 || !absl::SimpleAtod(row.latency, &milliseconds) || milliseconds <= 0)
    return;
  MeasuredRow measured;
  measured.device = system;
  measured.op_class =
      absl::StrCat(row.precision, absl::StartsWith(row.distribution, "power_law") ? " uneven" : " balanced");
  measured.work = {Experts(row, precision->dtype)};
  measured.measured = Seconds::Of(milliseconds * 1e-3);
  set.rows.push_back(std::move(measured));
}

}  // namespace

absl::StatusOr<RowSet> ReadExperts(const std::string& folder) {
  RowSet set = {.name = "experts",
                .about =
                    "blocks of experts in the newest vLLM table of each system, all experts on one device; tokens sent "
                    "evenly, or by power laws, which no trace tells and no model knows. FP8 by cutlass on h100 and "
                    "h200 takes 2.5 times what BF16 takes for the same experts, as if weights were converted in the "
                    "call",
                .published = {},
                .rows = {}};
  for (const auto& [system, path] : NewestTables(folder, "vllm", "moe_perf")) {
    const absl::Status status = ReadCsv<kColumns>(
        path,
        {"moe_dtype", "num_tokens", "hidden_size", "inter_size", "topk", "num_experts", "moe_tp_size", "moe_ep_size",
         "distribution", "latency"},
        [&, &system = system](CsvFile<kColumns>& file) {
          for (ExpertRow row; file.read_row(row.precision, row.tokens, row.hidden, row.inner, row.chosen, row.experts,
                                            row.tensor_parallel, row.expert_parallel, row.distribution, row.latency);)
            AddRow(system, row, set);
        });
    if (!status.ok()) return status;
  }
  return set;
}

}  // namespace sandglass::accuracy
