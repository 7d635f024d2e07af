#include "collectors/importers/xplane/operators.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/busy_time.h"
#include "collectors/importers/format/sound_signature.h"
#include "collectors/importers/xplane/hlo_signature.h"
#include "proto/trace_validator.h"

namespace sandglass::collectors::xplane {
namespace {

using hlo::HloInstructionProto;

constexpr int64_t kPsPerNs = 1000;
constexpr int64_t kMost64 = std::numeric_limits<int64_t>::max();
// How JAX and TensorFlow name what differentiates: "jit(step)/transpose(jvp(dense))/dot_general",
// "gradient_tape/model/dense/MatMul".
constexpr absl::string_view kJaxBackward = "transpose(jvp(";
constexpr absl::string_view kTensorFlowBackward = "gradient_tape/";

bool IsBackward(absl::string_view op_name) {
  return absl::StrContains(op_name, kJaxBackward) || absl::StrContains(op_name, kTensorFlowBackward);
}

const char* CountName(v1::OperatorKind kind) {
  switch (kind) {
    case v1::OPERATOR_KIND_MEMCPY:
      return "copies";
    case v1::OPERATOR_KIND_MEMORY:
      return "fills";
    default:
      return "kernels";
  }
}

}  // namespace

Operators::Operators(Trace& trace) : trace_(trace), execution_of_(trace.events.size(), kNone) {
  NameCopies();
  ReadInstructions();
  for (uint32_t begin = 0; begin < trace_.events.size();) {
    const uint32_t line = trace_.events[begin].line;
    uint32_t end = begin;
    while (end < trace_.events.size() && trace_.events[end].line == line) ++end;
    trace_.lines[line].has_instructions ? NestLine(begin, end) : GroupLine(begin, end);
    begin = end;
  }
  OrderRecords();
}

// A kernel that a copying call launched is a copy.
void Operators::NameCopies() {
  std::map<std::pair<uint32_t, std::optional<int64_t>>, uint32_t> numbers;
  for (Event& event : trace_.events) {
    const bool is_kernel = trace_.signatures[event.signature].kind() == v1::OPERATOR_KIND_DEVICE_KERNEL;
    if (event.hlo_op != kNone || !is_kernel || !event.correlation.has_value()) continue;
    const auto copied = trace_.copies.find(*event.correlation);
    if (copied == trace_.copies.end()) continue;
    const auto number = static_cast<uint32_t>(trace_.signatures.size());
    const auto [found, is_new] = numbers.try_emplace({event.signature, copied->second}, number);
    if (is_new) {
      v1::OpSignature copy = trace_.signatures[event.signature];
      copy.set_kind(v1::OPERATOR_KIND_MEMCPY);
      if (copied->second.has_value()) {
        copy.mutable_read_bytes()->set_value(static_cast<double>(*copied->second));
        copy.mutable_read_bytes()->set_provenance(v1::PROVENANCE_STATED);
        *copy.mutable_written_bytes() = copy.read_bytes();
      }
      trace_.signatures.push_back(std::move(copy));
    }
    event.signature = found->second;
  }
}

void Operators::ReadInstructions() {
  for (const HloOp& op : trace_.hlo_ops) {
    const HloProgram* program = trace_.programs.Find(op.program, op.module);
    const HloInstructionProto* instruction = program == nullptr ? nullptr : program->Find(op.name);
    in_entry_.push_back(instruction != nullptr && program->IsInEntry(*instruction));
    hlo_signatures_.push_back(xplane::SignatureOf(op, program, instruction));
    if (!KeepSound(hlo_signatures_.back(), TraceLimits())) ++unsound_;
    has_programs_ |= instruction != nullptr;
    if (op.flop.value_or(0) > 0 && !IsPlausible(*op.flop, op.shortest_ps)) ++implausible_flops_;
    has_backward_ |= instruction != nullptr && IsBackward(instruction->metadata().op_name());
  }
}

// The instructions on a line whose programs have no others there.
absl::flat_hash_set<uint32_t> Operators::AloneOnLine(uint32_t begin, uint32_t end) const {
  absl::flat_hash_set<uint32_t> used;
  for (uint32_t i = begin; i < end; ++i) used.insert(trace_.events[i].hlo_op);
  used.erase(kNone);
  std::map<std::pair<std::optional<uint64_t>, absl::string_view>, std::vector<uint32_t>> programs;
  for (const uint32_t op : used) programs[{trace_.hlo_ops[op].program, trace_.hlo_ops[op].module}].push_back(op);
  absl::flat_hash_set<uint32_t> alone;
  for (const auto& [program, ops] : programs) {
    if (ops.size() == 1) alone.insert(ops[0]);
  }
  return alone;
}

// Kernels of a stream: those of one execution stand together.
void Operators::GroupLine(uint32_t begin, uint32_t end) {
  const absl::flat_hash_set<uint32_t> alone = AloneOnLine(begin, end);
  std::optional<uint32_t> current;
  for (uint32_t i = begin; i < end; ++i) {
    const Event& event = trace_.events[i];
    if (event.hlo_op == kNone) continue;
    bool goes_on = current.has_value() && executions_[*current].hlo_op == event.hlo_op;
    if (goes_on && trace_.events[executions_[*current].first_event].signature == event.signature) {
      goes_on = in_entry_[event.hlo_op] && !alone.contains(event.hlo_op);
    }
    if (!goes_on) {
      current = static_cast<uint32_t>(executions_.size());
      executions_.push_back({.hlo_op = event.hlo_op, .line = event.line, .first_event = i, .end_ps = EndPs(event)});
    }
    execution_of_[i] = *current;
    executions_[*current].end_ps = std::max(executions_[*current].end_ps, EndPs(event));
  }
}

// Instructions of a device: each event is an execution, and a loop's holds those of its body.
void Operators::NestLine(uint32_t begin, uint32_t end) {
  std::vector<uint32_t> open;
  for (uint32_t i = begin; i < end; ++i) {
    const Event& event = trace_.events[i];
    while (!open.empty() && executions_[open.back()].end_ps <= StartPs(event)) open.pop_back();
    const auto number = static_cast<uint32_t>(executions_.size());
    Execution execution = {.hlo_op = event.hlo_op, .line = event.line, .first_event = i};
    execution.end_ps = EndPs(event);
    if (!open.empty() && execution.end_ps <= executions_[open.back()].end_ps) {
      execution.parent = open.back();
      executions_[open.back()].is_holder = true;
    } else if (!open.empty()) {
      ++trace_.missing["instructions_that_overlap"];
    }
    executions_.push_back(execution);
    execution_of_[i] = number;
    open.push_back(number);
  }
}

bool Operators::IsWork(uint32_t event) const {
  const uint32_t execution = execution_of_[event];
  return !trace_.lines[trace_.events[event].line].has_instructions || !executions_[execution].is_holder;
}

const Event& Operators::FirstEvent(const Record& record) const {
  return trace_.events[record.is_execution ? executions_[record.index].first_event : record.index];
}

void Operators::OrderRecords() {
  for (uint32_t i = 0; i < executions_.size(); ++i) records_.push_back({.index = i, .is_execution = true});
  for (uint32_t i = 0; i < trace_.events.size(); ++i) {
    if (IsWork(i)) records_.push_back({.index = i, .is_execution = false});
  }
  // Executions before their work, and before what they hold.
  const auto key = [this](const Record& record) {
    const Picoseconds end = record.is_execution ? executions_[record.index].end_ps : 0;
    return std::tuple(StartPs(FirstEvent(record)), !record.is_execution, -end);
  };
  std::stable_sort(records_.begin(), records_.end(), [&](const Record& a, const Record& b) { return key(a) < key(b); });
  execution_ids_.resize(executions_.size());
  for (size_t i = 0; i < records_.size(); ++i) {
    if (records_[i].is_execution) execution_ids_[records_[i].index] = i + 1;
  }
}

void Operators::FillExecution(const Execution& execution, v1::Operator& op) const {
  const Event& first = trace_.events[execution.first_event];
  op.set_start_ns(first.start_ns);
  const Picoseconds duration = execution.end_ps - StartPs(first);
  if (duration <= kMost64) op.set_duration_ps(static_cast<int64_t>(duration));
  op.set_device(trace_.lines[execution.line].device);
  if (execution.parent != kNone) op.set_parent_id(execution_ids_[execution.parent]);
}

void Operators::FillWork(uint32_t event, v1::Operator& op) const {
  const Event& work = trace_.events[event];
  op.set_start_ns(work.start_ns);
  op.set_duration_ps(work.duration_ps);
  op.set_device(trace_.lines[work.line].device);
  if (trace_.lines[work.line].queue.has_value()) op.set_queue(*trace_.lines[work.line].queue);
  if (execution_of_[event] == kNone) return;
  op.set_launcher_id(execution_ids_[execution_of_[event]]);
  op.set_link_method(v1::LINK_METHOD_EXTERNAL_ID);
}

v1::OpSignature* Operators::SignatureOf(const Record& record) {
  if (record.is_execution) return &hlo_signatures_[executions_[record.index].hlo_op];
  return &trace_.signatures[trace_.events[record.index].signature];
}

absl::Status Operators::Write(const TakeOperator& take) {
  v1::Operator op;
  for (size_t i = 0; i < records_.size(); ++i) {
    const Record& record = records_[i];
    op.Clear();
    op.set_id(i + 1);
    record.is_execution ? FillExecution(executions_[record.index], op) : FillWork(record.index, op);
    if (absl::Status status = TakeWith(*SignatureOf(record), op, take); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void Operators::CountWork(uint32_t event, ImportReport& report) const {
  const Event& work = trace_.events[event];
  const v1::OpSignature& signature = trace_.signatures[work.signature];
  ++report.imported[CountName(signature.kind())];
  if (signature.kind() == v1::OPERATOR_KIND_MEMCPY && !signature.has_read_bytes())
    ++report.missing["copies_without_size"];
  AddTime(work.duration_ps, report.times.device_work_ps);
  if (execution_of_[event] == kNone) {
    ++report.missing["device_work_not_linked"];
    return;
  }
  AddTime(work.duration_ps, report.times.linked_device_work_ps);
  ++report.linked["by_hlo_op"];
}

void Operators::Count(ImportReport& report) const {
  BusyTime busy;
  for (const Record& record : records_) {
    if (record.is_execution) {
      ++report.imported["hlo_operators"];
      const v1::OpSignature& signature = hlo_signatures_[executions_[record.index].hlo_op];
      if (!signature.outputs_recorded()) ++report.missing["operators_without_shapes"];
      continue;
    }
    CountWork(record.index, report);
    const Event& work = trace_.events[record.index];
    busy.Add(work.start_ns, work.duration_ps);
  }
  report.times.device_busy_ps = busy.ps();
  for (const auto& [name, count] : trace_.left_out) report.left_out[name] += count;
  for (const auto& [name, count] : trace_.missing) report.missing[name] += count;
  if (implausible_flops_ > 0) report.missing["instructions_with_impossible_flops"] = implausible_flops_;
  if (unsound_ > 0) report.missing["signatures_not_sound"] = unsound_;
  report.problems = trace_.problems;
}

v1::TraceSummary Operators::Summary() const {
  v1::TraceSummary summary;
  std::optional<int64_t> first;
  std::optional<int64_t> last;
  for (const Event& event : trace_.events) {
    const int64_t end_ns = event.start_ns + event.duration_ps / kPsPerNs;
    first = std::min(first.value_or(event.start_ns), event.start_ns);
    last = std::max(last.value_or(end_ns), end_ns);
  }
  if (first.has_value()) {
    summary.mutable_window()->set_start_ns(*first);
    summary.mutable_window()->set_end_ns(*last);
  }
  if (trace_.steps > 0) {
    v1::WorkDone& done = *summary.add_work_done();
    done.set_unit(v1::WORK_UNIT_STEP);
    done.set_count(static_cast<double>(trace_.steps));
  }
  return summary;
}

}  // namespace sandglass::collectors::xplane
