// Reads single events of Chrome's trace-event JSON, as Kineto writes them, into a trace.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_KINETO_EVENT_READER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_KINETO_EVENT_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/element_parser.h"
#include "collectors/importers/format/json_run.h"
#include "collectors/importers/kineto/event_fields.h"
#include "collectors/importers/kineto/signatures.h"
#include "collectors/importers/kineto/trace.h"

namespace sandglass::collectors::kineto {

// Not safe for use by several threads at once, but for Parse.
class EventReader : public ElementParser {
 public:
  // `names_kernels`: runtime calls are to say which kernel they launch, where the file does.
  explicit EventReader(bool names_kernels);
  ~EventReader() override;
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;

  // Takes one event. kReadableBehindPiece bytes behind `text` must be readable. Text that is not UTF-8, or that holds
  // control bytes, is mended and counted. Errors: InvalidArgument, where it is no event, in few words; nothing of it is
  // taken then.
  absl::Status Add(absl::string_view text);

  // Takes many events. What is not read of them is not checked.
  std::unique_ptr<Parsed> NewParsed() const override;
  void Parse(JsonRun& run, Parsed& parsed) const override;
  Kept Keep(Parsed& parsed, const Refuse& refuse) override;

  // What was read: events, signatures, tracks, groups, generation, and what was dropped. Times count from `base`.
  Trace Take() &&;

 private:
  absl::Status AddText(absl::string_view text);
  void CountCategory(absl::string_view category);
  // Errors: InvalidArgument, where it is no event; DataLoss, where something of it is no sound JSON.
  absl::Status Keep(const EventFields& fields);
  uint32_t CallOf(const EventFields& fields);
  uint32_t HostTrack(const EventFields& fields);
  uint32_t NamedHostTrack(const EventFields& fields);
  uint32_t DeviceTrack(const EventFields& fields);

  struct Parser;
  const bool names_kernels_;
  const std::unique_ptr<Parser> parser_;
  Signatures signatures_;
  absl::flat_hash_map<std::string, uint32_t> call_numbers_;
  absl::flat_hash_map<std::string, uint32_t> track_numbers_;
  absl::flat_hash_map<std::pair<int64_t, int64_t>, uint32_t> numbered_tracks_;
  // The one that was found last: threads write many events in a row.
  std::optional<std::pair<std::pair<int64_t, int64_t>, uint32_t>> last_numbers_;
  std::string track_key_;
  std::string mended_;
  Trace trace_;
  bool first_names_ = false;
  bool record_functions_ = false;
};

}  // namespace sandglass::collectors::kineto

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_KINETO_EVENT_READER_H_
