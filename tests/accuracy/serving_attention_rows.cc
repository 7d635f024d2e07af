#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "tests/accuracy/csv_file.h"
#include "tests/accuracy/operators.h"
#include "tests/accuracy/other_devices.h"
#include "tests/accuracy/row_sets.h"
#include "tests/accuracy/serving_tables.h"
#include "tests/accuracy/system_tables.h"

namespace sandglass::accuracy {
namespace {

constexpr unsigned kAttentionColumns = 11;
// Kernels as the tables name them. FlashAttention 3 plans the work of its blocks in a kernel before; FlashAttention 2
// and what Triton compiles are written for any GPU, the others for Hopper or Blackwell.
constexpr char kPlansBefore[] = "vllm_flash_attn_fa3";
constexpr char kFlashAttention2[] = "vllm_flash_attn";
constexpr char kTriton[] = "vllm_triton_attn";

// A call of prefill ("context": all positions see those before them) or of decoding ("generation": one sees all). It
// also writes the new keys and values into the cache.
std::vector<trace::Signature> AttentionCall(const std::string& kernel, bool decodes, int64_t batch, int64_t heads,
                                            int64_t key_heads, int64_t size, int64_t length, int64_t step) {
  constexpr trace::DataType kType = trace::DataType::kBfloat16;
  const int64_t queries = decodes ? 1 : length;
  const int64_t keys = decodes ? step + 1 : length;
  const bool recent = kernel != kFlashAttention2 && kernel != kTriton;
  std::vector<trace::Signature> call = {
      Copy(kType, {2, batch, key_heads, queries, size}),
      Attention(kType, batch, heads, key_heads, queries, keys, size, !decodes, recent)};
  if (kernel == kPlansBefore) call.push_back(Fill(trace::DataType::kInt32, {batch}));
  return call;
}

// Only what is computed and cached in BF16. Rows with a window name it in `window_size`, which the oldest tables lack.
void AddAttention(const std::string& system, bool decodes, CsvFile<kAttentionColumns>& file, RowSet& set) {
  std::string kernel, dtype, cache, latency;
  int64_t batch = 0;
  int64_t length = 0;
  int64_t heads = 0;
  int64_t key_heads = 0;
  int64_t size = 0;
  int64_t step = 0;
  int64_t window = 0;
  while (file.read_row(kernel, dtype, cache, batch, length, heads, key_heads, size, step, window, latency)) {
    double milliseconds = 0;
    if (window > 0 || dtype != "bfloat16" || cache != "bfloat16" || !absl::SimpleAtod(latency, &milliseconds) ||
        milliseconds <= 0)
      continue;
    MeasuredRow row;
    row.device = system;
    row.op_class = decodes ? "generation" : "context";
    row.work = AttentionCall(kernel, decodes, batch, heads, key_heads, size, length, step);
    row.measured = Seconds::Of(milliseconds * 1e-3);
    row.power_window = kServingPowerWindow;
    set.rows.push_back(std::move(row));
  }
}

// A call starts several kernels; its least reading on the other systems is the least that is expected of it.
void SetLaunches(RowSet& set) {
  std::map<std::string, Readings> least;
  for (const MeasuredRow& row : set.rows) {
    const auto [at, added] = least[row.op_class].emplace(row.device, row.measured.value());
    if (!added) at->second = std::min(at->second, row.measured.value());
  }
  for (MeasuredRow& row : set.rows) row.launch = MedianWithout(row.device, least[row.op_class]);
}

}  // namespace

absl::StatusOr<RowSet> ReadServingAttention(const std::string& folder) {
  RowSet set = {
      .name = "serving attention",
      .about =
          "newest vLLM tables of each system, computed and cached in BF16, without windows; a call writes the "
          "cache and attends",
      .published = {},
      .rows = {}};
  for (const bool decodes : {false, true}) {
    const char* table = decodes ? "generation_attention_perf" : "context_attention_perf";
    for (const auto& [system, path] : NewestTables(folder, "vllm", table)) {
      const absl::Status status = ReadCsv<kAttentionColumns>(
          path,
          {kKernelColumn, "attn_dtype", "kv_cache_dtype", "batch_size", "isl", "num_heads", "num_key_value_heads",
           "head_dim", "step", "window_size", "latency"},
          [&, &system = system](CsvFile<kAttentionColumns>& file) { AddAttention(system, decodes, file, set); },
          {kKernelColumn, "window_size"});
      if (!status.ok()) return status;
    }
  }
  SetLaunches(set);
  return set;
}

}  // namespace sandglass::accuracy
