// What a server says of itself on standard error, one line an event: in words, or as JSON for machines.
//
// No payloads, no tokens; what strangers wrote is escaped. Nobody waits for whoever reads the lines: they are written
// by a thread of the log's own, and where too many wait for it, further ones are dropped and counted, which is told as
// soon as there is room. Safe for use by several threads at once.
#ifndef SANDGLASS_ANALYZER_SERVE_EDGE_EVENT_LOG_H_
#define SANDGLASS_ANALYZER_SERVE_EDGE_EVENT_LOG_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "storage/ingest_observer.h"

namespace sandglass::serve {

class EventLog : public storage::IngestObserver {
 public:
  enum class Form { kWords, kJson };
  // Takes one line, with its newline; called by one thread.
  using Write = std::function<void(const std::string& line)>;

  // So many lines wait at most.
  static constexpr size_t kMostWaiting = 1024;

  // To standard error, or to `write`.
  explicit EventLog(Form form, Write write = nullptr, std::function<absl::Time()> now = absl::Now);
  // As Flush; lines that nobody takes are given up. `write` must outlive the process then.
  ~EventLog() override;

  struct Field {
    absl::string_view name;
    std::string value;
    // Whether JSON has it without quotes.
    bool number = false;
  };

  // `event` is a word such as "start". In words the line is `sandglass: MESSAGE`, and fields are not in it.
  void Say(absl::string_view event, absl::string_view message, std::initializer_list<Field> fields = {});

  // The same for what somebody should look at: `sandglass: warning: MESSAGE`.
  void Warn(absl::string_view event, absl::string_view message, std::initializer_list<Field> fields = {});

  // The same for what is as it should be, which is told in JSON only: in words it would drown the rest.
  void Note(absl::string_view event, absl::string_view message, std::initializer_list<Field> fields = {});

  // Waits until all that was said is written, for a second at most; false: it is not.
  bool Flush();

  // Notes.
  void OnStreamBegun(const storage::StreamFacts& stream) override;
  void OnStreamEnded(const storage::StreamFacts& stream, const absl::Status& status) override;
  void OnAcknowledged(uint32_t, uint64_t, uint64_t, absl::Duration) override {}
  void OnCreditWait(uint32_t) override {}
  void OnCallFailed(const absl::Status&) override {}

 private:
  struct Lines;

  const Form form_;
  const std::function<absl::Time()> now_;
  // Shared with the thread, which may hang in a write for longer than the log lives.
  const std::shared_ptr<Lines> lines_;
  std::thread thread_;
};

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_EDGE_EVENT_LOG_H_
