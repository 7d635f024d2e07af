#include "analyzer/analysis/store_fixture.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "proto/chain_digest.h"
#include "proto/ingest_service.pb.h"
#include "storage/mutex.h"
#include "storage/trace_store.h"
#include "xxhash.h"

namespace sandglass::analysis {
namespace {

void AddTensor(google::protobuf::RepeatedPtrField<v1::Tensor>& tensors, std::initializer_list<int64_t> dims) {
  v1::Tensor& tensor = *tensors.Add();
  tensor.set_dtype(v1::DATA_TYPE_FLOAT32);
  tensor.set_shape_source(v1::SHAPE_SOURCE_RECORDED);
  tensor.set_position(static_cast<uint32_t>(tensors.size() - 1));
  for (const int64_t dim : dims) tensor.add_dims(dim);
}

v1::Operator& AddOperator(FixtureTrace& trace, const std::string& name, int64_t duration_ps) {
  const uint64_t index = trace.operators.size();
  v1::Operator& op = trace.operators.emplace_back();
  op.set_id(index + 1);
  op.set_start_ns(static_cast<int64_t>(index) * 1000000);
  op.set_duration_ps(duration_ps);
  op.set_self_ps(duration_ps);
  op.set_thread(0);
  v1::OpSignature& signature = *op.mutable_signature();
  signature.set_kind(v1::OPERATOR_KIND_HOST_OP);
  signature.set_name(name);
  signature.set_outputs_recorded(true);
  AddTensor(*signature.mutable_outputs(), {512, 1024});
  return op;
}

// Waits for all acknowledgements of a stream and keeps the first error.
class Acknowledgements {
 public:
  storage::Ingest::Acknowledge Expect() {
    storage::MutexLock lock(mutex_);
    ++open_;
    return [this](const absl::StatusOr<v1::AppendResponse>& response) {
      storage::MutexLock inner(mutex_);
      --open_;
      status_.Update(response.status());
      changed_.NotifyAll();
    };
  }

  absl::Status Wait() {
    storage::MutexLock lock(mutex_);
    while (open_ > 0) changed_.Wait(mutex_);
    return status_;
  }

 private:
  storage::Mutex mutex_;
  storage::CondVar changed_;
  int open_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

// A UUID that is new in this process.
std::string ClientKey() {
  static int count = 0;
  return absl::StrFormat("00000000-0000-4000-8000-%012d", ++count);
}

}  // namespace

FixtureTrace TinyTraining(const std::string& name, int layers) {
  FixtureTrace trace;
  trace.header.set_name(name);
  trace.header.set_source_format("fixture");
  trace.header.set_phase(v1::PHASE_TRAIN);
  trace.header.set_run_mode(v1::RUN_MODE_MEASURED);
  trace.header.mutable_memory()->set_parameter_bytes(static_cast<int64_t>(layers) * 1024 * 1024 * 4);
  v1::WorkDone& tokens = *trace.summary.add_work_done();
  tokens.set_unit(v1::WORK_UNIT_TOKEN);
  tokens.set_count(512);
  for (int layer = 0; layer < layers; ++layer) {
    v1::OpSignature& product = *AddOperator(trace, "aten::mm", 900000000).mutable_signature();
    AddTensor(*product.mutable_inputs(), {512, 1024});
    AddTensor(*product.mutable_inputs(), {1024, 1024});
    v1::OpSignature& relu = *AddOperator(trace, "aten::relu", 50000000).mutable_signature();
    AddTensor(*relu.mutable_inputs(), {512, 1024});
  }
  return trace;
}

uint64_t PayloadDigest(const std::string& payload) { return XXH3_64bits(payload.data(), payload.size()); }

absl::StatusOr<v1::SealRequest> Append(storage::Ingest& ingest, const FixtureTrace& trace, int chunk_rows) {
  v1::OpenRequest open;
  open.set_client_key(ClientKey());
  open.set_schema_version(1);
  *open.mutable_header() = trace.header;
  const auto opened = ingest.Open(storage::kDefaultTenant, open);
  if (!opened.ok()) return opened.status();
  v1::AppendStart start;
  start.set_trace_id(opened->trace_id());
  start.set_epoch(opened->epoch());
  start.set_resume_seq(opened->next_seq());
  start.set_chain_digest(opened->chain_digest());
  const auto stream = ingest.Attach(storage::kDefaultTenant, start);
  if (!stream.ok()) return stream.status();

  Acknowledgements acknowledgements;
  Digest chain{};
  uint64_t seq = 0;
  const auto total = static_cast<int>(trace.operators.size());
  for (int first = 0; first < total; first += chunk_rows) {
    v1::OperatorRows rows;
    for (int i = first; i < std::min(total, first + chunk_rows); ++i) *rows.add_operators() = trace.operators[i];
    v1::Chunk chunk;
    chunk.set_seq(++seq);
    chunk.set_first_operator(first);
    chunk.set_operators(rows.operators_size());
    chunk.set_form(v1::Chunk::FORM_ROWS);
    chunk.set_payload(rows.SerializeAsString());
    chunk.set_payload_xxh3(PayloadDigest(chunk.payload()));
    chain = ChainDigest(chain, seq, Sha256(chunk.payload()));
    auto done = acknowledgements.Expect();
    if (absl::Status status = ingest.Append(*stream, chunk, done); !status.ok()) {
      done(status);
      break;
    }
  }
  if (absl::Status status = acknowledgements.Wait(); !status.ok()) return status;
  v1::SealRequest seal;
  seal.set_trace_id(opened->trace_id());
  seal.set_epoch(opened->epoch());
  seal.set_last_seq(seq);
  seal.set_operators(trace.operators.size());
  seal.set_chain_digest(DigestBytes(chain));
  *seal.mutable_summary() = trace.summary;
  return seal;
}

absl::StatusOr<v1::TraceManifest> Submit(storage::Ingest& ingest, const FixtureTrace& trace, int chunk_rows) {
  const auto seal = Append(ingest, trace, chunk_rows);
  if (!seal.ok()) return seal.status();
  const auto sealed = ingest.Seal(storage::kDefaultTenant, *seal);
  if (!sealed.ok()) return sealed.status();
  return sealed->manifest();
}

}  // namespace sandglass::analysis
