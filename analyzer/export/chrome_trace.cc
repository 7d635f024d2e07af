#include "analyzer/export/chrome_trace.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analyzer/report/profile_table.h"
#include "analyzer/report/words.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace sandglass::chrome_trace {
namespace {

// Pieces are written when they have grown to this.
constexpr size_t kPieceBytes = 1 << 20;
constexpr double kMicroseconds = 1e6;

// As a JSON string, with its quotes; text that is not UTF-8 is empty.
std::string Quoted(absl::string_view text) {
  google::protobuf::Value value;
  value.set_string_value(std::string(text));
  std::string json;
  return google::protobuf::util::MessageToJsonString(value, &json).ok() ? json : "\"\"";
}

std::string Head(const v1::ScheduleReport& part) {
  const std::string device = part.devices() > 1 ? absl::StrCat("one of ", part.devices(), " devices") : "device";
  std::string head =
      absl::StrCat("{\"displayTimeUnit\":\"ms\",\"otherData\":{\"trace\":", Quoted(part.trace_name()),
                   ",\"trace_id\":", Quoted(part.trace_id()), ",\"stack\":", Quoted(part.stack()),
                   ",\"catalog\":", Quoted(part.catalog_digest()),
                   ",\"times\":\"modelled, at the stated clock\",\"wall_s\":", absl::StrFormat("%.9g", part.wall_s()));
  const std::vector<std::string> warnings(part.warnings().begin(), part.warnings().end());
  absl::StrAppend(&head, ",\"warnings\":", Quoted(absl::StrJoin(warnings, "; ")), "},\"traceEvents\":[\n");
  absl::StrAppend(&head, R"({"ph":"M","pid":1,"name":"process_name","args":{"name":)", Quoted(part.silicon_class()),
                  "}},\n", R"({"ph":"M","pid":1,"tid":1,"name":"thread_name","args":{"name":)", Quoted(device), "}}");
  return head;
}

// What is the same for all runs of a kind: the beginning of an event, and of its arguments.
struct Kind {
  std::string event;
  std::string arguments;
};

Kind KindOf(const v1::KernelTotals& kernel) {
  return {absl::StrCat(R"({"ph":"X","pid":1,"tid":1,"name":)", Quoted(report::KernelName(kernel)),
                       ",\"cat\":", Quoted(kernel.op_class())),
          absl::StrCat(",\"args\":{\"inputs\":", Quoted(kernel.shapes()),
                       ",\"bound by\":", Quoted(report::Word(kernel.limit())))};
}

}  // namespace

absl::Status ChromeTraceWriter::Add(const v1::ScheduleReport& part) {
  std::string text = begun_ ? "" : Head(part);
  begun_ = true;
  std::vector<Kind> kinds;
  for (const v1::KernelTotals& kernel : part.kinds()) kinds.push_back(KindOf(kernel));
  const v1::ScheduleRuns& runs = part.runs();
  for (int i = 0; i < runs.kind_size(); ++i) {
    const Kind& kind = kinds.at(runs.kind(i));
    absl::StrAppendFormat(&text, ",\n%s,\"ts\":%.6f,\"dur\":%.6f%s,\"runs\":%d,\"device us\":%.6f,\"operator\":%d}}",
                          kind.event, runs.start_s(i) * kMicroseconds, runs.duration_s(i) * kMicroseconds,
                          kind.arguments, runs.count(i), runs.device_s(i) * kMicroseconds, runs.operator_id(i));
    if (text.size() < kPieceBytes) continue;
    if (absl::Status status = write_(text); !status.ok()) return status;
    text.clear();
  }
  return write_(text);
}

absl::Status ChromeTraceWriter::Finish() { return write_("\n]}\n"); }

}  // namespace sandglass::chrome_trace
