// Turns what a database of Nsight Systems holds into operator records.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_OPERATORS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_OPERATORS_H_

#include <cstdint>
#include <map>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/format/send_trace.h"
#include "collectors/importers/nsight/range_tree.h"
#include "collectors/importers/nsight/trace.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::nsight {

class Operators {
 public:
  // The trace is changed only by Write, which lends its signatures, and must outlive this.
  explicit Operators(Trace& trace);

  v1::TraceSummary Summary() const;
  // Fills the report's counts and times.
  void Count(ImportReport& report) const;
  // Sends all records, in order; stops at the first error. Devices are numbered in the order of Trace::gpus.
  absl::Status Write(const TakeOperator& take);

 private:
  // A range or device work, by its index in the trace.
  struct Record {
    int64_t start_ns = 0;
    int64_t end_ns = 0;
    uint32_t index = 0;
    bool is_range = false;
  };

  // The range that launched device work; kNoRange: not known.
  uint32_t LauncherOf(const Work& work) const;
  void FillRange(uint32_t index, v1::Operator& op) const;
  void FillWork(const Work& work, v1::Operator& op) const;

  Trace& trace_;
  const RangeTree tree_;
  std::vector<Record> order_;
  // Of each range, its record's id.
  std::vector<uint64_t> range_ids_;
  absl::flat_hash_map<int64_t, uint32_t> thread_numbers_;
  std::map<uint32_t, uint32_t> device_numbers_;
};

}  // namespace sandglass::collectors::nsight

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_OPERATORS_H_
