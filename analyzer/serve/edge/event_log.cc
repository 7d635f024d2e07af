#include "analyzer/serve/edge/event_log.h"

#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analyzer/report/plain_text.h"

namespace sandglass::serve {
namespace {

// In quotes, as JSON has it. What is left of plain text needs no other escapes than these.
std::string Quoted(absl::string_view text) {
  std::string quoted = "\"";
  for (const unsigned char c : report::PlainText(text)) {
    if (c == '"' || c == '\\') {
      quoted += {'\\', static_cast<char>(c)};
    } else {
      quoted.push_back(static_cast<char>(c));
    }
  }
  return quoted + "\"";
}

void ToStandardError(const std::string& line) { std::fputs(line.c_str(), stderr); }

EventLog::Field Number(absl::string_view name, uint64_t value) { return {name, absl::StrCat(value), true}; }

}  // namespace

EventLog::EventLog(Form form, Write write, std::function<absl::Time()> now)
    : form_(form), write_(write ? std::move(write) : ToStandardError), now_(std::move(now)) {}

void EventLog::Say(absl::string_view event, absl::string_view message, std::initializer_list<Field> fields) {
  std::string line;
  if (form_ == Form::kWords) {
    line = absl::StrCat("sandglass: ", report::PlainText(message), "\n");
  } else {
    line = absl::StrCat("{\"time\":", Quoted(absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", now_(), absl::UTCTimeZone())),
                        ",\"event\":", Quoted(event), ",\"message\":", Quoted(message));
    for (const Field& field : fields) {
      absl::StrAppend(&line, ",", Quoted(field.name), ":", field.number ? field.value : Quoted(field.value));
    }
    absl::StrAppend(&line, "}\n");
  }
  storage::MutexLock lock(mutex_);
  write_(line);
}

void EventLog::Note(absl::string_view event, absl::string_view message, std::initializer_list<Field> fields) {
  if (form_ == Form::kJson) Say(event, message, fields);
}

void EventLog::OnStreamBegun(const storage::StreamFacts& stream) {
  Note("stream_begin", "a stream begins", {Number("tenant", stream.tenant), {"trace", stream.trace_id}});
}

void EventLog::OnStreamEnded(const storage::StreamFacts& stream, const absl::Status& status) {
  Note("stream_end", "a stream has ended",
       {Number("tenant", stream.tenant),
        {"trace", stream.trace_id},
        Number("chunks", stream.chunks),
        Number("operators", stream.operators),
        Number("bytes", stream.bytes),
        {"code", absl::StatusCodeToString(status.code())}});
}

}  // namespace sandglass::serve
