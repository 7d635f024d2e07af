#include "analyzer/serve/edge/event_log.h"

#include <errno.h>
#include <unistd.h>

#include <chrono>
#include <deque>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "analyzer/report/plain_text.h"
#include "storage/mutex.h"

namespace sandglass::serve {
namespace {

constexpr auto kFlush = std::chrono::seconds(1);

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

// Not by stdio, whose locks a thread that hangs here would keep. What cannot be written is given up.
void ToStandardError(const std::string& line) {
  for (size_t done = 0; done < line.size();) {
    const ssize_t count = write(STDERR_FILENO, line.data() + done, line.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    done += static_cast<size_t>(count);
  }
}

EventLog::Field Number(absl::string_view name, uint64_t value) { return {name, absl::StrCat(value), true}; }

constexpr absl::string_view kInfo = "info";
constexpr absl::string_view kWarning = "warning";

std::string LineOf(EventLog::Form form, absl::Time now, absl::string_view severity, absl::string_view event,
                   absl::string_view message, std::initializer_list<EventLog::Field> fields) {
  if (form == EventLog::Form::kWords) {
    return absl::StrCat("sandglass: ", severity == kWarning ? "warning: " : "", report::PlainText(message), "\n");
  }
  std::string line =
      absl::StrCat("{\"time\":", Quoted(absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", now, absl::UTCTimeZone())),
                   ",\"severity\":", Quoted(severity), ",\"event\":", Quoted(event), ",\"message\":", Quoted(message));
  for (const EventLog::Field& field : fields) {
    absl::StrAppend(&line, ",", Quoted(field.name), ":", field.number ? field.value : Quoted(field.value));
  }
  return line + "}\n";
}

}  // namespace

// The lines on their way out.
struct EventLog::Lines {
  // Gives the line that tells of dropped ones.
  using Dropped = std::function<std::string(uint64_t count)>;

  void Add(std::string line) {
    {
      storage::MutexLock lock(mutex);
      if (waiting.size() >= kMostWaiting) {
        ++dropped;
        return;
      }
      waiting.push_back(std::move(line));
    }
    changed.NotifyAll();
  }

  // Writes until the log closes and nothing waits.
  void Run(const Write& write, const Dropped& tell_dropped) {
    while (true) {
      std::string line;
      {
        storage::MutexLock lock(mutex);
        writing = false;
        changed.NotifyAll();
        while (waiting.empty() && dropped == 0 && !closing) changed.Wait(mutex);
        if (waiting.empty() && dropped == 0) return;
        if (waiting.empty()) {
          line = tell_dropped(std::exchange(dropped, 0));
        } else {
          line = std::move(waiting.front());
          waiting.pop_front();
        }
        writing = true;
      }
      write(line);
    }
  }

  bool Flush() {
    const auto end = std::chrono::steady_clock::now() + kFlush;
    storage::MutexLock lock(mutex);
    while (!waiting.empty() || dropped > 0 || writing) {
      if (!changed.WaitUntil(mutex, end)) return false;
    }
    return true;
  }

  storage::Mutex mutex;
  storage::CondVar changed;
  std::deque<std::string> waiting ABSL_GUARDED_BY(mutex);
  uint64_t dropped ABSL_GUARDED_BY(mutex) = 0;
  bool writing ABSL_GUARDED_BY(mutex) = false;
  bool closing ABSL_GUARDED_BY(mutex) = false;
};

EventLog::EventLog(Form form, Write write, std::function<absl::Time()> now)
    : form_(form), now_(std::move(now)), lines_(std::make_shared<Lines>()) {
  if (!write) write = ToStandardError;
  // What the thread uses is its own, so that the log can go without it.
  thread_ = std::thread([lines = lines_, write = std::move(write), form, now = now_] {
    lines->Run(write, [&](uint64_t count) {
      return LineOf(form, now(), kWarning, "dropped",
                    absl::StrCat(count, " events were not told: they came faster than they were read"),
                    {Number("count", count)});
    });
  });
}

EventLog::~EventLog() {
  const bool written = Flush();
  {
    storage::MutexLock lock(lines_->mutex);
    lines_->closing = true;
    if (!written) lines_->waiting.clear();
  }
  lines_->changed.NotifyAll();
  // Whoever reads standard error may have stopped reading.
  written ? thread_.join() : thread_.detach();
}

void EventLog::Say(absl::string_view event, absl::string_view message, std::initializer_list<Field> fields) {
  lines_->Add(LineOf(form_, now_(), kInfo, event, message, fields));
}

void EventLog::Warn(absl::string_view event, absl::string_view message, std::initializer_list<Field> fields) {
  lines_->Add(LineOf(form_, now_(), kWarning, event, message, fields));
}

void EventLog::Note(absl::string_view event, absl::string_view message, std::initializer_list<Field> fields) {
  if (form_ == Form::kJson) Say(event, message, fields);
}

bool EventLog::Flush() { return lines_->Flush(); }

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
