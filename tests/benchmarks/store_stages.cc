#include "tests/benchmarks/store_stages.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "proto/chain_digest.h"
#include "rocksdb/sst_file_writer.h"
#include "storage/block_table.h"
#include "storage/database.h"
#include "storage/key.h"
#include "storage/records.h"
#include "storage/sample_trace.h"
#include "storage/trace_store.h"
#include "storage/trace_writer.h"
#include "tests/benchmarks/timing.h"

namespace sandglass::benchmarks {
namespace {

using storage::Change;
using storage::Family;
using storage::Stream;

// A new store with one trace, which is open.
struct OpenTrace {
  storage::TemporaryFolder folder;
  std::unique_ptr<storage::TraceStore> store;
  std::unique_ptr<storage::TraceWriter> writer;
};

std::unique_ptr<storage::TraceStore> NewStore(const storage::TemporaryFolder& folder) {
  auto store = storage::TraceStore::Open(folder.File("store"), {});
  Check(store.status(), "open a store");
  return *std::move(store);
}

std::unique_ptr<OpenTrace> NewTrace() {
  auto open = std::make_unique<OpenTrace>();
  open->store = NewStore(open->folder);
  const storage::TraceRef trace{storage::kDefaultTenant, {}};
  storage::Database& database = open->store->database();
  Check(database.Write({PutHead(trace, {}),
                        Change::Put(Family::kMeta, storage::EncodeKey({trace.tenant, trace.id, Stream::kHeader, 0}),
                                    storage::EncodeMessage(storage::SampleHeader("benchmark")))},
                       true),
        "write");
  auto writer = storage::TraceWriter::Load(database, trace);
  Check(writer.status(), "load");
  open->writer = *std::move(writer);
  return open;
}

std::vector<storage::PreparedChunk> Prepare(storage::TraceWriter& writer, const std::vector<v1::Chunk>& chunks,
                                            const std::vector<Digest>& digests) {
  std::vector<storage::PreparedChunk> prepared;
  for (size_t i = 0; i < chunks.size(); ++i) {
    auto one = writer.Prepare(chunks[i], digests[i], 1);
    Check(one.status(), "prepare");
    prepared.push_back(*std::move(one));
  }
  return prepared;
}

std::vector<Digest> DigestsOf(const std::vector<v1::Chunk>& chunks) {
  std::vector<Digest> digests;
  for (const v1::Chunk& chunk : chunks) digests.push_back(Sha256(chunk.payload()));
  return digests;
}

// As the committer does it, up to 1 MiB at a time.
void Commit(storage::Database& database, std::vector<storage::PreparedChunk> prepared) {
  std::vector<Change> batch;
  size_t bytes = 0;
  for (storage::PreparedChunk& one : prepared) {
    for (Change& change : one.changes) {
      bytes += change.value.size();
      batch.push_back(std::move(change));
    }
    if (bytes < 1 << 20 && &one != &prepared.back()) continue;
    Check(database.Write(batch, true), "write");
    batch.clear();
    bytes = 0;
  }
}

storage::TraceRef Trace(uint32_t number) {
  storage::TraceRef trace{storage::kDefaultTenant, {}};
  trace.id.bytes.back() = static_cast<uint8_t>(number);
  return trace;
}

std::string BlockKey(uint32_t trace, size_t block) {
  return storage::EncodeKey(
      {storage::kDefaultTenant, Trace(trace).id, Stream::kPackedBlocks, static_cast<uint32_t>(block)});
}

void LoadByTable(storage::Database& database, uint32_t trace, const std::vector<std::string>& blocks) {
  const auto table = database.BeginTable();
  Check(table.status(), "begin a table");
  for (size_t i = 0; i < blocks.size(); ++i) Check((*table)->Add(BlockKey(trace, i), blocks[i]), "add a block");
  Check((*table)->TakeIn(), "take a table in");
}

void LoadByLog(storage::Database& database, uint32_t trace, const std::vector<std::string>& blocks) {
  for (size_t i = 0; i < blocks.size(); ++i) {
    Check(database.Write({Change::Put(Family::kBlocks, BlockKey(trace, i), blocks[i])}, false), "write a block");
  }
}

using Load = void (*)(storage::Database&, uint32_t, const std::vector<std::string>&);

double LoadSeconds(Load load, const std::vector<std::string>& blocks, uint32_t traces) {
  const storage::TemporaryFolder folder;
  const std::unique_ptr<storage::TraceStore> store = NewStore(folder);
  const Clock::time_point start = Clock::now();
  for (uint32_t trace = 1; trace <= traces; ++trace) {
    load(store->database(), trace, blocks);
    Check(store->database().Write({PutHead(Trace(trace), {})}, true), "write a head");
  }
  return SecondsSince(start);
}

void CheckRocks(const rocksdb::Status& status, const char* what) {
  Check(status.ok() ? absl::OkStatus() : absl::InternalError(status.ToString()), what);
}

double TableWriterSeconds(const std::vector<std::string>& blocks, uint32_t traces) {
  const storage::TemporaryFolder folder;
  rocksdb::Options options;
  options.compression = rocksdb::kNoCompression;
  const Clock::time_point start = Clock::now();
  for (uint32_t trace = 1; trace <= traces; ++trace) {
    rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), options);
    CheckRocks(writer.Open(folder.File(absl::StrCat(trace, ".sst"))), "begin a file");
    for (size_t i = 0; i < blocks.size(); ++i) CheckRocks(writer.Put(BlockKey(trace, i), blocks[i]), "put a block");
    CheckRocks(writer.Finish(), "finish a file");
  }
  return SecondsSince(start);
}

}  // namespace

