// Turns a profile of ONNX Runtime into operator records.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_ONNXRUNTIME_OPERATORS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_ONNXRUNTIME_OPERATORS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/format/send_trace.h"
#include "collectors/importers/onnxruntime/profile.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::onnxruntime {

class Operators {
 public:
  // Orders the profile's events, and finds the run, or the node with a graph of its own, that each node is part of. The
  // profile is changed only by Write, which lends its signatures, and must outlive this.
  explicit Operators(Profile& profile);

  // Work is counted in runs.
  v1::TraceSummary Summary() const;
  // Fills the report's counts and times.
  void Count(ImportReport& report) const;
  // Sends all records, in order; stops at the first error.
  absl::Status Write(const TakeOperator& take);

 private:
  class Callers;

  void NumberThreads();
  v1::OpSignature& SignatureOf(uint32_t index);
  void FillKernel(const Event& event, v1::Operator& op) const;
  void FillHost(uint32_t index, v1::Operator& op) const;
  bool IsOfNoRun(uint32_t index) const;

  Profile& profile_;
  // Indices of events, in the order of their starts.
  std::vector<uint32_t> order_;
  // By event: its record's id, what it is part of, and the time of its parts on its thread.
  std::vector<uint64_t> ids_;
  std::vector<uint32_t> callers_;
  std::vector<int64_t> called_us_;
  // By thread of the file: its number in order of appearance in the trace.
  std::vector<uint32_t> thread_numbers_;
  uint32_t first_run_ = kNone;
  v1::OpSignature first_run_signature_;
  v1::OpSignature run_signature_;
};

}  // namespace sandglass::collectors::onnxruntime

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_ONNXRUNTIME_OPERATORS_H_
