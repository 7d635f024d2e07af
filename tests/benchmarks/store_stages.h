// What the parts of a store take alone, on one thread, in a new store of its own in TMPDIR.
//
// Not safe for use by several threads at once.
#ifndef SANDGLASS_TESTS_BENCHMARKS_STORE_STAGES_H_
#define SANDGLASS_TESTS_BENCHMARKS_STORE_STAGES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "proto/ingest_service.pb.h"

namespace sandglass::benchmarks {

// The best seconds that each stage of a server takes for the chunks of one trace.
struct StageSeconds {
  double digest = 0;
  double prepare = 0;
  double write = 0;
};
StageSeconds TimeStages(const std::vector<v1::Chunk>& chunks);

// The median of synced writes of so many bytes, past the inventory.
double SyncedPutSeconds(size_t bytes);

// The blocks that a store makes of the chunks of one trace, in as many rounds as it takes to have `bytes` of them.
std::vector<std::string> BlocksOf(const std::vector<v1::Chunk>& chunks, uint64_t bytes);

// The best seconds to load the same blocks.
struct BulkSeconds {
  // By a table file that the store takes in, and through its log: until they can be read, are on the disk, and the
  // store's inventory knows of a write behind them.
  double table = 0;
  double log = 0;
  // By RocksDB's SstFileWriter alone, into files that no database has.
  double writer = 0;
};
// As blocks of `traces` new traces, each of which has them all.
BulkSeconds TimeBulk(const std::vector<std::string>& blocks, uint32_t traces);

}  // namespace sandglass::benchmarks

#endif  // SANDGLASS_TESTS_BENCHMARKS_STORE_STAGES_H_
