// Turns a Chakra trace into operator records.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_OPERATORS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_OPERATORS_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "collectors/importers/chakra/trace.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/format/send_trace.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::chakra {

class Operators {
 public:
  // Numbers the nodes anew, from 1 in the order of the file, and all that refers to them. The trace is changed, and
  // must outlive this.
  explicit Operators(Trace& trace);

  // Whether times mean something: of a file without any duration nothing ran.
  bool has_durations() const { return has_durations_; }
  // Whether starts count from 1970; else from the beginning of the run.
  bool is_unix() const { return is_unix_; }
  // Whether an operator of PyTorch is the backward form of another.
  bool has_backward() const { return has_backward_; }
  bool has_device() const { return has_device_; }

  v1::TraceSummary Summary() const;

  // Fills the report's counts and times.
  void Count(ImportReport& report) const;

  // Sends all records, in order; stops at the first error.
  absl::Status Write(const TakeOperator& take);

 private:
  // What is no time becomes unknown, and is counted.
  void CheckTimes();
  void DropControlDeps();
  void Renumber(uint32_t index, std::vector<uint64_t>& all, Range& range);
  void Link(uint32_t index);
  void NumberTracks();
  void CountNode(uint32_t index, ImportReport& report) const;
  const v1::OpSignature& SignatureOf(uint32_t index) const { return trace_.signatures[trace_.nodes[index].signature]; }
  // Work of a device that an operator of the host launched, other than communication, which stands for itself.
  bool IsLaunched(uint32_t index) const;

  Trace& trace_;
  // Of the file's numbers, the first node that bears each.
  absl::flat_hash_map<uint64_t, uint32_t> by_id_;
  // Of each node, the one that launched it; kNoNode: none, or not known.
  std::vector<uint32_t> launchers_;
  absl::flat_hash_map<int64_t, uint32_t> threads_;
  bool has_durations_ = false;
  bool has_starts_ = false;
  bool is_unix_ = false;
  bool has_backward_ = false;
  bool has_device_ = false;
};

}  // namespace sandglass::collectors::chakra

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_OPERATORS_H_
