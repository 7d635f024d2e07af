// Chunks, as any client may send them: an error in one line, or blocks that hold exactly the operators that were sent,
// less those that lenient mode says it left out.
//
// SANDGLASS_FUZZ_STORE names a store whose traces are to be seeds too.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proto/operator_columns.h"
#include "proto/trace_id.h"
#include "storage/block_codec.h"
#include "storage/ingest.h"
#include "storage/sample_trace.h"
#include "storage/trace_reader.h"
#include "storage/trace_store.h"
#include "storage/trace_writer.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/laws.h"

namespace sandglass::fuzz {
namespace {

using storage::Ingest;

// The first byte of an input; the rest is the payload.
constexpr uint8_t kColumns = 1;
constexpr uint8_t kLenient = 2;
// Larger payloads only repeat what smaller ones show.
constexpr int kMostOperators = 10'000;
// In the store before, so that ids, signatures and counts do not begin at 0.
constexpr uint32_t kOperatorsBefore = 3;
// Of each trace that is a seed.
constexpr int kSeedOperators = 20;

// Two open traces, one strict and one lenient, each with a chunk of three operators. Nothing is written after that.
class OpenTraces {
 public:
  OpenTraces() : store_(*storage::TraceStore::Open(folder_.path(), {})) {
    Ingest ingest(*store_);
    strict_ = Begin(ingest, v1::VALIDATION_STRICT);
    lenient_ = Begin(ingest, v1::VALIDATION_LENIENT);
  }

  std::unique_ptr<storage::TraceWriter> Writer(bool lenient) {
    return *storage::TraceWriter::Load(store_->database(), lenient ? lenient_ : strict_);
  }

  std::vector<v1::OpSignature> Signatures() {
    const auto head = storage::ReadHead(store_->database(), strict_);
    return *storage::ReadDictionary(store_->database(), strict_, **head);
  }

 private:
  static storage::TraceRef Begin(Ingest& ingest, v1::Validation validation) {
    v1::OpenRequest request = storage::SampleOpen(validation, "open");
    request.set_validation(validation);
    const auto open = ingest.Open(storage::kDefaultTenant, request);
    Require(open.ok(), open.status().ToString());
    v1::AppendStart start;
    start.set_trace_id(open->trace_id());
    start.set_epoch(open->epoch());
    start.set_resume_seq(1);
    start.set_chain_digest(open->chain_digest());
    const auto trace = ingest.Attach(storage::kDefaultTenant, start);
    Require(trace.ok(), trace.status().ToString());
    storage::Chunker chunker;
    const absl::Status status =
        ingest.Append(*trace, chunker.NextSample(kOperatorsBefore, v1::Chunk::FORM_ROWS), [](const auto&) {});
    Require(status.ok(), status.ToString());
    return {storage::kDefaultTenant, *ParseTraceId(open->trace_id())};
  }

