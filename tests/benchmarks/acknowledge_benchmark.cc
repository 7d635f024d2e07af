// What it costs to acknowledge: a synced write of RocksDB alone, the same with the inventory's record, and a whole
// chunk through ingest, all to the same disk.
//
//   TMPDIR=/a/disk bazel run -c opt //tests/benchmarks:acknowledge_benchmark
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "storage/database.h"
#include "storage/ingest.h"
#include "storage/key.h"
#include "storage/sample_trace.h"
#include "storage/trace_store.h"

namespace sandglass::storage {
namespace {

constexpr uint32_t kOperators = 1000;

std::vector<Change> OneBlock(uint32_t number) {
  return {Change::Put(Family::kBlocks, EncodeKey({1, TraceId{}, Stream::kArrivedBlocks, number}),
                      std::string(size_t{10} * kOperators, 'b'))};
}

void BM_SyncedWrite(benchmark::State& state) {
  const TemporaryFolder folder;
  const auto database = Database::Open(folder.File("store"), {});
  uint32_t number = 0;
  for (auto _ : state) {
    if (!(*database)->Write(OneBlock(++number), /*sync=*/true).ok()) state.SkipWithError("write failed");
  }
}
BENCHMARK(BM_SyncedWrite)->Unit(benchmark::kMicrosecond)->UseRealTime();

void BM_SyncedWriteNoted(benchmark::State& state) {
  const TemporaryFolder folder;
  const auto store = TraceStore::Open(folder.File("store"), {});
  uint32_t number = 0;
  for (auto _ : state) {
    if (!(*store)->database().Write(OneBlock(++number), /*sync=*/true).ok()) state.SkipWithError("write failed");
  }
}
BENCHMARK(BM_SyncedWriteNoted)->Unit(benchmark::kMicrosecond)->UseRealTime();

void BM_AcknowledgedChunk(benchmark::State& state) {
  const TemporaryFolder folder;
  const auto store = TraceStore::Open(folder.File("store"), {});
  Ingest ingest(**store);
  const auto open = ingest.Open(kDefaultTenant, SampleOpen(1, "benchmark"));
  v1::AppendStart start;
  start.set_trace_id(open->trace_id());
  start.set_epoch(open->epoch());
  start.set_resume_seq(1);
  start.set_chain_digest(open->chain_digest());
  const auto trace = ingest.Attach(kDefaultTenant, start);
  Chunker chunker;
  for (auto _ : state) {
    state.PauseTiming();
    const v1::Chunk chunk = chunker.NextSample(kOperators, v1::Chunk::FORM_COLUMNS);
    state.ResumeTiming();
    std::promise<bool> acknowledged;
    const absl::Status taken =
        ingest.Append(*trace, chunk, [&](const auto& response) { acknowledged.set_value(response.ok()); });
    if (!taken.ok() || !acknowledged.get_future().get()) state.SkipWithError("not acknowledged");
  }
  state.SetItemsProcessed(state.iterations() * kOperators);
}
BENCHMARK(BM_AcknowledgedChunk)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace sandglass::storage
