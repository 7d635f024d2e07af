#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/accuracy/csv_file.h"
#include "tests/accuracy/operators.h"
#include "tests/accuracy/row_sets.h"
#include "tests/accuracy/system_tables.h"

namespace sandglass::accuracy {
namespace {

constexpr trace::DataType kType = trace::DataType::kBfloat16;
constexpr trace::DataType kStateType = trace::DataType::kFloat32;

// As a table has them; mamba2's names stand beside those of gated delta nets where they differ.
struct Row {
  std::string kernel;
  int64_t batch = 0;
  int64_t length = 0;
  int64_t taps = 0;
  // n_groups.
  int64_t key_heads = 0;
  // d_state.
  int64_t key_size = 0;
  // nheads.
  int64_t value_heads = 0;
  // head_dim.
  int64_t value_size = 0;
  int64_t chunk = 0;
  std::string latency;
};

trace::Signature Convolution(const Row& row, int64_t channels) {
  return ops::Op("CausalConv1dFn").In(kType, {row.batch, channels, row.length}).In(kType, {channels, row.taps});
}

trace::Signature ConvolutionStep(const Row& row, int64_t channels) {
  return ops::Op("DaoAILab::_causal_conv1d_update_cpp")
      .In(kType, {row.batch, channels})
      .In(kType, {row.batch, channels, row.taps})
      .In(kType, {channels, row.taps});
}

// States come in from a pool and go back there.
trace::Signature DeltaRule(const char* name, const Row& row) {
  return ops::Op(name)
      .In(kType, {row.batch, row.length, row.key_heads, row.key_size})
      .In(kType, {row.batch, row.length, row.key_heads, row.key_size})
      .In(kType, {row.batch, row.length, row.value_heads, row.value_size})
      .In(kStateType, {row.batch, row.length, row.value_heads})
      .In(kType, {row.batch, row.length, row.value_heads})
      .Real("scale", 1)
      .In(kStateType, {row.batch, row.value_heads, row.key_size, row.value_size});
}

trace::Signature StateSpace(const Row& row) {
  return ops::Op("MambaChunkScanCombinedFn")
      .In(kType, {row.batch, row.length, row.value_heads, row.value_size})
      .In(kType, {row.batch, row.length, row.value_heads})
      .In(kStateType, {row.value_heads})
      .In(kType, {row.batch, row.length, row.key_heads, row.key_size})
      .In(kType, {row.batch, row.length, row.key_heads, row.key_size})
      .Int("chunk_size", row.chunk)
      .In(kType, {row.value_heads});
}

// The tables' convolutions of gated delta nets take the same time for 16 and 64 heads of values: their channels are
// those of the queries alone. Those of mamba2 are inputs and both projections of groups.
std::optional<trace::Signature> WorkOf(bool state_space, const Row& row) {
  const int64_t grouped = row.key_heads * row.key_size;
  const int64_t channels = state_space ? row.value_heads * row.value_size + 2 * grouped : grouped;
  if (row.kernel == "causal_conv1d_fn") return Convolution(row, channels);
  if (row.kernel == "causal_conv1d_update") return ConvolutionStep(row, channels);
  if (row.kernel == "chunk_gated_delta_rule") return DeltaRule("ChunkGatedDeltaRuleFunction", row);
  if (row.kernel == "fused_recurrent_gated_delta_rule") return DeltaRule("FusedRecurrentFunction", row);
  if (row.kernel == "mamba_chunk_scan_combined") return StateSpace(row);
  return std::nullopt;
}

void AddRow(const std::string& system, const char* stack, bool state_space, const Row& row, RowSet& set) {
  double milliseconds = 0;
  std::optional<trace::Signature> work = WorkOf(state_space, row);
  if (!work.has_value() || !absl::SimpleAtod(row.latency, &milliseconds) || milliseconds <= 0) return;
  MeasuredRow measured;
  measured.device = system;
  measured.op_class = absl::StrCat(state_space ? "mamba2 " : "", row.kernel, " ", stack);
  measured.work = {*std::move(work)};
  measured.measured = Seconds::Of(milliseconds * 1e-3);
  measured.waits_for_host = absl::StrContains(row.kernel, "causal_conv1d") && absl::string_view(stack) == "vllm";
  set.rows.push_back(std::move(measured));
}

using Take = std::function<void(const Row&)>;

absl::Status ReadDeltaRule(const std::string& path, const Take& take) {
  return ReadCsv<9>(path,
                    {"kernel_source", "batch_size", "seq_len", "d_conv", "num_k_heads", "head_k_dim", "num_v_heads",
                     "head_v_dim", "latency"},
                    [&take](CsvFile<9>& file) {
                      for (Row row; file.read_row(row.kernel, row.batch, row.length, row.taps, row.key_heads,
                                                  row.key_size, row.value_heads, row.value_size, row.latency);)
                        take(row);
                    });
}

absl::Status ReadStateSpace(const std::string& path, const Take& take) {
  return ReadCsv<10>(path,
                     {"kernel_source", "batch_size", "seq_len", "d_conv", "n_groups", "d_state", "nheads", "head_dim",
                      "chunk_size", "latency"},
                     [&take](CsvFile<10>& file) {
                       for (Row row;
                            file.read_row(row.kernel, row.batch, row.length, row.taps, row.key_heads, row.key_size,
                                          row.value_heads, row.value_size, row.chunk, row.latency);)
                         take(row);
                     });
}

}  // namespace

absl::StatusOr<RowSet> ReadRecurrences(const std::string& folder) {
  RowSet set = {.name = "recurrences",
                .about =
                    "newest tables of each stack and system: gated delta nets and mamba2, in BF16, states in FP32. "
                    "Convolutions of gated delta nets are of the queries' channels alone; vLLM's causal_conv1d_fn has "
                    "220 to 400 us of the host's in each call and reads its input 20 times slower than TensorRT-LLM's",
                .published = {},
                .rows = {}};
  for (const char* stack : {"vllm", "trtllm"}) {
    for (const bool state_space : {false, true}) {
      for (const auto& [system, path] : NewestTables(folder, stack, state_space ? "mamba2_perf" : "gdn_perf")) {
        const Take take = [&, &system = system](const Row& row) { AddRow(system, stack, state_space, row, set); };
        const absl::Status status = state_space ? ReadStateSpace(path, take) : ReadDeltaRule(path, take);
        if (!status.ok()) return status;
      }
    }
  }
  return set;
}

}  // namespace sandglass::accuracy