  storage::TemporaryFolder folder_;
  std::unique_ptr<storage::TraceStore> store_;
  storage::TraceRef strict_;
  storage::TraceRef lenient_;
};

OpenTraces& Traces() {
  static auto* traces = new OpenTraces;
  return *traces;
}

// What a payload holds, if it can be read at all.
std::optional<v1::OperatorRows> Sent(const v1::Chunk& chunk) {
  v1::OperatorRows rows;
  if (chunk.form() == v1::Chunk::FORM_ROWS) {
    if (!rows.ParseFromString(chunk.payload())) return std::nullopt;
    return rows;
  }
  v1::OperatorColumns columns;
  if (!columns.ParseFromString(chunk.payload()) || columns.rows() > kMostOperators) return std::nullopt;
  absl::StatusOr<v1::OperatorRows> read = RowsOf(columns, Traces().Signatures());
  if (read.ok()) return *std::move(read);
  // Its count is still worth sending.
  for (uint32_t i = 0; i < columns.rows(); ++i) rows.add_operators();
  return rows;
}

// What `changes` put into the store.
v1::OperatorRows Stored(const std::vector<storage::Change>& changes) {
  std::vector<v1::OpSignature> signatures = Traces().Signatures();
  std::vector<v1::OperatorColumns> blocks;
  uint64_t next = kOperatorsBefore;
  for (const storage::Change& change : changes) {
    if (change.family != storage::Family::kBlocks && change.family != storage::Family::kDictionary) continue;
    absl::StatusOr<storage::Block> block = storage::DecodeBlock(change.key, change.value);
    Require(block.ok(), block.status().ToString());
    if (change.family == storage::Family::kDictionary) {
      Require(block->first == signatures.size(), "new signatures leave a hole");
      signatures.insert(signatures.end(), block->columns.new_signatures().begin(),
                        block->columns.new_signatures().end());
      continue;
    }
    Require(block->first == next && block->columns.rows() <= storage::kBlockOperators, "blocks leave a hole");
    next += block->columns.rows();
    blocks.push_back(std::move(block->columns));
  }
  v1::OperatorRows all;
  for (const v1::OperatorColumns& columns : blocks) {
    const absl::StatusOr<v1::OperatorRows> rows = RowsOf(columns, signatures);
    Require(rows.ok(), rows.status().ToString());
    all.MergeFrom(*rows);
  }
  return all;
}

bool Rejected(const storage::ChunkRecord& record, uint64_t index) {
  for (const v1::RejectedRange& range : record.rejected) {
    if (index >= range.first_operator() && index < range.first_operator() + range.count()) return true;
  }
  return false;
}

void RequireSame(v1::OperatorRows sent, const storage::PreparedChunk& prepared) {
  v1::OperatorRows kept;
  for (int i = 0; i < sent.operators_size(); ++i) {
    if (Rejected(prepared.record, kOperatorsBefore + static_cast<uint64_t>(i))) continue;
    *kept.add_operators() = std::move(*sent.mutable_operators(i));
  }
  v1::OperatorRows stored = Stored(prepared.changes);
  Require(prepared.head.stored_operators == kOperatorsBefore + static_cast<uint64_t>(stored.operators_size()),
          "the head counts other operators than the blocks hold");
  // A newer client's fields are no part of this version.
  kept.DiscardUnknownFields();
  stored.DiscardUnknownFields();
  Require(kept.SerializeAsString() == stored.SerializeAsString(),
          "stored " + stored.ShortDebugString() + " of " + kept.ShortDebugString());
}

std::string SeedOf(uint8_t flags, const std::vector<v1::Operator>& operators) {
  storage::Chunker chunker;
  const v1::Chunk::Form form = (flags & kColumns) != 0 ? v1::Chunk::FORM_COLUMNS : v1::Chunk::FORM_ROWS;
  chunker.NextSample(kOperatorsBefore, v1::Chunk::FORM_ROWS);
  return std::string(1, static_cast<char>(flags)) + chunker.Next(operators, form).payload();
}

std::string Seed(uint8_t flags, uint64_t operators) {
  std::vector<v1::Operator> samples;
  for (uint64_t i = 0; i < operators; ++i) samples.push_back(storage::SampleOperator(kOperatorsBefore + i));
  return SeedOf(flags, samples);
}

// One operator with everything that an operator can have.
std::string FullSeed() {
  v1::OperatorRows rows;
  v1::Operator& op = *rows.add_operators();
  op = storage::SampleOperator(1000);
  op.set_launcher_id(4);
  op.set_link_method(v1::LINK_METHOD_CAPTURE);
  op.set_occurrences(2);
  v1::OpSignature& signature = *op.mutable_signature();
  v1::Attribute& attribute = *signature.add_attributes();
  attribute.set_name("alpha");
  attribute.set_real(0.5);
  signature.mutable_flops_flop()->set_value(1e9);
  signature.mutable_flops_flop()->set_provenance(v1::PROVENANCE_FORMULA);
  signature.mutable_communication()->set_type(v1::Communication::TYPE_ALL_TO_ALL);
  signature.mutable_communication()->add_input_split_elements(5);
  signature.mutable_launch()->add_grid(1);
  signature.mutable_inputs(0)->add_strides(8);
  signature.mutable_inputs(0)->add_strides(1);
  return std::string(1, '\0') + rows.SerializeAsString();
}

// Some operators of each trace in the store that the environment names, as rows and as columns.
std::vector<std::string> SeedsOfStore() {
  std::vector<std::string> seeds;
  const char* directory = std::getenv("SANDGLASS_FUZZ_STORE");
  if (directory == nullptr) return seeds;
  storage::StoreOptions options;
  options.read_only = true;
  const auto store = storage::TraceStore::Open(directory, options);
  Require(store.ok(), store.status().ToString());
  const auto manifests = (*store)->ListSealed(storage::kDefaultTenant);
  Require(manifests.ok(), manifests.status().ToString());
  for (const v1::TraceManifest& manifest : *manifests) {
    const auto signatures = *(*store)->ReadSignatures(storage::kDefaultTenant, manifest.trace_id());
    v1::OperatorRows rows;
    const absl::Status read =
        (*store)->ReadColumns(storage::kDefaultTenant, manifest.trace_id(), 0,
                              [&](uint64_t, const v1::OperatorColumns& columns) -> absl::StatusOr<bool> {
                                rows = *RowsOf(columns, signatures);
                                return false;
                              });
    Require(read.ok(), read.ToString());
    // The ids up to kOperatorsBefore are taken.
    const int first = std::min<int>(kOperatorsBefore, rows.operators_size());
    const int last = std::min(first + kSeedOperators, rows.operators_size());
    const std::vector<v1::Operator> some(rows.operators().begin() + first, rows.operators().begin() + last);
    for (const uint8_t flags : {uint8_t{0}, kColumns}) seeds.push_back(SeedOf(flags, some));
  }
  return seeds;
}

}  // namespace

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds = SeedsOfStore();
  const std::vector<std::string> samples = {
      Seed(0, 4),        Seed(kColumns, 12),        Seed(kLenient, 3), Seed(kColumns | kLenient, 9),
      Seed(kColumns, 1), std::string({0, '\n', 0}), FullSeed()};
  seeds.insert(seeds.end(), samples.begin(), samples.end());
  return seeds;
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sandglass;  // NOLINT(google-build-using-namespace): the entry point has no namespace
  if (size == 0) return 0;
  v1::Chunk chunk;
  chunk.set_seq(2);
  chunk.set_first_operator(fuzz::kOperatorsBefore);
  chunk.set_form((data[0] & fuzz::kColumns) != 0 ? v1::Chunk::FORM_COLUMNS : v1::Chunk::FORM_ROWS);
  chunk.set_payload(data + 1, size - 1);
  storage::FixChecksum(chunk);
  const std::optional<v1::OperatorRows> sent = fuzz::Sent(chunk);
  chunk.set_operators(sent.has_value() ? static_cast<uint32_t>(sent->operators_size()) : 1);
  const auto writer = fuzz::Traces().Writer((data[0] & fuzz::kLenient) != 0);
  const auto prepared = writer->Prepare(chunk, Sha256(chunk.payload()), 0);
  if (prepared.ok()) {
    fuzz::Require(sent.has_value(), "a chunk was taken that cannot be read");
    fuzz::RequireSame(*sent, *prepared);
  } else {
    fuzz::Require(absl::IsInvalidArgument(prepared.status()), prepared.status().ToString());
    fuzz::RequireOneLine(prepared.status());
  }
  return 0;
}
