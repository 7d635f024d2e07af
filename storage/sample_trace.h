// Operators, chunks and folders for the tests of this folder.
#ifndef SANDGLASS_STORAGE_SAMPLE_TRACE_H_
#define SANDGLASS_STORAGE_SAMPLE_TRACE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "proto/chain_digest.h"
#include "proto/ingest_service.pb.h"
#include "proto/operator_columns.h"
#include "proto/trace.pb.h"

namespace sandglass::storage {

// A new folder that goes with this object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// A header with a name, two devices and one process group.
v1::TraceHeader SampleHeader(const std::string& name);

// 128 tokens and a window.
v1::TraceSummary SampleSummary();

// The operator of that index (its id is the index + 1) in an endless trace: every sort of field is there in some, seven
// signatures take turns.
v1::Operator SampleOperator(uint64_t index);

// Makes the chunks of one trace.
class Chunker {
 public:
  // The next chunk, of operators that the caller gives.
  v1::Chunk Next(const std::vector<v1::Operator>& operators, v1::Chunk::Form form);
  // The next chunk, of `count` sample operators.
  v1::Chunk NextSample(uint32_t count, v1::Chunk::Form form);

  uint64_t seq() const { return seq_; }
  uint64_t operators() const { return operators_; }
  const Digest& chain() const { return chain_; }

 private:
  uint64_t seq_ = 0;
  uint64_t operators_ = 0;
  Digest chain_{};
  ColumnBuilder builder_;
};

// Puts the right checksum on a chunk whose payload was changed.
void FixChecksum(v1::Chunk& chunk);

// A UUID that ends in `number`.
std::string ClientKey(uint64_t number);

// What a stream says first that goes on where `open` says.
v1::AppendStart StartOf(const v1::OpenResponse& open);

v1::OpenRequest SampleOpen(uint64_t client, const std::string& name);
v1::SealRequest SampleSeal(const v1::OpenResponse& open, const Chunker& chunker);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_SAMPLE_TRACE_H_
