#include "analyzer/report/trace_table.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/text_table.h"
#include "analyzer/report/words.h"

namespace sandglass::report {
namespace {

using Align = TextTable::Align;

std::string TimeText(int64_t unix_ns) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixNanos(unix_ns), absl::UTCTimeZone());
}

std::string AllWork(const v1::TraceSummary& summary) {
  return absl::StrJoin(summary.work_done(), " = ",
                       [](std::string* out, const v1::WorkDone& done) { absl::StrAppend(out, WorkText(done)); });
}

// What is missing, in words; empty: nothing is known to be.
std::vector<std::string> Missing(const v1::Completeness& completeness) {
  std::vector<std::string> missing;
  const auto count = [&](uint64_t number, absl::string_view what) {
    if (number > 0) missing.push_back(absl::StrCat(Grouped(number), " ", what));
  };
  count(completeness.dropped_operators(), "operators dropped while recording");
  count(completeness.orphan_kernels(), "kernels without the operator that launched them");
  count(completeness.operators_without_shapes(), "operators without shapes");
  if (completeness.truncated()) missing.emplace_back("the run went on after the recording stopped");
  if (completeness.writer_cap_hit()) missing.emplace_back("the producer's cap on records was reached");
  for (const v1::RejectedRange& range : completeness.rejected()) {
    missing.push_back(absl::StrCat(Grouped(range.count()), " operators from ", range.first_operator(),
                                   " on rejected: ", range.reason()));
  }
  for (const v1::NamedCount& other : completeness.other()) count(other.count(), other.name());
  return missing;
}

void AddLine(std::string& text, absl::string_view title, absl::string_view value) {
  if (!value.empty()) absl::StrAppendFormat(&text, "%-14s %s\n", title, PlainText(value));
}

std::string MemoryText(const v1::DeclaredMemory& memory) {
  std::vector<std::string> parts;
  if (memory.has_parameter_count())
    parts.push_back(absl::StrCat(Engineering(static_cast<double>(memory.parameter_count()), ""), "parameters"));
  if (memory.has_parameter_bytes())
    parts.push_back(absl::StrCat("weights ", BinaryBytes(static_cast<double>(memory.parameter_bytes()))));
  if (memory.has_optimizer_state_bytes()) {
    parts.push_back(absl::StrCat("optimizer state ", BinaryBytes(static_cast<double>(memory.optimizer_state_bytes()))));
  }
  if (memory.has_cache_bytes())
    parts.push_back(absl::StrCat("cache or state ", BinaryBytes(static_cast<double>(memory.cache_bytes()))));
  return absl::StrJoin(parts, ", ");
}

std::string TensorList(const google::protobuf::RepeatedPtrField<v1::Tensor>& tensors) {
  return absl::StrJoin(tensors, " ", [](std::string* out, const v1::Tensor& tensor) { *out += TensorText(tensor); });
}

}  // namespace

std::string TraceList(absl::Span<const v1::TraceManifest> manifests) {
  TextTable table;
  table.AddColumn("id", Align::kLeft);
  table.AddColumn("name", Align::kLeft);
  table.AddColumn("phase", Align::kLeft);
  table.AddColumn("mode", Align::kLeft);
  table.AddColumn("operators", Align::kRight);
  table.AddColumn("stored", Align::kRight);
  table.AddColumn("work", Align::kLeft);
  table.AddColumn("sealed", Align::kLeft);
  table.AddColumn("note", Align::kLeft);
  for (const v1::TraceManifest& manifest : manifests) {
    const v1::TraceHeader& header = manifest.header();
    table.AddRow({manifest.trace_id(), header.name(), std::string(Word(header.phase())),
                  std::string(Word(header.run_mode())), Grouped(manifest.operators()),
                  BinaryBytes(static_cast<double>(manifest.stored_bytes())), AllWork(manifest.summary()),
                  TimeText(manifest.sealed_unix_ns()),
                  Missing(manifest.summary().completeness()).empty() ? "" : "incomplete"});
  }
  return table.Text();
}

std::string TraceText(const v1::TraceManifest& manifest) {
  const v1::TraceHeader& header = manifest.header();
  std::string text;
  AddLine(text, "id", manifest.trace_id());
  AddLine(text, "name", header.name());
  AddLine(text, "model", header.model());
  AddLine(text, "phase", absl::StrCat(Word(header.phase()), ", ", Word(header.run_mode())));
  AddLine(text, "work", AllWork(manifest.summary()));
  AddLine(text, "operators",
          absl::StrCat(Grouped(manifest.operators()), " of ", Grouped(manifest.signatures()), " signatures, ",
                       BinaryBytes(static_cast<double>(manifest.stored_bytes())), " stored"));
  AddLine(text, "memory", MemoryText(header.memory()));
  std::vector<std::string> source = {header.source_format()};
  if (!header.source_generation().empty()) source.push_back(header.source_generation());
  source.insert(source.end(), header.producers().begin(), header.producers().end());
  AddLine(text, "source", absl::StrJoin(source, ", "));
  AddLine(text, "command", header.command());
  if (header.has_started_unix_ns()) AddLine(text, "started", TimeText(header.started_unix_ns()));
  AddLine(text, "sealed", TimeText(manifest.sealed_unix_ns()));
  AddLine(text, "digest", absl::BytesToHexString(manifest.content_digest()));
  AddLine(text, header.devices_size() == 1 ? "device" : "devices", DevicesText(header.devices()));
  const std::vector<std::string> missing = Missing(manifest.summary().completeness());
  AddLine(text, "missing", missing.empty() ? "nothing that is known of" : absl::StrJoin(missing, "; "));
  return text;
}

std::string TensorText(const v1::Tensor& tensor) {
  const std::string dims =
      tensor.shape_source() != v1::SHAPE_SOURCE_UNSPECIFIED ? absl::StrJoin(tensor.dims(), ",") : "?";
  return absl::StrCat(Word(tensor.dtype()), "[", dims, "]");
}

std::string OperatorTable::Header() {
  return absl::StrFormat("%10s %10s  %-10s %12s %6s  %s\n", "id", "parent", "kind", "duration", "times",
                         "name  inputs -> outputs");
}

std::string OperatorTable::Line(const v1::Operator& op, uint32_t signature) const {
  static const v1::OpSignature& unknown = v1::OpSignature::default_instance();
  const v1::OpSignature& what = signature < signatures_.size() ? signatures_[signature] : unknown;
  const std::string duration =
      op.has_duration_ps() ? Engineering(static_cast<double>(op.duration_ps()) * 1e-12, "s") : "?";
  const std::string parent = op.has_parent_id() ? absl::StrCat(op.parent_id()) : "";
  const std::string outputs = what.outputs_recorded() ? TensorList(what.outputs()) : "?";
  return absl::StrFormat("%10d %10s  %-10s %12s %6s  %s  %s -> %s\n", op.id(), parent, std::string(Word(what.kind())),
                         duration, op.has_occurrences() ? absl::StrCat(op.occurrences()) : "1", PlainText(what.name()),
                         TensorList(what.inputs()), outputs);
}

}  // namespace sandglass::report
