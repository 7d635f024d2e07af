// What a server says of itself on standard error, one line an event: in words, or as JSON for machines.
//
// No payloads, no tokens; what strangers wrote is escaped. Safe for use by several threads at once.
#ifndef SANDGLASS_ANALYZER_SERVE_EDGE_EVENT_LOG_H_
#define SANDGLASS_ANALYZER_SERVE_EDGE_EVENT_LOG_H_

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "storage/ingest_observer.h"
#include "storage/mutex.h"

namespace sandglass::serve {

class EventLog : public storage::IngestObserver {
 public:
  enum class Form { kWords, kJson };
  // Takes one line, with its newline.
  using Write = std::function<void(const std::string& line)>;

  // To standard error, or to `write`.
  explicit EventLog(Form form, Write write = nullptr, std::function<absl::Time()> now = absl::Now);

  struct Field {
    absl::string_view name;
    std::string value;
    // Whether JSON has it without quotes.
    bool number = false;
  };

  // `event` is a word such as "start". In words the line is `sandglass: MESSAGE`, and fields are not in it.
  void Say(absl::string_view event, absl::string_view message, std::initializer_list<Field> fields = {});

  // The same for what is as it should be, which is told in JSON only: in words it would drown the rest.
  void Note(absl::string_view event, absl::string_view message, std::initializer_list<Field> fields = {});

  // Notes.
  void OnStreamBegun(const storage::StreamFacts& stream) override;
  void OnStreamEnded(const storage::StreamFacts& stream, const absl::Status& status) override;
  void OnAcknowledged(uint32_t, uint64_t, uint64_t, absl::Duration) override {}
  void OnCreditWait(uint32_t) override {}
  void OnCallFailed(const absl::Status&) override {}

 private:
  const Form form_;
  const Write write_;
  const std::function<absl::Time()> now_;
  // So that lines do not mix.
  storage::Mutex mutex_;
};

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_EDGE_EVENT_LOG_H_
