#include "storage/sample_trace.h"

#include <xxhash.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace sandglass::storage {

TemporaryFolder::TemporaryFolder() {
  const char* base = std::getenv("TEST_TMPDIR");
  std::string pattern = std::string(base != nullptr ? base : "/tmp") + "/store_XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

v1::TraceHeader SampleHeader(const std::string& name) {
  v1::TraceHeader header;
  header.set_name(name);
  header.set_source_format("sample");
  header.add_devices()->set_raw_name("device 0");
  header.add_devices()->set_raw_name("");
  header.add_process_groups()->set_name("world");
  header.set_phase(v1::PHASE_TRAIN);
  header.set_run_mode(v1::RUN_MODE_MEASURED);
  return header;
}

v1::TraceSummary SampleSummary() {
  v1::TraceSummary summary;
  v1::WorkDone& work = *summary.add_work_done();
  work.set_unit(v1::WORK_UNIT_TOKEN);
  work.set_count(128);
  summary.mutable_window()->set_start_ns(0);
  summary.mutable_window()->set_end_ns(1000000);
  return summary;
}

v1::Operator SampleOperator(uint64_t index) {
  v1::Operator op;
  op.set_id(index + 1);
  v1::OpSignature& signature = *op.mutable_signature();
  signature.set_kind(v1::OPERATOR_KIND_HOST_OP);
  signature.set_name("aten::op" + std::to_string(index % 7));
  v1::Tensor& input = *signature.add_inputs();
  input.set_dtype(v1::DATA_TYPE_FLOAT32);
  input.add_dims(8);
  input.add_dims(static_cast<int64_t>(index % 7));
  input.set_shape_source(v1::SHAPE_SOURCE_RECORDED);
  op.set_start_ns(static_cast<int64_t>(1000 * index));
  op.set_duration_ps(static_cast<int64_t>(index % 1000) * 777);
  op.set_self_ps(0);
  op.set_thread(0);
  if (index % 3 == 1) op.set_parent_id(index);
  if (index % 5 == 2) op.add_data_dep_ids(index);
  if (index % 5 == 3) op.set_forward_id(index - 2);
  if (index % 2 == 0) op.add_storage_ids(index / 2);
  if (index % 11 == 0) op.set_device(1);
  if (index % 13 == 0) {
    op.set_energy_pj(0);
    op.set_energy_provenance(v1::PROVENANCE_MEASURED);
  }
  return op;
}

v1::Chunk Chunker::Next(const std::vector<v1::Operator>& operators, v1::Chunk::Form form) {
  v1::Chunk chunk;
  chunk.set_seq(++seq_);
  chunk.set_first_operator(operators_);
  chunk.set_operators(static_cast<uint32_t>(operators.size()));
  chunk.set_form(form);
  if (form == v1::Chunk::FORM_ROWS) {
    v1::OperatorRows rows;
    for (const v1::Operator& op : operators) *rows.add_operators() = op;
    chunk.set_payload(rows.SerializeAsString());
    // The store numbers the signatures of rows; the columns that follow must count them too.
    for (const v1::Operator& op : operators) builder_.Intern(op.signature());
    builder_.Take();
  } else {
    for (const v1::Operator& op : operators) builder_.Add(op);
    chunk.set_payload(builder_.Take().SerializeAsString());
  }
  FixChecksum(chunk);
  operators_ += operators.size();
  chain_ = ChainDigest(chain_, seq_, Sha256(chunk.payload()));
  return chunk;
}

v1::Chunk Chunker::NextSample(uint32_t count, v1::Chunk::Form form) {
  std::vector<v1::Operator> operators;
  for (uint32_t i = 0; i < count; ++i) operators.push_back(SampleOperator(operators_ + i));
  return Next(operators, form);
}

void FixChecksum(v1::Chunk& chunk) {
  chunk.set_payload_xxh3(XXH3_64bits(chunk.payload().data(), chunk.payload().size()));
}

std::string ClientKey(uint64_t number) {
  char text[37];
  std::snprintf(text, sizeof text, "01234567-89ab-cdef-0123-%012llx", static_cast<unsigned long long>(number));
  return text;
}

v1::AppendStart StartOf(const v1::OpenResponse& open) {
  v1::AppendStart start;
  start.set_trace_id(open.trace_id());
  start.set_epoch(open.epoch());
  start.set_resume_seq(open.next_seq());
  start.set_chain_digest(open.chain_digest());
  return start;
}

v1::OpenRequest SampleOpen(uint64_t client, const std::string& name) {
  v1::OpenRequest request;
  request.set_client_key(ClientKey(client));
  request.set_schema_version(1);
  *request.mutable_header() = SampleHeader(name);
  return request;
}

v1::SealRequest SampleSeal(const v1::OpenResponse& open, const Chunker& chunker) {
  v1::SealRequest request;
  request.set_trace_id(open.trace_id());
  request.set_epoch(open.epoch());
  request.set_last_seq(chunker.seq());
  request.set_operators(chunker.operators());
  request.set_chain_digest(DigestBytes(chunker.chain()));
  *request.mutable_summary() = SampleSummary();
  return request;
}

}  // namespace sandglass::storage
