// The sets of published measurements that a folder holds, as rows.
//
// A folder is laid out as the shared data is: neusight/, aiconfigurator/<system>/, … Sets that it lacks are left out.
#ifndef SANDGLASS_TESTS_ACCURACY_ROW_SETS_H_
#define SANDGLASS_TESTS_ACCURACY_ROW_SETS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/accuracy/measured_row.h"

namespace sandglass::accuracy {

// What of a row is predicted.
enum class Quantity : uint8_t { kTime, kEnergy, kPower };

struct RowSet {
  std::string name;
  // What was measured, by which stack, and which rows are left out.
  std::string about;
  // Names of those whose predictions the rows bear.
  std::vector<std::string> published;
  std::vector<MeasuredRow> rows;
  Quantity quantity = Quantity::kTime;
  // Rows are of whole passes, in which errors of operators cancel: they say nothing of bands.
  bool whole_passes = false;
};

// Errors: DataLoss, with the file and the line, where one cannot be read; NotFound, where there is no set at all.
absl::StatusOr<std::vector<RowSet>> ReadRowSets(const std::string& folder);

// Transformers in FP32 in eager PyTorch, and what four predictors said: operators of one layer forward, the same
// backward, and whole steps.
absl::StatusOr<std::vector<RowSet>> ReadNeusight(const std::string& folder);
// Products of serving stacks: of each system and precision the newest vLLM table.
absl::StatusOr<RowSet> ReadServingProducts(const std::string& folder);
// Products by the best kernels of a tuner, on an MI300X.
absl::StatusOr<RowSet> ReadTunedProducts(const std::string& folder);
// Blocks of experts of serving stacks.
absl::StatusOr<RowSet> ReadExperts(const std::string& folder);
// Gated delta nets and Mamba-2 in serving stacks: prefill in chunks, decoding, and their convolutions.
absl::StatusOr<RowSet> ReadRecurrences(const std::string& folder);
// Power of products of serving stacks, where a table has it: of each system the newest that does.
absl::StatusOr<RowSet> ReadPower(const std::string& folder);
// Collectives of NCCL among 2 to 8 devices of one machine, of halves.
absl::StatusOr<RowSet> ReadCollectives(const std::string& folder);
// Products, softmax, normalization and GELU in FP16 on an A100.
absl::StatusOr<RowSet> ReadLlmcompass(const std::string& folder);
// Encoders of the BERT family on a Trainium1.
absl::StatusOr<RowSet> ReadNeuron(const std::string& folder);
// Products, convolutions and recurrent layers of training, forward and backward, by cuBLAS and cuDNN.
absl::StatusOr<RowSet> ReadDeepbench(const std::string& folder);
// Forward passes of three models at fixed clocks: their time, and their energy.
absl::StatusOr<std::vector<RowSet>> ReadEnergaizer(const std::string& folder);
// Training under limits of the card's power, with what a trace of the same (beside the folder, in traces/) is predicted
// to do: its time, and its energy. None without the trace.
absl::StatusOr<std::vector<RowSet>> ReadZeus(const std::string& folder);
// Models that ran on several devices, as a profiler saw them (beside the folder, in traces/): each operator, and whole
// runs as predicted for one device from the trace of another.
absl::StatusOr<std::vector<RowSet>> ReadTracedRuns(const std::string& folder);
// Attention of serving stacks in BF16, without windows: prefill ("context") and decoding ("generation").
absl::StatusOr<RowSet> ReadServingAttention(const std::string& folder);

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_ROW_SETS_H_
