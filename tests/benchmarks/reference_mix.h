// Operators of real runs, as physical records, over and over: what ingest is measured with.
//
// Not safe for use by several threads at once.
#ifndef SANDGLASS_TESTS_BENCHMARKS_REFERENCE_MIX_H_
#define SANDGLASS_TESTS_BENCHMARKS_REFERENCE_MIX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/ingest_service.pb.h"
#include "proto/trace.pb.h"

namespace sandglass::benchmarks {

class ReferenceMix {
 public:
  // All sealed traces of a store, one after the other; records that stand for several occurrences are written out.
  static absl::StatusOr<ReferenceMix> Read(const std::string& store_directory);

  // Of one round.
  size_t size() const { return operators_.size(); }
  // What it is made of: names and counts.
  const std::string& description() const { return description_; }

  // The first `count` operators, round after round with growing ids and times, in chunks of at most `bytes` of payload
  // and `operators` operators.
  std::vector<v1::Chunk> Chunks(uint64_t count, v1::Chunk::Form form, uint32_t operators, size_t bytes) const;
  // Operator `index` of the endless trace.
  void Write(uint64_t index, v1::Operator& op) const;

 private:
  std::vector<v1::Operator> operators_;
  // By how much ids and times grow from round to round.
  uint64_t ids_ = 0;
  int64_t span_ns_ = 0;
  std::string description_;
};

}  // namespace sandglass::benchmarks

#endif  // SANDGLASS_TESTS_BENCHMARKS_REFERENCE_MIX_H_
