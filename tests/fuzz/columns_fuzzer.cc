// Columns of operators, as any peer may send them: reading them ends, and what reads as rows survives being packed into
// columns again.
#include <google/protobuf/util/message_differencer.h>

#include <cstdio>
#include <cstdlib>

#include "proto/operator_columns.h"
#include "proto/trace.pb.h"
#include "tests/fuzz/fuzzer.h"

namespace sandglass::fuzz {
namespace {

// Larger messages only repeat what smaller ones show, at the price of fewer inputs.
constexpr uint32_t kMostRows = 1000;

void CheckRoundTrip(const v1::OperatorRows& rows) {
  ColumnBuilder builder;
  for (const v1::Operator& op : rows.operators()) builder.Add(op);
  const v1::OperatorColumns columns = builder.Take();
  const auto again = RowsOf(columns, {});
  if (again.ok() && google::protobuf::util::MessageDifferencer::Equals(rows, *again)) return;
  std::fprintf(stderr, "rows changed by packing: %s\n", rows.ShortDebugString().c_str());
  std::abort();
}

v1::OpSignature Product() {
  v1::OpSignature signature;
  signature.set_kind(v1::OPERATOR_KIND_HOST_OP);
  signature.set_name("aten::mm");
  for (int i = 0; i < 2; ++i) {
    v1::Tensor& tensor = *signature.add_inputs();
    tensor.set_dtype(v1::DATA_TYPE_FLOAT32);
    tensor.add_dims(4);
    tensor.add_dims(8);
    tensor.set_shape_source(v1::SHAPE_SOURCE_RECORDED);
  }
  return signature;
}

}  // namespace

std::vector<std::string> Seeds() {
  ColumnBuilder builder;
  for (uint64_t id = 1; id <= 6; ++id) {
    v1::Operator op;
    op.set_id(id);
    if (id % 2 == 0) op.set_parent_id(id - 1);
    op.set_start_ns(static_cast<int64_t>(1000 * id));
    if (id != 3) op.set_duration_ps(500);
    op.add_data_dep_ids(1);
    op.add_storage_ids(id);
    op.add_storage_ids(0);
    *op.mutable_signature() = Product();
    if (id > 4) op.mutable_signature()->set_name("aten::addmm");
    builder.Add(op);
  }
  return {builder.Take().SerializeAsString(), v1::OperatorColumns().SerializeAsString()};
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sandglass;  // NOLINT(google-build-using-namespace): the entry point has no namespace
  v1::OperatorColumns columns;
  if (!columns.ParseFromArray(data, static_cast<int>(size)) || columns.rows() > fuzz::kMostRows) return 0;
  const auto reader = RowReader::Create(columns);
  if (!reader.ok()) return 0;
  columns.set_first_signature(0);
  const auto rows = RowsOf(columns, {});
  if (rows.ok()) fuzz::CheckRoundTrip(*rows);
  return 0;
}
