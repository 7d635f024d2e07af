// Turns a trace of the profiler into operator records: instructions of the compiled programs, and the device work that
// each of their executions is.
//
// A kernel's event names its instruction, not which execution of it. Kernels of one instruction that follow each other
// on a stream are one execution, unless its first kernel comes again where no other kernel of the program would stand
// between two executions: the program has no other instruction on that stream, or this one is in a loop's body.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_OPERATORS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_OPERATORS_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/format/send_trace.h"
#include "collectors/importers/xplane/trace.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::xplane {

class Operators {
 public:
  // The trace is changed by this, and by Write, which lends its signatures; it must outlive this.
  explicit Operators(Trace& trace);

  // Of what the trace holds; what it lacks is the report's to say.
  v1::TraceSummary Summary() const;
  // Whether an instruction differentiates another.
  bool has_backward() const { return has_backward_; }
  // Whether an instruction was found in its program.
  bool has_programs() const { return has_programs_; }

  // Fills the report's counts and times.
  void Count(ImportReport& report) const;

  // Sends all records, in order; stops at the first error.
  absl::Status Write(const TakeOperator& take);

 private:
  // One execution of an instruction.
  struct Execution {
    uint32_t hlo_op = kNone;
    uint32_t line = kNone;
    // The event that it begins with, and the execution that holds it.
    uint32_t first_event = kNone;
    uint32_t parent = kNone;
    Picoseconds end_ps = 0;
    // Whether it holds others, and is no work itself.
    bool is_holder = false;
  };
  // A record to be: an execution, or an event that is device work.
  struct Record {
    uint32_t index = 0;
    bool is_execution = false;
  };

  void NameCopies();
  void ReadInstructions();
  absl::flat_hash_set<uint32_t> AloneOnLine(uint32_t begin, uint32_t end) const;
  void GroupLine(uint32_t begin, uint32_t end);
  void NestLine(uint32_t begin, uint32_t end);
  void OrderRecords();
  bool IsWork(uint32_t event) const;
  const Event& FirstEvent(const Record& record) const;
  void FillExecution(const Execution& execution, v1::Operator& op) const;
  void FillWork(uint32_t event, v1::Operator& op) const;
  v1::OpSignature* SignatureOf(const Record& record);
  void CountWork(uint32_t event, ImportReport& report) const;

  Trace& trace_;
  // For each of Trace::hlo_ops: its signature, and whether it is done once a run of its program.
  std::vector<v1::OpSignature> hlo_signatures_;
  std::vector<bool> in_entry_;
  std::vector<Execution> executions_;
  // For each event, its execution; kNone: none.
  std::vector<uint32_t> execution_of_;
  std::vector<Record> records_;
  // For each execution, its record's id.
  std::vector<uint64_t> execution_ids_;
  uint64_t implausible_flops_ = 0;
  uint64_t unsound_ = 0;
  bool has_programs_ = false;
  bool has_backward_ = false;
};

}  // namespace sandglass::collectors::xplane

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_OPERATORS_H_
