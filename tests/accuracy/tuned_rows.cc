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

namespace sandglass::accuracy {
namespace {

constexpr unsigned kColumns = 7;

struct TunedRow {
  std::string table;
  std::string device;
  // Empty: no batch.
  std::string batch;
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  double microseconds = 0;
};

// Operands of a table's products: W8A8 in FP8 where it scales blocks, else in INT8.
struct Operands {
  const char* op_class;
  trace::DataType dtype;
};

std::optional<Operands> OperandsOf(absl::string_view table) {
  if (absl::StrContains(table, "a8w8_blockscale")) return Operands{"gemm fp8_block", trace::DataType::kFloat8E4m3};
  if (absl::StrContains(table, "bf16_tuned_batched")) return Operands{"bmm bfloat16", trace::DataType::kBfloat16};
  if (absl::StrContains(table, "a8w8_tuned_batched")) return Operands{"bmm int8", trace::DataType::kInt8};
  if (absl::StrContains(table, "a8w8_bpreshuffle")) return Operands{"gemm int8", trace::DataType::kInt8};
  return std::nullopt;
}

// Operands in their type, the result in BF16.
trace::Signature TunedProduct(trace::DataType dtype, int64_t batch, const TunedRow& row) {
  const bool batched = batch > 1;
  ops::Op op(batched ? "aten::bmm" : "aten::mm");
  const auto dims = [&](int64_t rows, int64_t columns) {
    return batched ? ops::Dims{batch, rows, columns} : ops::Dims{rows, columns};
  };
  return op.In(dtype, dims(row.m, row.k))
      .In(dtype, dims(row.k, row.n))
      .Out(trace::DataType::kBfloat16, dims(row.m, row.n));
}

void AddRow(const TunedRow& row, RowSet& set) {
  const std::optional<Operands> operands = OperandsOf(row.table);
  int64_t batch = 1;
  if (!operands.has_value() || row.microseconds <= 0 || (!row.batch.empty() && !absl::SimpleAtoi(row.batch, &batch))) {
    return;
  }
  MeasuredRow measured;
  measured.device = row.device;
  measured.op_class = operands->op_class;
  measured.work = {TunedProduct(operands->dtype, batch, row)};
  measured.measured = Seconds::Of(row.microseconds * 1e-6);
  set.rows.push_back(std::move(measured));
}

}  // namespace

absl::StatusOr<RowSet> ReadTunedProducts(const std::string& folder) {
  RowSet set = {.name = "tuned products",
                .about =
                    "products on an MI300X by the best kernel that a tuner found for each shape: eight-bit operands, "
                    "of which FP8 has a scale for each block, and batches in BF16; results in BF16. Nothing was "
                    "fitted on these rows; what share of its peak the device reaches is another's largest product",
                .published = {},
                .rows = {}};
  const absl::Status status = ReadCsv<kColumns>(
      absl::StrCat(folder, "/aiter/tuned_gemm.csv.gz"), {"source_table", "device", "B", "M", "N", "K", "us"},
      [&](CsvFile<kColumns>& file) {
        TunedRow row;
        while (file.read_row(row.table, row.device, row.batch, row.m, row.n, row.k, row.microseconds)) {
          AddRow(row, set);
        }
      });
  if (!status.ok()) return status;
  return set;
}

}  // namespace sandglass::accuracy