StageSeconds TimeStages(const std::vector<v1::Chunk>& chunks) {
  StageSeconds best{1e9, 1e9, 1e9};
  for (int round = 0; round < kRounds; ++round) {
    const std::unique_ptr<OpenTrace> open = NewTrace();
    Clock::time_point start = Clock::now();
    const std::vector<Digest> digests = DigestsOf(chunks);
    best.digest = std::min(best.digest, SecondsSince(start));
    start = Clock::now();
    std::vector<storage::PreparedChunk> prepared = Prepare(*open->writer, chunks, digests);
    best.prepare = std::min(best.prepare, SecondsSince(start));
    start = Clock::now();
    Commit(open->store->database(), std::move(prepared));
    best.write = std::min(best.write, SecondsSince(start));
  }
  return best;
}

double SyncedPutSeconds(size_t bytes) {
  const storage::TemporaryFolder folder;
  const auto database = storage::Database::Open(folder.File("store"), {});
  Check(database.status(), "open a database");
  std::vector<double> seconds;
  for (uint32_t i = 0; i < 500; ++i) {
    const std::vector<Change> change = {
        Change::Put(Family::kBlocks, storage::EncodeKey({1, {}, Stream::kArrivedBlocks, i}), std::string(bytes, 'b'))};
    const Clock::time_point start = Clock::now();
    Check((*database)->Write(change, true), "write");
    seconds.push_back(SecondsSince(start));
  }
  return Median(seconds);
}

std::vector<std::string> BlocksOf(const std::vector<v1::Chunk>& chunks, uint64_t bytes) {
  const std::unique_ptr<OpenTrace> open = NewTrace();
  std::vector<std::string> round;
  for (storage::PreparedChunk& chunk : Prepare(*open->writer, chunks, DigestsOf(chunks))) {
    for (Change& change : chunk.changes) {
      if (change.family == Family::kBlocks) round.push_back(std::move(change.value));
    }
  }
  std::vector<std::string> blocks;
  for (uint64_t made = 0; made < bytes;) {
    blocks.push_back(round[blocks.size() % round.size()]);
    made += blocks.back().size();
  }
  return blocks;
}

BulkSeconds TimeBulk(const std::vector<std::string>& blocks, uint32_t traces) {
  BulkSeconds best{1e9, 1e9, 1e9};
  // In turns: the disk is not the same from second to second.
  for (int round = 0; round < kRounds; ++round) {
    best.writer = std::min(best.writer, TableWriterSeconds(blocks, traces));
    best.table = std::min(best.table, LoadSeconds(LoadByTable, blocks, traces));
    best.log = std::min(best.log, LoadSeconds(LoadByLog, blocks, traces));
  }
  return best;
}

}  // namespace sandglass::benchmarks
