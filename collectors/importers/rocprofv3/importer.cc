#include "collectors/importers/rocprofv3/importer.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collectors/importers/format/busy_time.h"
#include "collectors/importers/format/json_pieces.h"
#include "collectors/importers/format/problems.h"
#include "collectors/importers/format/read_pieces.h"
#include "collectors/importers/format/send_trace.h"
#include "collectors/importers/rocprofv3/capture.h"
#include "collectors/importers/rocprofv3/record_reader.h"

namespace sandglass::collectors::rocprofv3 {
namespace {

constexpr int64_t kPsPerNs = 1000;

absl::StatusOr<Capture> ReadCapture(ByteSource& source, const ReadProgress& progress) {
  RecordReader reader;
  Problems problems;
  const PieceHandlers handlers = {
      .element = [&](const JsonPiece& piece) { return reader.AddElement(piece, piece.opened_elements); },
      .member = [&](const JsonPiece& piece) { reader.AddMember(piece, piece.opened_elements); }};
  const absl::StatusOr<PiecesRead> read =
      ReadPieces(source, JsonPieces::Opens(RecordReader::Opens), handlers, progress, problems);
  if (!read.ok()) return read.status();
  Capture capture = std::move(reader).Take();
  for (const auto& [name, count] : problems.counts()) capture.missing[name] += count;
  if (read->trailing_commas > 0) capture.missing["texts_mended"] += read->trailing_commas;
  capture.problems = problems.words();
  if (!capture.work.empty()) return capture;
  return absl::InvalidArgumentError(
      absl::StrCat("no kernels and no copies among ", capture.records, " records",
                   capture.problems.empty() ? "" : absl::StrCat("; ", capture.problems.front()),
                   ": is it a file that rocprofv3 --kernel-trace --output-format json wrote?"));
}

v1::TraceHeader HeaderOf(const Capture& capture, const ImportOptions& options) {
  v1::TraceHeader header = HeaderFor(options, "rocprofv3", "");
  header.add_producers("rocprofv3");
  header.set_clock_base("monotonic");
  header.set_phase(options.phase);
  for (const Agent& gpu : capture.gpus) AddDevice(gpu.name, gpu.ordinal, options, header);
  if (!capture.command.empty()) {
    v1::Extra& extra = *header.add_extras();
    extra.set_key("command");
    extra.set_value(capture.command);
  }
  return header;
}

// Indices of the work in the order of its starts: buffers of several queues follow each other in a file.
std::vector<uint32_t> InOrder(const Capture& capture) {
  std::vector<uint32_t> order(capture.work.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return capture.work[a].start_ns < capture.work[b].start_ns; });
  return order;
}

v1::TraceSummary SummaryOf(const Capture& capture, const std::vector<uint32_t>& order) {
  v1::TraceSummary summary;
  summary.mutable_window()->set_start_ns(capture.work[order.front()].start_ns);
  int64_t last = 0;
  for (const Work& work : capture.work) last = std::max(last, work.start_ns + work.duration_ps / kPsPerNs);
  summary.mutable_window()->set_end_ns(last);
  return summary;
}

void Count(const Capture& capture, const std::vector<uint32_t>& order, ImportReport& report) {
  BusyTime device;
  for (const uint32_t index : order) {
    const Work& work = capture.work[index];
    const bool is_copy = capture.signatures[work.signature].kind() == v1::OPERATOR_KIND_MEMCPY;
    ++report.imported[is_copy ? "copies" : "kernels"];
    AddTime(work.duration_ps, report.times.device_work_ps);
    device.Add(work.start_ns, work.duration_ps);
  }
  report.times.device_busy_ps = device.ps();
  report.left_out = capture.left_out;
  report.missing = capture.missing;
  // Who launched it is not in the file.
  report.missing["device_work_not_linked"] = capture.work.size();
  report.problems = capture.problems;
}

absl::Status Write(Capture& capture, const std::vector<uint32_t>& order, const TakeOperator& take) {
  v1::Operator op;
  uint64_t id = 0;
  for (const uint32_t index : order) {
    const Work& work = capture.work[index];
    op.Clear();
    op.set_id(++id);
    op.set_start_ns(work.start_ns);
    op.set_duration_ps(work.duration_ps);
    if (work.gpu.has_value()) op.set_device(*work.gpu);
    if (work.queue.has_value()) op.set_queue(*work.queue);
    if (absl::Status status = TakeWith(capture.signatures[work.signature], op, take); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

bool Matches(absl::string_view start) {
  start = absl::StripLeadingAsciiWhitespace(start);
  return absl::StartsWith(start, "{") && absl::StrContains(start.substr(0, 256), "\"rocprofiler-sdk-tool\"");
}

absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink) {
  absl::StatusOr<Capture> capture =
      ReadCapture(source, [&](uint64_t records) { return options.progress("reading", records); });
  if (!capture.ok()) return capture.status();
  const std::vector<uint32_t> order = InOrder(*capture);
  ImportReport report;
  Count(*capture, order, report);
  report.header = HeaderOf(*capture, options);
  const absl::Status sent = SendTrace([&](const TakeOperator& take) { return Write(*capture, order, take); },
                                      SummaryOf(*capture, order), options, sink, report);
  if (!sent.ok()) return sent;
  return report;
}

}  // namespace sandglass::collectors::rocprofv3
