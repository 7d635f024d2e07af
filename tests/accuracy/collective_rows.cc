#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "tests/accuracy/csv_file.h"
#include "tests/accuracy/operators.h"
#include "tests/accuracy/row_sets.h"
#include "tests/accuracy/system_tables.h"

namespace sandglass::accuracy {
namespace {

constexpr unsigned kColumns = 5;

const absl::flat_hash_map<std::string, trace::TransferType>& Transfers() {
  static const auto* const transfers = new absl::flat_hash_map<std::string, trace::TransferType>{
      {"all_reduce", trace::TransferType::kAllReduce},
      {"all_gather", trace::TransferType::kAllGather},
      {"reduce_scatter", trace::TransferType::kReduceScatter},
      {"alltoall", trace::TransferType::kAllToAll},
  };
  return *transfers;
}

// Message sizes count elements: of a gather what all ranks end with, of a scatter what each begins with.
void AddCollectives(const std::string& system, CsvFile<kColumns>& file, RowSet& set) {
  std::string name, dtype;
  int64_t ranks = 0;
  int64_t elements = 0;
  double milliseconds = 0;
  while (file.read_row(name, dtype, ranks, elements, milliseconds)) {
    const auto type = Transfers().find(name);
    if (type == Transfers().end() || dtype != "half" || milliseconds <= 0) continue;
    MeasuredRow row;
    row.device = system;
    row.op_class = name;
    row.work = {Collective(type->second, trace::DataType::kFloat16, elements, ranks)};
    row.measured = Seconds::Of(milliseconds * 1e-3);
    set.rows.push_back(std::move(row));
  }
}

}  // namespace

absl::StatusOr<RowSet> ReadCollectives(const std::string& folder) {
  RowSet set = {.name = "collectives",
                .about = "NCCL among 2, 4 and 8 GPUs of one machine, halves, from 512 B to 256 MiB",
                .published = {},
                .rows = {}};
  for (const auto& [system, path] : NewestTables(folder, "nccl", "nccl_perf")) {
    const absl::Status status =
        ReadCsv<kColumns>(path, {"op_name", "nccl_dtype", "num_gpus", "message_size", "latency"},
                          [&, &system = system](CsvFile<kColumns>& file) { AddCollectives(system, file, set); });
    if (!status.ok()) return status;
  }
  return set;
}

}  // namespace sandglass::accuracy
